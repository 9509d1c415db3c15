"""The runs that can be opened: known by their folders, read on first use, and read again when their files change."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from attrec_core.errors import InputError, disk_errors
from attrec_core.runs.library.listing import weights_fingerprint
from attrec_core.runs.library.records import Trashed
from attrec_core.runs.library.rename_and_trash import list_trash
from attrec_core.runs.load import load
from attrec_core.runs.run import FILES, MAY_MISS, Run
from attrec_core.storage.atomic_folder import NOTES, heal_inside
from attrec_core.storage.workspace import Home

MOST = 4  # runs in memory beside those that stay
READ = tuple(name for name in (*FILES, *MAY_MISS) if name != NOTES)  # what `load` opens
LEARNED = "weights.safetensors"  # the file that stays the same when maps are added
YOUNG = 100_000_000  # nanoseconds in which a folder may change again without its time saying so

Version = tuple[tuple[int, ...] | None, ...]


@dataclass
class Outcome:
    """What came of reading a folder: the run, or the error that says why there is none."""

    version: Version
    run: Run | None
    fault: InputError | None = None
    others: dict[str, Run] = field(default_factory=dict)  # the same run under names that are not its folder's

    def called(self, name: str) -> Run | None:
        """The run, which bears this name where it is shown."""
        if self.run is None or self.run.name == name:
            return self.run
        return self.others.setdefault(name, replace(self.run, called=name))


@dataclass
class RunCache:
    """Reads each run once as long as its files stay, for all threads; of those that need not stay the `most` that were
    opened last are kept."""

    most: int = MOST
    outcomes: OrderedDict[Path, Outcome] = field(default_factory=OrderedDict)
    stay: set[Path] = field(default_factory=set)  # never let go of
    former: dict[str, Path] = field(default_factory=dict)  # every name that was ever listed
    lock: threading.Lock = field(default_factory=threading.Lock)
    reading: dict[Path, threading.Lock] = field(default_factory=dict)

    def outcome(self, path: Path) -> Outcome:
        """Of a folder that has gone, what was read last: a page that shows it can be finished."""
        version = version_of(path)
        if known := self.known(path, version):
            return known
        with self.lock:
            alone = self.reading.setdefault(path, threading.Lock())
        with alone:
            if known := self.known(path, version):
                return known  # another thread was first
            try:
                with disk_errors("cannot_read", "{path} cannot be read: {why}.", path=path):
                    known = Outcome(version, load(path))
            except InputError as error:
                known = Outcome(version, None, error)
            self.keep(path, known)
        return known

    def known(self, path: Path, version: Version) -> Outcome | None:
        with self.lock:
            outcome = self.outcomes.get(path)
            gone = not any(version)
            if outcome is None or not (outcome.version == version or (gone and outcome.run is not None)):
                return None
            self.outcomes.move_to_end(path)
            return outcome

    def keep(self, path: Path, outcome: Outcome) -> None:
        with self.lock:
            self.outcomes[path] = outcome
            self.outcomes.move_to_end(path)
            passing = [run_folder for run_folder in self.outcomes if run_folder not in self.stay]
            for old in passing[: max(0, len(passing) - self.most)]:
                del self.outcomes[old]
                self.reading.pop(old, None)

    def left(self, path: Path | None) -> Outcome | None:
        """What is in memory of a run whose folder has gone, or cannot be read any more."""
        return None if path is None or any(version_of(path)) else self.known(path, version_of(path))


class OpenRuns(Mapping[str, Run]):
    """Runs by the names that people see. A name says that there is a folder; `runs[name]` reads it, and raises KeyError
    where it holds no run that opens: `fault` says why. One that has just gone can be had as long as it is in memory, so
    that what somebody is looking at can be finished."""

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
        outcome = self.cache.outcome(path) if path else self.cache.left(self.former(name))
        run = None if outcome is None else outcome.called(name)
        if run is None:
            raise KeyError(name)
        return run

    def fault(self, name: str) -> InputError | None:
        """Why a run of that name does not open; None where it does."""
        return self.cache.outcome(self.folders[name]).fault

    def fingerprint(self, name: str) -> str:
        """Of the weights, without opening the run; "" where they cannot be read."""
        try:
            return weights_fingerprint(self.folders[name])
        except InputError:
            return ""

    def at_hand(self, name: str) -> bool:
        """Whether it need not be read first."""
        path = self.folders[name]
        return self.cache.known(path, version_of(path)) is not None

    def name_of(self, path: Path) -> str | None:
        """How a folder is called here."""
        return next((name for name, folder in self.folders.items() if folder == path), None)

    def former(self, name: str) -> Path | None:
        """Where a run stands, or stood when it was known; None for one that never was."""
        return self.cache.former.get(name)

    def has_left(self, name: str) -> bool:
        """Whether its folder is there no more, or cannot be read, and it can still be shown: it is in memory."""
        return self.cache.left(self.former(name)) is not None

    def renamed(self, path: Path) -> str | None:
        """How a run is called now that has left its folder: another one holds the very same files."""
        outcome = self.cache.left(path)
        if outcome is None:
            return None
        version, folders = outcome.version, self.folders.items()
        return next((name for name, folder in folders if same_run(version_of(folder), version)), None)


def version_of(folder: Path) -> Version:
    """What changes when a run is replaced or one of its files is written; all None when it has gone."""
    return tuple(stat_of(folder / name) for name in READ)


def same_run(one: Version, other: Version) -> bool:
    """Whether two versions are of the same run: its maps may have been computed since."""
    position = READ.index(LEARNED)
    return one[position] is not None and one[position] == other[position]


def stat_of(file: Path) -> tuple[int, ...] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def list_version(place: Path) -> tuple[int, ...]:
    """What changes when a folder is added to a place, renamed in it or taken from it."""
    try:
        status = place.stat()
    except OSError:
        return ()
    now = time.time_ns()
    young = now if abs(now - status.st_mtime_ns) < YOUNG else 0
    return status.st_ino, status.st_mtime_ns, young


def folders_in(place: Path) -> list[Path]:
    """The folders of a library; hidden ones are still being written. Nothing where it cannot be read."""
    heal_inside(place)
    try:
        folders = [path for path in place.iterdir() if not path.name.startswith(".") and path.is_dir()]
    except OSError:
        return []
    return sorted(folders, key=lambda path: (path.name.casefold(), path.name))


def named(folders: Iterable[tuple[Path, str]]) -> dict[str, Path]:
    """Each folder by its name; of several that are called alike, all but the first by more of their path, such as
    "films/mine": no folder can be called so, whatever is put in the library."""
    names: dict[str, Path] = {}
    for path, wanted in folders:
        parts = path.absolute().parts
        longer = ("/".join(parts[-count:]) for count in range(2, len(parts)))
        name = next((name for name in (wanted, *longer) if name not in names), str(path.absolute()))
        names[name] = path
    return names


def in_trash(home: Home, runs: OpenRuns, path: Path) -> Trashed | None:
    """What lies in the trash of a run that stood there: the folder with the very same files, or, where they were never
    read, the latest that was called so."""
    if path.parent.resolve() != home.runs.resolve():
        return None
    try:
        gone = list_trash(home)
    except InputError:
        return None
    left = runs.cache.left(path)
    if left is None:
        return next((trashed for trashed in gone if trashed.name == path.name), None)
    return next((trashed for trashed in gone if same_run(version_of(trashed.path), left.version)), None)
