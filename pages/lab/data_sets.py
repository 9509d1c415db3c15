"""The list of data sets: the choice of one, and its actions."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.errors import InputError, sizes_in_words
from attrec_core.jobs.queue import Queue
from attrec_core.runs.library import open_runs, rename_and_trash
from attrec_core.runs.library.listing import list_data_sets
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.library.words import bundled
from attrec_core.storage.atomic_folder import DATA_SET
from attrec_core.storage.workspace import SAMPLE_DATA, home, read_only
from attrec_core.views.data import words
from attrec_core.views.view import quoted_text
from pages.frame import address, page_list
from pages.frame.plain_text import fault, name_of, plain
from pages.lab.trash import Trash
from pages.widgets import controls, form

SAMPLE_NAME, PLACE = SAMPLE_DATA.name, "data_sets"
EMPTY = "Only the bundled sample so far; imported data sets are listed here."
COMPARE = "Compare systems on it →"
STAYS = "; runs that were trained on it are kept"
TRASH = Trash(DATA_SET, "data_", place=PLACE, undo_place=PLACE, show=lambda path: look_at(path.name), stays=STAYS)


def entries() -> list[LibraryEntry]:
    """The bundled sample, then all data sets of the workspace, the latest first and the damaged ones last, each under
    its name in this list; an error message where the workspace cannot be read."""
    try:
        stored = list_data_sets(home())
    except InputError as error:
        st.error(fault(error))
        stored = []
    paths = open_runs.folders_by_name([(SAMPLE_DATA, SAMPLE_NAME), *((entry.path, entry.name) for entry in stored)])
    by_path = {SAMPLE_DATA: words.as_it_stands(SAMPLE_DATA), **{entry.path: entry for entry in stored}}
    return [replace(by_path[path], name=name) for name, path in paths.items()]


def display_name(one: LibraryEntry) -> str:
    """The name of a data set, and its folder where that differs; marked where it is bundled or damaged."""
    if one.path == SAMPLE_DATA:
        return bundled(one.name)
    given = str(one.about.get("name") or one.name)
    return f"{one.name} (damaged)" if one.fault else one.name if given == one.name else f"{given} ({one.name})"


def show_missing(found: list[LibraryEntry]) -> None:
    requested = address.current().data
    if requested is not None and requested not in {entry.name for entry in found}:
        st.warning(plain(f"There is no data set {quoted_text(requested)} here; the bundled sample is shown."))


def picker(found: list[LibraryEntry], *, empty: str) -> LibraryEntry:
    requested, by_name = address.current().data, {entry.name: entry for entry in found}
    name = requested if requested in by_name else SAMPLE_NAME
    names = {name: display_name(entry) for name, entry in by_name.items()}
    about = {"help": empty if len(found) == 1 else None, "format_func": lambda name: names.get(name, name)}
    controls.menu("Data set", "data_set", list(by_name), name, look_at, width=360, **about)
    return by_name[name]


def trainable(found: list[LibraryEntry]) -> LibraryEntry:
    """The data set to train on: the menu, and the counts of the chosen one, or its error where it is damaged."""
    show_missing(found)
    entry = picker(found, empty="Only the bundled sample so far; import others on the page Data.")
    if entry.fault is not None:
        st.error(plain(entry.fault.sentence(name_of)))
    elif (sizes := entry.sizes) is not None:
        st.caption(f"{sizes_in_words(sizes.users, sizes.items, sizes.interactions)}.")
    return entry


def look_at(name: str) -> None:
    address.change(data=None if name == SAMPLE_NAME else name)


def actions(one: LibraryEntry, *, trainable: bool) -> None:
    """Links to train on a data set, and buttons to rename or delete it; the sample has none. trainable: with links."""
    if read_only():
        return
    if trainable and one.fault is None:
        page_list.link("train", "Train on it →", address.query())
        page_list.link("does-it-hold", COMPARE, address.query())
    if one.path == SAMPLE_DATA:
        return
    folder, key = one.path.name, f"rename_{one.path.name}"
    with st.popover("Rename"):
        # Each data set has its own field, so that a name typed for one is not used for another.
        form.field(st.text_input, "New name", key=key, default=folder)
        form.button("Rename", "data_rename", rename, folder, key, place=PLACE)
    form.button("Delete", "data_delete", delete, folder, place=PLACE)


def rename(folder: str, key: str) -> None:
    with Queue(home()).lock_unless_needed(home().data / folder, "renamed"):
        path = rename_and_trash.rename(home(), folder, form.value(key, folder), DATA_SET)
    form.forget(key)
    look_at(path.name)
    form.say(f"Renamed {folder} to {path.name}.", PLACE)


def delete(folder: str) -> None:
    with Queue(home()).lock_unless_needed(home().data / folder, "deleted"):
        TRASH.delete(folder)
    look_at(SAMPLE_NAME)
