"""The tags and the note of a run, saved when a field is left; a text that could not be saved is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from attrec_core.errors import InputError
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.records import LibraryEntry, Notes
from attrec_core.storage.workspace import home
from pages.frame.plain_text import plain
from pages.widgets import form

PLACE, SEEN, BEFORE, DRAFTS = "shelf_notes", "shelf_notes_seen", "shelf_notes_before", "shelf_notes_drafts"
LABELS = {"tags": "Tags (comma-separated)", "note": "Note"}


@dataclass(frozen=True)
class Before:
    """The texts of a run before this session's last change, for the changed parts only."""

    path: Path
    folder: int | None  # its inode, see `folder_of`
    parts: Mapping[str, str]


def fields(entry: LibraryEntry) -> None:
    """Both fields, each saved when it is left."""
    for part, stored_text in texts(entry.notes).items():
        key = key_of(entry.path, part)
        if key not in st.session_state or seen().get(key) != stored_text:  # else the text being typed would be lost
            st.session_state[key] = drafts().get((entry.path.name, part), stored_text)
        seen()[key] = stored_text
        draw, options = (st.text_input, {}) if part == "tags" else (st.text_area, {"height": 100})
        draw(LABELS[part], key=key, on_change=save_left_field, args=(entry, part), **options)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="notes_line"):
        before = st.session_state.get(BEFORE)
        unwritten = [part for part in LABELS if (entry.path.name, part) in drafts()]
        if unwritten:
            st.caption("**Not saved yet.**", width="content")
            form.button("Try again", "retry_notes", save, entry, *unwritten, place=PLACE)
        elif before is not None and (before.path, before.folder) == (entry.path, folder_of(entry)):
            st.caption("Saved.", width="content")
            form.button("Undo", "undo_notes", undo, entry, place=PLACE)
        else:
            st.caption("Saved when you leave a field.", width="content")
    form.show_said(PLACE)


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
    """Saves a field that was left with a changed text."""
    drafts()[entry.path.name, part] = st.session_state[key_of(entry.path, part)]
    form.attempt(save, entry, part, place=PLACE)


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
    before = st.session_state[BEFORE]
    if before.folder != folder_of(entry):
        text = "{folder} is a different folder now; nothing was undone."
        raise InputError("another_folder", text, folder=entry.path.name)
    write(entry, before.parts)


def write(entry: LibraryEntry, parts: Mapping[str, str]) -> None:
    """Writes these parts and keeps their old texts for undo."""
    tags = parts["tags"].split(",") if "tags" in parts else None
    write_notes(home(), entry.path.name, tags=tags, note=parts.get("note"))
    st.session_state[BEFORE] = Before(entry.path, folder_of(entry), {part: texts(entry.notes)[part] for part in parts})


def folder_of(entry: LibraryEntry) -> int | None:
    """The folder's inode: another folder may get the same name."""
    return entry.path.stat().st_ino if entry.path.exists() else None


def texts_alone(entry: LibraryEntry) -> None:
    """Tags and note as text, where they cannot be edited."""
    if entry.notes.tags:
        st.markdown(f"Tags: {plain(', '.join(entry.notes.tags))}")
    if entry.notes.note:
        st.markdown(plain(entry.notes.note))


def keep(name: str, part: str, key: str) -> None:
    """Keeps the edited text of a run whose folder is gone."""
    drafts()[name, part] = st.session_state[key]


def lost() -> None:
    """Unsaved texts about runs whose folders are gone: to copy them, or to save them once the run is restored."""
    for name, part in drafts():
        if (home().runs / name).is_dir():
            continue
        label = f"{LABELS[part]} of {name}, not saved because its folder is gone"
        key = f"lost_{part}_{name}"
        st.text_area(label, drafts()[name, part], key=key, height=100, on_change=keep, args=(name, part, key))
        st.button("Discard this text", key=f"forget_{part}_{name}", on_click=drafts().pop, args=((name, part), None))
