"""Import your own file, and see the contents of a data set. While a file is open or imported, only it is shown."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.errors import InputError
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.library.words import what_sample_is
from attrec_core.storage.workspace import read_only
from attrec_core.views.data import tables, words
from attrec_core.views.data.panels import (
    BESIDE,
    FIRST_ITEMS,
    FIRST_ROWS,
    GAPS,
    LENGTHS,
    PAPER,
    POPULARITY,
    REPORT,
    TIES,
)
from attrec_core.views.data.words import DataFacts
from attrec_core.views.texts import text
from pages.frame import page_parts
from pages.frame.plain_text import fault, plain
from pages.lab import data_sets, data_source, importing
from pages.widgets import background, form, header, panels, widgets


def details(one: LibraryEntry) -> None:
    """All details of a data set; only the error of a damaged one."""
    try:
        if one.fault is not None:
            raise one.fault
        with st.spinner("Reading the data set…"):
            known = replace(words.facts_of(one.path), name=one.name)
    except InputError as error:
        st.error(fault(error))
        return
    if data_sets.is_sample(one):
        st.caption(what_sample_is())
    page_parts.about(("data set", one.name), moment=False, run=False)
    with st.container(horizontal=True, gap="medium"):
        for label, number in tables.counted(known.report.counts).items():
            st.metric(label, number, width="content")
    distributions(known)
    left, right = st.columns(2, gap="large")
    with left:
        report(known)
    with right:
        st.header("Compared with the paper's data sets", anchor=False)
        if not BESIDE.lacks(known):
            panels.table(BESIDE.of(known))
        shown = PAPER.of(known)
        panels.table(shown)
        widgets.markdown(shown.sentence)


def distributions(known: DataFacts) -> None:
    """Four figures: history length, popularity, gaps, ties."""
    first, second = st.columns(2, gap="large"), st.columns(2, gap="large")
    for column, panel in zip((*first, *second), (LENGTHS, POPULARITY, GAPS, TIES), strict=True):
        with column:
            if not (reason := panel.lacks(known)):
                panels.show(panel.of(known))
            elif panel is GAPS:  # of both, whose reason is the same
                st.header(panel.name, anchor=False)
                st.info(reason)


def report(known: DataFacts) -> None:
    st.header(REPORT.name, anchor=False)
    panels.table(REPORT.of(known))
    for sentence in known.report.recognised:
        st.caption(plain(sentence))
    for sentence in known.report.remarks:
        st.warning(plain(sentence))
    for panel in (FIRST_ROWS, FIRST_ITEMS):
        if not panel.lacks(known):
            st.markdown(f"**{panel.name}**")
            panels.table(panel.of(known))


header.line()
form.show_said()
source = None if read_only() else data_source.source()
if source is not None and background.is_running(importing.IMPORT):
    background.show(importing.IMPORT)
elif source is not None:
    importing.preview_and_filter(source)
else:
    entries = data_sets.entries()
    is_new = form.show_said(importing.IMPORTED)
    if is_new:
        data_sets.next_step()
    elif read_only():
        st.info(text("data", "read only"))
    else:
        st.header("Import your own data", anchor=False)
        data_source.choose_file()
        importing.choose_of_paper()
    st.header("Data sets", anchor=False, divider="gray")
    form.show_said(data_sets.PLACE)
    data_sets.show_missing(entries)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        entry = data_sets.picker(entries, empty=data_sets.EMPTY)
        data_sets.actions(entry, trainable=not is_new)
    gone = data_sets.TRASH.listed()
    data_sets.TRASH.undo_line(gone)
    data_sets.TRASH.box(gone)
    data_sets.all_of_them(entries)
    details(entry)
    if is_new:
        with st.expander("Import another file"):
            data_source.choose_file()
