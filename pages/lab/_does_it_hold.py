"""The chosen study and its answer: a sentence, a figure, a table, the protocol; and what would change the answer."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import streamlit as st

from attrec_core.errors import InputError, shown
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import Study, load_study, studies_in
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.does_it_hold import claims, figures, switches, tables, words
from pages.frame import address
from pages.frame.streamlit_internals import Block
from pages.lab import _study_form
from pages.widgets import chart, controls, widgets
from pages.widgets.control_names import name_of

SHIPPED = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
LOG = logging.getLogger(__name__)
STUDY, ACCURACY = "study", "accuracy"
WIDTHS = [2.6, 1]  # of the figure and of the switches beside it


@dataclass(frozen=True)
class ShownStudy:
    """The study on the page, how it is shown, and all readable studies (`shelf`)."""

    study: Study
    metric: str
    seen: str
    beyond: str | None
    shelf: Mapping[str, Study]
    room: int  # lines of the study in the menu: its figure keeps its height when a switch leads to another study

    @property
    def protocols(self) -> dict[str, Protocol]:
        return {name: study.protocol for name, study in self.shelf.items()}

    def like(self, wanted: Protocol) -> Study | None:
        """The study that best matches this protocol; None where none does."""
        names = switches.named_like(self.protocols, wanted)
        return self.shelf[names[0]] if names else None

    def studies_of_parts(self) -> list[Protocol]:
        """The protocols of the studies of AttRec's parts and settings on the page's data, in whatever way they ran."""
        own = self.study.protocol
        return [
            other for other in self.protocols.values() if other.kind in claims.PARTS and switches.same_data(other, own)
        ]

    def pair(self, then: Protocol) -> tuple[Study, Study] | None:
        """Two studies that differ in the switch between the page's study and `then` alone; None where none do."""
        names = switches.pair(self.protocols, self.study.protocol, then)
        return None if names is None else (self.shelf[names[0]], self.shelf[names[1]])


def folders() -> dict[str, Path]:
    """Name → folder of the workspace's studies, then of the shipped ones; of two with the same name, the first."""
    by_name: dict[str, Path] = {}
    for folder in (*studies_in(home().studies), *studies_in(SHIPPED)):
        by_name.setdefault(folder.name, folder)
    return by_name


def stamp(folder: Path) -> tuple[int, ...]:
    """The times of a study's files: they change with each training of a running study."""
    times = []
    for file in sorted(folder.glob("*.json")):
        with contextlib.suppress(FileNotFoundError):  # it is being replaced
            times.append(file.stat().st_mtime_ns)
    return tuple(times)


@lru_cache(maxsize=64)
def loaded(folder: Path, stamp: tuple[int, ...]) -> Study | InputError:
    """The study, or its error, so that it does not hide the other studies. Only the server's log names the folder."""
    try:
        return load_study(folder)
    except InputError as error:
        LOG.warning("%s", error)
        return error.seen_from(folder)


def chosen(found: Mapping[str, Path], begun: Collection[str], lead: Block, picture: Block) -> ShownStudy | None:
    """The study to show, and how; None, with a message, where there is no study or the chosen one is damaged. begun:
    names of the studies that run or wait, which may have no folder yet. lead: the line with the menu of studies;
    picture: the container above the figure."""
    requested = address.current().study
    if not found:
        picture.markdown(words.EMPTY)
        return None
    if requested not in (None, *found):
        later = f"its results appear here after its first training; until then {next(iter(found))} is shown."
        text = (
            f"{requested}: {later}"
            if requested in begun
            else f"There is no study {shown(requested)} here; another one is shown."
        )
        (picture.info if requested in begun else picture.warning)(widgets.plain(text))
    with lead:
        studies = {name: loaded(folder, stamp(folder)) for name, folder in found.items()}
        name = picker({name: label_of(folder, studies[name]) for name, folder in found.items()})
        metric = controls.address_choice(
            "Metric", "metric", list(tables.NAMES), "mrr", tables.NAMES.__getitem__, "collapsed", menu=112
        )
    base = studies[name]
    if isinstance(base, InputError):
        picture.error(widgets.plain(words.damaged_study_text(name, base.sentence(name_of))))
        return None
    shelf = {name: study for name, study in studies.items() if isinstance(study, Study)}
    seen, beyond, protocol = switched(base.protocol)
    start = ShownStudy(base, metric, seen, beyond, shelf, len(tables.rows_of(base)))
    return start if protocol == base.protocol else other_way(start, protocol)


def label_of(folder: Path, study: Study | InputError) -> str:
    """What the menu calls a study: what a shipped study compares; the name that a person gave to another one."""
    if folder.parent != SHIPPED or isinstance(study, InputError):
        return folder.name
    return words.full_title(study.protocol)


def picker(labels: Mapping[str, str]) -> str:
    """The study in the address, else the first. labels: name → its text in the menu."""
    requested = address.current().study
    name = requested if requested in labels else next(iter(labels))
    st.session_state[STUDY] = name
    pick = partial(st.selectbox, "Study", label_visibility="collapsed", width=440, format_func=labels.__getitem__)
    pick(list(labels), key=STUDY, on_change=lambda: choose(st.session_state[STUDY]))
    return name


def choose(name: str) -> None:
    address.change(**dict.fromkeys(_study_form.NEW_STUDY) | {"study": name})


def switched(protocol: Protocol) -> tuple[str, str | None, Protocol]:
    """Draws the switches. Returns the choice for seen items, the measure beside accuracy, and the chosen protocol."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="study_switches"):
        offered_seen, usual = list(switches.SEEN), protocol.usual_seen
        seen = switch("Seen items", "seen", offered_seen, usual, switches.SEEN.__getitem__)
        values = {
            name: switch(label, name, list(texts), getattr(protocol, field), texts.__getitem__)
            for name, (field, label, texts) in switches.SWITCHES.items()
            if field != "tie_rule" or protocol.may_tie
        }
        offered = [ACCURACY, *figures.BEYOND]
        beyond = switch("Beside accuracy", "beyond", offered, ACCURACY, words.BESIDE.__getitem__)
    return seen, None if beyond == ACCURACY else beyond, switches.changed(protocol, values)


def switch(label: str, name: str, offered: list[str], default: str, texts: Callable[[str], str]) -> str:
    """A segmented control with its help; its choice is the field `name` of the view."""
    value: str = controls.address_choice(label, name, offered, default, texts, about=switches.ABOUT[name])
    return value


def other_way(start: ShownStudy, wanted: Protocol) -> ShownStudy:
    """The study that the switches ask for. Where it has not been run, says so and offers to set it up."""
    study = start.like(wanted)
    if study is not None:
        return replace(start, study=study)
    is_here = _study_form.data_of(wanted) is not None
    st.info(widgets.plain(words.not_run(start.study.protocol, wanted, is_here=is_here)))
    offers({"Set up this study": wanted}, "switches")
    return start


def offers(wanted: Mapping[str, Protocol], place: str) -> None:
    if wanted and not read_only():
        _study_form.offers(wanted, place)


def lead(page: ShownStudy) -> None:
    """The answer in one sentence."""
    if note := page.study.protocol.note(page.seen):
        st.warning(widgets.plain(note))
    st.header(widgets.plain(words.lead(page.study, page.metric, page.seen)), anchor=False)


def answer(page: ShownStudy) -> None:
    """The answer in figures: a dot and an interval for each line, and the sentences with the figures."""
    study, metric = page.study, page.metric
    sentence = words.in_figures(study, metric, page.seen, page.beyond)
    described = study.protocol.described(page.seen, intervals=tables.has_intervals(study, page.seen))
    count = sum(bool(entry.seeds) for entry in study.entries)
    if not count:
        return
    chart.twin(
        figures.dots(study, metric, page.seen, page.beyond, page.room),
        partial(tables.frame, study, page.seen),
        f"{sentence} {words.beside_paper(study, metric, page.seen)}".strip(),
        key="study_dots",
        height=figures.height_of(max(count, page.room)),
        label=f"{tables.NAMES[metric]} of each line of the study",
        heading=words.full_title(study.protocol),
        guide=words.guide(study, page.seen),
        note=described,
    )


def what_changes(page: ShownStudy) -> None:
    """How the answer changes with the other value of each switch."""
    protocol, metric = page.study.protocol, page.metric
    variants = {
        name: switches.changed(protocol, {name: switches.other_value(protocol, name)}) for name in switches.SWITCHES
    }
    pairs = {name: found for name, variant in variants.items() if (found := page.pair(variant)) is not None}
    changes = switches.changes(page.study, pairs, metric, page.seen)
    if not changes:
        return
    missing = [switches.SWITCHES[name][1].lower() for name in variants if name not in pairs]
    note = "Each row changes one choice, and compares the lines that both studies have. AttRec is compared by the line "
    note += "that is its best here. “Settings tried: 1” means the settings that a system starts with."
    if missing:
        note += f" Not yet run with the other choice: {', '.join(missing)}. A switch above offers to set it up."
    table, sentence = partial(switches.table, changes, metric), switches.sentence(changes, metric)
    widgets.twin(None, table, sentence, "study_changes", heading="What would change the answer?", note=note)
    widgets.lines(switches.table(changes, metric))
