"""The folders of runs and data sets, and the rules for their names."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from attrec_core.errors import InputError, disk_errors, shown
from attrec_core.storage.atomic_folder import RUN, Kind, heal, heal_all
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.workspace import Home

LETTERS = 60  # the most characters of a name
BYTES = 180  # the most bytes of a name on disk, where 255 are allowed including what the trash adds
FORBIDDEN = '/\\:*?"<>|'  # some operating systems do not allow these
# Some do not allow these either as the name of a folder, even if a dot and more text follow.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
BUNDLED = ("sample_data",)  # name of the bundled run and of the bundled data set; neither is in the library


def library_folder(home: Home, kind: Kind) -> Path:
    return home.runs if kind is RUN else home.data


@contextlib.contextmanager
def lock_library(home: Home, kind: Kind, failure: str) -> Iterator[Path]:
    """Locks the folder that holds all of a kind, so that nobody else changes names in it; creates it if need be. Any
    error of the disk (it is full, a folder is gone, a permission was removed) is raised as an InputError. failure: the
    start of its sentence."""
    library = library_folder(home, kind)
    with disk_errors("cannot_write", "{failure}: {why}.", failure=failure):
        library.mkdir(parents=True, exist_ok=True)
        with hold_lock(library):
            heal_all(library)
            yield library


def entry_folder(home: Home, name: str, kind: Kind) -> Path:
    """Returns the folder of that name in the library. Raises InputError when there is none."""
    path = library_folder(home, kind) / name
    plain = bool(name) and name == path.name and not name.startswith(".")
    if plain:
        heal(path)
    if not plain or not path.is_dir():
        text = "There is no {kind} called {wanted} in the workspace."
        raise InputError("unknown_name", text, kind=kind.name, wanted=shown(name))
    return path


def checked_name(name: str, kind: Kind) -> str:
    """Returns the name as its folder has it. Raises InputError saying why a name is not allowed."""
    name = unicodedata.normalize("NFC", name).strip()
    strange = sorted({letter for letter in name if letter in FORBIDDEN or not letter.isprintable()})
    if not name:
        text = "The name of a {kind} is empty; give it at least one letter."
    elif strange:
        text = "The name {wanted} contains {sign}, which some systems do not allow in a folder's name."
    elif name[0] in ".-" or name[-1] == ".":
        text = "The name {wanted} must not begin with a dot or a hyphen, nor end with a dot."
    elif name.split(".")[0].strip().casefold() in DEVICES:
        text = "The name {wanted} is the name of a device on some systems, so no folder can have it."
    elif len(name) > LETTERS or len(name.encode()) > BYTES:
        text = "The name {wanted} is too long: at most {most} characters are allowed."
    elif kind is RUN and name.casefold() == "run":
        text = 'A run cannot be called "run": a folder of that name is shown with the name of the folder around it.'
    else:
        return name
    sign = shown(strange[0]) if strange else ""
    raise InputError("bad_name", text, kind=kind.name, wanted=shown(name), sign=sign, most=LETTERS)


def same_name(name: str, names: Iterable[str]) -> str | None:
    """Returns the name that is the same ignoring case, if there is one: for many systems, both are the same name."""
    return next((other for other in names if other.casefold() == name.casefold()), None)


def names_in(place: Path) -> list[str]:
    return [path.name for path in place.iterdir()] if place.is_dir() else []


def refuse_taken(place: Path, name: str, kind: Kind, but: str | None = None, elsewhere: Collection[str] = ()) -> None:
    """Raises InputError if the name is taken; `but` is the name of the entry that is being renamed. elsewhere: names of
    entries that are not in the library."""
    existing = same_name(name, names_in(place))
    if existing is not None and existing != but:
        text = "There is a {kind} called {other} already; choose another name."
        raise InputError("name_taken", text, kind=kind.name, other=shown(existing))
    if name != but:
        refuse_elsewhere(name, kind, elsewhere)


def refuse_elsewhere(name: str, kind: Kind, elsewhere: Collection[str] = ()) -> None:
    """Raises InputError if an entry that is not in the library has the name: the bundled one, or one of `elsewhere`.
    If two entries had the same name, nobody could tell which of them is meant."""
    existing = same_name(name, (*BUNDLED, *elsewhere))
    text = "A {kind} outside the workspace, or an unfinished one, is already called {other}; choose another name."
    if existing in BUNDLED:
        text = "The bundled {kind} is called {other}; choose another name."
    if existing is not None:
        raise InputError("name_taken", text, kind=kind.name, other=shown(existing))


def free_name(place: Path, name: str, elsewhere: Collection[str] = ()) -> str:
    """Returns the name, or the first of "name 2", "name 3", … that is free."""
    number, candidate, taken = 1, name, (*names_in(place), *BUNDLED, *elsewhere)
    while same_name(candidate, taken) is not None:
        number += 1
        ending = f" {number}"
        start = name[: LETTERS - len(ending)].encode()[: BYTES - len(ending)]  # fits in characters and in bytes
        candidate = start.decode(errors="ignore").rstrip() + ending
    return candidate
