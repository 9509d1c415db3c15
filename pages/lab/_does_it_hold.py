"""The chosen study, and its answer: a sentence, a picture, a table, the protocol; and what would change it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import streamlit as st

from attrec_core.errors import InputError, shown
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import Study, load_study, studies_in
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.does_it_hold import attention, claims, figures, switches, tables, words
from pages.frame import address
from pages.frame.streamlit_internals import Block
from pages.lab import _study_form
from pages.widgets import chart, controls, widgets
from pages.widgets.control_names import name_of

SHIPPED = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
LOG = logging.getLogger(__name__)
STUDY, ACCURACY = "study", "accuracy"


@dataclass(frozen=True)
class Shown:
    """The study on the page, how it is shown, and all others that there are."""

    study: Study
    metric: str
    seen: str
    beyond: str | None
    shelf: Mapping[str, Study]

    @property
    def protocols(self) -> dict[str, Protocol]:
        return {name: study.protocol for name, study in self.shelf.items()}

    def like(self, wanted: Protocol) -> Study | None:
        """One that has been run like this."""
        name = switches.counterpart(self.protocols, wanted)
        return None if name is None else self.shelf[name]


def folders() -> dict[str, Path]:
    """Name → folder of the studies of the workspace, then of the shipped ones; of two of one name the first."""
    found: dict[str, Path] = {}
    for one in (*studies_in(home().studies), *studies_in(SHIPPED)):
        found.setdefault(one.name, one)
    return found


def stamp(folder: Path) -> tuple[int, ...]:
    """Changes with each training of a study that runs."""
    return tuple(file.stat().st_mtime_ns for file in sorted(folder.glob("*.json")))


@lru_cache(maxsize=64)
def loaded(folder: Path, stamp: tuple[int, ...]) -> Study | InputError:
    """The study, or what is wrong with it, which hides no other; where it lies, only the server's log says."""
    try:
        return load_study(folder)
    except InputError as error:
        LOG.warning("%s", error)
        return error.seen_from(folder)


def chosen(found: Mapping[str, Path], begun: Collection[str], lead: Block, picture: Block) -> Shown | None:
    """Which study is shown, and how; None, with a sentence, where there is none, or it is damaged. begun: names of
    those that run or wait, which may have no folder yet. lead: the line in which a study is chosen; picture: the place
    above the switches."""
    asked = address.current().study
    if not found:
        st.markdown(words.EMPTY)
        return None
    if asked not in (None, *found):
        here = f"its results appear here after its first training; until then {next(iter(found))} is shown."
        text = f"{asked}: {here}" if asked in begun else f"There is no study {shown(asked)} here; another one is shown."
        (picture.info if asked in begun else picture.warning)(widgets.plain(text))
    with lead:
        name = picker(list(found))
        metric = controls.address_choice(
            "Metric", "metric", list(tables.NAMES), "mrr", tables.NAMES.__getitem__, "collapsed", menu=112
        )
    every = {name: loaded(folder, stamp(folder)) for name, folder in found.items()}
    base = every[name]
    if isinstance(base, InputError):
        st.error(widgets.plain(words.damaged(name, base.sentence(name_of))))
        return None
    shelf = {name: study for name, study in every.items() if isinstance(study, Study)}
    seen, beyond, wanted = switched(base.protocol)
    start = Shown(base, metric, seen, beyond, shelf)
    return start if wanted == base.protocol else other_way(start, wanted)


def picker(names: list[str]) -> str:
    """The study in the address, else the first."""
    asked = address.current().study
    name = asked if asked in names else names[0]
    st.session_state[STUDY] = name
    pick = partial(st.selectbox, "Study", label_visibility="collapsed", width=230)
    pick(names, key=STUDY, on_change=lambda: choose(st.session_state[STUDY]))
    return name


def choose(name: str) -> None:
    address.change(**dict.fromkeys(_study_form.NEW_STUDY) | {"study": name})


def switched(protocol: Protocol) -> tuple[str, str | None, Protocol]:
    """The switches: seen items, what stands beside accuracy, and the protocol that they ask for."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="study_switches"):
        seen = controls.address_choice("Seen items", "seen", list(switches.SEEN), "out", switches.SEEN.__getitem__)
        values = {
            name: controls.address_choice(label, name, list(said), getattr(protocol, field), said.__getitem__)
            for name, (field, label, said) in switches.SWITCHES.items()
        }
        offered = [ACCURACY, *figures.BEYOND]
        beyond = controls.address_choice("Beside accuracy", "beyond", offered, ACCURACY, words.BESIDE.__getitem__)
    return seen, None if beyond == ACCURACY else beyond, switches.changed(protocol, values)


def other_way(start: Shown, wanted: Protocol) -> Shown:
    """The study that the switches ask for; where it has not been run, that, and the way to it."""
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


def answer(page: Shown) -> None:
    study, metric = page.study, page.metric
    sentence = words.verdict(study, metric, page.seen, page.beyond)
    st.container(key="verdict").markdown(f"**{widgets.plain(sentence)}**")
    count = sum(bool(entry.seeds) for entry in study.entries)
    if not count:
        return
    kind = words.KIND_NAMES[study.protocol.kind]
    chart.twin(
        figures.dots(study, metric, page.seen, page.beyond),
        partial(tables.frame, study, page.seen),
        study.protocol.described(page.seen),
        key="study_dots",
        height=figures.height_of(count),
        label=f"{tables.NAMES[metric]} of each line of the study",
        heading=f"{study.protocol.title}: {kind}",
        guide=words.guide(study.protocol),
    )


def what_changes(page: Shown) -> None:
    """The same question, asked in other ways."""
    protocol, metric = page.study.protocol, page.metric
    asked = {
        name: switches.changed(protocol, {name: switches.other_value(protocol, name)}) for name in switches.SWITCHES
    }
    others = {name: study for name, wanted in asked.items() if (study := page.like(wanted)) is not None}
    found = switches.changes(page.study, others, metric, page.seen)
    if not found:
        return
    missing = [switches.SWITCHES[name][1].lower() for name in asked if name not in others]
    note = "Each row compares the lines that both studies have."
    if missing:
        note += f" Not yet run with the other choice: {', '.join(missing)}. A switch above offers to set it up."
    table, sentence = partial(switches.table, found, metric), switches.sentence(found, metric)
    widgets.twin(None, table, sentence, "study_changes", heading="What would change the answer?", note=note)
    widgets.lines(switches.table(found, metric))


def parts(page: Shown) -> None:
    """The parts and settings of AttRec as small multiples, and what of the paper reproduces."""
    protocol = page.study.protocol
    asked = {kind: replace(protocol, kind=kind, loss="hinge", budget=1) for kind in claims.PARTS}
    found = {kind: study for kind, wanted in asked.items() if (study := page.like(wanted)) is not None}
    found = {kind: study for kind, study in found.items() if tables.rows_of(study)}
    heading = "Which part of AttRec does the work?"
    if found:
        table, said = partial(claims.table, list(found.values())), claims.summary(list(found.values()))
        draw, about = partial(multiples, found), {"heading": heading, "guide": words.PARTS_GUIDE}
        widgets.twin(draw, table, said.sentence, "study_parts", note=said.reference, **about)
        st.markdown(said.listed(widgets.plain))
    else:
        st.header(heading, anchor=False)
        st.markdown(f"No study of its parts has been run on {widgets.plain(protocol.title)}.")
    offers({f"Set up: {words.KIND_NAMES[kind]}": asked[kind] for kind in asked if kind not in found}, "parts")


def multiples(found: Mapping[str, Study]) -> None:
    kinds = list(found)
    for first in range(0, len(kinds), 2):
        for column, kind in zip(st.columns(2, gap="medium"), kinds[first : first + 2], strict=False):
            with column:
                draw = partial(chart.plot, figures.panel(found[kind], claims.METRIC), key=f"study_{kind}")
                draw(height=figures.panel_height(found[kind]), label=f"HR@50 by {words.KIND_NAMES[kind]}")


def beyond_recency(page: Shown) -> None:
    """Attention beside weights by place and uniform ones, for every data set that has the three."""
    protocol = page.study.protocol
    ways = [study for study in page.shelf.values() if study.protocol.order == protocol.order]
    ways = [study for study in attention.with_three(ways) if study.protocol.split == protocol.split]
    ways.sort(key=lambda study: not switches.same_data(study.protocol, protocol))
    heading = "Is attention doing more than recency?"
    if ways:
        about = {"heading": heading, "guide": attention.GUIDE, "height": attention.height_of(len(ways))}
        figure, table = attention.side_by_side(ways, page.metric), partial(attention.table, ways, page.metric)
        label = f"{tables.NAMES[page.metric]} of three ways to weigh the recent items"
        sentence = attention.sentence(ways, page.metric)
        chart.twin(figure, table, sentence, key="study_attention", label=label, **about)
        st.markdown(attention.listed(ways, page.metric, widgets.plain))
    else:
        st.header(heading, anchor=False)
        st.markdown("A study of the parts of AttRec answers this; none has been run.")
    asked = {label: replace(protocol, kind="ablation", loss=loss, budget=1) for loss, label in words.LOSSES.items()}
    offers({label: wanted for label, wanted in asked.items() if page.like(wanted) is None}, "attention")
