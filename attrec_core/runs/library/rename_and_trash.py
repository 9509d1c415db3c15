"""Other names, the trash and back: each is one rename, so that nothing is ever half moved."""

from __future__ import annotations

import calendar
import contextlib
import shutil
import time
import uuid
from collections.abc import Collection
from pathlib import Path

from attrec_core.data.data_sets import read_about
from attrec_core.errors import InputError, shown
from attrec_core.runs.library.listing import size_of
from attrec_core.runs.library.names import changing, checked_name, entry_folder, free_name, refuse_taken, trash_folder
from attrec_core.runs.library.notes import put
from attrec_core.runs.library.records import Trashed
from attrec_core.storage.atomic_folder import DATA_SET, LEFT_BESIDE, RUN, Kind
from attrec_core.storage.workspace import Home, check_may_change

STAMP = "%Y%m%dT%H%M%SZ"  # when something was deleted, in UTC
OLD = 24 * 3600  # seconds after which what a killed program left half-written is nobody's any more


def rename(home: Home, name: str, new: str, kind: Kind = RUN, elsewhere: Collection[str] = ()) -> Path:
    """The folder under its new name. Raises InputError when there is none, or the new name is taken or impossible.

    elsewhere: names of those that do not stand on the shelf, which it cannot have either.
    """
    check_may_change(f"No {kind.name} is renamed")
    new = checked_name(new, kind)
    with changing(home, kind, f"{shown(name)} cannot be renamed") as place:
        folder = entry_folder(home, name, kind)
        refuse_taken(place, new, kind, name, elsewhere)
        name_inside(folder, new, kind)
        return folder.rename(place / new)


def name_inside(folder: Path, name: str, kind: Kind) -> None:
    """A data set says in data.json how it is called, and runs that are trained on it repeat that. A damaged one says
    nothing that could be kept."""
    if kind is DATA_SET:
        with contextlib.suppress(InputError):
            about = read_about(folder)
            put(folder / kind.mark, about | {"name": name})


def delete(home: Home, name: str, kind: Kind = RUN) -> Trashed:
    """Into the trash, from where `restore` takes it back. Raises InputError when there is no such folder."""
    check_may_change(f"No {kind.name} is deleted")
    with changing(home, kind, f"{shown(name)} cannot be deleted"):
        folder, trash = entry_folder(home, name, kind), trash_folder(home, kind)
        trash.mkdir(parents=True, exist_ok=True)
        stamp = time.strftime(STAMP, time.gmtime())
        return trashed(folder.rename(trash / f"{name}.{stamp}.{uuid.uuid4().hex[:8]}"))


def restore(home: Home, what: str, name: str | None = None, kind: Kind = RUN, elsewhere: Collection[str] = ()) -> Path:
    """Back on the shelf under `name`, which must be free, or as it was called, with a number behind it where that name
    is taken meanwhile.

    what: an id that `trash` gives, or the name of what was deleted; of several of that name the latest. elsewhere: as
    for `rename`.
    """
    check_may_change(f"No {kind.name} is put back")
    with changing(home, kind, f"{shown(what)} cannot be put back") as place:
        found = next((one for one in list_trash(home, kind) if what in (one.id, one.name)), None)
        if found is None:
            raise InputError(f"There is no {kind.name} {shown(what)} in the trash.")
        if name is None:
            name = free_name(place, found.name, elsewhere)
        else:
            refuse_taken(place, name := checked_name(name, kind), kind, None, elsewhere)
        if name != found.name:
            name_inside(found.path, name, kind)
        return found.path.rename(place / name)


def list_trash(home: Home, kind: Kind = RUN) -> list[Trashed]:
    """What can be put back, the latest first."""
    try:
        folders = [path for path in trash_folder(home, kind).iterdir() if not path.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"The trash {trash_folder(home, kind)} cannot be read: {error.strerror}.") from None
    found = [trashed(path) for path in folders if is_trashed(path)]
    return sorted(found, key=lambda one: (one.deleted, one.id), reverse=True)


def empty_trash(home: Home, ids: list[str] | None = None, kind: Kind = RUN) -> int:
    """Removes for good what the trash holds, or those of `ids`; answers how many. Raises InputError where it cannot.

    What is to go is first renamed to where `restore` does not look, so nothing half removed is ever put back.
    """
    check_may_change("The trash is not emptied")
    going = [one for one in list_trash(home, kind) if ids is None or one.id in ids]
    with changing(home, kind, "The trash cannot be emptied"):
        gone = [one.path.rename(one.path.with_name(f".{one.id}.gone")) for one in going if one.path.exists()]
        for path in gone:
            remove(path)
    return len(gone)


def tidy(home: Home, kind: Kind = RUN) -> None:
    """Removes what a killed program or a cut removal left behind a day ago."""
    with changing(home, kind, "The shelf cannot be tidied") as place:
        trash = trash_folder(home, kind)
        left = (one for suffix in LEFT_BESIDE for one in place.glob(f".*.{suffix}"))
        hidden = [*left, *trash.glob(".*.gone")]
        for path in hidden:
            if path.lstat().st_mtime < time.time() - OLD:
                remove(path)


def remove(path: Path) -> None:
    """A folder with all that is in it; of a link the link alone."""
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def is_trashed(path: Path) -> bool:
    """Whether the name is one that `delete` gave."""
    try:
        return len(path.name.rsplit(".", 2)) == 3 and bool(deleted_at(path))
    except ValueError:
        return False


def deleted_at(path: Path) -> float:
    """Seconds since 1970."""
    return float(calendar.timegm(time.strptime(path.name.rsplit(".", 2)[1], STAMP)))


def trashed(path: Path) -> Trashed:
    return Trashed(path.name, path.name.rsplit(".", 2)[0], path, size_of(path), deleted_at(path))
