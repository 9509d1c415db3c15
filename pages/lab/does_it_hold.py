"""Is AttRec as good as its paper says, which part of it does the work, and what beats it?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from attrec_core.errors import InputError, shown
from attrec_core.jobs.queue import Queue
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import Study
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.does_it_hold import attention, causes, claims, figures, shelf, switches, tables, words
from attrec_core.views.does_it_hold.panels import CAUSES, CHANGES, DOTS, PARTS, RECENCY
from attrec_core.views.does_it_hold.shelf import StudyView
from attrec_core.views.names import METRICS
from attrec_core.views.texts import text
from pages.frame import address, page_list
from pages.frame.control_names import name_of
from pages.frame.plain_text import fault, plain
from pages.frame.streamlit_internals import Block
from pages.lab import study_form, trainings
from pages.widgets import controls, form, header, panels, widgets

STUDIES, ACCURACY = "study", "accuracy"
WIDTHS = [2.6, 1]  # of the figure and of the switches beside it


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
        labels = {name: label_of(folder, studies[name]) for name, folder in found.items()}
        name = requested if requested in labels else next(iter(labels))
        menu = {"label_visibility": "collapsed", "width": 440, "format_func": labels.__getitem__}
        controls.menu("Study", "study", list(labels), name, choose, **menu)
        metrics, named = list(tables.COLUMNS), METRICS.__getitem__
        metric = controls.address_choice("Metric", "metric", metrics, shelf.METRIC, named, "collapsed", menu=112)
    base = studies[name]
    if isinstance(base, InputError):
        picture.error(plain(text("does_it_hold", "damaged", name=name, why=base.sentence(name_of))))
        return None
    intact = {name: study for name, study in studies.items() if isinstance(study, Study)}
    seen, beyond, wanted = switched(base.protocol)
    start = StudyView(base, metric, seen, beyond, intact, len(tables.rows_of(base)))
    return start if wanted == base.protocol else other_way(start, wanted)


def label_of(folder: Path, study: Study | InputError) -> str:
    """What the menu calls a study: what a shipped study compares; the name that a person gave to another one."""
    if folder.parent != shelf.SHIPPED or isinstance(study, InputError):
        return folder.name
    return words.full_title(study.protocol)


def choose(name: str) -> None:
    address.change(**dict.fromkeys(study_form.NEW_STUDY) | {"study": name})


def switched(protocol: Protocol) -> tuple[str, str | None, Protocol]:
    """Draws the switches. Returns the choice for seen items, the measure beside accuracy, and the chosen protocol."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="study_switches"):
        seen = switch("Seen items", "seen", list(switches.SEEN), protocol.usual_seen, switches.SEEN.__getitem__)
        values = {
            name: switch(label, name, list(texts), getattr(protocol, field), texts.__getitem__)
            for name, (field, label, texts) in switches.SWITCHES.items()
            if field != "tie_rule" or protocol.may_tie
        }
        offered = [ACCURACY, *figures.BEYOND]
        beyond = switch(
            "Beside accuracy", "beyond", offered, ACCURACY, lambda name: "nothing" if name == ACCURACY else name
        )
    return seen, None if beyond == ACCURACY else beyond, switches.changed(protocol, values)


def switch(label: str, name: str, offered: list[str], default: str, texts: Callable[[str], str]) -> str:
    """A segmented control with its help; its choice is the field `name` of the view."""
    about = text("does_it_hold", f"switch: {name}")
    return str(controls.address_choice(label, name, offered, default, texts, about=about))


def other_way(start: StudyView, wanted: Protocol) -> StudyView:
    """The study that the switches ask for. Where it has not been run, says so and offers to set it up."""
    study = start.like(wanted)
    if study is not None:
        return replace(start, study=study)
    is_here = study_form.data_of(wanted) is not None
    st.info(plain(words.not_run(start.study.protocol, wanted, is_here=is_here)))
    offers({"Set up this study": wanted}, "switches")
    return start


def offers(wanted: Mapping[str, Protocol], place: str) -> None:
    if wanted and not read_only():
        study_form.offers(wanted, place)


def lead(view: StudyView) -> None:
    """The answer in one sentence."""
    if note := view.study.protocol.note(view.seen):
        st.warning(plain(note))
    st.header(plain(words.lead(view.study, view.metric, view.seen)), anchor=False)


def parts(view: StudyView) -> None:
    """Which part does the work, and a button for each study of the parts that has not been run."""
    if not panels.say(PARTS, view):
        asked = PARTS.of(view)
        panels.show(asked, abreast=2)
        st.markdown(asked.record.listed(plain))
    wanted = {kind: replace(view.study.protocol, kind=kind, budget=1) for kind in claims.PARTS}
    missing = {f"Set up: {words.KIND_NAMES[kind]}": wanted[kind] for kind in wanted if kind not in view.parts}
    offers(missing, "parts")


def beyond_recency(view: StudyView) -> None:
    """Attention compared with weights by place and uniform weights, for every data set that has all three."""
    if not panels.say(RECENCY, view):
        asked = RECENCY.of(view)
        panels.show(asked)
        st.markdown(attention.listed(asked.record, view.metric, plain, view.seen))
    alike = partial(replace, view.study.protocol, kind="ablation", budget=1)
    wanted = {label: alike(loss=loss) for loss, label in words.LOSSES.items()}
    offers({label: protocol for label, protocol in wanted.items() if view.like(protocol) is None}, "attention")


def attention_and_causes(view: StudyView) -> None:
    """For the bundled sample: how often each loss finds the true causes. For all data: where this and the smallest edit
    are shown for one model."""
    if not CAUSES.lacks(view):
        try:
            asked = CAUSES.of(view)
        except InputError as error:
            st.error(fault(error))
        else:
            panels.show(asked)
            st.caption(causes.protocol(asked.record))
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
    study_form.box(queue, every, is_open=True)
answer = st.container()
figure, beside = st.columns(WIDTHS, gap="large")
with beside:
    view = chosen(found, [job.request.name for job in jobs if not job.has_ended], line, answer)
    if not (form_first or read_only()):
        study_form.box(queue, every, is_open=False)
if view is not None:
    with answer:
        lead(view)
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
