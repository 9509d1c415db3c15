"""What data is there, what a file of one's own holds, and what a filter would do to it."""

from __future__ import annotations

import streamlit as st

from attrec_core.storage.workspace import read_only
from pages.frame import header
from pages.lab import _data, _data_details, _data_sets, _source
from pages.widgets import background, form

header.line()
form.show_said()
if read_only():
    st.info(_data_sets.READ_ONLY)
else:
    st.header("Bring your own", anchor=False)
    _source.choose_file()
    if (source := _source.source()) is not None:
        _data.preview_and_filter(source)
    background.show(_data.IMPORT)  # whatever has become of the file meanwhile

st.header("Data sets", anchor=False)
form.show_said(_data_sets.PLACE)
entries = _data_sets.entries()
with st.container(horizontal=True, vertical_alignment="bottom"):
    one = _data_sets.picker(entries, empty=_data_sets.EMPTY)
    _data_sets.deeds(one)
gone = _data_sets.TRASH.listed()
_data_sets.TRASH.undo_line(gone)
_data_sets.TRASH.box(gone)
_data_sets.all_of_them(entries)
_data_details.details(one)
