"""Is AttRec as good as its paper says, which part of it does the work, and what beats it? And the form for a study."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from attrec_core.data.report import Counts
from attrec_core.errors import InputError, shown
from attrec_core.jobs.job import Job, StudyRequest
from attrec_core.jobs.queue import Queue
from attrec_core.runs.library import names
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.protocol import FITS, ORDERS, RACED, SPLITS, WAYS, Protocol
from attrec_core.runs.studies import Study
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.does_it_hold import attention, causes, claims, figures, shelf, switches, tables, words
from attrec_core.views.does_it_hold.panels import CAUSES, CHANGES, DOTS, PARTS, RECENCY
from attrec_core.views.does_it_hold.shelf import StudyView
from attrec_core.views.does_it_hold.switches import LOSS_NAMES, SWITCHES
from attrec_core.views.names import METRICS
from attrec_core.views.texts import text
from pages.frame import address, page_list
from pages.frame.plain_text import CONTROLS, fault, name_of, plain
from pages.frame.streamlit_internals import Block
from pages.lab import data_sets, estimate, trainings
from pages.widgets import background, controls, form, header, panels, widgets

STUDIES, ACCURACY = "study", "accuracy"
WIDTHS = [2.6, 1]  # of the figure and of the switches beside it
BOX, PLACE, PREFIX = "study_form", "study_start", "study_form_"
KIND, SEEDS, BUDGET, SYSTEM, ORDER, SPLIT, LOSS, FIT, TIE, NAME = (
    PREFIX + name for name in ("kind", "seeds", "budget", "systems", "order", "split", "loss", "fit", "ties", "name")
)
TIE_WORDS = {"": "as in the data set"} | SWITCHES["ties"][2]
NEW_STUDY = ("study", *SWITCHES)  # fields of the view that are reset for another study
FILLED = "The form “Start a study” is filled in: check the estimated time, and start the study there."


def form_box(queue: Queue, jobs: list[Job], *, is_open: bool) -> None:
    st.session_state.setdefault(BOX, is_open)
    expander = st.expander("Start a study", key=BOX, on_change="rerun")
    if expander.open:
        with expander:
            entry = data_sets.trainable(data_sets.entries())
            if entry.fault is None:
                form_fields()
                start_line(entry, queue, jobs)


def form_fields() -> None:
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
    wanted = request(entry.path)
    # The suggested name tells what differs from the default study.
    parts = [value for name, (default, _) in WAYS.items() if (value := getattr(wanted, name)) != default]
    parts += [form.value(TIE, "")] if wanted.reading else []
    begun = [job.request.name for job in jobs if isinstance(job.request, StudyRequest) and not job.has_ended]
    name = names.free_name(home().studies, " ".join([entry.name[:30], wanted.kind, *parts]), begun)
    form.field(st.text_input, CONTROLS["study_name"], key=NAME, default=name, width=320)
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


def start(path: Path, queue: Queue) -> None:
    wanted = queue.submit(request(path)).request
    form.forget(NAME)
    st.session_state[BOX] = False
    # The form folds up under the button, and the progress may be above what is visible
    st.toast(f"Started “{plain(wanted.name)}”: its progress is at the top of this page.", duration="long")
    choose(wanted.name)


def data_of(wanted: Protocol) -> LibraryEntry | None:
    """The data set with the same counts as the study's data, preferably with the same name; None without one."""
    sizes = Counts(wanted.users, wanted.items, wanted.interactions)
    matches = [entry for entry in data_sets.entries() if entry.fault is None and entry.sizes == sizes]
    return next((entry for entry in matches if entry.name == wanted.data), matches[0] if matches else None)


def fill(wanted: Protocol, data: str, place: str) -> None:
    form.forget(PREFIX)
    values = {KIND: wanted.kind, SEEDS: wanted.seeds, ORDER: wanted.order, SPLIT: wanted.split, LOSS: wanted.loss}
    values |= {FIT: wanted.fit, TIE: wanted.tie_rule} | ({BUDGET: wanted.budget} if wanted.kind in RACED else {})
    for key, value in values.items():
        form.put(key, value)
    st.session_state[BOX] = True
    data_sets.look_at(data)
    form.say(FILLED, place)


def chosen(found: Mapping[str, Path], begun: Collection[str], line: Block, picture: Block) -> StudyView | None:
    """The study to show, and how; None, with a message, where there is no study or the chosen one is damaged. begun:
    names of the studies that run or wait, which may have no folder yet. line: the line with the menu of studies;
    picture: the container above the figure."""
    requested = address.current().study
    if not found:
        picture.markdown(text("does_it_hold", "empty"))
        return None
    if requested not in (None, *found):
        later = f"its results appear here after its first training; until then {next(iter(found))} is shown."
        if requested in begun:
            picture.info(plain(f"{requested}: {later}"))
        else:
            picture.warning(plain(f"There is no study {shown(requested)} here; another one is shown."))
    studies = shelf.on_shelf(found)
    with line:
        labels = {name: folder.name for name, folder in found.items()}
        # What a shipped study compares; the name that a person gave to another one.
        for label, study in studies.items():
            if found[label].parent == shelf.SHIPPED and isinstance(study, Study):
                labels[label] = words.full_title(study.protocol)
        name = requested if requested in labels else next(iter(labels))
        menu = {"label_visibility": "collapsed", "width": 440, "format_func": labels.__getitem__}
        controls.menu("Study", "study", list(labels), name, choose, **menu)
        about = {"label_visibility": "collapsed", "width": 112}
        metrics = {name: METRICS[name] for name in tables.COLUMNS}
        metric = controls.address_choice("Metric", "metric", metrics, shelf.METRIC, is_menu=True, **about)
    base = studies[name]
    if isinstance(base, InputError):
        picture.error(plain(text("does_it_hold", "damaged", name=name, why=base.sentence(name_of))))
        return None
    intact = {name: study for name, study in studies.items() if isinstance(study, Study)}
    seen, beyond, wanted = switched(base.protocol)
    start = StudyView(base, metric, seen, beyond, intact, len(tables.rows_of(base)))
    return start if wanted == base.protocol else other_way(start, wanted)


def choose(name: str) -> None:
    address.change(**dict.fromkeys(NEW_STUDY) | {"study": name})


def switched(protocol: Protocol) -> tuple[str, str | None, Protocol]:
    """Draws the switches. Returns the choice for seen items, the measure beside accuracy, and the chosen protocol."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="study_switches"):
        seen = switch("Seen items", "seen", switches.SEEN, protocol.usual_seen)
        values = {
            name: switch(label, name, texts, getattr(protocol, field))
            for name, (field, label, texts) in switches.SWITCHES.items()
            if field != "tie_rule" or protocol.may_tie
        }
        offered = {ACCURACY: "nothing"} | {name: name for name in figures.BEYOND}
        beyond = switch("Beside accuracy", "beyond", offered, ACCURACY)
    return seen, None if beyond == ACCURACY else beyond, switches.changed(protocol, values)


def switch(label: str, name: str, offered: Mapping[str, str], default: str) -> str:
    """A segmented control with its help; its choice is the field `name` of the view."""
    return str(controls.address_choice(label, name, offered, default, help=text("does_it_hold", f"switch: {name}")))


def other_way(start: StudyView, wanted: Protocol) -> StudyView:
    """The study that the switches ask for. Where it has not been run, says so and offers to set it up."""
    if (study := start.like(wanted)) is not None:
        return replace(start, study=study)
    st.info(plain(words.not_run(start.study.protocol, wanted, is_here=data_of(wanted) is not None)))
    offers({"Set up this study": wanted}, "switches")
    return start


def offers(wanted: Mapping[str, Protocol], place: str) -> None:
    """A button for each study that has not been run, to fill the form in. wanted: label of the button → protocol."""
    entry = data_of(next(iter(wanted.values()))) if wanted and not read_only() else None
    if entry is None:
        return
    with st.container(horizontal=True, gap="small"):
        for number, (label, protocol) in enumerate(wanted.items()):
            form.button(label, f"offer_{place}_{number}", fill, protocol, entry.name, place, place=place)
    form.show_said(place)


def parts(view: StudyView) -> None:
    if not panels.lacks(PARTS, view):
        asked = PARTS.of(view)
        panels.show(asked, abreast=2)
        st.markdown(asked.record.listed(plain))
    wanted = {kind: replace(view.study.protocol, kind=kind, budget=1) for kind in claims.PARTS}
    missing = {f"Set up: {words.KIND_NAMES[kind]}": wanted[kind] for kind in wanted if kind not in view.parts}
    offers(missing, "parts")


def beyond_recency(view: StudyView) -> None:
    """Attention compared with weights by place and uniform weights, for every data set that has all three."""
    if not panels.lacks(RECENCY, view):
        asked = RECENCY.of(view)
        panels.show(asked)
        st.markdown(attention.listed(asked.record, view.metric, plain, view.seen))
    alike = partial(replace, view.study.protocol, kind="ablation", budget=1)
    wanted = {label: alike(loss=loss) for loss, label in words.LOSSES.items()}
    offers({label: protocol for label, protocol in wanted.items() if view.like(protocol) is None}, "attention")


def attention_and_causes(view: StudyView) -> None:
    """For the sample: how often each loss finds the true causes. For all data: where this is shown for one model."""
    try:
        if not CAUSES.lacks(view):
            asked = CAUSES.of(view)
            panels.show(asked)
            st.caption(causes.protocol(asked.record))
    except InputError as error:
        st.error(fault(error))
    st.markdown(text("does_it_hold", "across users"))
    page_list.link("at-large", "Attention across users")


line = header.line()
form.show_said()
queue = Queue(home())
every = trainings.jobs(queue)
jobs = trainings.of_page(every, STUDIES)
trainings.show(queue, jobs, STUDIES)
found = shelf.folders()
on_other_data = address.current().data is not None and address.current().study is None  # as in the link on Data
form_first = not found or on_other_data
if form_first and not read_only():
    form_box(queue, every, is_open=True)
answer = st.container()
figure, beside = st.columns(WIDTHS, gap="large")
with beside:
    view = chosen(found, [job.request.name for job in jobs if not job.has_ended], line, answer)
    if not (form_first or read_only()):
        form_box(queue, every, is_open=False)
if view is not None:
    with answer:
        if note := view.study.protocol.note(view.seen):
            st.warning(plain(note))
        st.header(plain(words.lead(view.study, view.metric, view.seen)), anchor=False)
    if not DOTS.lacks(view):
        with figure:
            panels.show(DOTS.of(view))
    with widgets.below("study_more"):
        if not CHANGES.lacks(view):
            panels.show(CHANGES.of(view))
        parts(view)
        beyond_recency(view)
        attention_and_causes(view)
trainings.ended(queue, jobs, STUDIES)
