"""What is in a data set: counts, how it is spread, how it was read, and the paper's data sets beside it."""

from __future__ import annotations

import streamlit as st

from attrec_core.data.report import Distributions, Histogram, ImportReport
from attrec_core.errors import InputError
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.views.data import figures, tables, upload, words
from pages.frame import page_parts
from pages.widgets import chart, widgets


def details(one: LibraryEntry) -> None:
    """All of it; of a damaged data set the fault."""
    try:
        with st.spinner("Reading the data set…"):
            known = words.known(one.path, upload.stamp(one.path)) if one.fault is None else one.fault
    except InputError as error:
        known = error
    if isinstance(known, InputError):
        st.error(widgets.fault(known))
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
        widgets.table(tables.paper(one.name, known.report.counts), key="paper", title="Table 1 of the paper")
        st.markdown(widgets.plain(words.paper_sentence(known.report.counts)))


def spread(distributions: Distributions) -> None:
    """Four figures: history length, popularity, gaps, ties."""
    first, second = st.columns(2, gap="large"), st.columns(2, gap="large")
    with first[0]:
        bars("How long are the histories?", distributions.lengths, "users", "lengths")
    with first[1]:
        st.header("How popular are the items?", anchor=False)
        chart.twin(
            figures.popularity(distributions.popularity),
            lambda: tables.popularity(distributions.popularity),
            distributions.popularity_sentence,
            key="popularity",
            height=figures.HEIGHT,
            label="actions of each item by its rank",
        )
    with second[0]:
        if distributions.gaps is None:
            st.header("How long until the next action?", anchor=False)
            st.info("The data has no dates, only an order, so there are no gaps to measure.")
        else:
            bars("How long until the next action?", distributions.gaps, "actions", "gaps")
    with second[1]:
        bars("How often do times tie?", distributions.ties, "rows", "ties")


def bars(title: str, histogram: Histogram, of: str, key: str) -> None:
    st.header(title, anchor=False)
    figure, table, label = (
        figures.histogram(histogram, of),
        tables.histogram(histogram, of),
        f"{of} by {histogram.name}",
    )
    chart.twin(figure, table, histogram.sentence, key=key, title=title, height=figures.HEIGHT, label=label)


def report(reading: ImportReport) -> None:
    st.header("How it was read", anchor=False)
    widgets.wrapped(tables.report(reading), key="report", title="How the data was read")
    for sentence in reading.recognised:
        st.caption(widgets.plain(sentence))
    for sentence in reading.remarks:
        st.warning(widgets.plain(sentence))
    if reading.first:
        title = "The first rows of the file, as understood"
        st.markdown(f"**{title}**")
        widgets.table(tables.first_rows(reading.first), key="report_first_rows", title=title)
