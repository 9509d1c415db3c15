"""Writes a folder as a whole: first beside its path, synced, then renamed to it. Runs and data sets are such folders.

A folder that is replaced is first moved aside and finally removed. Between the two renames, no folder is at the path;
`heal` restores the old one if the writer was killed there. All code that opens or lists folders calls `heal`.
"""

from __future__ import annotations

import contextlib
import glob
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from attrec_core.errors import InputError, disk_errors, in_bytes
from attrec_core.storage.atomic_write import (
    NAME_BYTES,
    beside,
    move,
    new_partial,
    remove,
    remove_leftovers,
    shortened,
    sync,
    write_synced,
)
from attrec_core.storage.checksums import described, digits_of
from attrec_core.storage.locks import Busy, hold_lock


@dataclass(frozen=True)
class Kind:
    """A kind of folder: its name in messages, and the file that distinguishes it from a foreign folder."""

    name: str  # such as "run"
    mark: str  # such as "config.json"


ASIDE = re.compile(r"\.(.+)\.[0-9a-f]{8}\.old", re.DOTALL)  # the name that `beside` gives a folder moved aside
AROUND = "around.old"  # ends the name of a folder around a moved folder whose own name is too long for that
NOTES = "notes.json"  # what people wrote about a folder; kept when the folder is replaced
RUN, DATA_SET = Kind("run", "config.json"), Kind("data set", "data.json")


def write_folder(path: Path, files: Mapping[str, bytes], kind: Kind, *, overwrite: bool = False) -> None:
    """Writes the files beside `path`, with their checksums in the kind's mark, and renames the folder to `path`, under
    the lock of the parent folder, since another writer may have been first. The folder that was there is removed last,
    or restored if the rename fails. On any failure nothing half-written remains.

    Raises InputError when the folder exists (unless `overwrite`) or cannot be written.
    """
    path = path.resolve()  # a link to a run stays a link
    check_writable(path, kind, overwrite=overwrite)
    sums = {name: digits_of(content) for name, content in files.items()}
    mark = described(json.loads(files[kind.mark]), sums, kind.mark)
    with write_errors(path, kind), new_folder(path) as partial:
        for name, content in {**files, kind.mark: mark}.items():
            write_synced(partial / name, content)
        with hold_lock(path.parent):
            heal_all(path.parent)
            refuse_existing(path, kind, overwrite=overwrite)
            if (path / NOTES).is_file() and NOTES not in files:
                write_synced(partial / NOTES, (path / NOTES).read_bytes())
            sync(partial)
            if path.exists():
                move_aside(path)
            try:
                move(partial, path)
            finally:
                with contextlib.suppress(OSError):  # then the next caller of `heal` does it
                    heal_all(path.parent)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yields a new empty folder beside `path`, to be filled and renamed to it. If it is not renamed, it is removed at
    the end. Raises OSError."""
    with folders_made(path.parent):
        remove_leftovers(path.parent, of=path.name)
        with new_partial(path, Path.mkdir) as partial:
            yield partial


@contextlib.contextmanager
def folders_made(path: Path) -> Iterator[None]:
    """Makes a folder and its missing parents, and at the end removes those of the new folders that are still empty."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        if missing:
            path.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            sync(folder.parent)
        yield
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):  # it is not empty
                folder.rmdir()


def write_errors(path: Path, kind: Kind) -> contextlib.AbstractContextManager[None]:
    """Turns whatever prevents writing a folder, such as a full disk or a lost permission, into one InputError."""
    text = "The {kind} cannot be written to {path}: {why}."
    return disk_errors("cannot_write", text, kind=kind.name, path=path)


def install(partial: Path, path: Path) -> Path:
    """Renames a filled folder to a free path, once all of it is on the disk. Returns the new path."""
    for file in partial.iterdir():
        sync(file)
    sync(partial)
    return move(partial, path)


def move_aside(path: Path) -> None:
    """Renames a folder to make room for a new one, which follows at once; so there is no sync in between."""
    if len(path.name.encode()) <= NAME_BYTES:
        path.rename(beside(path, "old"))
    else:  # the new name could not hold all of this one: a folder around it keeps it
        around = beside(path, AROUND)
        around.mkdir()
        move(path, around / path.name)


def heal(path: Path) -> None:
    """Restores a folder that was moved aside, if the writer was killed before the new folder arrived. Does nothing
    where that is not possible: then opening `path` says what is wrong."""
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # ValueError: not a valid path
        path = path.resolve()
        if not path.exists() and any(path.parent.glob(f".{glob.escape(shortened(path.name))}.*.old")):
            heal_inside(path.parent)


def heal_inside(place: Path) -> None:
    """Calls `heal_all` if a folder contains anything that was moved aside."""
    with contextlib.suppress(OSError, Busy):
        if any(place.glob(".*.old")):
            with hold_lock(place):
                heal_all(place)


def heal_all(place: Path) -> None:
    """Restores or removes all folders in `place` that were moved aside. The caller holds the lock of `place`, so no
    writer is between its renames. A replaced folder is removed, or it would come back when the new one is removed."""
    names = {old: match[1] for old in place.glob(".*.old") if (match := ASIDE.fullmatch(old.name))}
    names |= {old: old.name for old in place.glob(f".*.{AROUND}/*")}
    for old, name in names.items():
        if (place / name).exists():
            sync(place)  # the new folder stays, whatever happens from here on
            remove(old)
        else:
            move(old, place / name)
    for around in place.glob(f".*.{AROUND}"):
        with contextlib.suppress(OSError):
            around.rmdir()


def refuse_existing(path: Path, kind: Kind, *, overwrite: bool) -> None:
    """Raises InputError if there is something at `path` that must not be replaced."""
    if path.exists() and not overwrite:
        text = "{path} exists already. Choose another folder, or use {name:overwrite} to replace it."
        raise InputError("exists", text, setting="overwrite", path=path)
    if path.exists() and not (path / kind.mark).is_file() and (path.is_file() or any(path.iterdir())):
        text = "{path} is not a {kind} and not an empty folder, so {name:overwrite} will not replace it."
        raise InputError("not_replaceable", text, setting="overwrite", path=path, kind=kind.name)


def check_room(place: Path, size: int, what: str, *, goes_on: bool = False) -> None:
    """Raises InputError if the disk of a folder, which need not exist, has less than `size` bytes free for `what`.
    goes_on: whether a part of the work is done and kept."""
    existing = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if size > free:
        text = "Make room first: {what} needs about {size}, and the disk has {free} left."
        text += " What is done is kept." if goes_on else ""
        raise InputError("disk_full", text, free=in_bytes(free), what=what, size=in_bytes(size))


def check_changeable(path: Path, kind: Kind) -> None:
    """Raises InputError, before any work is done, when no file of a folder could be replaced."""
    with write_errors(path, kind), hold_lock(path.parent):
        trial = beside(path / kind.mark, "trial")
        trial.touch()
        trial.unlink(missing_ok=True)  # another program may have removed it first, as a leftover


def check_writable(path: Path, kind: Kind, *, overwrite: bool) -> None:
    """Raises InputError, before any work is done, when nothing could be put at `path`."""
    path = path.resolve()
    with disk_errors("cannot_write", "{path} cannot be written: {why}.", path=path):
        heal(path)
        refuse_existing(path, kind, overwrite=overwrite)
        with folders_made(path.parent):
            # The only sure test of whether a folder can be made here is to make it.
            trial = beside(path, "trial")
            trial.mkdir()
            with contextlib.suppress(FileNotFoundError):  # another writer removed it first, as a leftover
                trial.rmdir()
