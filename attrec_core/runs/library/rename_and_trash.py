"""Renames, deletes and restores runs and data sets: each is one rename on disk, so that nothing is ever half moved."""

from __future__ import annotations

import calendar
import contextlib
import time
import uuid
from collections.abc import Collection
from pathlib import Path

from attrec_core.data.data_sets import name_of, open_data_set
from attrec_core.errors import InputError, disk_errors, shown
from attrec_core.runs.library import names
from attrec_core.runs.library.listing import size_of
from attrec_core.runs.library.records import Trashed
from attrec_core.storage.atomic_folder import DATA_SET, RUN, Kind, heal_inside
from attrec_core.storage.atomic_write import move, remove, remove_leftovers
from attrec_core.storage.workspace import Home, check_may_change, home, read_only

STAMP = "%Y%m%dT%H%M%SZ"  # time of deletion, in UTC


def rename(home: Home, name: str, new: str, kind: Kind = RUN, elsewhere: Collection[str] = ()) -> Path:
    """Renames a folder and returns it. Raises InputError when there is none, or the new name is taken or not allowed.
    elsewhere: names of entries that are not in the library, which are taken too."""
    check_may_change(f"No {kind.name} is renamed")
    new = names.checked_name(new, kind)
    with names.lock_library(home, kind, f"{shown(name)} cannot be renamed") as library:
        folder = names.entry_folder(home, name, kind)
        names.refuse_taken(library, new, kind, name, elsewhere)
        return move_named(folder, library / new, kind)


def move_named(folder: Path, new: Path, kind: Kind) -> Path:
    """Renames a folder. A data set also has its name in data.json, and runs trained on it repeat that name. data.json
    holds both names while the folder is renamed, so that at any moment the data set has its old name or its new one. A
    damaged data.json holds no name that could be kept."""
    if kind is not DATA_SET:
        return move(folder, new)
    with contextlib.suppress(InputError):
        described = open_data_set(folder)
        described.with_description(name=name_of(described), renamed=new.name)
    move(folder, new)
    with contextlib.suppress(InputError, OSError):  # the folder has its new name anyway
        described = open_data_set(new)
        described.with_description(name=name_of(described), renamed=None)
    return new


def trash_folder(home: Home, kind: Kind) -> Path:
    return home.trash / names.library_folder(home, kind).name


def delete(home: Home, name: str, kind: Kind = RUN) -> Trashed:
    """Moves a folder to the trash; `restore` takes it back. Raises InputError when there is no such folder."""
    check_may_change(f"No {kind.name} is deleted")
    with names.lock_library(home, kind, f"{shown(name)} cannot be deleted"):
        folder, trash = names.entry_folder(home, name, kind), trash_folder(home, kind)
        trash.mkdir(parents=True, exist_ok=True)
        now = time.gmtime()
        path = move(folder, trash / f"{name}.{time.strftime(STAMP, now)}.{uuid.uuid4().hex[:8]}")
        return Trashed(path.name, name, path, size_of(path), float(calendar.timegm(now)))


def restore(home: Home, what: str, name: str | None = None, kind: Kind = RUN, elsewhere: Collection[str] = ()) -> Path:
    """Moves a folder from the trash back to the library, under `name`, which must be free, or under its old name, with
    a number if that name is taken meanwhile. what: an id from `list_trash`, or the name of a deleted folder; of several
    with that name, the latest. elsewhere: as for `rename`."""
    check_may_change(f"No {kind.name} is put back")
    with names.lock_library(home, kind, f"{shown(what)} cannot be put back") as library:
        entry = next((entry for entry in list_trash(home, kind) if what in (entry.id, entry.name)), None)
        if entry is None:
            text = "There is no {kind} {wanted} in the trash."
            raise InputError("unknown_name", text, kind=kind.name, wanted=shown(what))
        if name is None:
            name = names.free_name(library, entry.name, elsewhere)
        else:
            names.refuse_taken(library, name := names.checked_name(name, kind), kind, None, elsewhere)
        new = library / name
        return move(entry.path, new) if name == entry.name else move_named(entry.path, new, kind)


def list_trash(home: Home, kind: Kind = RUN) -> list[Trashed]:
    """Returns what can be restored, the latest first."""
    trash = trash_folder(home, kind)
    entries = []
    with disk_errors("cannot_read", "The trash {folder} cannot be read: {why}.", folder=trash):
        for path in trash.iterdir() if trash.exists() else ():
            with contextlib.suppress(ValueError):  # `delete` did not name it
                name, stamp, _ = path.name.rsplit(".", 2)
                deleted = float(calendar.timegm(time.strptime(stamp, STAMP)))
                if not path.name.startswith("."):
                    entries.append(Trashed(path.name, name, path, size_of(path), deleted))
    return sorted(entries, key=lambda entry: (entry.deleted, entry.id), reverse=True)


def empty_trash(home: Home, ids: list[str] | None = None, kind: Kind = RUN) -> int:
    """Permanently removes all of the trash, or those of `ids`; returns how many. Raises InputError if it cannot."""
    check_may_change("The trash is not emptied")
    entries = [entry for entry in list_trash(home, kind) if ids is None or entry.id in ids]
    with names.lock_library(home, kind, "The trash cannot be emptied"):
        paths = [entry.path for entry in entries if entry.path.exists()]
        for path in paths:
            remove(path)
    return len(paths)


def tidy_workspace() -> None:
    """Tidies the workspace, if there is one: an account without a home folder has none, and may need none."""
    with contextlib.suppress(RuntimeError):
        tidy(home())


def tidy(home: Home) -> None:
    """Restores the names of folders that a killed program had moved aside, and removes what it left half-written.
    Called by every program that opens the workspace. What another program is writing just now stays. Does nothing on a
    read-only server, and where the disk does not allow it."""
    if read_only():
        return
    trash = [trash_folder(home, kind) for kind in (RUN, DATA_SET)]
    for parent in (home.runs, home.data, home.studies, home.jobs, *trash):
        heal_inside(parent)
        remove_leftovers(parent)
        with contextlib.suppress(OSError):
            for folder in parent.iterdir():
                remove_leftovers(folder)
