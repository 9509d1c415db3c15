"""The form for a study: data, kind, seeds, budget, systems, order, split; the time it takes; and the start."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from attrec_core.data.report import Counts
from attrec_core.errors import InputError
from attrec_core.jobs.job import Job, StudyRequest
from attrec_core.jobs.queue import Queue
from attrec_core.runs.library import names
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.protocol import FITS, ORDERS, RACED, SPLITS, WAYS, Protocol
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.workspace import home
from attrec_core.views.does_it_hold import words
from attrec_core.views.does_it_hold.switches import LOSS_NAMES, SWITCHES
from pages.frame import address
from pages.frame.plain_text import CONTROLS, name_of, plain
from pages.lab import data_sets, estimate
from pages.widgets import background, form

BOX, PLACE, PREFIX = "study_form", "study_start", "study_form_"
KIND, SEEDS, BUDGET, SYSTEM, ORDER, SPLIT, LOSS, FIT, TIE, NAME = (
    f"{PREFIX}{name}"
    for name in ("kind", "seeds", "budget", "systems", "order", "split", "loss", "fit", "ties", "name")
)
TIE_WORDS = {"": "as in the data set"} | SWITCHES["ties"][2]
NEW_STUDY = ("study", *SWITCHES)  # fields of the view that are reset for another study
FILLED = "The form “Start a study” is filled in: check the estimated time, and start the study there."


def box(queue: Queue, jobs: list[Job], *, is_open: bool) -> None:
    """The form in an expander. is_open: whether it is open at first."""
    st.session_state.setdefault(BOX, is_open)
    expander = st.expander("Start a study", key=BOX, on_change="rerun")
    if expander.open:
        with expander:
            fields(queue, jobs)


def fields(queue: Queue, jobs: list[Job]) -> None:
    entry = data_sets.trainable(data_sets.entries())
    if entry.fault is not None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = form.choice(CONTROLS["kind"], words.KIND_NAMES, key=KIND, default="table2", width=300)
        number = partial(form.field, st.number_input, step=1, format="%d", width=140)
        number(CONTROLS["seeds"], key=SEEDS, default=3, help="Trainings per line, each with its own seed.")
        if kind in RACED:
            number(CONTROLS["budget"], key=BUDGET, default=4, width=230)
        else:
            form.choice("Loss", LOSS_NAMES, key=LOSS, default="hinge", width=220)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form.choice("Order of each history", ORDERS, key=ORDER, default=ORDERS[0], width=180)
        form.choice("Split", SPLITS, key=SPLIT, default=SPLITS[0], width=180)
        form.choice("Final fit", SWITCHES["fit"][2], key=FIT, default=FITS[0], width=220)
        form.choice(CONTROLS["tie_rule"], TIE_WORDS, key=TIE, default="", width=220)
    if kind == "table2":
        label = {"attrec": "AttRec, the paper’s settings", "auto": "AttRec, settings found"}
        label |= {name: system.full_label for name, system in SYSTEMS.items() if name not in ("attrec", "own")}
        about: dict[str, Any] = {"format_func": label.__getitem__, "placeholder": "all systems", "select_all": False}
        form.field(st.multiselect, CONTROLS["systems"], list(label), key=SYSTEM, default=[], **about)
    start_line(entry, queue, jobs)


def request(path: Path) -> StudyRequest:
    """The study that the fields describe; fields that are not drawn for its kind do not count."""
    kind, ties = form.value(KIND, "table2"), form.value(TIE, "")
    return StudyRequest(
        path,
        form.value(NAME, ""),
        kind,
        seeds=int(form.value(SEEDS, 3)),
        budget=int(form.value(BUDGET, 4)) if kind in RACED else 1,
        systems=tuple(form.value(SYSTEM, [])) if kind == "table2" else (),
        order=form.value(ORDER, ORDERS[0]),
        split=form.value(SPLIT, SPLITS[0]),
        loss="hinge" if kind in RACED else form.value(LOSS, "hinge"),
        fit=form.value(FIT, FITS[0]),
        reading=("--tie-rule", ties) if ties else (),
    )


def start_line(entry: LibraryEntry, queue: Queue, jobs: list[Job]) -> None:
    """The name, the start button and the estimated time."""
    form.field(
        st.text_input, CONTROLS["study_name"], key=NAME, default=free_name(entry.name, request(entry.path)), width=320
    )
    wanted, fault = request(entry.path), ""
    try:
        wanted.check()
    except InputError as error:
        fault = error.sentence(name_of)
        st.error(plain(fault))
    with st.container(horizontal=True, vertical_alignment="center"):
        begin = partial(form.button, place=PLACE)
        begin("Start the study", "study_begin", start, entry.path, queue, type="primary", disabled=bool(fault))
        waits = bool(fault) or background.is_running(estimate.WORK)
        begin("Estimate the time", "study_ask", lambda: estimate.start_estimate(request(entry.path)), disabled=waits)
    form.show_said(PLACE)
    estimate.show(wanted, entry.sizes, jobs, possible=not fault)


def free_name(data: str, wanted: StudyRequest) -> str:
    """A free name that tells what differs from the default study."""
    parts = [value for name, (default, _) in WAYS.items() if (value := getattr(wanted, name)) != default]
    parts += [form.value(TIE, "")] if wanted.reading else []
    return names.free_name(home().studies, " ".join([data[:30], wanted.kind, *parts]))


def start(path: Path, queue: Queue) -> None:
    wanted = queue.submit(request(path)).request
    form.forget(NAME)
    st.session_state[BOX] = False
    # The form folds up under the button, and the progress may be above what is visible
    st.toast(f"Started “{plain(wanted.name)}”: its progress is at the top of this page.", duration="long")
    address.change(**dict.fromkeys(NEW_STUDY) | {"study": wanted.name})


def offers(wanted: Mapping[str, Protocol], place: str) -> None:
    """A button for each study that has not been run, which fills the form in; nothing where their data is not here.
    wanted: label of the button → protocol."""
    entry = data_of(next(iter(wanted.values())))
    if entry is None:
        return
    with st.container(horizontal=True, gap="small"):
        for number, (label, protocol) in enumerate(wanted.items()):
            form.button(label, f"offer_{place}_{number}", fill, protocol, entry.name, place, place=place)
    form.show_said(place)


def data_of(wanted: Protocol) -> LibraryEntry | None:
    """The data set with the same counts as the study's data, preferably with the same name; None without one."""
    sizes = Counts(wanted.users, wanted.items, wanted.interactions)
    matches = [entry for entry in data_sets.entries() if entry.fault is None and entry.sizes == sizes]
    return next((entry for entry in matches if entry.name == wanted.data), matches[0] if matches else None)


def fill(wanted: Protocol, data: str, place: str) -> None:
    """Fills the form in with the settings of this study."""
    form.forget(PREFIX)
    values = {KIND: wanted.kind, SEEDS: wanted.seeds, ORDER: wanted.order, SPLIT: wanted.split, LOSS: wanted.loss}
    values |= {FIT: wanted.fit, TIE: wanted.tie_rule} | ({BUDGET: wanted.budget} if wanted.kind in RACED else {})
    for key, value in values.items():
        form.put(key, value)
    st.session_state[BOX] = True
    data_sets.look_at(data)
    form.say(FILLED, place)
