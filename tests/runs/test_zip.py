"""A run as one .zip: it comes back byte for byte, and a file that only looks like a packed run is refused."""

from __future__ import annotations

import errno
import io
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import download_server
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shelf_worlds import everything, names, sentence

from attrec_core.runs import run
from attrec_core.runs.library.listing import list_runs
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.rename_and_trash import delete, empty_trash
from attrec_core.runs.library.zips import MEGABYTE, Limits, pack_to, unpack_zip, zip_of
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home

Entries = dict[str, bytes]


@pytest.fixture
def home(home: Home) -> Home:
    write_notes(home, "mine", tags=["kept"], note="é")
    return home


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path / "empty")


@pytest.fixture
def packed(home: Home) -> bytes:
    return zip_of(home.runs / "mine")


def entries_of(packed: bytes) -> Entries:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(entries: Entries, how: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    return io.BytesIO(download_server.packed(entries, how))


def refused(home: Home, source: io.BytesIO | Path, **options: object) -> str:
    """Returns the error message, and checks that no run was added."""
    message = sentence(lambda: unpack_zip(source, home, **options))
    assert names(home) == set()
    return message


def test_it_comes_back_byte_for_byte_and_equal_runs_are_equal_bytes(
    home: Home, small_run: Run, empty: Home, packed: bytes, tmp_path: Path
) -> None:
    assert unpack_zip(io.BytesIO(packed), empty) == empty.runs / "mine"
    assert everything(empty.runs / "mine") == everything(home.runs / "mine")
    assert list_runs(empty)[0].notes.tags == ("kept",)
    assert names(empty) == {"mine"}
    run.save(small_run, tmp_path / "again" / "mine")
    (tmp_path / "again" / "mine" / "notes.json").write_bytes((home.runs / "mine" / "notes.json").read_bytes())
    assert zip_of(tmp_path / "again" / "mine") == packed


def test_only_the_files_of_a_run_are_packed_and_no_damaged_one(home: Home, tmp_path: Path) -> None:
    (home.runs / "mine" / ".secret").write_text("x")
    (home.runs / "mine" / "diary.txt").write_text("x")
    entries = entries_of(zip_of(home.runs / "mine"))
    assert {name.removeprefix("mine/") for name in entries} <= {*run.FILES, *run.MAY_MISS}
    assert len(entries) == len(everything(home.runs / "mine")) - 2
    (tmp_path / "b.zip").write_text("mine")
    assert "exists already" in sentence(lambda: pack_to(home.runs / "mine", tmp_path / "b.zip"))
    assert (tmp_path / "b.zip").read_text() == "mine"
    assert "cannot be written" in sentence(lambda: pack_to(home.runs / "mine", tmp_path / "no" / "c.zip"))
    (home.runs / "mine" / "metrics.json").write_text("{}")
    assert "metrics.json" in sentence(lambda: pack_to(home.runs / "mine", tmp_path / "a.zip"))
    assert not (tmp_path / "a.zip").exists()


def test_names_are_given_or_taken_whatever_packers_add(home: Home, empty: Home, packed: bytes, tmp_path: Path) -> None:
    assert [unpack_zip(io.BytesIO(packed), home).name for _ in range(2)] == ["mine 2", "mine 3"]
    assert unpack_zip(io.BytesIO(packed), home, "given").name == "given"
    before = everything(home.path)
    assert "called 'given' already" in sentence(lambda: unpack_zip(io.BytesIO(packed), home, "given"))
    assert "do not allow" in sentence(lambda: unpack_zip(io.BytesIO(packed), home, "../given"))
    assert everything(home.path) == before
    flat = tmp_path / "from a friend.zip"
    flat.write_bytes(zipped({name.removeprefix("mine/"): text for name, text in entries_of(packed).items()}).getvalue())
    assert unpack_zip(flat, home).name == "from a friend"
    entries = {name.replace("mine/", "deep\\run\\"): content for name, content in entries_of(packed).items()}
    junk = {"__MACOSX/mine/._config.json": b"x", "deep\\run\\.DS_Store": b"x", "deep/": b"", "deep/run/": b""}
    assert unpack_zip(zipped(junk | entries), empty).name == "deep"


@pytest.mark.parametrize(
    "name",
    ["../config.json", "mine/../../config.json", "/etc/config.json", "C:\\config.json", "..\\config.json", "mine/a\0b"],
)
def test_no_path_leads_outside(empty: Home, packed: bytes, name: str) -> None:
    placeholder = "PLACEHOLDER" + "x" * len(name)
    raw = zipped({**entries_of(packed), placeholder: b"{}"}).getvalue()
    # The name is replaced in the bytes, because zipfile corrects it when it writes.
    raw = raw.replace(placeholder.encode(), name.ljust(len(placeholder), "x").encode())
    assert "outside its folder" in refused(empty, io.BytesIO(raw))
    assert list(empty.path.parent.rglob("etc")) == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_no_links_and_no_devices(empty: Home, packed: bytes, kind: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in entries_of(packed).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = ((kind if name.endswith("items.csv") else stat.S_IFREG) | 0o644) << 16
            file.writestr(info, content)
    assert "not a regular file" in refused(empty, buffer)


ARRAYS = ["interactions.npz", "maps.npz", "at_large.npz", "replay.npz"]


class Trap:
    """Runs code when it is unpickled."""

    sprung = False

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return setattr, (Trap, "sprung", True)


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors", *ARRAYS])
def test_no_pickle_is_opened(empty: Home, packed: bytes, name: str) -> None:
    entries, array = entries_of(packed), io.BytesIO()
    np.savez(array, items=np.array([Trap()], object), users=np.array([Trap()], object), allow_pickle=True)
    for content in (pickle.dumps(Trap()), array.getvalue()):
        assert name in refused(empty, zipped({**entries, f"mine/{name}": content}))
    assert not Trap.sprung


def test_each_file_that_is_missing_twice_elsewhere_or_none_of_a_run_is_named(empty: Home, packed: bytes) -> None:
    entries = entries_of(packed)
    for name in run.FILES:
        without_file = {path: content for path, content in entries.items() if not path.endswith(name)}
        assert f"{name} is missing" in refused(empty, zipped(without_file))
        assert f"'{name}' twice" in refused(empty, zipped({**entries, f"other/{name}": b""}))
        assert "several folders" in refused(empty, zipped({**without_file, f"other/{name}": b""}))
    assert "is missing" in refused(empty, zipped({}))
    for name in ("mine/model.pkl", "mine/weights.pt", "mine/run.py", "mine/a/b.txt", "notes.txt"):
        assert f"{name!r}, which is not a file of a run" in refused(empty, zipped({**entries_of(packed), name: b"x"}))


def test_sizes_are_bounded_each_and_together(empty: Home, packed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [len(content) for content in entries_of(packed).values()]
    for limits, expected in (
        ({"file": max(sizes) - 1, "text": max(sizes) - 1}, "are allowed"),
        ({"total": sum(sizes) - 1}, "are allowed"),
        ({"packed": len(packed) - 1}, "are allowed"),
        ({"entries": 9}, "at most 9 are allowed"),
    ):
        assert expected in refused(empty, io.BytesIO(packed), limits=Limits(**limits)), limits
    exact = Limits(file=40 * max(sizes), text=max(sizes), total=sum(sizes), packed=len(packed), entries=len(sizes))
    unpack_zip(io.BytesIO(packed), empty, limits=exact)
    delete(empty, "mine")
    monkeypatch.setenv("ATTREC_RUN_ZIP_MB", "0")  # by whoever runs the program
    assert "at most 0 bytes are allowed" in refused(empty, io.BytesIO(packed))


def test_what_is_meant_to_fill_the_disk_or_the_memory_is_refused_before_it_is_read(
    empty: Home, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that swells, an array that does, and a table of contents without end."""
    entries, array = entries_of(packed), io.BytesIO()
    np.savez_compressed(array, items=np.zeros(20 * MEGABYTE, np.int8))
    for changes, expected in (
        ({"mine/items.csv": bytes(20 * MEGABYTE)}, "meant to fill the disk"),
        ({"mine/interactions.npz": array.getvalue()}, "interactions.npz/items.npy"),
        ({f"{number:040d}": b"" for number in range(20_000)}, "far too many entries"),
    ):
        assert expected in refused(empty, zipped(entries | changes))
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    assert "Make room first" in refused(empty, io.BytesIO(packed))


def test_a_size_that_lies_unpacks_no_more_than_it_says(empty: Home, packed: bytes) -> None:
    content = bytes(9 * MEGABYTE)
    raw = zipped({**entries_of(packed), "mine/items.csv": content}).getvalue()
    honest, lie = struct.pack("<L", len(content)), struct.pack("<L", 1000)
    assert raw.count(honest) >= 2
    assert "damaged" in refused(empty, io.BytesIO(raw.replace(honest, lie)))


def test_what_is_no_zip_is_said(empty: Home, packed: bytes, tmp_path: Path) -> None:
    whole = zipped(entries_of(packed)).getvalue()
    for content in (b"", b"PK\x05\x06", b"hello" * 100, whole[: len(whole) // 2], whole[:-30]):
        assert "not a .zip" in refused(empty, io.BytesIO(content))
    assert "cannot be read" in refused(empty, tmp_path / "nowhere.zip")
    assert "cannot be read" in refused(empty, tmp_path)


def table_of(raw: bytes) -> int:
    """Returns the offset of the table of contents, from the last bytes of a .zip without a comment."""
    return int.from_bytes(raw[-6:-2], "little")


@pytest.mark.parametrize("offset", [6, 10, 8])  # of the version, the method and the flag “encrypted” in the table
def test_a_packing_that_this_python_cannot_undo_is_said(empty: Home, packed: bytes, offset: int) -> None:
    def spoilt(content: bytes) -> bytes:
        raw = bytearray(content)
        raw[table_of(raw) + offset] = 1 if offset == 8 else 64
        return bytes(raw)

    expected = "is encrypted" if offset == 8 else "Pack it again with the default options"
    assert expected in refused(empty, io.BytesIO(spoilt(packed)))
    entries = entries_of(packed)
    arrays = spoilt(entries["mine/interactions.npz"])
    assert "interactions.npz is damaged" in refused(empty, zipped(entries | {"mine/interactions.npz": arrays}))


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_content_is_said_however_it_was_packed(empty: Home, packed: bytes, how: int) -> None:
    entries = entries_of(packed)
    raw = bytearray(zipped(entries, how).getvalue())
    first = zipfile.ZipFile(io.BytesIO(raw)).infolist()[0]
    begin = first.header_offset + 30 + len(first.filename.encode()) + 10  # after the settings of the packing method
    raw[begin : begin + 50] = bytes(255 - byte for byte in raw[begin : begin + 50])
    assert "it is damaged" in refused(empty, io.BytesIO(raw))


def test_a_zip_that_cannot_be_read_to_its_end_is_said(empty: Home, packed: bytes) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() < len(packed) // 2 and size is not None and size > 1000:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    assert "The .zip cannot be read: Input/output error." in refused(empty, Failing(packed))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mangled_zip_is_refused_or_whole(packed: bytes, tmp_path: Path, home: Home, data: st.DataObject) -> None:
    """Bytes are changed, cut out or doubled anywhere, in the packed content and in the tables."""
    raw = bytearray(packed)
    for _ in range(data.draw(st.integers(1, 3))):
        near_end = data.draw(st.booleans())
        place = data.draw(st.integers(max(0, len(raw) - 1200) if near_end else 0, len(raw) - 1))
        length = data.draw(st.integers(1, 40))
        piece = data.draw(st.binary(min_size=1, max_size=40) | st.just(bytes(raw[place : place + length] * 2)))
        raw[place : place + length] = piece
    place = Home(tmp_path / "mangled")
    try:
        folder = unpack_zip(io.BytesIO(bytes(raw)), place, "found")
    except ValueError as error:
        assert str(error).endswith(".")
        assert "\n" not in str(error)
        assert names(place) == set()
    else:
        files = everything(folder)
        assert files.items() <= everything(home.runs / "mine").items()
        assert load(folder).fingerprint == load(home.runs / "mine").fingerprint
        delete(place, "found")
        empty_trash(place)
