"""The contents of a data set: counts, distributions, the import report, and a comparison with the paper's data sets."""

from __future__ import annotations

import streamlit as st

from attrec_core.data.paper import row_behind
from attrec_core.data.report import Distributions, Histogram, ImportReport
from attrec_core.errors import InputError
from attrec_core.runs.library.data_words import what_sample_is
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.views.data import figures, tables, upload, words
from pages.frame import page_parts
from pages.lab import _data_sets
from pages.widgets import chart, widgets

POPULARITY = (
    "Items from the most to the least popular, on two logarithmic axes. A straight line means a long tail: a few items "
    "have most of the interactions."
)
GUIDES = {
    "lengths": "Each bar counts the users whose history has this many interactions. Long histories give more windows.",
    "gaps": "Each bar counts pairs of consecutive interactions of a user by the time between them. Bars grow wider to "
    "the right: the axis is logarithmic.",
    "ties": "Each bar counts interactions by how many of the same user share their timestamp. Bar 1 has no duplicate; "
    "with many duplicates the order of a history is partly arbitrary.",
}


def details(one: LibraryEntry) -> None:
    """All details of a data set; only the error of a damaged one."""
    try:
        with st.spinner("Reading the data set…"):
            content = words.facts_or_fault(one.path, upload.stamp(one.path)) if one.fault is None else one.fault
    except InputError as error:
        content = error
    if isinstance(content, InputError):
        st.error(widgets.fault(content))
        return
    if _data_sets.is_sample(one):
        st.caption(what_sample_is())
    page_parts.about(("data set", one.name), moment=False, run=False)
    with st.container(horizontal=True, gap="medium"):
        for label, number in tables.counted(content.report.counts).items():
            st.metric(label, number, width="content")
    spread(content.spread)
    left, right = st.columns(2, gap="large")
    with left:
        report(content.report)
    with right:
        st.header("Compared with the paper's data sets", anchor=False)
        if (row := row_behind(content.report)) is not None:
            comparison = tables.beside_paper(content.report.counts, row)
            widgets.wrapped(comparison, key="beside", title=f"{row.name} in the paper")
        widgets.wrapped(tables.paper(one.name, content.report.counts), key="paper", title="Table 1 of the paper")
        st.markdown(widgets.plain(words.paper_sentence(content.report)))


def spread(distributions: Distributions) -> None:
    """Four figures: history length, popularity, gaps, ties."""
    first, second = st.columns(2, gap="large"), st.columns(2, gap="large")
    with first[0]:
        bars("History length", distributions.lengths, "users", "lengths")
    with first[1]:
        chart.twin(
            figures.popularity(distributions.popularity),
            lambda: tables.popularity(distributions.popularity),
            distributions.popularity_sentence,
            key="popularity",
            heading="Item popularity",
            guide=POPULARITY,
            height=figures.HEIGHT,
            label="interactions of each item by its rank",
        )
    with second[0]:
        if distributions.gaps is None:
            st.header("Time between interactions", anchor=False)
            st.info("The data has an order but no dates, so there are no gaps to measure.")
        else:
            bars("Time between interactions", distributions.gaps, "interactions", "gaps")
    if distributions.ties is not None:
        with second[1]:
            bars("Duplicate timestamps", distributions.ties, "rows", "ties")


def bars(title: str, histogram: Histogram, of: str, key: str) -> None:
    figure, table, label = (
        figures.histogram(histogram, of),
        tables.histogram(histogram, of),
        f"{of} by {histogram.name}",
    )
    guide = GUIDES[key]
    chart.twin(
        figure, table, histogram.sentence, key=key, heading=title, guide=guide, height=figures.HEIGHT, label=label
    )


def report(reading: ImportReport) -> None:
    st.header("Import report", anchor=False)
    widgets.wrapped(tables.report(reading), key="report", title="Import report")
    for sentence in reading.recognised:
        st.caption(widgets.plain(sentence))
    for sentence in reading.remarks:
        st.warning(widgets.plain(sentence))
    if reading.first:
        title = "First rows of the file"
        st.markdown(f"**{title}**")
        widgets.wrapped(tables.first_rows(reading.first), key="report_first_rows", title=title)
    if reading.first_items:
        title = "First items of the file"
        st.markdown(f"**{title}**")
        widgets.wrapped(tables.first_items(reading.first_items), key="report_first_items", title=title)
