"""One run of the list: its facts, its settings compared with another run's, its notes and its actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from attrec_core.runs.library import rename_and_trash
from attrec_core.runs.library.open_runs import in_trash
from attrec_core.runs.library.records import LibraryEntry, Trashed
from attrec_core.runs.library.zips import zip_of
from attrec_core.runs.run import folder_name
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.caveats import damage
from attrec_core.views.panel import Shown
from attrec_core.views.runs import tables, words
from attrec_core.views.runs.panels import SETTINGS, TRIALS
from attrec_core.views.texts import text
from attrec_core.views.view import quoted_text
from pages.frame import address, page_list, page_parts, session
from pages.frame import runs as frame_runs
from pages.frame.plain_text import fault, plain
from pages.lab import run_notes, runs_list
from pages.widgets import background, form, panels, widgets

NO_COPY = "Replace the folder with an intact copy of the run, or delete the run."
UNFOLDED = 6  # differing settings shown; between two systems dozens differ


def panel(everything: Sequence[LibraryEntry], trashed: Sequence[Trashed]) -> None:
    """The panel beside the list: the message of the last action, and the chosen run."""
    form.show_said(runs_list.DONE)
    runs_list.TRASH.undo_line(trashed)
    run_notes.lost()
    entry = runs_list.chosen(everything)
    if entry is not None:
        facts_and_actions(entry, everything)
        return
    form.show_said(runs_list.PANEL)
    if runs_list.clicked_folder() not in (None, runs_list.NOBODY):
        show_gone_run(runs_list.clicked_folder())
    elif runs_list.clicked_folder() is None and (name := runs_list.asked_for()):
        st.warning(plain(f"This link names the run {quoted_text(name)}, which does not exist here."))
    st.caption("Select a run in the list to see its details.")


def show_gone_run(path: Path) -> None:
    """Says where the chosen run is now that its folder is gone."""
    open_runs = frame_runs.opened().runs
    new_name = open_runs.new_name_of(path)
    if new_name is not None:
        st.warning(plain(f"The run {path.name} was renamed to {new_name}."))
    else:
        st.warning(plain(frame_runs.what_became_of(path.name, path)))
        trashed = in_trash(home(), open_runs, path)
        if trashed is not None and not read_only():
            place = runs_list.DONE
            form.button("Restore", "restore_gone", runs_list.TRASH.put_back, trashed, place, place=place)


def facts_and_actions(entry: LibraryEntry, everything: Sequence[LibraryEntry]) -> None:
    """The facts of a run and its actions; the message of an action appears above the buttons."""
    with st.container(border=True, key="shelf_run"):
        st.header(plain(entry.name), anchor=False)
        if entry.fault is not None:
            st.error(fault(entry.fault))
            if entry.fault.code in ("damaged", "missing"):
                st.caption(NO_COPY)
        else:
            # A link to another run opens its default view.
            query = address.query() if entry.name == session.run_name() else {"run": entry.name}
            with st.container(horizontal=True, gap="medium", key="shelf_links"):
                page_list.link("attention", "Open in Attention →", query)
                if entry.settings["model"] == "attrec":
                    page_list.link("replay", "Replay →", {"run": entry.name})
            st.markdown(f"**{plain(words.figures_sentence(entry))}**", help=text("runs", "metrics"))
            st.markdown(plain(words.run_sentence(entry)))
            origin(entry)
            if description := entry.about.get("about"):
                st.caption(plain(str(description)))
            beside_another(entry, everything)
        if entry.remark:
            st.warning(fault(entry.remark))
        may_change = runs_list.can_change(entry) and not read_only()
        if entry.fault is None:
            parts(entry, may_change=may_change)
        (run_notes.fields if may_change else run_notes.texts_alone)(entry)
        form.show_said(runs_list.PANEL)
        if may_change:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                # The folder's name; the list shows a different name where a run elsewhere has the same one.
                st.text_input("Name", entry.path.name, key=name_key(entry.path.name), width=220)
                form.button("Rename", "rename_run", rename, entry.path, place=runs_list.PANEL)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            if entry.fault is None:  # packed only on a click
                name, packed = f"{folder_name(entry.path)}.zip", partial(zip_of, entry.path)
                about = {"mime": "application/zip", "key": "download_run", "on_click": "ignore"}
                st.download_button("Download (.zip)", data=packed, file_name=name, **about)
            if may_change:
                about, place = "Moves the run to the trash; it can be restored", runs_list.PANEL
                form.button("Delete", "delete_run", remove, entry.path, place=place, help=about)


def origin(entry: LibraryEntry) -> None:
    """The origin of the run's settings; for a race also every training, folded."""
    if entry.origin:
        st.markdown(plain(entry.origin))
    if entry.race:
        shown = Shown(TRIALS, entry, entry.race)
        tried = shown.table()
        with st.expander(words.trials_label(len(tried), int(tried["trainings"].sum())), key="trials_box"):
            panels.table(shown)


def beside_another(entry: LibraryEntry, everything: Sequence[LibraryEntry]) -> None:
    """The settings compared with those of another run, and a link to compare both runs."""
    intact = {other.name: other for other in words.in_line_beside(entry, everything) if other.fault is None}
    if not intact:
        return
    beside = session.view().beside
    names = {name: with_its_data(entry, intact, name) for name in intact}
    against = form.choice("Compare settings with", names, key="shelf_against", default=beside)
    if sentence := words.nothing_beside_sentence(entry, everything):
        st.caption(plain(sentence))
    other = intact[against]
    settings_beside(SETTINGS.of((other, entry), lettered=False))
    page_list.link("compare", "Compare both →", {"run": entry.name, "beside": other.name})


def settings_beside(shown: Shown) -> None:
    """The settings of two runs: how many differ; the first differing ones, then the rest and the equal ones folded."""
    st.markdown(shown.sentence)
    table = shown.table()
    differing, equal = tables.differing(table), tables.equal(table)
    with page_parts.part(shown.key, shown.title, table, shown.sentence):
        widgets.lines(differing.head(UNFOLDED))
        folded = {"more differing": differing[UNFOLDED:], "equal": equal}
        for kind, rows in folded.items():
            if len(rows):
                with st.expander(words.fold_label(kind, len(rows)), key=f"{kind} settings"):
                    widgets.lines(rows)


def parts(entry: LibraryEntry, *, may_change: bool) -> None:
    """Warns of damaged parts of a run that is open, and offers to compute missing maps."""
    open_runs = frame_runs.opened().runs
    run = open_runs.get(entry.name) if entry.name in open_runs and open_runs.at_hand(entry.name) else None
    for name in run.damaged if run is not None else ():
        st.warning(plain(damage(run, name)))
    if not SYSTEMS[entry.settings.get("model", "attrec")].spaces:
        return
    lacks_maps = not entry.has_maps or (run is not None and "maps.npz" in run.damaged)
    work = f"maps_{entry.path.name}"
    if may_change and lacks_maps:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="shelf_maps"):
            st.caption("No UMAP maps yet.", width="content")
            busy = background.is_running(work)
            form.button("Compute maps", "make_maps", compute_maps, entry.path, work, place=work, disabled=busy)
    background.show(work)  # also when it has ended and the maps exist


def compute_maps(path: Path, work: str) -> None:
    """Computes the maps in a separate process: UMAP takes half a minute or more."""
    sentence = f"Computed the maps of {path.name}."
    background.begin(
        work, ["maps", str(path)], "Computing the UMAP maps:", lambda _: form.say(sentence, runs_list.PANEL)
    )


def with_its_data(entry: LibraryEntry, others: Mapping[str, LibraryEntry], name: str) -> str:
    """The name of another run, marked where it was trained on other data."""
    return name if name not in others or words.comparable(entry, others[name]) else f"{name} (other data)"


def name_key(folder: str) -> str:
    return f"name_{folder}"


def rename(old: Path) -> None:
    """Renames the run to the name in the field. The view keeps showing the run under its new name."""
    was = frame_runs.opened().runs.name_of(old)
    new_name = st.session_state[name_key(old.name)]
    path = rename_and_trash.rename(home(), old.name, new_name, elsewhere=frame_runs.names_outside())
    view, now = address.current(), frame_runs.opened().runs.name_of(path)
    renamed = {field: now for field in ("run", "beside") if was is not None and getattr(view, field) == was}
    if renamed:
        address.change(**renamed)
    runs_list.choose(path)
    form.say(f"Renamed {old.name} to {path.name}.", runs_list.PANEL)


def remove(path: Path) -> None:
    """Moves a run to the trash. A view of the run switches to the default run, and no run of the list is chosen."""
    name = frame_runs.opened().runs.name_of(path)
    runs_list.TRASH.delete(path.name)
    view = address.current()
    if name is not None and view.run == name:
        session.choose_run(None)
    if name is not None and view.beside == name:
        address.change(beside=None)
    runs_list.choose(runs_list.NOBODY)
