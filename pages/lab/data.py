"""Import your own file, and see the contents of a data set. While a file is open or imported, only it is shown."""

from __future__ import annotations

import streamlit as st

from attrec_core.storage.workspace import read_only
from pages.frame import header
from pages.lab import _data, _data_details, _data_sets, _paper_sets, _source
from pages.widgets import background, form

header.line()
form.show_said()
source = None if read_only() else _source.source()
if source is not None and background.is_running(_data.IMPORT):
    background.show(_data.IMPORT)
elif source is not None:
    _data.preview_and_filter(source)
else:
    entries = _data_sets.entries()
    is_new = form.show_said(_data.IMPORTED)
    if is_new:
        _data_sets.next_step()
    elif read_only():
        st.info(_data_sets.READ_ONLY)
    else:
        st.header("Import your own data", anchor=False)
        _source.choose_file()
        _paper_sets.choose()
    st.header("Data sets", anchor=False, divider="gray")
    form.show_said(_data_sets.PLACE)
    _data_sets.show_missing(entries)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        entry = _data_sets.picker(entries, empty=_data_sets.EMPTY)
        _data_sets.actions(entry, trainable=not is_new)
    gone = _data_sets.TRASH.listed()
    _data_sets.TRASH.undo_line(gone)
    _data_sets.TRASH.box(gone)
    _data_sets.all_of_them(entries)
    _data_details.details(entry)
    if is_new:
        with st.expander("Import another file"):
            _source.choose_file()
