"""One run of the list: what it is, what was set otherwise, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from attrec_core.runs.library import rename_and_trash
from attrec_core.runs.library.compare_settings import changed_settings
from attrec_core.runs.library.open_runs import in_trash
from attrec_core.runs.library.pack import called, zip_of
from attrec_core.runs.library.records import LibraryEntry, Trashed
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.runs import tables, words
from attrec_core.views.runs.caveats import damage
from attrec_core.views.view import cut
from pages.frame import address, page_list, session
from pages.frame import runs as frame_runs
from pages.lab import _run_notes, _runs_list
from pages.widgets import background, form, widgets


def panel(everything: Sequence[LibraryEntry], trashed: Sequence[Trashed]) -> None:
    """Beside the list: the run that is chosen, and over it what was just done."""
    form.show_said(_runs_list.DONE)
    _runs_list.TRASH.undo_line(trashed)
    _run_notes.lost()
    entry = _runs_list.chosen(everything)
    if entry is not None:
        about(entry, everything)
        return
    form.show_said(_runs_list.PANEL)
    if _runs_list.picked() not in (None, _runs_list.NOBODY):
        gone(_runs_list.picked())
    elif _runs_list.picked() is None and (name := _runs_list.asked_for()):
        st.warning(widgets.plain(f"This link is about the run {cut(name)}, which is not here."))
    st.caption("Pick a run in the list to see more of it.")


def gone(path: Path) -> None:
    """Says where the chosen run is now that its folder is gone."""
    open_runs = frame_runs.opened().runs
    now = open_runs.renamed(path)
    if now is not None:
        st.warning(widgets.plain(f"The run {path.name} is called {now} now."))
    else:
        st.warning(widgets.plain(frame_runs.gone(path.name, path)))
        trashed = in_trash(home(), open_runs, path)
        if trashed is not None and not read_only():
            place = _runs_list.DONE
            form.button("put it back", "restore_gone", _runs_list.TRASH.put_back, trashed, place, place=place)


def about(entry: LibraryEntry, everything: Sequence[LibraryEntry]) -> None:
    """What a run is, and what can be done with it; what comes of that is said over the buttons."""
    with st.container(border=True, key="shelf_run"):
        st.header(widgets.plain(entry.name), anchor=False)
        if entry.fault is not None:
            st.error(widgets.fault(entry.fault))
        else:
            st.markdown(widgets.plain(words.run_sentence(entry)))
            st.markdown(f"**{widgets.plain(words.figures_sentence(entry))}**", help=words.MEANINGS)
            if says := entry.about.get("about"):
                st.caption(widgets.plain(str(says)))
            # Another run begins with its own first view.
            query = address.query() if entry.name == session.run_name() else {"run": entry.name}
            with st.container(horizontal=True, gap="medium", key="shelf_links"):
                page_list.link("attention", "Open on Attention →", query)
                page_list.link("replay", "Replay →", {"run": entry.name})
            changes(entry, everything)
        if entry.remark:
            st.warning(widgets.fault(entry.remark))
        may_change = _runs_list.own(entry) and not read_only()
        if entry.fault is None:
            parts(entry, may_change=may_change)
        (_run_notes.fields if may_change else _run_notes.texts_alone)(entry)
        form.show_said(_runs_list.PANEL)
        if may_change:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                # The folder's name, which on the shelf is what it is called unless a run elsewhere has that name.
                st.text_input("Name", entry.path.name, key=name_key(entry.path.name), width=220)
                form.button("rename", "rename_run", rename, entry.path, place=_runs_list.PANEL)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            if entry.fault is None:  # packed only when somebody wants it
                name, packed = f"{called(entry.path)}.zip", partial(zip_of, entry.path)
                about = {"mime": "application/zip", "key": "download_run", "on_click": "ignore"}
                st.download_button("download as .zip", data=packed, file_name=name, **about)
            if may_change:
                about, place = "Into the trash, from where it comes back", _runs_list.PANEL
                form.button("delete", "delete_run", remove, entry.path, place=place, help=about)


def changes(entry: LibraryEntry, everything: Sequence[LibraryEntry]) -> None:
    """What is set otherwise than in another run, and both beside each other."""
    sound = {other.name: other for other in words.in_line_beside(entry, everything) if other.fault is None}
    if not sound:
        return
    beside = session.view().beside
    names = {name: with_its_data(entry, sound, name) for name in sound}
    against = form.choice("What changed against", names, key="shelf_against", default=beside)
    if nothing := words.nothing_beside_sentence(entry, everything):
        st.caption(widgets.plain(nothing))
    other = sound[against]
    changed = changed_settings(other, entry)
    sentence = words.changes_sentence(entry, other, changed)
    table = tables.settings(changed, f"in {other.name}", f"here, in {entry.name}")
    widgets.twin(None, table, sentence, key="against_twin", title="Changes")
    page_list.link("compare", "Compare the two →", {"run": entry.name, "beside": other.name})


def parts(entry: LibraryEntry, *, may_change: bool) -> None:
    """What is damaged of a run that opens all the same, as far as it has been opened; and maps for one without them."""
    open_runs = frame_runs.opened().runs
    run = open_runs.get(entry.name) if entry.name in open_runs and open_runs.at_hand(entry.name) else None
    for name in run.damaged if run is not None else ():
        st.warning(widgets.plain(damage(run, name)))
    lacks = not entry.has_maps or (run is not None and "maps.npz" in run.damaged)
    work = f"maps_{entry.path.name}"
    if may_change and lacks:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="shelf_maps"):
            st.caption("It has no maps by UMAP.", width="content")
            busy = background.is_running(work)
            form.button("lay out the maps", "make_maps", lay_out_maps, entry.path, work, place=work, disabled=busy)
    background.show(work)  # also where it has ended meanwhile, and the maps are there


def lay_out_maps(path: Path, work: str) -> None:
    """In a process of its own: UMAP takes half a minute and more."""
    sentence = f"The maps of {path.name} are laid out."
    command = ["maps", str(path), "--json"]
    background.begin(work, command, "Laying out the maps by UMAP:", lambda _: form.say(sentence, _runs_list.PANEL))


def with_its_data(entry: LibraryEntry, others: Mapping[str, LibraryEntry], name: str) -> str:
    """The name of another run, with a word where it was trained on other data."""
    return name if name not in others or words.comparable(entry, others[name]) else f"{name} (other data)"


def name_key(folder: str) -> str:
    return f"name_{folder}"


def rename(old: Path) -> None:
    """Renames the run to what the field holds. The view keeps showing it under its new name."""
    was = frame_runs.opened().runs.name_of(old)
    wanted = st.session_state[name_key(old.name)]
    path = rename_and_trash.rename(home(), old.name, wanted, elsewhere=frame_runs.elsewhere())
    view, now = address.current(), frame_runs.opened().runs.name_of(path)
    renamed = {field: now for field in ("run", "beside") if was is not None and getattr(view, field) == was}
    if renamed:
        address.change(**renamed)
    _runs_list.choose(path)
    form.say(f"{old.name} is called {path.name} now.", _runs_list.PANEL)


def remove(path: Path) -> None:
    """Into the trash. Who looks at it looks at the first run then, and no run of the list is chosen."""
    name = frame_runs.opened().runs.name_of(path)
    _runs_list.TRASH.delete(path.name)
    view = address.current()
    if name is not None and view.run == name:
        session.choose_run(None)
    if name is not None and view.beside == name:
        address.change(beside=None)
    _runs_list.choose(_runs_list.NOBODY)
