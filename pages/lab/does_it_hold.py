"""Is AttRec as good as its paper says, which part of it does the work, and what beats it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import streamlit as st

from attrec_core.config import METRICS
from attrec_core.data.report import Counts
from attrec_core.errors import InputError
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import Study
from attrec_core.storage.workspace import home
from attrec_core.views.does_it_hold import attention, causes, figures, shelf, switches, tables, words
from attrec_core.views.does_it_hold.panels import CAUSES, CHANGES, DOTS, PARTS, RECENCY
from attrec_core.views.does_it_hold.shelf import StudyView
from attrec_core.views.does_it_hold.switches import SWITCHES
from attrec_core.views.texts import text
from attrec_core.views.view import quoted_text
from pages.frame import address
from pages.frame.plain_text import fault, name_of, plain
from pages.frame.streamlit_internals import Block
from pages.lab import data_sets
from pages.widgets import controls, header, panels, widgets

ACCURACY = "accuracy"
WIDTHS = [2.6, 1]  # of the figure and of the switches beside it
NEW_STUDY = ("study", *SWITCHES)  # fields of the view that are reset for another study


def data_of(wanted: Protocol) -> LibraryEntry | None:
    """The data set with the same counts as the study's data, preferably with the same name; None without one."""
    sizes = Counts(wanted.users, wanted.items, wanted.interactions)
    matches = [entry for entry in data_sets.entries() if entry.fault is None and entry.sizes == sizes]
    return next((entry for entry in matches if entry.name == wanted.data), matches[0] if matches else None)


def chosen(found: Mapping[str, Path], line: Block, picture: Block) -> StudyView | None:
    """The study to show, and how; None, with a message, where there is no study or the chosen one is damaged.
    line: the line with the menu of studies; picture: the container above the figure."""
    requested = address.current().study
    if not found:
        picture.markdown(text("does_it_hold", "empty"))
        return None
    if requested is not None and requested not in found:
        picture.warning(plain(f"There is no study {quoted_text(requested)} here; another one is shown."))
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
        metric = controls.address_choice("Metric", "metric", METRICS, shelf.METRIC, is_menu=True, **about)
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
    """The study that the switches ask for. Where it has not been run, says so and shows the command that runs it."""
    if (study := start.like(wanted)) is not None:
        return replace(start, study=study)
    entry = data_of(wanted)
    st.info(plain(words.not_run(start.study.protocol, wanted, is_here=entry is not None)))
    if entry is not None:
        st.code(words.command(entry.path, home().studies, wanted), "shell", wrap_lines=True)
    return start


def parts(view: StudyView) -> None:
    if not panels.lacks(PARTS, view):
        asked = PARTS.of(view)
        panels.show(asked, abreast=2)
        st.markdown(asked.record.listed(plain))


def beyond_recency(view: StudyView) -> None:
    """Attention compared with weights by place and uniform weights, for every data set that has all three."""
    if not panels.lacks(RECENCY, view):
        asked = RECENCY.of(view)
        panels.show(asked)
        st.markdown(attention.listed(asked.record, view.metric, plain, view.seen))


def attention_and_causes(view: StudyView) -> None:
    """For the sample: how often each loss finds the true causes. For all data: where this is shown for one model."""
    try:
        if not CAUSES.lacks(view):
            asked = CAUSES.of(view)
            panels.show(asked)
            st.caption(causes.protocol(asked.record))
    except InputError as error:
        st.error(fault(error))


line = header.line()
found = shelf.folders()
if address.current().data is not None and address.current().study is None:  # as in the link on Data
    entry = data_sets.trainable(data_sets.entries())
    if entry.fault is None:
        st.markdown(text("does_it_hold", "start", data=plain(entry.name)))
        st.code(words.command(entry.path, home().studies), "shell", wrap_lines=True)
answer = st.container()
figure, beside = st.columns(WIDTHS, gap="large")
with beside:
    view = chosen(found, line, answer)
if view is not None:
    with answer:
        if note := view.study.protocol.note(view.seen):
            st.warning(plain(note))
        st.header(plain(words.lead(view.study, view.metric, view.seen)), anchor=False)
    if not DOTS.lacks(view):
        with figure:
            panels.show(DOTS.of(view))
    with widgets.below("folded"), st.expander("Ablations and other choices", type="compact"):
        if not CHANGES.lacks(view):
            panels.show(CHANGES.of(view))
        parts(view)
        beyond_recency(view)
        attention_and_causes(view)
