"""A folder written as one: beside its place first, synced, then renamed there. Runs and data sets are such folders.

A folder that is replaced is moved aside first and removed last. Between the two renames it has neither name; `heal`,
which everybody calls who opens or lists, gives it its own back.
"""

from __future__ import annotations

import contextlib
import glob
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
from attrec_core.storage.checksums import with_checksums
from attrec_core.storage.locks import Busy, held


@dataclass(frozen=True)
class Kind:
    """What a folder is, for sentences, and the file that tells one of its kind from a stranger's folder."""

    name: str  # such as "run"
    mark: str  # such as "config.json"


ASIDE = re.compile(r"\.(.+)\.[0-9a-f]{8}\.old", re.DOTALL)  # what `beside` calls what is moved aside
AROUND = "around.old"  # ends the name of the folder around one whose name is too long for that
NOTES = "notes.json"  # what people wrote about a folder: it outlives what they wrote it about
RUN, DATA_SET, STUDY = Kind("run", "config.json"), Kind("data set", "data.json"), Kind("study", "study.json")


def write_folder(path: Path, files: Mapping[str, bytes], kind: Kind, *, overwrite: bool = False) -> None:
    """Writes the files, with their checksums in the kind's mark, beside `path` and renames them there; on any failure
    nothing half-written stays.

    Raises InputError when the folder exists (unless `overwrite`) or cannot be written.
    """
    path = path.resolve()  # a link to a run stays a link
    check_writable(path, kind, overwrite=overwrite)
    with write_errors(path, kind), new_folder(path) as partial:
        for name, content in with_checksums(files, kind.mark).items():
            write_synced(partial / name, content)
        put_in_place(partial, path, kind, overwrite=overwrite)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A new empty folder beside `path`, to be filled and put there; what is left of it goes at the end. Raises
    OSError."""
    with folders_made(path.parent):
        remove_leftovers(path.parent, of=path.name)
        with new_partial(path, Path.mkdir) as partial:
            yield partial


@contextlib.contextmanager
def folders_made(path: Path) -> Iterator[None]:
    """Makes a folder and those around it, and takes back at the end the new ones into which nothing was put."""
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        if made:
            path.mkdir(parents=True, exist_ok=True)
        for folder in made:
            sync(folder.parent)
        yield
    finally:
        for folder in made:
            with contextlib.suppress(OSError):  # it is not empty
                folder.rmdir()


def write_errors(path: Path, kind: Kind) -> contextlib.AbstractContextManager[None]:
    """Whatever keeps a folder from being written is one sentence: a full disk, a lost permission."""
    text = "The {kind} cannot be written to {path}: {why}."
    return disk_errors("cannot_write", text, kind=kind.name, path=path)


def install(partial: Path, path: Path) -> Path:
    """Renames a filled folder to a path that is free, once the disk has all of it; the folder's new path."""
    for file in partial.iterdir():
        sync(file)
    sync(partial)
    return move(partial, path)


def put_in_place(partial: Path, path: Path, kind: Kind, *, overwrite: bool = False) -> None:
    """The filled folder, its files synced, takes its place under the lock of the folder around it: somebody else may
    have come first. What was there is removed last, or put back if the rename fails."""
    with held(path.parent):
        heal_all(path.parent)
        refuse_existing(path, kind, overwrite=overwrite)
        if (path / NOTES).is_file() and not (partial / NOTES).exists():
            write_synced(partial / NOTES, (path / NOTES).read_bytes())
        sync(partial)
        if path.exists():
            move_aside(path)
        try:
            move(partial, path)
        finally:
            with contextlib.suppress(OSError):  # then it is done by the next who comes
                heal_all(path.parent)


def move_aside(path: Path) -> None:
    """Gives a folder another name until a new one has its place, which is at once: so no sync in between."""
    if len(path.name.encode()) <= NAME_BYTES:
        path.rename(beside(path, "old"))
    else:  # the other name could not say this one: a folder around it keeps it
        around = beside(path, AROUND)
        around.mkdir()
        move(path, around / path.name)


def heal(path: Path) -> None:
    """Gives a folder its name back that was moved aside for a new one, if the writer was killed before that came.

    Does nothing where that cannot be done: then opening `path` says what is wrong.
    """
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # ValueError: no path can be called so
        path = path.resolve()
        if not path.exists() and any(path.parent.glob(f".{glob.escape(shortened(path.name))}.*.old")):
            heal_inside(path.parent)


def heal_inside(place: Path) -> None:
    """`heal` of whatever stands in a folder."""
    with contextlib.suppress(OSError, Busy):
        if any(place.glob(".*.old")):
            with held(place):
                heal_all(place)


def heal_all(place: Path) -> None:
    """To be called with the lock of `place`: then no writer is between its renames. What a new folder has replaced
    goes, or it would come back when that one leaves."""
    names = {old: match[1] for old in place.glob(".*.old") if (match := ASIDE.fullmatch(old.name))}
    names |= {old: old.name for old in place.glob(f".*.{AROUND}/*")}
    for old, name in names.items():
        if (place / name).exists():
            sync(place)  # the new one stays, whatever happens from here on
            remove(old)
        else:
            move(old, place / name)
    for around in place.glob(f".*.{AROUND}"):
        with contextlib.suppress(OSError):
            around.rmdir()


def refuse_existing(path: Path, kind: Kind, *, overwrite: bool) -> None:
    """Raises InputError for what must not be replaced."""
    if path.exists() and not overwrite:
        text = "{path} exists already. Choose another folder, or use {name:overwrite} to replace it."
        raise InputError("exists", text, setting="overwrite", path=path)
    if path.exists() and not (path / kind.mark).is_file() and (path.is_file() or any(path.iterdir())):
        text = "{path} is not a {kind} and not an empty folder, so {name:overwrite} will not replace it."
        raise InputError("not_replaceable", text, setting="overwrite", path=path, kind=kind.name)


def check_room(place: Path, size: int, what: str) -> None:
    """Raises InputError where the disk of a folder, which need not exist, has less than the `size` bytes for `what`."""
    there = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if size > free:
        text = "The disk has {free} left, and {what} needs about {size}: make room first."
        raise InputError("disk_full", text, free=in_bytes(free), what=what, size=in_bytes(size))


def check_changeable(path: Path, kind: Kind) -> None:
    """Raises InputError, before any work is done, when no file of a folder could be replaced."""
    with write_errors(path, kind), held(path.parent):
        trial = beside(path / kind.mark, "trial")
        trial.touch()
        trial.unlink()


def check_writable(path: Path, kind: Kind, *, overwrite: bool) -> None:
    """Raises InputError, before any work is done, when nothing could be put at `path`."""
    path = path.resolve()
    with disk_errors("cannot_write", "{path} cannot be written: {why}.", path=path):
        heal(path)
        refuse_existing(path, kind, overwrite=overwrite)
        with folders_made(path.parent):
            # Nothing says as surely that a folder can be made here as making it.
            trial = beside(path, "trial")
            trial.mkdir()
            with contextlib.suppress(FileNotFoundError):  # somebody who removes leftovers was quicker
                trial.rmdir()
