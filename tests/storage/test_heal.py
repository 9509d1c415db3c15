"""A folder that a killed writer moved aside gets its name back when a command, a page or the server opens it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from conftest import ROOT
from kill_loop import prepare

import attrec_core as attrec
from attrec_core import data
from attrec_core.__main__ import main
from attrec_core.data import data_sets
from attrec_core.errors import InputError
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.listing import list_data_sets, list_runs
from attrec_core.runs.library.names import entry_folder
from attrec_core.runs.library.open_runs import folders_in
from attrec_core.runs.library.rename_and_trash import delete, rename
from attrec_core.runs.library.zips import zip_of
from attrec_core.runs.load import load
from attrec_core.storage import locks
from attrec_core.storage.atomic_folder import DATA_SET, RUN, move_aside, new_folder
from attrec_core.storage.atomic_write import remove_leftovers
from attrec_core.storage.workspace import Home
from pages.frame import runs as frame_runs


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A workspace whose run “first” and data set “films” were about to be replaced when their writers were killed."""
    home = prepare(ROOT / "tests" / "fixtures" / "before", tmp_path)
    monkeypatch.setenv("ATTREC_HOME", str(home.path))
    (home.runs / "first").rename(home.runs / ".first.0a1b2c3d.old")
    (home.data / "films").rename(home.data / ".films.0a1b2c3d.old")
    return home


def refused(home: Home) -> None:
    """Checks that no training takes the name of a run that is only moved aside."""
    with pytest.raises(InputError, match="called 'first' already"):
        Queue(home).submit(JobRequest(ROOT / "sample_data", "first", "sparse"))


def resumed(home: Home) -> None:
    """Checks that a finished training is found with its own settings."""
    first = home.runs / "first"
    assert main(["train", str(home.data / "films"), "--out", str(first), "--resume", "--no-maps"]) == 0


OPENERS: dict[str, Callable[[Home], object]] = {
    "run, load": lambda home: load(home.runs / "first"),
    "run, list": list_runs,
    "run, pages": lambda home: folders_in(home.runs),
    "run, pack": lambda home: zip_of(home.runs / "first"),
    "run, by name": lambda home: entry_folder(home, "first", RUN),
    "run, rename": lambda home: rename(home, "second", "third"),
    "run, delete": lambda home: delete(home, "second"),
    "run, info": lambda home: main(["info", str(home.runs / "first")]),
    "run, maps": lambda home: main(["maps", "first"]),
    "run, queue": refused,
    "run, resume": resumed,
    "run, server start": lambda home: frame_runs.warm_up(),
    "data, load": lambda home: data_sets.load(home.data / "films"),
    "data, read": lambda home: data.read(home.data / "films"),
    "data, list": list_data_sets,
    "data, by name": lambda home: entry_folder(home, "films", DATA_SET),
    "data, inspect": lambda home: main(["inspect", str(home.data / "films")]),
    "data, server start": lambda home: frame_runs.warm_up(),
}


@pytest.mark.parametrize("opener", OPENERS)
def test_a_run_or_data_set_is_there_for_whoever_opens_it(opener: str, home: Home) -> None:
    OPENERS[opener](home)
    is_run = opener.startswith("run")
    folder = home.runs / "first" if is_run else home.data / "films"
    assert folder.is_dir()
    assert load(folder).verified if is_run else data_sets.load(folder).name == "My films"
    assert not list(folder.parent.glob(".*.old"))


def test_what_only_looks_like_a_folder_that_was_moved_aside_holds_nobody_up(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.runs / ".mine.old").mkdir()
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waits for a lock"))
    with pytest.raises(InputError, match="no run called 'nobody'"):
        delete(home, "nobody")
    assert (home.runs / ".mine.old").is_dir()


@pytest.mark.parametrize("opener", [load, lambda path: list_runs(Home(path.parent.parent))])
def test_a_run_whose_name_leaves_no_room_for_more_is_there_for_whoever_opens_it_and_is_replaced(
    home: Home, opener: Callable[[Path], object]
) -> None:
    long = home.runs / ("ü" + "n" * 250)
    (home.runs / "second").rename(long)
    move_aside(long)  # and then the writer was killed
    assert not long.exists()
    opener(long)
    assert load(long).verified and not list(home.runs.glob(".*.old"))
    for _ in range(2):
        runs_run.save(load(long), long, overwrite=True)
    remove_leftovers(home.runs, of=long.name)
    assert load(long).verified and {path.name for path in home.runs.glob(".*")} <= {".trained.training"}


TIDY: dict[str, Callable[[Home], object]] = {
    "server": lambda home: frame_runs.warm_up(),
    "command": lambda home: main(["info", str(home.runs / "second")]),
    "list": lambda home: main(["runs"]),
    "worker": lambda home: main(["train", str(home.data / "films"), "--out", str(home.runs / "first"), "--resume"]),
    "Python": lambda home: attrec.load(home.runs / "second"),
    "Python data": lambda home: attrec.read(home.data / "films"),
}


@pytest.mark.parametrize("opener", TIDY)
def test_what_was_left_half_written_is_removed_by_whoever_opens_the_workspace(home: Home, opener: str) -> None:
    names = ("runs/.new", "data/.new", "jobs/.new", "studies/mine/.ease.json", "runs/second/.maps.npz")
    leftovers = [home.path / f"{name}.0a1b2c3d.partial" for name in names]
    for folder in leftovers:
        folder.mkdir(parents=True)
    with new_folder(home.runs / "alive") as alive:
        TIDY[opener](home)
        assert alive.is_dir()
    assert not any(folder.exists() for folder in leftovers)


def test_a_read_only_server_removes_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    leftover = home.runs / ".new.0a1b2c3d.partial"
    leftover.mkdir()
    monkeypatch.setenv("ATTREC_READONLY", "1")
    frame_runs.warm_up()
    attrec.load(home.runs / "second")
    assert leftover.is_dir()


def test_on_a_disk_without_locks_only_what_nobody_has_written_for_a_day_is_a_leftover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks.fcntl, "flock", Mock(side_effect=OSError("no locks")))
    for hours in (23, 25):
        leftover = tmp_path / f".{hours}.0a1b2c3d.partial"
        leftover.mkdir()
        os.utime(leftover, (time.time() - 3600 * hours,) * 2)
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".23.0a1b2c3d.partial"]


def test_a_new_folder_that_is_taken_for_a_leftover_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, pending = os.open, [True]

    def opened_too_late(path: Path, flags: int, **more: int | None) -> int:
        if pending and Path(path).suffix == ".partial":
            pending.clear()
            remove_leftovers(tmp_path)  # by another program, before the folder is locked
        return opened(path, flags, **more)

    monkeypatch.setattr("attrec_core.storage.atomic_write.os.open", opened_too_late)
    with new_folder(tmp_path / "new") as partial:
        assert partial.is_dir() and not pending
