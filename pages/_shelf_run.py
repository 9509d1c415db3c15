"""One run of the list: what it is, what was set otherwise, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from attrec_core import shelf
from attrec_core.home import home, read_only
from attrec_core.questions import shelf as asked
from attrec_core.results.shelf import Shelved
from attrec_core.shelf.packing import called
from attrec_core.tables import shelf as tables
from pages import _address as address
from pages import _form as form
from pages import _session as session
from pages import _shelf as runs
from pages import _widgets as widgets

PAGES = {"attention": "pages/explore/attention.py", "compare": "pages/lab/compare.py", "replay": "pages/lab/replay.py"}


def panel(everything: Sequence[Shelved]) -> None:
    """Beside the list: the run that is chosen, and over it what was just done."""
    form.show_said(runs.DONE)
    runs.undo_line()
    one = runs.chosen(everything)
    if one is not None:
        about(one, everything)
    else:
        form.show_said(runs.PANEL)
        st.caption("Pick a run in the list to see more of it.")


def about(one: Shelved, everything: Sequence[Shelved]) -> None:
    """What a run is, and what can be done with it; what comes of that is said over the buttons."""
    with st.container(border=True, key="shelf_run"):
        st.header(widgets.plain(one.name), anchor=False)
        if one.fault is not None:
            st.error(widgets.plain(one.fault))
        else:
            st.markdown(widgets.plain(asked.run_sentence(one)))
            st.markdown(f"**{widgets.plain(asked.figures_sentence(one))}**")
            links(one)
            changes(one, everything)
        if one.remark:
            st.warning(widgets.plain(one.remark))
        may_change = runs.own(one) and not read_only()
        (notes if may_change else said_notes)(one)
        form.show_said(runs.PANEL)
        if may_change:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                name(one)
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                download(one)
                delete = partial(form.attempt_at, runs.PANEL, remove, one.name)
                st.button("delete", key="delete_run", on_click=delete, help="Into the trash, from where it comes back")
        else:
            download(one)


def links(one: Shelved) -> None:
    """To the pages that show it. Another run begins with its own first view."""
    here = one.name == session.run_name()
    query = address.query() if here else {"run": one.name}
    with st.container(horizontal=True, gap="medium", key="shelf_links"):
        st.page_link(PAGES["attention"], label="Open on Attention →", query_params=query, width="content")
        st.page_link(PAGES["replay"], label="Replay →", query_params={"run": one.name}, width="content")


def changes(one: Shelved, everything: Sequence[Shelved]) -> None:
    """What is set otherwise than in another run, and both beside each other."""
    others = [other.name for other in everything if other.name != one.name and other.fault is None]
    if not others:
        return
    against = form.choice("What changed against", others, key="shelf_against", default=session.view().beside)
    other = runs.find_entry(everything, against)
    changed = shelf.changed(other, one)
    sentence = asked.changes_sentence(one, other, changed)
    widgets.twin(None, tables.changed(changed, one.name, other.name), sentence, key="against_twin", title="Changes")
    query = {"run": one.name, "beside": other.name}
    st.page_link(PAGES["compare"], label="Compare the two →", query_params=query, width="content")


def notes(one: Shelved) -> None:
    """Tags and a note, written together."""
    written = f"{one.name}_{hash(one.notes)}"  # what somebody else writes meanwhile is shown, and not written over
    with st.form("shelf_notes", border=False):
        tags = st.text_input("Tags, with commas between", ", ".join(one.notes.tags), key=f"tags_{written}")
        note = st.text_area("Note", one.notes.note, key=f"note_{written}", height=100)
        if st.form_submit_button("save tags and note", key="save_notes"):
            form.attempt_at(runs.PANEL, write, one.name, tags, note)
            st.rerun()


def write(name: str, tags: str, note: str) -> None:
    shelf.write_notes(home(), name, tags=tags.split(","), note=note)
    form.say(f"The tags and the note of {name} are written.", runs.PANEL)


def said_notes(one: Shelved) -> None:
    if one.notes.tags:
        st.markdown(f"Tags: {widgets.plain(', '.join(one.notes.tags))}")
    if one.notes.note:
        st.markdown(widgets.plain(one.notes.note))


def name(one: Shelved) -> None:
    st.text_input("Name", one.name, key=name_key(one.name), width=220)
    st.button("rename", key="rename_run", on_click=form.attempt_at, args=(runs.PANEL, rename, one.name))


def name_key(old: str) -> str:
    return f"name_{old}"


def rename(old: str) -> None:
    """To what stands in the field now. The view goes along, so that nobody is led away from what they look at."""
    path = shelf.rename(home(), old, st.session_state[name_key(old)])
    view = address.current()
    renamed = {field: path.name for field in ("run", "beside") if getattr(view, field) == old}
    if renamed:
        address.change(**renamed)
    runs.choose(path.name)
    form.say(f"{old} is called {path.name} now.", runs.PANEL)


def download(one: Shelved) -> None:
    """Packed only when somebody wants it."""
    if one.fault is None:
        st.download_button(
            "download as .zip",
            data=partial(shelf.zip_of, one.path),
            file_name=f"{called(one.path)}.zip",
            mime="application/zip",
            key="download_run",
            on_click="ignore",
        )


def remove(name: str) -> None:
    """Into the trash. Who looks at it looks at the first run then, and no run of the list is chosen."""
    gone = shelf.delete(home(), name)
    st.session_state[runs.DELETED] = gone.id
    view = address.current()
    if view.run == name:
        session.choose_run(None)
    if view.beside == name:
        address.change(beside=None)
    runs.choose(runs.NOBODY)
