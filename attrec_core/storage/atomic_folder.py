"""A folder written as one: beside its place first, then renamed there. Runs and data sets are such folders."""

from __future__ import annotations

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from attrec_core.errors import InputError
from attrec_core.storage.locks import held


@dataclass(frozen=True)
class Kind:
    """What a folder is, for sentences, and the file that tells one of its kind from a stranger's folder."""

    name: str  # such as "run"
    mark: str  # such as "config.json"


ASIDE = re.compile(r"\.(.+)\.[0-9a-f]{8}\.old", re.DOTALL)  # what `beside` calls what is moved aside
NOTES = "notes.json"  # what people wrote about a folder: it outlives what they wrote it about
LEFT_BESIDE = ("partial", "trial", "old")  # what a killed program may leave beside a folder
RUN, DATA_SET = Kind("run", "config.json"), Kind("data set", "data.json")


def write_folder(path: Path, files: Mapping[str, bytes], kind: Kind, *, overwrite: bool = False) -> None:
    """Writes the files beside `path` and renames them there; on any failure nothing half-written stays.

    Raises InputError when the folder exists (unless `overwrite`) or cannot be written.
    """
    path = path.resolve()  # a link to a run stays a link
    check_writable(path, kind, overwrite=overwrite)
    with written_beside(path, kind) as partial:
        for name, content in files.items():
            (partial / name).write_bytes(content)
        put_in_place(partial, path, kind, overwrite=overwrite)


@contextlib.contextmanager
def written_beside(path: Path, kind: Kind) -> Iterator[Path]:
    """A new empty folder on the same disk as `path`, to be filled and put there; what is left of it goes at the end.

    Raises InputError for whatever keeps it from being written: a full disk, a folder that has gone, no permission.
    """
    partial, made = beside(path, "partial"), new_folders(path.parent)
    done = False
    try:
        partial.mkdir(parents=True)
        yield partial
        done = not partial.exists()
    except OSError as error:
        raise InputError(f"The {kind.name} cannot be written to {path}: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if not done:
            remove_empty(made)


def put_in_place(partial: Path, path: Path, kind: Kind, *, overwrite: bool = False) -> None:
    """The filled folder takes its place, under the lock of the folder around it: somebody else may have come first."""
    with held(path.parent):
        put_back(path.parent)
        refuse_existing(path, kind, overwrite=overwrite)
        if (path / NOTES).is_file() and not (partial / NOTES).exists():
            shutil.copy2(path / NOTES, partial / NOTES)
        replace_folder(partial, path)


def put_back(place: Path) -> None:
    """What was moved aside for a new one that never came, its writer having been killed in between, is there again.
    What a new one has replaced goes: it would come back when that one leaves.

    To be called with the lock of `place`: then nobody is in between.
    """
    for old in place.glob(".*.old"):
        named = ASIDE.fullmatch(old.name)
        if named and (place / named[1]).exists():
            shutil.rmtree(old, ignore_errors=True)
        elif named:
            old.rename(place / named[1])


def beside(path: Path, suffix: str) -> Path:
    """A new name in the same folder, and so on the same disk: a rename within it is one step."""
    name = path.name.encode()[:200].decode(errors="ignore")  # a name has room for 255 bytes
    return path.with_name(f".{name}.{uuid.uuid4().hex[:8]}.{suffix}")


def new_folders(folder: Path) -> list[Path]:
    """What `mkdir -p folder` would make, innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def remove_empty(folders: list[Path]) -> None:
    """Takes back the folders that were made for something that was not written."""
    for folder in folders:
        with contextlib.suppress(OSError):  # somebody else may have put something there
            folder.rmdir()


def refuse_existing(path: Path, kind: Kind, *, overwrite: bool) -> None:
    """Raises InputError for what must not be replaced."""
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists already. Choose another folder, or say --overwrite to replace it.")
    if path.exists() and not (path / kind.mark).is_file() and (path.is_file() or any(path.iterdir())):
        raise InputError(f"{path} is not a {kind.name} and not an empty folder, so --overwrite will not replace it.")


def check_writable(path: Path, kind: Kind, *, overwrite: bool) -> None:
    """Raises InputError, before any work is done, when nothing could be put at `path`."""
    path = path.resolve()
    made: list[Path] = []
    try:
        refuse_existing(path, kind, overwrite=overwrite)
        made = new_folders(path.parent)
        # Nothing says as surely that a folder can be made here as making it.
        trial = beside(path, "trial")
        trial.mkdir(parents=True)
        trial.rmdir()
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        remove_empty(made)


def replace_folder(new: Path, path: Path) -> None:
    """`new` takes the place of `path`; what was there is put back if that fails."""
    old = beside(path, "old")
    if path.exists():
        path.rename(old)
    try:
        new.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
