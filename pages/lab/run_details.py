"""One run of the list: its facts, its settings compared with another run's, its notes and its actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from attrec_core.errors import InputError
from attrec_core.jobs.queue import Queue
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.library import rename_and_trash
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.open_runs import in_trash
from attrec_core.runs.library.records import LibraryEntry, Notes, Trashed
from attrec_core.runs.library.words import tried_sentence
from attrec_core.runs.library.zips import zip_of
from attrec_core.runs.run import folder_name
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.caveats import damage, of_entry
from attrec_core.views.panel import Shown
from attrec_core.views.runs import words
from attrec_core.views.runs.panels import TRIALS
from attrec_core.views.texts import text
from attrec_core.views.view import quoted_text
from pages.frame import address, page_list, session
from pages.frame import runs as frame_runs
from pages.frame.plain_text import fault, plain
from pages.lab import runs_list
from pages.widgets import background, form, panels, widgets

NO_COPY = "Replace the folder with an intact copy of the run, or delete the run."
# BEFORE: the folder of the last changed notes, and their changed texts before.
NOTES_PLACE, SEEN, BEFORE, DRAFTS = "shelf_notes", "shelf_notes_seen", "shelf_notes_before", "shelf_notes_drafts"
LABELS = {"tags": "Tags (comma-separated)", "note": "Note"}


def panel(everything: Sequence[LibraryEntry], trashed: Sequence[Trashed]) -> None:
    form.show_said(runs_list.DONE)
    runs_list.TRASH.undo_line(trashed)
    lost_notes()
    entry, clicked = runs_list.chosen(everything), st.session_state.get(runs_list.CHOSEN)
    if entry is not None:
        facts_and_actions(entry, everything)
        return
    form.show_said(runs_list.PANEL)
    runs = frame_runs.opened().runs
    if clicked not in (None, runs_list.NOBODY):  # its folder is gone
        if (new_name := runs.new_name_of(clicked)) is not None:
            st.warning(plain(f"The run {clicked.name} was renamed to {new_name}."))
        else:
            st.warning(plain(frame_runs.what_became_of(clicked.name, clicked)))
            trashed_run = in_trash(home(), runs, clicked)
            if trashed_run is not None and not read_only():
                runs_list.TRASH.button("Restore", "restore_gone", trashed_run, runs_list.DONE)
    elif clicked is None and (name := runs_list.asked_for()):
        st.warning(plain(f"This link names the run {quoted_text(name)}, which does not exist here."))
    st.caption("Select a run in the list to see its details.")


def facts_and_actions(entry: LibraryEntry, everything: Sequence[LibraryEntry]) -> None:
    """The facts of a run and its actions; the message of an action appears above the buttons."""
    with st.container(border=True, key="shelf_run"):
        st.header(plain(entry.name), anchor=False)
        if entry.fault is not None:
            st.error(fault(entry.fault))
            if entry.fault.code in ("damaged", "missing"):
                st.caption(NO_COPY)
        else:
            links(entry, everything)
        may_change = frame_runs.on_shelf(entry.path) and not read_only()
        form.show_said(runs_list.PANEL)
        if may_change:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                # The folder's name; the list shows a different name where a run elsewhere has the same one.
                st.text_input("Name", entry.path.name, key=name_key(entry.path.name), width=220)
                form.button("Rename", "rename_run", rename, entry.path, place=runs_list.PANEL)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            if entry.fault is None:  # packed only on a click
                name, packed = f"{folder_name(entry.path)}.zip", partial(zip_of, entry.path)
                options: dict[str, Any] = {"mime": "application/zip", "key": "download_run", "on_click": "ignore"}
                st.download_button("Download (.zip)", data=packed, file_name=name, **options)
            if may_change:
                about, place = "Moves the run to the trash; it can be restored", runs_list.PANEL
                form.button("Delete", "delete_run", remove, entry.path, place=place, help=about)
        if entry.fault is None:
            figures(entry)
            parts(entry, may_change=may_change)
        if entry.remark:
            st.warning(fault(entry.remark))
        (notes_fields if may_change else texts_alone)(entry)


def links(entry: LibraryEntry, everything: Sequence[LibraryEntry]) -> None:
    """Where the run can be looked at."""
    # A link to another run opens its default view.
    query = address.query() if entry.name == session.run_name() else {"run": entry.name}
    others = [other.name for other in words.in_line_beside(entry, everything) if other.fault is None]
    with st.container(horizontal=True, gap="medium", key="shelf_links"):
        page_list.link("attention", "Open in Attention →", query)
        if others:
            page_list.link("compare", "Compare →", {"run": entry.name, "beside": others[0]})
        if entry.settings["model"] == "attrec" and entry.ended != FOREIGN:
            page_list.link("replay", "Replay →", {"run": entry.name})


def figures(entry: LibraryEntry) -> None:
    """The metrics of a run, and what it is; of a race also every training, folded."""
    st.markdown(f"**{plain(words.figures_sentence(entry))}**", help=text("runs", "metrics"))
    if caveat := of_entry(entry):
        st.markdown(plain(caveat))
    facts = words.facts_of_run(entry)
    table = pd.DataFrame({"of the run": facts.keys(), "value": facts.values()})
    widgets.wrapped(table, key="facts", title=entry.name)
    if description := entry.about.get("about"):
        st.caption(plain(str(description)))
    if entry.race.get("trials"):
        race(entry)


def race(entry: LibraryEntry) -> None:
    """The settings that a race tried, folded."""
    shown = Shown(TRIALS, entry, entry.race)
    tried = shown.table()
    with st.expander(f"Settings tried: {len(tried)}, in {tried['trainings'].sum()} short trainings", key="trials_box"):
        panels.table(shown)
        st.caption(plain(tried_sentence(entry.race["trials"])))


def parts(entry: LibraryEntry, *, may_change: bool) -> None:
    """Warns of damaged parts of a run that is open, and offers to compute missing maps."""
    open_runs = frame_runs.opened().runs
    run = open_runs.get(entry.name) if entry.name in open_runs and open_runs.at_hand(entry.name) else None
    if run is not None:
        for name in run.damaged:
            st.warning(plain(damage(run, name)))
    if not SYSTEMS[entry.settings.get("model", "attrec")].spaces:
        return
    lacks_maps = not entry.has_maps or (run is not None and "maps.npz" in run.damaged)
    work = f"maps_{entry.path.name}"
    if may_change and lacks_maps:
        sentence, arguments = f"Computed the maps of {entry.path.name}.", ["maps", str(entry.path)]

        def compute() -> None:
            """Computes the maps in a separate process: UMAP takes half a minute or more."""
            done = partial(form.say, sentence, runs_list.PANEL)
            background.begin(work, arguments, "Computing the UMAP maps:", lambda _: done())

        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="shelf_maps"):
            st.caption("No UMAP maps yet.", width="content")
            form.button("Compute maps", "make_maps", compute, place=work, disabled=background.is_running(work))
    background.show(work)  # also when it has ended and the maps exist


def name_key(folder: str) -> str:
    return f"name_{folder}"


def rename(old: Path) -> None:
    """Renames the run to the name in the field. The view keeps showing the run under its new name."""
    was = frame_runs.opened().runs.name_of(old)
    new_name = st.session_state[name_key(old.name)]
    with Queue(home()).lock_unless_needed(old, "renamed"):
        path = rename_and_trash.rename(home(), old.name, new_name, elsewhere=frame_runs.names_taken())
    view, now = address.current(), frame_runs.opened().runs.name_of(path)
    renamed = {field: now for field in ("run", "beside") if was is not None and getattr(view, field) == was}
    if renamed:
        address.change(**renamed)
    runs_list.choose(path)
    form.say(f"Renamed {old.name} to {path.name}.", runs_list.PANEL)


def remove(path: Path) -> None:
    """Moves a run to the trash. A view of the run switches to the default run, and no run of the list is chosen."""
    name, view = frame_runs.opened().runs.name_of(path), address.current()
    with Queue(home()).lock_unless_needed(path, "deleted"):
        runs_list.TRASH.delete(path.name)
    if name is not None and view.run == name:
        session.choose_run(None)
    if name is not None and view.beside == name:
        address.change(beside=None)
    runs_list.choose(runs_list.NOBODY)


def notes_fields(entry: LibraryEntry) -> None:
    for part, stored_text in texts(entry.notes).items():
        key = key_of(entry.path, part)
        if key not in st.session_state or seen().get(key) != stored_text:  # else the text being typed would be lost
            st.session_state[key] = drafts().get((entry.path.name, part), stored_text)
        seen()[key] = stored_text
        kept: dict[str, Any] = {"key": key, "on_change": save_left_field, "args": (entry, part)}
        st.text_input(LABELS[part], **kept) if part == "tags" else st.text_area(LABELS[part], height=100, **kept)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="notes_line"):
        unwritten = [part for part in LABELS if (entry.path.name, part) in drafts()]
        if unwritten:
            st.caption("**Not saved yet.**", width="content")
            form.button("Try again", "retry_notes", save, entry, *unwritten, place=NOTES_PLACE)
        elif st.session_state.get(BEFORE, (None,))[0] == folder_of(entry):
            st.caption("Saved.", width="content")
            form.button("Undo", "undo_notes", undo, entry, place=NOTES_PLACE)
        else:
            st.caption("Saved when you leave a field.", width="content")
    form.show_said(NOTES_PLACE)


def key_of(path: Path, part: str) -> str:
    """A field of its own for each folder, so that a text typed for one run is never saved for another."""
    return f"{part}_{path.name}"


def texts(notes: Notes) -> dict[str, str]:
    return {"tags": ", ".join(notes.tags), "note": notes.note}


def seen() -> dict[str, str]:
    """The stored text that each field last showed, so that a change by another session is shown."""
    return st.session_state.setdefault(SEEN, {})


def drafts() -> dict[tuple[str, str], str]:
    """Texts that could not be saved, by folder name and part."""
    return st.session_state.setdefault(DRAFTS, {})


def save_left_field(entry: LibraryEntry, part: str) -> None:
    drafts()[entry.path.name, part] = st.session_state[key_of(entry.path, part)]
    form.attempt(save, entry, part, place=NOTES_PLACE)


def save(entry: LibraryEntry, *parts: str) -> None:
    """Saves these parts, or both where the stored notes cannot be read. Raises InputError; the text stays a draft."""
    new_texts = {part: drafts()[entry.path.name, part] for part in parts}
    if entry.remark:
        new_texts = {part: st.session_state.get(key_of(entry.path, part), "") for part in LABELS} | new_texts
    write(entry, new_texts)
    for part in new_texts:
        drafts().pop((entry.path.name, part), None)
        seen().pop(key_of(entry.path, part), None)  # so that the field shows the saved text when it is drawn again


def undo(entry: LibraryEntry) -> None:
    """Restores the texts before the last change; a second time redoes the change."""
    folder, earlier = st.session_state[BEFORE]
    if folder != folder_of(entry):
        text = "{folder} is a different folder now; nothing was undone."
        raise InputError("another_folder", text, folder=entry.path.name)
    write(entry, earlier)


def write(entry: LibraryEntry, parts: Mapping[str, str]) -> None:
    tags = parts["tags"].split(",") if "tags" in parts else None
    write_notes(home(), entry.path.name, tags=tags, note=parts.get("note"))
    st.session_state[BEFORE] = folder_of(entry), {part: texts(entry.notes)[part] for part in parts}


def folder_of(entry: LibraryEntry) -> tuple[Path, int | None]:
    """The folder and its inode: another folder may get the same name."""
    return entry.path, entry.path.stat().st_ino if entry.path.exists() else None


def texts_alone(entry: LibraryEntry) -> None:
    if entry.notes.tags:
        st.markdown(f"Tags: {plain(', '.join(entry.notes.tags))}")
    if entry.notes.note:
        st.markdown(plain(entry.notes.note))


def lost_notes() -> None:
    """Unsaved texts about runs whose folders are gone: to copy them, or to save them once the run is restored."""

    def keep(name: str, part: str, key: str) -> None:
        drafts()[name, part] = st.session_state[key]

    def discard(name: str, part: str) -> None:
        drafts().pop((name, part), None)

    for name, part in drafts():
        if (home().runs / name).is_dir():
            continue
        label = f"{LABELS[part]} of {name}, not saved because its folder is gone"
        key = f"lost_{part}_{name}"
        st.text_area(label, drafts()[name, part], key=key, height=100, on_change=keep, args=(name, part, key))
        st.button("Discard this text", key=f"forget_{part}_{name}", on_click=discard, args=(name, part))
