"""The list of runs: search, order, trash, and how to add a run."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from attrec_core.jobs.job import Job
from attrec_core.jobs.process import BackgroundCommand
from attrec_core.runs.library import open_runs
from attrec_core.runs.library.listing import entry_at, search_entries, sort_entries
from attrec_core.runs.library.names import free_name
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.library.zips import unpack_checkpoint, unpack_zip
from attrec_core.storage.atomic_folder import NOTES, RUN
from attrec_core.storage.workspace import APP, SAMPLE_RUN, check_may_change, home, read_only, usual_home
from attrec_core.views.runs.panels import RUNS, RunsListed
from attrec_core.views.view import ORDERS
from pages.frame import address, page_list, session, upload
from pages.frame import runs as frame_runs
from pages.frame.streamlit_internals import undivided
from pages.lab.trash import Trash
from pages.widgets import form, panels

# The chosen run is kept as its folder, because a name may come to mean another run.
CHOSEN, ROUND, WAITING = "shelf_chosen", "shelf_round", "shelf_waiting"
BEGUN = "shelf_begun"  # end time of the training whose run was chosen without a click
NOBODY = Path()  # no run is chosen, on purpose: a second click after a deletion must not delete another run
DONE, PANEL, IMPORTED = "shelf_done", "shelf_panel", "shelf_imported"  # where messages appear
SEARCH, ORDER, TURNED = "shelf_search", "shelf_order", "shelf_turned"  # widgets whose values are in the address


def entries() -> list[LibraryEntry]:
    return [
        replace(entry(path, (*open_runs.version_of(path), open_runs.stat_of(path / NOTES))), name=name)
        for name, path in frame_runs.opened().runs.folders.items()
    ]


@functools.lru_cache(maxsize=1000)
def entry(path: Path, version: open_runs.Version) -> LibraryEntry:
    """Cached for as long as the run's files do not change."""
    return entry_at(path)


def fixed_origin(entry: LibraryEntry) -> str:
    """The origin of a run that cannot be changed here; empty for other runs."""
    origin = "bundled" if entry.path.resolve() == SAMPLE_RUN else "from the command line"
    return "" if frame_runs.on_shelf(entry.path) else origin


def find_entry(listed: Sequence[LibraryEntry], name: str | None) -> LibraryEntry | None:
    return next((entry for entry in listed if entry.name == name), None)


def chosen(listed: Sequence[LibraryEntry]) -> LibraryEntry | None:
    """The clicked run, else that of the link, else the open run, else the first; None where the clicked run is gone."""
    if (folder := st.session_state.get(CHOSEN)) is not None:
        return next((entry for entry in listed if entry.path == folder), None)
    if (name := asked_for()) is not None:
        return find_entry(listed, name)
    return find_entry(listed, session.run_name()) or (listed[0] if listed else None)


def asked_for() -> str | None:
    """The run that the link names, by its current name."""
    runs, name = frame_runs.opened().runs, address.current().about
    path = None if name is None or name in runs.folders else runs.former_folder(name)
    return name if path is None else runs.name_of(path) or runs.new_name_of(path) or name


def choose(path: Path | None) -> None:
    st.session_state[CHOSEN] = path
    about = None if path is None or path == NOBODY else frame_runs.opened().runs.name_of(path)
    address.change(about=about)


def begin_with(new: Job | None) -> None:
    """Chooses the run of a training, as a click would, when this session first opens the page after the training's end.
    Changes nothing where the link names a run, or where the page is already open."""
    is_coming = address.sync_of().arrived and "about" not in st.query_params
    if is_coming and new is not None and new.run is not None and new.ended > st.session_state.get(BEGUN, 0.0):
        st.session_state[BEGUN] = new.ended
        choose(new.run)
        address.rerun(in_place=True)


def run_list(everything: Sequence[LibraryEntry]) -> None:
    text = address.current().find or ""
    by, turned = ordered()
    st.session_state.update({SEARCH: text, ORDER: by, TURNED: turned})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="shelf_controls"):
        find: dict[str, Any] = {"on_change": lambda: address.change(find=st.session_state[SEARCH] or None)}
        example = "name, tag, note, data set or a setting such as d = 64"
        st.text_input("Search", key=SEARCH, type="search", live=True, placeholder=example, **find)
        sort: dict[str, Any] = {"on_change": lambda: sort_by(st.session_state[ORDER], st.session_state[TURNED])}
        st.selectbox("Sort by", list(ORDERS), key=ORDER, format_func=ORDERS.__getitem__, width=150, **sort)
        st.checkbox("Reverse order", key=TURNED, **sort)
        add_a_run()
    listed = sort_entries(search_entries(everything, text), by, turned=turned)
    about = {"origin": fixed_origin, "here": session.run_name(), "by": by, "turned": turned}
    shown = RUNS.of(RunsListed(listed, len(everything), text), chosen=chosen(everything), **about)
    panels.show(shown, on_choose=clicked, on_sort=sorted_by)
    if read_only():
        st.caption("This server is read-only: runs cannot be added, renamed or deleted.")
    elif not any(frame_runs.on_shelf(entry.path) for entry in everything):
        st.markdown("No run of your own yet? Use **Add a run** above.")


def ordered() -> tuple[str, bool]:
    order = address.current().order or next(iter(ORDERS))
    return order.removeprefix("-"), order.startswith("-")


def sort_by(by: str, turned: bool) -> None:
    is_default = by == next(iter(ORDERS)) and not turned
    address.change(order=None if is_default else f"{'-' if turned else ''}{by}")


def clicked(name: object) -> None:
    """Chooses the clicked run. A browser can be made to send anything: an unknown name chooses no run."""
    if isinstance(name, str):
        choose(frame_runs.opened().runs.folders.get(name))


def sorted_by(by: object) -> None:
    """A click on a heading: another order, or the same order reversed."""
    if isinstance(by, str) and by in ORDERS:
        before, turned = ordered()
        sort_by(by, by == before and not turned)


TRASH = Trash(RUN, prefix="", place="shelf_trashed", undo_place=DONE, show=choose)


def add_a_run() -> None:
    if read_only():
        return
    turn = st.session_state.setdefault(ROUND, 0)  # an upload changes it: a new, closed popover
    with st.popover("Add a run", type="primary", key=f"shelf_add_{turn}"):
        label = "Import a run, or a SASRec of RecBole (.pth) or RecTools (.ckpt) with the data of its training (.zip)"
        upload.field(label, f"shelf_file_{turn}", take, type="zip")
        usual = usual_home()
        folder = "$ATTREC_HOME" if home().path != usual else usual.relative_to(APP) if usual.parent == APP else usual
        with st.container(horizontal=True, gap="xsmall"):
            page_list.link("train", "Train one here →")
            st.markdown("or in a terminal; the run appears by itself:", width="content")
        st.code(f"python -m attrec_core train DATA --out {folder}/runs/NAME", language=None, wrap_lines=True)
        st.markdown("Open a folder that holds a run:")
        st.code("streamlit run app.py -- --run FOLDER", language=None, wrap_lines=True)


def take(file: BytesIO | None) -> None:
    if file is not None:
        st.session_state[WAITING] = BytesIO(file.getvalue())  # the same bytes, not a copy
        st.session_state[ROUND] += 1


def import_waiting() -> None:
    if WAITING in st.session_state:

        def import_zip() -> None:
            source, taken = st.session_state.pop(WAITING), frame_runs.names_taken()
            path = open_model(source, taken) or unpack_zip(source, home(), elsewhere=taken)
            choose(path)
            form.say(f"Imported {path.name}.", IMPORTED)

        with st.spinner("Checking and unpacking the .zip …"), undivided():
            form.attempt(import_zip, place=IMPORTED)
        address.rerun()
    form.show_said(IMPORTED)


def open_model(source: BytesIO, taken: Collection[str]) -> Path | None:
    """Makes a run of a model of another program, in a process of its own; None if the .zip holds no such model."""
    with TemporaryDirectory() as folder:
        files = unpack_checkpoint(source, Path(folder))
        if files is None:
            return None
        check_may_change("No model is opened")
        (data, model), out = files, home().runs / free_name(home().runs, "SASRec", taken)
        arguments = ("from-weights", data, "--model", "sasrec", "--weights", model, "--out", out, "--no-maps")
        command = BackgroundCommand([*map(str, arguments)])
        command.process.wait()
        command.answer()
        return out
