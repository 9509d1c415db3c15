"""What is in a data set: counts, how it is spread, how it was read, and the paper's data sets beside it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.data.report import Distributions, Histogram, ImportReport
from attrec_core.errors import InputError
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.views.data import figures, tables, upload, words
from pages.frame import page_parts
from pages.widgets import chart, widgets
from pages.widgets.control_names import name_of


def details(one: LibraryEntry) -> None:
    """All of it; of a damaged data set the fault."""
    try:
        with st.spinner("Reading the data set…"):
            known = words.known(one.path, upload.stamp(one.path)) if one.fault is None else one.fault
    except InputError as error:
        known = error
    if isinstance(known, InputError):
        st.error(widgets.plain(known.sentence(name_of)))
        return
    page_parts.about(("data set", one.name), moment=False, run=False)
    # What stands above may be about a file that is no data set yet.
    st.header(widgets.plain(f"Data set: {one.name}"), anchor=False, divider="gray")
    with st.container(horizontal=True, gap="medium"):
        for what, number in tables.counted(known.report.counts).items():
            st.metric(what, number, width="content")
    spread(known.spread)
    left, right = st.columns(2, gap="large")
    with left:
        report(known.report)
    with right:
        st.header("Beside the paper's data sets", anchor=False)
        widgets.table(
            tables.paper(one.name, known.report.counts), key="paper", title="Table 1 of the paper", height="content"
        )
        st.markdown(widgets.plain(words.paper_sentence(known.report.counts)))


def spread(found: Distributions) -> None:
    """Four figures: history length, popularity, gaps, ties."""
    first, second = st.columns(2, gap="large"), st.columns(2, gap="large")
    with first[0]:
        bars("How long are the histories?", found.lengths, "users", "lengths")
    with first[1]:
        st.header("How popular are the items?", anchor=False)
        draw = partial(
            chart.plot,
            figures.popularity(found.popularity),
            key="popularity",
            height=figures.HEIGHT,
            label="actions of each item by its rank",
        )
        widgets.twin(
            draw, lambda: tables.popularity(found.popularity), found.popularity_sentence, key="popularity_twin"
        )
    with second[0]:
        if found.gaps is None:
            st.header("How long until the next action?", anchor=False)
            st.info("The data has no dates, only an order, so there are no gaps to measure.")
        else:
            bars("How long until the next action?", found.gaps, "actions", "gaps")
    with second[1]:
        bars("How often do times tie?", found.ties, "rows", "ties")


def bars(title: str, found: Histogram, of: str, key: str) -> None:
    st.header(title, anchor=False)
    draw = partial(
        chart.plot, figures.histogram(found, of), key=key, height=figures.HEIGHT, label=f"{of} by {found.name}"
    )
    widgets.twin(draw, tables.histogram(found, of), found.sentence, key=f"{key}_twin", title=title)


def report(found: ImportReport) -> None:
    st.header("How it was read", anchor=False)
    widgets.facts(tables.report(found), key="report", title="How the data was read")
    for sentence in found.recognised:
        st.caption(widgets.plain(sentence))
    for sentence in found.remarks:
        st.warning(widgets.plain(sentence))
    if found.first:
        title = "The first rows of the file, as understood"
        st.markdown(f"**{title}**")
        widgets.table(tables.first_rows(found.first), key="report_first_rows", title=title, height="content")
