"""The data sets that there are: which one is looked at, and what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from attrec_core.errors import InputError, shown
from attrec_core.jobs.queue import Queue
from attrec_core.runs.library import open_runs, rename_and_trash
from attrec_core.runs.library.data_words import bundled
from attrec_core.runs.library.listing import list_data_sets
from attrec_core.runs.library.records import LibraryEntry, Trashed
from attrec_core.runs.library.rename_and_trash import list_trash, restore
from attrec_core.storage.atomic_folder import DATA_SET
from attrec_core.storage.workspace import SAMPLE_DATA, home, read_only
from attrec_core.views.data import tables, words
from attrec_core.views.runs.words import back_sentence, trashed_sentence
from pages.frame import address, page_list
from pages.widgets import form, widgets

SAMPLE_NAME, DELETED, PLACE = SAMPLE_DATA.name, "data_deleted", "data_sets"
EMPTY = "Only the bundled sample so far; what you import stands here too."
READ_ONLY = (
    "This server is read-only (ATTREC_READONLY is set): data sets can be looked at here, not brought or deleted. On a "
    "machine of your own, `streamlit run app.py` does both, and so does `python -m attrec_core import`."
)


def entries() -> list[LibraryEntry]:
    """The bundled sample, then all data sets of the shelf, the latest first and the damaged ones last, each by the name
    that it has here; a sentence where the shelf cannot be read."""
    try:
        found = list_data_sets(home())
    except InputError as error:
        st.error(widgets.fault(error))
        found = []
    paths = open_runs.named([(SAMPLE_DATA, SAMPLE_NAME), *((one.path, one.name) for one in found)])
    by_path = {SAMPLE_DATA: words.as_it_stands(SAMPLE_DATA), **{one.path: one for one in found}}
    return [replace(by_path[path], name=name) for name, path in paths.items()]


def is_sample(one: LibraryEntry) -> bool:
    return one.path == SAMPLE_DATA


def called(one: LibraryEntry) -> str:
    """Its name, with what sets it apart."""
    return bundled(one.name) if is_sample(one) else f"{one.name} (damaged)" if one.fault else one.name


def picker(found: list[LibraryEntry], *, empty: str) -> LibraryEntry:
    """Which data set the page is about: what the address names, else the sample."""
    asked_for, by_name = address.current().data, {one.name: one for one in found}
    name = asked_for if asked_for in by_name else SAMPLE_NAME
    if asked_for not in (None, name):
        st.warning(widgets.plain(f"There is no data set {shown(asked_for)} here; the bundled sample is shown."))
    st.session_state["data_set"] = name
    st.selectbox(
        "Data set",
        by_name,
        key="data_set",
        format_func=lambda name: called(by_name[name]) if name in by_name else name,
        on_change=lambda: look_at(st.session_state["data_set"]),
        help=empty if len(found) == 1 else None,
        width=360,
    )
    return by_name[name]


def look_at(name: str) -> None:
    address.change(data=None if name == SAMPLE_NAME else name)


def all_of_them(found: list[LibraryEntry]) -> None:
    """A table of them, and a sentence for each that is damaged."""
    for one in found:
        if one.fault is not None:
            st.warning(widgets.plain(f"The data set {one.name} cannot be opened. {one.fault}"))
    if len(found) > 1:
        with st.expander(f"All {len(found)} data sets", key="all_data_sets"):
            named = [replace(one, name=called(one)) for one in found]
            widgets.table(tables.data_sets(named), key="data_sets", title="Data sets", height="content")


def deeds(one: LibraryEntry) -> None:
    """Train on it, rename it, delete it; the sample stays as it is."""
    if read_only():
        return
    if one.fault is None:
        page_list.link("train", "Train on it →", address.query())
    if is_sample(one):
        return
    folder = one.path.name
    with st.popover("rename"):
        # Another field for each data set: what was typed for one is no name of another.
        key = f"rename_{folder}"
        form.field(st.text_input, "New name", key=key, default=folder)
        st.button("Rename", key="data_rename", on_click=lambda: form.attempt_at(PLACE, rename, folder, key))
    st.button("delete", key="data_delete", on_click=lambda: form.attempt_at(PLACE, delete, folder))


def rename(folder: str, key: str) -> None:
    with Queue(home()).sparing(home().data / folder, "renamed"):
        path = rename_and_trash.rename(home(), folder, form.value(key, folder), DATA_SET)
    form.forget(key)
    look_at(path.name)
    form.say(f"{folder} is called {path.name} now.", PLACE)


def delete(folder: str) -> None:
    with Queue(home()).sparing(home().data / folder, "deleted"):
        st.session_state[DELETED] = rename_and_trash.delete(home(), folder, DATA_SET).id
    look_at(SAMPLE_NAME)


def undo_line(found: list[Trashed]) -> None:
    """Right after something was deleted: the way back."""
    gone = next((one for one in found if one.id == st.session_state.get(DELETED)), None)
    if gone is not None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="data_undo"):
            said = f"{gone.name} is in the trash; runs that were trained on it stay as they are."
            st.markdown(widgets.plain(said), width="content")
            st.button("undo", key="data_undo_delete", on_click=partial(form.attempt_at, PLACE, put_back, gone))


def trashed() -> list[Trashed]:
    """What can be put back; a sentence where that cannot be read."""
    try:
        return [] if read_only() else list_trash(home(), DATA_SET)
    except InputError as error:
        st.error(widgets.fault(error))
        return []


def trash(gone: list[Trashed]) -> None:
    """What was deleted, to be put back or to be removed for good."""
    if not gone:
        return
    with st.expander(f"Trash: {len(gone)} data set{'s' * (len(gone) > 1)}", key="data_trash"):
        for one in gone:
            with st.container(horizontal=True, vertical_alignment="center", key=f"trash_{one.id}"):
                st.markdown(widgets.plain(trashed_sentence(one)), width="content")
                st.button("put back", key=f"back_{one.id}", on_click=partial(form.attempt_at, PLACE, put_back, one))
        with st.popover("empty the trash"):
            st.markdown("What is in the trash is then gone for good; nothing brings it back.")
            st.button("yes, remove all of it", key="data_empty", on_click=lambda: form.attempt_at(PLACE, empty_trash))


def put_back(one: Trashed) -> None:
    path = restore(home(), one.id, kind=DATA_SET)
    look_at(path.name)
    form.say(back_sentence(path.name, one.name), PLACE)


def empty_trash() -> None:
    count = rename_and_trash.empty_trash(home(), kind=DATA_SET)
    form.say(f"{count} data set{' is' if count == 1 else 's are'} gone for good.", PLACE)
