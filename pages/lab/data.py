"""What data is there, what a file of one's own holds, and what a filter would do to it."""

from __future__ import annotations

import streamlit as st

from attrec_core.storage.workspace import read_only
from pages import _bringing as bringing
from pages import _data as data
from pages import _data_details as details
from pages import _data_sets as data_sets
from pages import _errand as errands
from pages import _form as form
from pages import _header as header

header.line()
form.show_said()
if read_only():
    st.info(data_sets.READ_ONLY)
else:
    st.header("Bring your own", anchor=False)
    bringing.bring()
    if (source := bringing.source()) is not None:
        data.preview_and_filter(source)
    errands.show(data.IMPORT)  # whatever has become of the file meanwhile

st.header("Data sets", anchor=False)
form.show_said(data_sets.PLACE)
entries = data_sets.entries()
with st.container(horizontal=True, vertical_alignment="bottom"):
    one = data_sets.picker(entries, empty=data_sets.EMPTY)
    data_sets.deeds(one)
gone = data_sets.trashed()
data_sets.undo_line(gone)
data_sets.trash(gone)
data_sets.all_of_them(entries)
details.details(one)
