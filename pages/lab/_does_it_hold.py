"""The chosen study, and its answer: a sentence, a picture, a table, the protocol."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import streamlit as st

from attrec_core.errors import InputError
from attrec_core.runs.studies import PROTOCOL, RESULTS, Study, load_study
from attrec_core.storage.workspace import home
from attrec_core.views.does_it_hold import figures, tables, words
from pages.frame import page_parts
from pages.widgets import chart, form, widgets
from pages.widgets.control_names import name_of

SHIPPED = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
STUDY, METRIC = "study", "study_metric"


def chosen() -> tuple[Study, str]:
    """The study and the metric. Ends the page with a sentence where there is none, or it is damaged."""
    own = home().path / "studies"
    found = studies_in(own, SHIPPED)
    if not found:
        st.markdown(words.EMPTY)
        st.code(words.COMMAND.format(folder=own), language=None, wrap_lines=True)
        raise page_parts.EndOfPage
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = form.choice("Study", list(found), key=STUDY, default=next(iter(found)), width=360)
        metric = form.choice("Metric", tables.NAMES, key=METRIC, default="mrr", width=160)
    try:
        return loaded(found[name], stamp(found[name])), metric
    except InputError as error:
        st.error(widgets.plain(error.sentence(name_of)))
        raise page_parts.EndOfPage from None


def studies_in(*folders: Path) -> dict[str, Path]:
    """Name → folder of the studies in these folders, in order of their names; of two of one name the first."""
    found: dict[str, Path] = {}
    for folder in folders:
        for one in sorted(folder.iterdir()) if folder.is_dir() else ():
            if (one / PROTOCOL).is_file() or (one / RESULTS).is_file():
                found.setdefault(one.name, one)
    return found


def stamp(folder: Path) -> tuple[int, ...]:
    """Changes with each training of a study that runs."""
    return tuple(file.stat().st_mtime_ns for file in sorted(folder.glob("*.json")))


@lru_cache(maxsize=8)
def loaded(folder: Path, stamp: tuple[int, ...]) -> Study:
    return load_study(folder)


def answer(study: Study, metric: str) -> None:
    sentence = words.verdict(study, metric)
    st.markdown(f"**{widgets.plain(sentence)}**")
    count = sum(bool(entry.seeds) for entry in study.entries)
    if not count:
        raise page_parts.EndOfPage
    kind = words.KIND_NAMES[study.protocol.kind]
    draw = partial(
        chart.plot,
        figures.dots(study, metric),
        key="study_dots",
        height=figures.height_of(count),
        label=f"{tables.NAMES[metric]} of each line of the study",
    )
    heading = f"{study.protocol.title}: {kind}"
    widgets.twin(
        draw, partial(tables.frame, study), study.protocol.sentence, "study_twin", heading=heading, guide=words.GUIDE
    )
