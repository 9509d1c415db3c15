"""The tags and the note of a run, written as soon as a field is left; what could not be written is not lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from attrec_core.errors import InputError
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.records import LibraryEntry, Notes
from attrec_core.storage.workspace import home
from pages.widgets import form, widgets

PLACE, SEEN, BEFORE, DRAFTS = "shelf_notes", "shelf_notes_seen", "shelf_notes_before", "shelf_notes_drafts"
LABELS = {"tags": "Tags, with commas between", "note": "Note"}


@dataclass(frozen=True)
class Before:
    """What was written of a run before the last change of this session, in the parts that it changed."""

    path: Path
    folder: int | None  # which folder that was
    parts: Mapping[str, str]


def fields(entry: LibraryEntry) -> None:
    """Both fields, each written when it is left."""
    for part, now in texts(entry.notes).items():
        key = key_of(entry.path, part)
        if key not in st.session_state or seen().get(key) != now:  # else what is being typed would go
            st.session_state[key] = drafts().get((entry.path.name, part), now)
        seen()[key] = now
        draw, more = (st.text_input, {}) if part == "tags" else (st.text_area, {"height": 100})
        draw(LABELS[part], key=key, on_change=left, args=(entry, part), **more)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="notes_line"):
        before = st.session_state.get(BEFORE)
        unwritten = [part for part in LABELS if (entry.path.name, part) in drafts()]
        if unwritten:
            st.caption("**Not saved yet.**", width="content")
            form.button("try again", "retry_notes", save, entry, *unwritten, place=PLACE)
        elif before is not None and (before.path, before.folder) == (entry.path, folder_of(entry)):
            st.caption("Saved.", width="content")
            form.button("take it back", "undo_notes", take_back, entry, place=PLACE)
        else:
            st.caption("Saved when a field is left.", width="content")
    form.show_said(PLACE)


def key_of(path: Path, part: str) -> str:
    """Another field for each folder of the shelf: what is typed for one run is no word about another."""
    return f"{part}_{path.name}"


def texts(notes: Notes) -> dict[str, str]:
    return {"tags": ", ".join(notes.tags), "note": notes.note}


def seen() -> dict[str, str]:
    """What each field was last given: what somebody else writes meanwhile is shown."""
    return st.session_state.setdefault(SEEN, {})


def drafts() -> dict[tuple[str, str], str]:
    """What was typed and could not be written, by the folder's name and the part."""
    return st.session_state.setdefault(DRAFTS, {})


def left(entry: LibraryEntry, part: str) -> None:
    """A field was left, its text changed."""
    drafts()[entry.path.name, part] = st.session_state[key_of(entry.path, part)]
    form.attempt(save, entry, part, place=PLACE)


def save(entry: LibraryEntry, *parts: str) -> None:
    """These parts alone, unless what is there cannot be read. Raises InputError, and then the text stays a draft."""
    wanted = {part: drafts()[entry.path.name, part] for part in parts}
    if entry.remark:
        wanted = {part: st.session_state.get(key_of(entry.path, part), "") for part in LABELS} | wanted
    write(entry, wanted)
    for part in wanted:
        drafts().pop((entry.path.name, part), None)
        seen().pop(key_of(entry.path, part), None)  # when it is drawn again, it shows what was written


def take_back(entry: LibraryEntry) -> None:
    """What was there before the last change; once more, and the change is there again."""
    before = st.session_state[BEFORE]
    if before.folder != folder_of(entry):
        text = "The folder of {folder} is another one now; nothing is taken back."
        raise InputError("another_folder", text, folder=entry.path.name)
    write(entry, before.parts)


def write(entry: LibraryEntry, parts: Mapping[str, str]) -> None:
    """These parts; what they were is remembered, to be taken back."""
    tags = parts["tags"].split(",") if "tags" in parts else None
    write_notes(home(), entry.path.name, tags=tags, note=parts.get("note"))
    st.session_state[BEFORE] = Before(entry.path, folder_of(entry), {part: texts(entry.notes)[part] for part in parts})


def folder_of(entry: LibraryEntry) -> int | None:
    """The folder's inode: another folder may take over its name."""
    return entry.path.stat().st_ino if entry.path.exists() else None


def texts_alone(entry: LibraryEntry) -> None:
    """Tags and note as text, where they cannot be edited."""
    if entry.notes.tags:
        st.markdown(f"Tags: {widgets.plain(', '.join(entry.notes.tags))}")
    if entry.notes.note:
        st.markdown(widgets.plain(entry.notes.note))


def lost() -> None:
    """What was typed about runs whose folders have gone: to be copied, or saved once a run of that name is back."""
    for name, part in drafts():
        if (home().runs / name).is_dir():
            continue
        label = f"{LABELS[part]}, typed about {name} and not saved, for its folder is gone"
        st.text_area(label, drafts()[name, part], key=f"lost_{part}_{name}", height=100)
        st.button("forget this text", key=f"forget_{part}_{name}", on_click=drafts().pop, args=((name, part), None))
