"""A folder written as one: beside its place first, synced, then renamed there. Runs and data sets are such folders.

A folder that is replaced is moved aside first and removed last. Between the two renames it has neither name; `heal`,
which everybody calls who opens or lists, gives it its own back.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from attrec_core.errors import InputError
from attrec_core.storage.atomic_write import beside, move, remove, remove_leftovers, sync, write_synced
from attrec_core.storage.checksums import with_checksums
from attrec_core.storage.locks import Busy, held, taken


@dataclass(frozen=True)
class Kind:
    """What a folder is, for sentences, and the file that tells one of its kind from a stranger's folder."""

    name: str  # such as "run"
    mark: str  # such as "config.json"


ASIDE = re.compile(r"\.(.+)\.[0-9a-f]{8}\.old", re.DOTALL)  # what `beside` calls what is moved aside
NOTES = "notes.json"  # what people wrote about a folder: it outlives what they wrote it about
RUN, DATA_SET = Kind("run", "config.json"), Kind("data set", "data.json")


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
    """A new empty folder beside `path`, to be filled and put there; what is left of it goes at the end.

    Locked as long as this lasts, so that nobody takes it for what a killed writer has left. Raises OSError.
    """
    made, partial, descriptor = missing_folders(path.parent), path, -1
    written = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in made:
            sync(folder.parent)
        remove_leftovers(path.parent, of=path.name)
        while descriptor < 0:
            partial = beside(path, "partial")
            partial.mkdir()
            try:
                descriptor = os.open(partial, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:  # somebody who removes leftovers was quicker
                continue
            if not (taken(descriptor) and partial.exists()):  # or is just doing it
                os.close(descriptor)
                descriptor = -1
        yield partial
        written = not partial.exists()
    finally:
        if descriptor >= 0:
            shutil.rmtree(partial, ignore_errors=True)
            os.close(descriptor)
        if not written:
            remove_empty(made)


@contextlib.contextmanager
def write_errors(path: Path, kind: Kind) -> Iterator[None]:
    """Whatever keeps a folder from being written is one sentence: a full disk, a lost permission."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(
            "cannot_write", "The {kind} cannot be written to {path}: {why}.", kind=kind.name, path=path, why=why
        ) from None


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
        old = beside(path, "old")
        if path.exists():
            path.rename(old)
        try:
            move(partial, path)
        except OSError:
            if old.exists() and not path.exists():
                move(old, path)
            raise
        if old.exists():
            with contextlib.suppress(OSError):  # it is removed with the leftovers then
                remove(old)


def heal(path: Path) -> None:
    """Gives a folder its name back that was moved aside for a new one, if the writer was killed before that came.

    Does nothing where that cannot be done: then opening `path` says what is wrong.
    """
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # ValueError: no path can be called so
        path = path.resolve()
        if not path.exists() and any(path.parent.glob(f".{glob.escape(path.name)}.*.old")):
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
    for old in place.glob(".*.old"):
        name = ASIDE.fullmatch(old.name)
        if name and (place / name[1]).exists():
            sync(place)  # the new one stays, whatever happens from here on
            remove(old)
        elif name:
            move(old, place / name[1])


def missing_folders(folder: Path) -> list[Path]:
    """What `mkdir -p folder` would make, innermost first."""
    return [parent for parent in (folder, *folder.parents) if not parent.exists()]


def remove_empty(folders: list[Path]) -> None:
    """Takes back the folders that were made for something that was not written."""
    for folder in folders:
        with contextlib.suppress(OSError):  # somebody else may have put something there
            folder.rmdir()


def refuse_existing(path: Path, kind: Kind, *, overwrite: bool) -> None:
    """Raises InputError for what must not be replaced."""
    if path.exists() and not overwrite:
        raise InputError(
            "exists",
            "{path} exists already. Choose another folder, or say {name:overwrite} to replace it.",
            setting="overwrite",
            path=path,
        )
    if path.exists() and not (path / kind.mark).is_file() and (path.is_file() or any(path.iterdir())):
        raise InputError(
            "not_replaceable",
            "{path} is not a {kind} and not an empty folder, so {name:overwrite} will not replace it.",
            setting="overwrite",
            path=path,
            kind=kind.name,
        )


def check_writable(path: Path, kind: Kind, *, overwrite: bool) -> None:
    """Raises InputError, before any work is done, when nothing could be put at `path`."""
    path = path.resolve()
    made: list[Path] = []
    try:
        heal(path)
        refuse_existing(path, kind, overwrite=overwrite)
        made = missing_folders(path.parent)
        # Nothing says as surely that a folder can be made here as making it.
        trial = beside(path, "trial")
        trial.mkdir(parents=True)
        with contextlib.suppress(FileNotFoundError):  # somebody who removes leftovers was quicker
            trial.rmdir()
    except OSError as error:
        raise InputError(
            "cannot_write", "{path} cannot be written: {why}.", path=path, why=error.strerror or str(error)
        ) from None
    finally:
        remove_empty(made)
