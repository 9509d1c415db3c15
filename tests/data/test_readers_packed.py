"""Packed data: .gz and .zip, also one in another; and archives that must not be trusted."""

from __future__ import annotations

import gzip
import stat
import zipfile
from functools import partial
from pathlib import Path

import pytest
from download_server import packed
from table_files import read, refused

from attrec_core.data import importing
from attrec_core.data.reading import archives
from attrec_core.storage.limits import ARCHIVE_DEPTH, ARCHIVE_FILES, ARCHIVE_GB, ARCHIVE_RATIO, Limit

TEXT = "user,item,timestamp\n" + "".join(f"u{u},i{(u + k) % 5},{k}\n" for u in range(3) for k in range(4))
ROWS, ITEMS = TEXT.encode(), b"item,title\ni1,One\n"
zipped = partial(packed, how=zipfile.ZIP_DEFLATED)


def changed(content: bytes, where: int, to: bytes) -> bytes:
    return content[:where] + to + content[where + len(to) :]


PACKED = {
    "rows.csv.gz": gzip.compress(ROWS),
    "rows": gzip.compress(ROWS),  # recognised by its bytes, whatever its name
    "rows.zip": zipped({"rows.csv": ROWS}),
    "set.zip": zipped({"set/interactions.csv": ROWS, "set/items.csv": ITEMS, "set/README": b"x"}),
    "packed-inside.zip": zipped({"set/interactions.csv.gz": gzip.compress(ROWS), "__MACOSX/._x": b"junk"}),
    "zip-in-zip.zip": zipped({"inner.zip": zipped({"rows.csv": ROWS})}),
    "zip.gz": gzip.compress(zipped({"rows.csv": ROWS})),
}


@pytest.mark.parametrize("name", PACKED)
def test_packed_data_is_the_same_data(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[name])
    interactions, report = read(path)
    assert (interactions.n_users, interactions.n_items, interactions.n_interactions) == (3, 5, 12)
    assert importing.preview(path).rows == report.first
    assert ("One" in interactions.titles) == (name == "set.zip")


def test_packed_files_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv.gz").write_bytes(gzip.compress(ROWS))
    (tmp_path / "items.csv").write_bytes(ITEMS)
    interactions, _ = read(tmp_path)
    assert (interactions.n_interactions, interactions.source) == (12, "table-folder")
    assert "One" in interactions.titles


ONE = zipped({"rows.csv": ROWS})
ENTRY = ONE.index(b"PK\x01\x02")  # in the table of contents
LINK = zipfile.ZipInfo("rows.csv")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16
NAMED = zipped({"é.csv": ROWS})
LONG, LONG_GZ = zipped({"rows.csv": ROWS * 50}), gzip.compress(ROWS * 50)
DEEP = gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(ROWS)))))
NEWER = "Pack it again with the default options"
UNREADABLE = "is damaged, or not what its name says"
OUTSIDE = ("../outside.csv", "/etc/rows.csv", "a/../../b.csv", "C:\\rows.csv", "..\\b.csv")
REFUSED = {
    **{f"{name} outside": (zipped({"rows.csv": ROWS, name: b"x"}), "lies outside") for name in OUTSIDE},
    "link": (zipped({LINK: b"/etc/passwd"}), "is a link"),
    "locked": (changed(ONE, ENTRY + 8, bytes([ONE[ENTRY + 8] | 1])), "locked by a password"),
    "text": (ROWS, "a.zip is not a .zip file, despite its name. Pack it again, or rename it, for example to .csv."),
    "newer version": (changed(ONE, ENTRY + 6, b"@"), NEWER),
    "other method": (changed(ONE, ENTRY + 10, b"@"), NEWER),
    "deep": (DEEP, "archive in an archive"),
    "cut": (LONG_GZ[: len(LONG_GZ) // 2], "a.csv.gz is damaged"),
    "broken": (changed(LONG, 60, bytes([LONG[60] ^ 0xFF])), "damaged"),
    "two": (zipped({"a.csv": ROWS, "b.csv": ROWS}), "a.csv, b.csv"),
    "name that is no text": (changed(NAMED, NAMED.find("é".encode()), b"\xff"), UNREADABLE),
    "name that is no text in the table of contents": (changed(NAMED, NAMED.rfind("é".encode()), b"\xff"), UNREADABLE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_archives_that_must_not_be_trusted_are_refused(tmp_path: Path, case: str) -> None:
    content, said = REFUSED[case]
    path = tmp_path / ("a.zip" if content[:2] == b"PK" or case == "text" else "a.csv.gz")
    path.write_bytes(content)
    refused(path, said)


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_content_is_a_sentence_however_it_was_packed(tmp_path: Path, how: int) -> None:
    content, path = packed({"rows.csv": ROWS}, how), tmp_path / "rows.zip"
    inside = content[60 : content.index(b"PK\x01\x02")]
    path.write_bytes(changed(content, 60, bytes(255 - byte for byte in inside)))
    refused(path, str(path / "rows.csv"))


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM", 1 << 20)
    content = b"user,item,timestamp\n" + b"a,b,1\n" * 2_000_000
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(content))
    refused(tmp_path / "bomb.csv.gz", "no table compresses like that")
    bomb = zipped({"bomb.csv": content})
    # The size that an archive states is not trusted.
    (tmp_path / "bomb.zip").write_bytes(changed(bomb, bomb.index(b"PK\x01\x02") + 24, (1000).to_bytes(4, "little")))
    refused(tmp_path / "bomb.zip", "bomb.zip")


def test_the_directory_of_an_archive_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of small files are read in seconds: the archive's directory is parsed once."""
    path = tmp_path / "many.zip"
    path.write_bytes(zipped({"rows.csv": ROWS} | {f"notes/{n}": b"x" * 100 for n in range(400)}))
    opened: list[zipfile.ZipFile] = []

    class Noted(zipfile.ZipFile):
        def __init__(self, *arguments: object, **options: object) -> None:
            opened.append(self)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(zipfile, "ZipFile", Noted)
    assert read(path, member="rows.csv")[0].n_interactions == 12
    assert [archive.fp for archive in opened] == [None]  # closed again


def test_a_directory_of_millions_of_entries_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(zipped({f"{n}.csv": b"" for n in range(300)}))
    monkeypatch.setenv(ARCHIVE_FILES.variable, "20")
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # what each entry is parsed into
    refused(path, "many.zip holds far too many files; at most 20 are read.")


@pytest.mark.parametrize(
    ("limit", "enough", "too_few", "sentence"),
    [
        (ARCHIVE_GB, 1, 0, "rows.csv would unpack to 0 GB; that is too much"),
        (ARCHIVE_FILES, 3, 2, "rows.zip holds 3 files; at most 2 are read"),
        (ARCHIVE_DEPTH, 2, 1, "rows.csv is an archive in an archive"),
        (ARCHIVE_RATIO, 1000, 5, "no table compresses like that"),
    ],
    ids=lambda part: part.variable if isinstance(part, Limit) else "",
)
def test_whoever_runs_the_program_sets_what_an_archive_may_hold(
    limit: Limit, enough: int, too_few: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM", 1000)
    path = tmp_path / "rows.zip"
    rows = gzip.compress(ROWS + b"u1,i1,9\n" * 3000)
    path.write_bytes(zipped({"rows.csv": rows, "a.txt": b"a", "b.txt": b"b"}))
    monkeypatch.setenv(ARCHIVE_RATIO.variable, "1000")
    monkeypatch.setenv(limit.variable, str(enough))
    assert read(path, member="rows.csv")[0].n_interactions == 3012
    monkeypatch.setenv(limit.variable, str(too_few))
    refused(path, sentence, member="rows.csv")


def test_an_entry_without_a_name_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    content = zipped({"@.csv": b"x", "rows.csv": ROWS})
    path.write_bytes(content.replace(b"@.csv", b"\0.csv"))  # zipfile cuts a name at a NUL
    assert importing.members_of(path) == ("rows.csv",)
