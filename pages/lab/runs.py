"""The runs: how good is each, which settings differ, and how does another one get in?"""

from __future__ import annotations

import streamlit as st

from pages.frame import header
from pages.lab import _run_details, _runs_list
from pages.widgets import form

header.line()
_runs_list.import_waiting()
everything, trashed = _runs_list.entries(), _runs_list.TRASH.listed()
left, right = st.columns([1.75, 1], gap="large")
with left:
    _runs_list.run_list(everything)
with right:
    _run_details.panel(everything, trashed)
with st.container():
    form.show_said(_runs_list.TRASH.place)
_runs_list.TRASH.box(trashed)
