"""Import your own file, and see the contents of a data set. While a file is open or imported, only it is shown."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.errors import InputError, all_of
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.library.words import what_sample_is
from attrec_core.storage.workspace import SAMPLE_DATA, read_only
from attrec_core.views.data import panels as of_data
from attrec_core.views.data import tables, words
from attrec_core.views.texts import text
from pages.frame import address, page_list, page_parts
from pages.frame.plain_text import fault, plain
from pages.lab import data_sets, importing, reading_options
from pages.widgets import background, form, header, panels, widgets


def details(one: LibraryEntry) -> None:
    try:
        if one.fault is not None:
            raise one.fault
        with st.spinner("Reading the data set…"):
            known = replace(words.facts_of(one.path), name=one.name)
    except InputError as error:
        st.error(fault(error))
        return
    if one.path == SAMPLE_DATA:
        st.caption(what_sample_is())
    page_parts.about(("data set", one.name), moment=False, run=False)
    with st.container(horizontal=True, gap="medium"):
        for label, number in tables.counted(known.report.counts).items():
            st.metric(label, number, width="content")
    left, right = st.columns(2, gap="large")
    with left:
        panels.show(of_data.LENGTHS.of(known))
    with right:
        panels.show(of_data.POPULARITY.of(known))
    left, right = st.columns(2, gap="large")
    with left:
        st.header(of_data.REPORT.name, anchor=False)
        panels.table(of_data.REPORT.of(known))
        for sentence in known.report.recognised:
            st.caption(plain(sentence))
        for sentence in known.report.remarks:
            st.warning(plain(sentence))
        for panel in (of_data.FIRST_ROWS, of_data.FIRST_ITEMS):
            if not panel.lacks(known):
                st.markdown(f"**{panel.name}**")
                panels.table(panel.of(known))
    with right:
        st.header("Compared with the paper's data sets", anchor=False)
        shown = of_data.PAPER.of(known)
        panels.table(shown)
        st.markdown(plain(shown.sentence))


header.line()
form.show_said()
source = None if read_only() else reading_options.source()
if source is not None and background.is_running(importing.IMPORT):
    background.show(importing.IMPORT)
elif source is not None:
    importing.preview_and_filter(source)
else:
    entries = data_sets.entries()
    is_new = form.show_said(importing.IMPORTED)
    if is_new:  # the next steps; one looks like a button
        with st.container(key="train_on_it_link_primary"):
            page_list.link("train", "Train on it", address.query())
        page_list.link("does-it-hold", data_sets.COMPARE, address.query())
    elif read_only():
        st.info(text("data", "read only"))
    else:
        st.header("Import your own data", anchor=False)
        reading_options.choose_file()
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
    for one in entries:
        if one.fault is not None:
            st.warning(plain(f"The data set {one.name} cannot be opened. {one.fault}"))
    if len(entries) > 1:
        with st.expander(all_of(len(entries), "data set"), key="all_data_sets"):
            table = tables.data_sets([replace(one, name=data_sets.display_name(one)) for one in entries])
            narrow = table.drop(columns=["density", tables.PER_USER], errors="ignore")  # as wide as a phone
            widgets.wrapped(table, key="data_sets", title="Data sets", shown=narrow)
    details(entry)
    if is_new:
        with st.expander("Import another file"):
            reading_options.choose_file()
