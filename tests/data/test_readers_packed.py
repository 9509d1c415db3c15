"""Packed data: .gz and .zip, also one in another; and archives that must not be trusted."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from attrec_core import data
from attrec_core.data import importing
from attrec_core.data.options import Options
from attrec_core.data.reading import archives
from attrec_core.errors import InputError
from attrec_core.storage.limits import ARCHIVE_DEPTH, ARCHIVE_FILES, ARCHIVE_GB, ARCHIVE_RATIO, Limit

ROWS = "user,item,timestamp\n" + "".join(f"u{u},i{(u + k) % 5},{k}\n" for u in range(3) for k in range(4))
ITEMS = "item,title\ni1,One\n"


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PACKED = {
    "rows.csv.gz": gzip.compress(ROWS.encode()),
    "rows": gzip.compress(ROWS.encode()),  # recognised by its bytes, whatever its name
    "rows.zip": zipped({"rows.csv": ROWS.encode()}),
    "set.zip": zipped({"set/interactions.csv": ROWS.encode(), "set/items.csv": ITEMS.encode(), "set/README": b"x"}),
    "packed-inside.zip": zipped({"set/interactions.csv.gz": gzip.compress(ROWS.encode()), "__MACOSX/._x": b"junk"}),
    "zip-in-zip.zip": zipped({"inner.zip": zipped({"rows.csv": ROWS.encode()})}),
    "zip.gz": gzip.compress(zipped({"rows.csv": ROWS.encode()})),
}


@pytest.mark.parametrize("name", PACKED)
def test_packed_data_is_the_same_data(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[name])
    interactions, report = importing.import_data(path)
    assert (interactions.n_users, interactions.n_items, interactions.n_interactions) == (3, 5, 12)
    assert importing.preview(path).rows == report.first
    if name == "set.zip":
        assert "One" in interactions.titles


def test_packed_files_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv.gz").write_bytes(gzip.compress(ROWS.encode()))
    (tmp_path / "items.csv").write_text(ITEMS)
    interactions = data.read(tmp_path)
    assert (interactions.n_interactions, interactions.source) == (12, "table-folder")
    assert "One" in interactions.titles


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        data.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/rows.csv", "a/../../b.csv", "C:\\rows.csv", "..\\b.csv"])
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(zipped({"rows.csv": ROWS.encode(), name: b"x"}))
    assert "lies outside" in refusal(path)


def test_links_and_locked_archives_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("rows.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "is a link" in refusal(path)
    locked = bytearray(zipped({"rows.csv": ROWS.encode()}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    assert "locked by a password" in refusal(tmp_path / "locked.zip")


def test_a_text_that_is_called_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    path.write_text(ROWS)
    message = "is not a .zip file, despite its name. Pack it again, or rename it, for example to .csv."
    assert refusal(path) == f"{path} {message}"


@pytest.mark.parametrize("offset", [6, 10])  # of the required version and of the method, in the table of contents
def test_a_packing_that_this_python_cannot_undo_is_said(tmp_path: Path, offset: int) -> None:
    newer = bytearray(zipped({"rows.csv": ROWS.encode()}))
    newer[newer.index(b"PK\x01\x02") + offset] = 64
    (tmp_path / "newer.zip").write_bytes(newer)
    assert "Pack it again with the default options" in refusal(tmp_path / "newer.zip")


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM", 1 << 20)
    content = b"user,item,timestamp\n" + b"a,b,1\n" * 2_000_000
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(content))
    assert "no table compresses like that" in refusal(tmp_path / "bomb.csv.gz")
    lying = bytearray(zipped({"bomb.csv": content}))
    # The size that an archive states is not trusted.
    offset = lying.index(b"PK\x01\x02") + 24
    lying[offset : offset + 4] = (1000).to_bytes(4, "little")
    (tmp_path / "bomb.zip").write_bytes(lying)
    assert "bomb.zip" in refusal(tmp_path / "bomb.zip")


def test_too_many_files_and_too_deep_archives_are_refused(tmp_path: Path) -> None:
    (tmp_path / "many.zip").write_bytes(zipped({f"{n}.csv": b"" for n in range(ARCHIVE_FILES.default + 1)}))
    assert "at most 10,000" in refusal(tmp_path / "many.zip")
    deep = ROWS.encode()
    for _ in range(5):
        deep = gzip.compress(deep)
    (tmp_path / "deep.gz").write_bytes(deep)
    assert "archive in an archive" in refusal(tmp_path / "deep.gz")


def test_the_directory_of_an_archive_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of small files are read in seconds: the archive's directory is parsed once."""
    path = tmp_path / "many.zip"
    path.write_bytes(zipped({"rows.csv": ROWS.encode()} | {f"notes/{n}": b"x" * 100 for n in range(4000)}))
    opened: list[zipfile.ZipFile] = []

    class Noted(zipfile.ZipFile):
        def __init__(self, *arguments: object, **options: object) -> None:
            opened.append(self)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(zipfile, "ZipFile", Noted)
    interactions, _ = importing.import_data(path, Options(member="rows.csv"))
    assert interactions.n_interactions == 12
    assert len(opened) == 1
    assert opened[0].fp is None  # closed again


def test_a_directory_of_millions_of_entries_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(zipped({f"{n}.csv": b"" for n in range(300)}))
    monkeypatch.setenv(ARCHIVE_FILES.variable, "20")
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # what each entry is parsed into
    assert "many.zip holds far too many files; at most 20 are read." in refusal(path)


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [
        (ARCHIVE_GB, 0, "rows.csv would unpack to 0 GB; that is too much"),
        (ARCHIVE_FILES, 2, "rows.zip holds 3 files; at most 2 are read"),
        (ARCHIVE_DEPTH, 1, "rows.csv is an archive in an archive"),
    ],
    ids=lambda part: part.variable if isinstance(part, Limit) else "",
)
def test_whoever_runs_the_program_sets_how_large_an_archive_may_be(
    limit: Limit, value: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.zip"
    path.write_bytes(zipped({"rows.csv": gzip.compress(ROWS.encode()), "a.txt": b"a", "b.txt": b"b"}))
    assert importing.import_data(path, Options(member="rows.csv"))[0].n_interactions == 12
    monkeypatch.setenv(limit.variable, str(value))
    assert sentence in refusal(path)


def test_whoever_runs_the_program_sets_how_tightly_an_archive_may_be_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM", 1000)
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode() + b"u1,i1,9\n" * 3000))
    monkeypatch.setenv(ARCHIVE_RATIO.variable, "1000")
    assert importing.import_data(path)[0].n_interactions == 3012
    monkeypatch.setenv(ARCHIVE_RATIO.variable, "5")
    assert "no table compresses like that" in refusal(path)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    whole = gzip.compress(ROWS.encode() * 50)
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert "cut.csv.gz is damaged" in refusal(tmp_path / "cut.csv.gz")
    broken = bytearray(zipped({"rows.csv": ROWS.encode() * 50}))
    broken[60] ^= 0xFF
    (tmp_path / "broken.zip").write_bytes(broken)
    assert "damaged" in refusal(tmp_path / "broken.zip")


def test_several_files_that_could_be_it_are_named(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    path.write_bytes(zipped({"a.csv": ROWS.encode(), "b.csv": ROWS.encode()}))
    assert "a.csv, b.csv" in refusal(path)


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_content_is_a_sentence_however_it_was_packed(tmp_path: Path, how: int) -> None:
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w", how) as archive:
        archive.writestr("rows.csv", ROWS)
        start = archive.start_dir
    content = bytearray(path.read_bytes())
    content[60:start] = bytes(255 - byte for byte in content[60:start])
    path.write_bytes(content)
    assert str(path / "rows.csv") in refusal(path)


@pytest.mark.parametrize("where", [bytearray.find, bytearray.rfind], ids=["at the file", "in the table of contents"])
def test_a_name_that_is_no_text_is_a_sentence(tmp_path: Path, where: Callable[[bytearray, bytes], int]) -> None:
    content = bytearray(zipped({"é.csv": ROWS.encode()}))
    content[where(content, "é.csv".encode())] = 0xFF
    path = tmp_path / "rows.zip"
    path.write_bytes(content)
    assert "is damaged, or not what its name says" in refusal(path)


def test_an_entry_without_a_name_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    content = zipped({"@.csv": b"x", "rows.csv": ROWS.encode()})
    path.write_bytes(content.replace(b"@.csv", b"\0.csv"))  # zipfile cuts a name at a NUL
    assert importing.members_of(path) == ("rows.csv",)
