"""Where runs and data sets stand, and what they may be called."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

from attrec_core.errors import InputError, disk_errors, shown
from attrec_core.storage.atomic_folder import RUN, Kind, heal, heal_all
from attrec_core.storage.locks import held
from attrec_core.storage.workspace import Home

LETTERS = 60  # of a name
BYTES = 180  # of a name on disk, which has 255 with what the trash adds
FORBIDDEN = '/\\:*?"<>|'  # one system or another does not take these
# Nor, as the name of a folder, whatever follows a dot behind them.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
BUNDLED = ("sample_data",)  # what the app is delivered with, a run and a data set; neither is in the library


def library_folder(home: Home, kind: Kind) -> Path:
    """The folder around all runs, or around all data sets."""
    return home.runs if kind is RUN else home.data


def trash_folder(home: Home, kind: Kind) -> Path:
    return home.trash / library_folder(home, kind).name


@contextlib.contextmanager
def changing(home: Home, kind: Kind, failure: str) -> Iterator[Path]:
    """The folder around all of a kind, made if need be, with nobody else changing names in it meanwhile.

    Whatever the disk refuses (it is full, a folder has gone, a permission was taken) is raised as an InputError.
    failure: the start of its sentence.
    """
    place = library_folder(home, kind)
    with disk_errors("cannot_write", "{failure}: {why}.", failure=failure):
        place.mkdir(parents=True, exist_ok=True)
        with held(place):
            heal_all(place)
            yield place


def entry_folder(home: Home, name: str, kind: Kind) -> Path:
    """The folder of that name in the library. Raises InputError when there is none."""
    path = library_folder(home, kind) / name
    plain = bool(name) and name == path.name and not name.startswith(".")
    if plain:
        heal(path)
    if not plain or not path.is_dir():
        text = "There is no {kind} called {wanted} in the workspace."
        raise InputError("unknown_name", text, kind=kind.name, wanted=shown(name))
    return path


def checked_name(name: str, kind: Kind) -> str:
    """The name as a folder bears it. Raises InputError saying what a name may be."""
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
        text = 'A run cannot be called "run": a folder of that name is named after the folder around it.'
    else:
        return name
    sign = shown(strange[0]) if strange else ""
    raise InputError("bad_name", text, kind=kind.name, wanted=shown(name), sign=sign, most=LETTERS)


def taken(place: Path, name: str) -> str | None:
    """The name that stands there already and differs, if at all, in capitals only; many systems take them for one."""
    there = place.iterdir() if place.is_dir() else ()
    return next((path.name for path in there if path.name.casefold() == name.casefold()), None)


def refuse_taken(place: Path, name: str, kind: Kind, but: str | None = None, elsewhere: Collection[str] = ()) -> None:
    """Raises InputError where another one has the name; `but` is the one that is being renamed. elsewhere: names of
    those that are not in the library."""
    other = taken(place, name)
    if other is not None and other != but:
        text = "There is a {kind} called {other} already; choose another name."
        raise InputError("name_taken", text, kind=kind.name, other=shown(other))
    if name != but:
        refuse_elsewhere(name, kind, elsewhere)


def refuse_elsewhere(name: str, kind: Kind, elsewhere: Collection[str] = ()) -> None:
    """Raises InputError where one that is not in the library is called so: the bundled one, or one of
    `elsewhere`. Side by side under one name, nobody could tell which of the two is meant."""
    other = namesake(name, elsewhere)
    text = "A {kind} outside the workspace is already called {other}; choose another name."
    if other in BUNDLED:
        text = "The bundled {kind} is called {other}; choose another name."
    if other is not None:
        raise InputError("name_taken", text, kind=kind.name, other=shown(other))


def namesake(name: str, elsewhere: Collection[str]) -> str | None:
    """The name of one that is not in the library, where it is the same but for capitals."""
    return next((other for other in (*BUNDLED, *elsewhere) if other.casefold() == name.casefold()), None)


def free_name(place: Path, name: str, elsewhere: Collection[str] = ()) -> str:
    """The name, or the first of "name 2", "name 3", … that is free."""
    number, wanted = 1, name
    while taken(place, wanted) is not None or namesake(wanted, elsewhere) is not None:
        number += 1
        ending = f" {number}"
        wanted = shortened(name, LETTERS - len(ending), BYTES - len(ending)) + ending
    return wanted


def shortened(name: str, letters: int, size: int) -> str:
    """As many of the first letters as fit, in number and in bytes."""
    return name[:letters].encode()[:size].decode(errors="ignore").rstrip()
