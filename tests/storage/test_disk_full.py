"""A full disk, a removed folder or a lost permission gives one sentence, and nothing is damaged."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from conftest import ROOT, often
from shelf_worlds import everything, sentence, writers

from attrec_core.cli import main, training
from attrec_core.errors import InputError
from attrec_core.explain import maps
from attrec_core.explain.maps import make_maps
from attrec_core.runs import run
from attrec_core.runs.library.listing import list_runs, weights_fingerprint
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.rename_and_trash import delete, rename, restore
from attrec_core.runs.library.zips import pack_to
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage import atomic_write
from attrec_core.storage.workspace import Home

pytestmark = pytest.mark.long

ROOM = 96 * 1024  # bytes of the small disk


@pytest.fixture
def small_disk(tmp_path: Path, small_run: Run) -> Iterator[Home]:
    """A separate disk with a run, so small that a few runs fill it."""
    mount_point = tmp_path / "disk"
    mount_point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(mount_point)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small disk of its own cannot be mounted here; a limit on files stands in for it below")
    home = Home(mount_point / "home")
    run.save(small_run, home.runs / "mine")
    yield home
    subprocess.run(["umount", "--lazy", str(mount_point)], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Fills the disk except for `leave` bytes; returns the file that fills it."""
    file = folder / "filler"
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            filler.truncate(max(0, filler.tell() - leave))
    return file


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table with so many rows that its data set exceeds the limits below."""
    file = tmp_path / "rows.csv"
    rows = (f"user {u},item {(u * 7 + k * k) % 300},{u * 1000 + k * 37}\n" for u in range(300) for k in range(12))
    file.write_text("user,item,timestamp\n" + "".join(rows))
    return file


@pytest.mark.parametrize(
    "action", ["a new run", "a run over another", "notes", "a zip imported", "a zip written", "a data set"]
)
def test_a_full_disk_is_said_and_nothing_is_damaged(small_disk: Home, small_run: Run, table: Path, action: str) -> None:
    write_notes(small_disk, "mine", note="before")
    write = writers(small_disk, small_run, table)[action]
    filler = fill(small_disk.path)
    before = everything(small_disk.runs)
    message = sentence(write)
    assert "No space left on device" in message or "Make room first" in message
    assert everything(small_disk.runs) == before
    assert [path.name for path in small_disk.runs.iterdir()] == ["mine"]
    assert not list(small_disk.path.glob("**/.*"))
    # Actions that free a full disk need no room themselves.
    rename(small_disk, "mine", "other")
    delete(small_disk, "other")
    restore(small_disk, "other", "mine")
    filler.unlink()
    write()
    assert load(small_disk.runs / "mine").fingerprint == weights_fingerprint(small_disk.runs / "mine")


@pytest.mark.parametrize("pages", range(1, often(4, 16)))
def test_a_disk_that_fills_up_meanwhile_leaves_the_old_or_the_new(
    small_disk: Home, small_run: Run, table: Path, pages: int
) -> None:
    """The more room there is, the later the writing breaks off; with enough room it is complete."""
    for name, write in writers(small_disk, small_run, table).items():
        filler = fill(small_disk.path, leave=4096 * pages)
        before = everything(small_disk.path)
        try:
            write()
        except InputError as error:
            assert "No space left on device" in str(error) or "Make room first" in str(error)
            assert everything(small_disk.path) == before, name
        assert not list(small_disk.path.glob("**/.*")), name
        filler.unlink()
        assert load(small_disk.runs / "mine").fingerprint == weights_fingerprint(small_disk.runs / "mine")
        for path in (small_disk.runs / "new", small_disk.runs / "mine 2", small_disk.data / "set"):
            shutil.rmtree(path, ignore_errors=True)
        (small_disk.path / "a.zip").unlink(missing_ok=True)


REFUSED = """
import os, resource, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests"]
from attrec_core.errors import InputError
from attrec_core.runs.library.listing import list_runs
from attrec_core.runs.library.rename_and_trash import delete, rename
from attrec_core.storage.workspace import home
from attrec_core.runs.load import load
from shelf_worlds import writers

place, said = home(), sys.argv[3]
actions = writers(place, load(place.runs / "mine"), Path(sys.argv[2]))
if said == "File too large":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
else:
    actions["rename"] = lambda: rename(place, "mine", "other")
    actions["delete"] = lambda: delete(place, "mine")
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    for folder in (place.runs / "mine", place.runs, place.path):
        assert not os.access(folder, os.W_OK), folder
assert [one.fault for one in list_runs(place)] == [None]
for name, action in actions.items():
    try:
        action()
    except InputError as error:
        assert said in str(error) and str(error).endswith("."), error
    else:
        raise AssertionError(name + " was done")
"""


def every_action_is_refused(home: Home, table: Path, said: str) -> None:
    """Tries every action that writes in a process of its own, and checks that nothing has changed."""
    before = everything(home.path)
    environment = {**os.environ, "ATTREC_HOME": str(home.path)}
    command = [sys.executable, "-c", REFUSED, str(ROOT), str(table), said]
    process = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    assert everything(home.path) == before
    assert not list(home.path.rglob(".*"))


def test_a_limit_on_files_is_said_and_nothing_is_damaged(home: Home, table: Path) -> None:
    every_action_is_refused(home, table, "File too large")


def test_a_permission_that_was_taken_is_said_and_what_is_there_can_be_looked_at(home: Home, table: Path) -> None:
    rights = dict.fromkeys((home.runs / "mine", home.runs, home.path), 0o555)
    for folder in home.path.parents:  # so that a user without rights can reach the workspace
        if folder.stat().st_mode & 0o005 != 0o005:
            rights[folder] = folder.stat().st_mode | 0o055
    modes = {folder: folder.stat().st_mode for folder in rights}
    try:
        for folder, mode in rights.items():
            folder.chmod(mode)
        every_action_is_refused(home, table, "Permission denied")
    finally:
        for folder in reversed(modes):
            folder.chmod(modes[folder])


def test_a_folder_that_goes_meanwhile_is_said(
    home: Home, small_run: Run, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole workspace is removed after the checks, while the files are being written."""
    actions = writers(home, small_run, table)
    fill = atomic_write.fill

    def gone(stream: IO[bytes], content: atomic_write.Content) -> None:
        shutil.rmtree(home.path, ignore_errors=True)
        fill(stream, content)

    for name in ("a new run", "notes", "a data set"):
        with monkeypatch.context() as patched:
            patched.setattr(atomic_write, "fill", gone)
            assert "No such file or directory" in sentence(actions[name]), name
        assert not home.path.exists()
        run.save(small_run, home.runs / "mine")
    shutil.rmtree(home.path)
    assert list_runs(home) == []
    for action in (lambda: rename(home, "mine", "x"), lambda: delete(home, "mine")):
        assert "no run called 'mine'" in sentence(action)
    assert "not a folder" in sentence(lambda: load(home.runs / "mine"))
    assert "not a folder" in sentence(lambda: pack_to(home.runs / "mine", tmp_path / "a.zip"))


def test_a_file_that_may_not_be_read_hides_no_other_run(
    home: Home, small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.save(small_run, home.runs / "closed")
    read = Path.read_bytes

    def denied(file: Path) -> bytes:
        if "closed" in file.parts:
            raise PermissionError(13, "Permission denied")
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", denied)
    faults = {entry.name: entry.fault for entry in list_runs(home)}
    assert faults["mine"] is None
    assert "Permission denied" in str(faults["closed"])


def test_a_training_on_a_full_disk_ends_in_a_sentence_and_leaves_nothing(
    small_disk: Home, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(small_disk.path)
    before = everything(small_disk.runs)
    out = small_disk.runs / "new"
    assert main(["train", str(table), "--out", str(out), "--epochs", "1", "--set", "dim=4", "--no-maps"]) == 2
    assert "Make room first" in capsys.readouterr().err
    assert everything(small_disk.runs) == before
    assert not out.exists()


@pytest.mark.parametrize("auto", [[], ["--auto"]])
def test_a_training_or_a_race_begins_only_where_there_is_room_for_it(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], auto: list[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**6, 0, 10**5))
    assert main(["train", str(table), "--out", str(tmp_path / "runs" / "mine"), "--set", "dim=8", *auto]) == 2
    assert ", and the disk has 100 KB left" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_run_is_kept_without_its_maps_where_there_is_no_room_for_them(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = atomic_write.fill

    def full(stream: IO[bytes], content: atomic_write.Content) -> None:
        if stream.name.endswith("maps.npz"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fill(stream, content)

    monkeypatch.setattr(atomic_write, "fill", full)
    whole = replace(small_run, maps=make_maps(small_run.arrays, 0, with_umap=False))
    log: list[str] = []
    store = SimpleNamespace(may_replace=lambda run: False)
    training.save(whole, tmp_path / "mine", store, SimpleNamespace(trouble=log.append))  # type: ignore[arg-type]
    assert load(tmp_path / "mine").maps is None
    assert len(log) == 1 and log[0].startswith("The run is saved without its maps: ") and "No space left" in log[0]


def test_maps_of_a_folder_that_cannot_be_written_are_not_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "sample_data" / "run", tmp_path / "mine")

    def refused(path: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "touch", refused)
    monkeypatch.setattr(maps, "maps_of", lambda *_, **__: pytest.fail("computed"))
    with pytest.raises(InputError, match=r"cannot be written to .*: Read-only file system"):
        maps.add_maps(tmp_path / "mine", overwrite=True)
