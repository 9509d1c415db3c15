"""Other names, the trash and back: each is one rename, so that nothing is ever half moved."""

from __future__ import annotations

import calendar
import contextlib
import time
import uuid
from collections.abc import Collection
from pathlib import Path

from attrec_core.data.data_sets import name_of, open_data_set
from attrec_core.errors import InputError, disk_errors, shown
from attrec_core.runs.library.listing import size_of
from attrec_core.runs.library.names import changing, checked_name, entry_folder, free_name, refuse_taken, trash_folder
from attrec_core.runs.library.records import Trashed
from attrec_core.storage.atomic_folder import DATA_SET, RUN, Kind, heal_inside
from attrec_core.storage.atomic_write import move, remove, remove_leftovers
from attrec_core.storage.workspace import Home, check_may_change

STAMP = "%Y%m%dT%H%M%SZ"  # when something was deleted, in UTC


def rename(home: Home, name: str, new: str, kind: Kind = RUN, elsewhere: Collection[str] = ()) -> Path:
    """The folder under its new name. Raises InputError when there is none, or the new name is taken or impossible.

    elsewhere: names of those that are not in the library, which it cannot have either.
    """
    check_may_change(f"No {kind.name} is renamed")
    new = checked_name(new, kind)
    with changing(home, kind, f"{shown(name)} cannot be renamed") as place:
        folder = entry_folder(home, name, kind)
        refuse_taken(place, new, kind, name, elsewhere)
        return move_named(folder, place / new, kind)


def move_named(folder: Path, new: Path, kind: Kind) -> Path:
    """Renames a folder. A data set also says in data.json how it is called, and runs trained on it repeat that.

    data.json says both names while the folder is renamed, so that it has its old name or its new one at any moment. A
    damaged one says nothing that could be kept.
    """
    if kind is DATA_SET:
        with contextlib.suppress(InputError):
            described = open_data_set(folder)
            described.with_description(name=name_of(described), renamed=new.name)
    move(folder, new)
    if kind is DATA_SET:
        with contextlib.suppress(InputError, OSError):  # it has its new name without
            described = open_data_set(new)
            described.with_description(name=name_of(described), renamed=None)
    return new


def delete(home: Home, name: str, kind: Kind = RUN) -> Trashed:
    """Into the trash, from where `restore` takes it back. Raises InputError when there is no such folder."""
    check_may_change(f"No {kind.name} is deleted")
    with changing(home, kind, f"{shown(name)} cannot be deleted"):
        folder, trash = entry_folder(home, name, kind), trash_folder(home, kind)
        trash.mkdir(parents=True, exist_ok=True)
        now = time.gmtime()
        gone = move(folder, trash / f"{name}.{time.strftime(STAMP, now)}.{uuid.uuid4().hex[:8]}")
        return Trashed(gone.name, name, gone, size_of(gone), float(calendar.timegm(now)))


def restore(home: Home, what: str, name: str | None = None, kind: Kind = RUN, elsewhere: Collection[str] = ()) -> Path:
    """Back in the library under `name`, which must be free, or as it was called, with a number where that name
    is taken meanwhile.

    what: an id that `list_trash` gives, or the name of what was deleted; of several of that name the latest.
    elsewhere: as for `rename`.
    """
    check_may_change(f"No {kind.name} is put back")
    with changing(home, kind, f"{shown(what)} cannot be put back") as place:
        found = next((gone for gone in list_trash(home, kind) if what in (gone.id, gone.name)), None)
        if found is None:
            text = "There is no {kind} {wanted} in the trash."
            raise InputError("unknown_name", text, kind=kind.name, wanted=shown(what))
        if name is None:
            name = free_name(place, found.name, elsewhere)
        else:
            refuse_taken(place, name := checked_name(name, kind), kind, None, elsewhere)
        new = place / name
        return move(found.path, new) if name == found.name else move_named(found.path, new, kind)


def list_trash(home: Home, kind: Kind = RUN) -> list[Trashed]:
    """What can be put back, the latest first."""
    place = trash_folder(home, kind)
    with disk_errors("cannot_read", "The trash {folder} cannot be read: {why}.", folder=place):
        folders = place.iterdir() if place.exists() else ()
        found = [gone for path in folders if (gone := trashed(path)) is not None]
    return sorted(found, key=lambda gone: (gone.deleted, gone.id), reverse=True)


def empty_trash(home: Home, ids: list[str] | None = None, kind: Kind = RUN) -> int:
    """Removes for good what the trash holds, or those of `ids`; answers how many. Raises InputError where it cannot."""
    check_may_change("The trash is not emptied")
    going = [gone for gone in list_trash(home, kind) if ids is None or gone.id in ids]
    with changing(home, kind, "The trash cannot be emptied"):
        there = [gone.path for gone in going if gone.path.exists()]
        for path in there:
            remove(path)
    return len(there)


def tidy(home: Home) -> None:
    """Gives folders their names back that a killed program has moved aside, and removes what it left half-written.

    What another program is writing just now stays. Does nothing where the disk refuses it.
    """
    trash = [trash_folder(home, kind) for kind in (RUN, DATA_SET)]
    for place in (home.runs, home.data, home.studies, home.jobs, *trash):
        heal_inside(place)
        remove_leftovers(place)
        with contextlib.suppress(OSError):
            for folder in place.iterdir():
                remove_leftovers(folder)


def trashed(path: Path) -> Trashed | None:
    """What `delete` put there; None where it did not give the name."""
    try:
        name, stamp, _ = path.name.rsplit(".", 2)
        deleted = calendar.timegm(time.strptime(stamp, STAMP))
    except ValueError:
        return None
    return None if path.name.startswith(".") else Trashed(path.name, name, path, size_of(path), float(deleted))
