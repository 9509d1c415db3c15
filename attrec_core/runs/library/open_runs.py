"""The runs that can be opened: listed by their folders, read on first use, and read again when their files change."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from attrec_core.errors import InputError, disk_errors
from attrec_core.runs import weights
from attrec_core.runs.library.listing import weights_fingerprint
from attrec_core.runs.library.records import Trashed
from attrec_core.runs.library.rename_and_trash import list_trash
from attrec_core.runs.load import load
from attrec_core.runs.run import FILES, MAY_MISS, Run
from attrec_core.storage.atomic_folder import NOTES, heal_inside
from attrec_core.storage.workspace import Home

MOST = 4  # runs in memory besides those that stay
READ = tuple(name for name in (*FILES, *MAY_MISS) if name != NOTES)  # what `load` opens
YOUNG = 100_000_000  # nanoseconds within which a folder may change again without a new modification time

Version = tuple[tuple[int, ...] | None, ...]


@dataclass
class Outcome:
    """The result of reading a folder: the run, or the error that says why there is none."""

    version: Version
    run: Run | None
    fault: InputError | None = None
    others: dict[str, Run] = field(default_factory=dict)  # the same run under other names than its folder's


@dataclass
class RunCache:
    """Reads each run once for all threads, until its files change. Keeps the runs that must stay and, of the others,
    the `most` that were opened last."""

    most: int = MOST
    outcomes: OrderedDict[Path, Outcome] = field(default_factory=OrderedDict)
    stay: set[Path] = field(default_factory=set)  # never dropped from memory
    former: dict[str, Path] = field(default_factory=dict)  # every name that was ever listed → its folder
    lock: threading.Lock = field(default_factory=threading.Lock)
    reading: dict[Path, threading.Lock] = field(default_factory=dict)

    def outcome(self, path: Path) -> Outcome:
        """Reads a folder. If it is gone, returns what was read last, so that a page that shows it can be finished."""
        version = version_of(path)
        if outcome := self.cached_outcome(path, version):
            return outcome
        with self.lock:
            path_lock = self.reading.setdefault(path, threading.Lock())
        with path_lock:
            if outcome := self.cached_outcome(path, version):
                return outcome  # another thread was first
            try:
                with disk_errors("cannot_read", "{path} cannot be read: {why}.", path=path):
                    outcome = Outcome(version, load(path))
            except InputError as error:
                outcome = Outcome(version, None, error)
            with self.lock:
                self.outcomes[path] = outcome
                self.outcomes.move_to_end(path)
                passing = [run_folder for run_folder in self.outcomes if run_folder not in self.stay]
                for old in passing[: max(0, len(passing) - self.most)]:
                    del self.outcomes[old]
                    self.reading.pop(old, None)
        return outcome

    def cached_outcome(self, path: Path, version: Version) -> Outcome | None:
        with self.lock:
            outcome, gone = self.outcomes.get(path), not any(version)
            if outcome is None or not (outcome.version == version or (gone and outcome.run is not None)):
                return None
            self.outcomes.move_to_end(path)
            return outcome

    def outcome_of_gone(self, path: Path | None) -> Outcome | None:
        """Returns what is in memory of a run whose folder is gone or can no longer be read."""
        return None if path is None or any(version_of(path)) else self.cached_outcome(path, version_of(path))


class OpenRuns(Mapping[str, Run]):
    """Runs by the names that people see. A name means that there is a folder; `runs[name]` reads it, and raises
    KeyError if it holds no run that opens: `fault` says why. A run whose folder has just gone is available as long as
    it is in memory, so that a page that shows it can be finished."""

    def __init__(self, folders: Mapping[str, Path], cache: RunCache) -> None:
        self.folders, self.cache = dict(folders), cache
        cache.former |= self.folders

    def __iter__(self) -> Iterator[str]:
        return iter(self.folders)

    def __len__(self) -> int:
        return len(self.folders)

    def __contains__(self, name: object) -> bool:
        return name in self.folders

    def __getitem__(self, name: str) -> Run:
        path = self.folders.get(name)
        outcome = self.cache.outcome(path) if path else self.cache.outcome_of_gone(self.former_folder(name))
        if outcome is None or outcome.run is None:
            raise KeyError(name)
        if outcome.run.name == name:
            return outcome.run
        return outcome.others.setdefault(name, replace(outcome.run, called=name))

    def fault(self, name: str) -> InputError | None:
        """Returns why the run of that name does not open; None if it opens."""
        return self.cache.outcome(self.folders[name]).fault

    def fingerprint(self, name: str) -> str:
        """Returns the fingerprint of the weights, without opening the run; "" if they cannot be read."""
        with contextlib.suppress(InputError):
            return weights_fingerprint(self.folders[name])
        return ""

    def at_hand(self, name: str) -> bool:
        """Whether the run is in memory and need not be read first."""
        path = self.folders[name]
        return self.cache.cached_outcome(path, version_of(path)) is not None

    def name_of(self, path: Path) -> str | None:
        """Returns the name of a folder here; None if it is not listed."""
        return next((name for name, folder in self.folders.items() if folder == path), None)

    def former_folder(self, name: str) -> Path | None:
        """Returns the folder that a run has, or had when it was listed; None for a name that was never listed."""
        return self.cache.former.get(name)

    def has_left(self, name: str) -> bool:
        """Whether a run's folder is gone or cannot be read, but the run is in memory and can still be shown."""
        return self.cache.outcome_of_gone(self.former_folder(name)) is not None

    def new_name_of(self, path: Path) -> str | None:
        """Returns the new name of a run whose folder is gone: that of the folder with the very same files."""
        if (outcome := self.cache.outcome_of_gone(path)) is None:
            return None
        names = (name for name, folder in self.folders.items() if same_run(version_of(folder), outcome.version))
        return next(names, None)


def version_of(folder: Path) -> Version:
    """Returns a value that changes when a run is replaced or one of its files is written; all None when it is gone."""
    return tuple(stat_of(folder / name) for name in READ)


def same_run(one: Version, other: Version) -> bool:
    """Whether two versions are of the same run, even if its maps were computed in between."""
    position = READ.index(weights.FILE)  # it stays the same when maps are added
    return one[position] is not None and one[position] == other[position]


def stat_of(file: Path) -> tuple[int, ...] | None:
    with contextlib.suppress(OSError):
        status = file.stat()
        return status.st_ino, status.st_size, status.st_mtime_ns
    return None


def list_version(place: Path) -> tuple[int, ...]:
    """Returns a value that changes when a folder is added to a place, renamed in it or removed from it."""
    if (status := stat_of(place)) is None:
        return ()
    now, changed = time.time_ns(), status[-1]
    return (*status, now if abs(now - changed) < YOUNG else 0)


def folders_in(place: Path) -> list[Path]:
    """Returns a library's folders except hidden ones, which are still being written; nothing if it is unreadable."""
    heal_inside(place)
    with contextlib.suppress(OSError):
        folders = [path for path in place.iterdir() if not path.name.startswith(".") and path.is_dir()]
        return sorted(folders, key=lambda path: (path.name.casefold(), path.name))
    return []


def folders_by_name(folders: Iterable[tuple[Path, str]]) -> dict[str, Path]:
    """Returns each folder by its name. Of folders with the same name, all but the first are named by more of their
    path, such as "films/mine": no folder in the library can ever have such a name."""
    names: dict[str, Path] = {}
    for path, short_name in folders:
        parts = path.absolute().parts
        longer = ("/".join(parts[-count:]) for count in range(2, len(parts)))
        name = next((name for name in (short_name, *longer) if name not in names), str(path.absolute()))
        names[name] = path
    return names


def in_trash(home: Home, runs: OpenRuns, path: Path) -> Trashed | None:
    """Returns the deleted folder of a run that had this path: the one with the very same files or, if they were never
    read, the latest with that name."""
    if path.parent.resolve() != home.runs.resolve():
        return None
    try:
        trash = list_trash(home)
    except InputError:
        return None
    if outcome := runs.cache.outcome_of_gone(path):
        return next((one for one in trash if same_run(version_of(one.path), outcome.version)), None)
    return next((one for one in trash if one.name == path.name), None)
