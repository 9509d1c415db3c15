"""Which runs are there, how good is each, and what was set otherwise?"""

from __future__ import annotations

import streamlit as st

from pages.frame import header
from pages.lab import _run_details, _runs_list

header.line()
everything = _runs_list.entries()
left, right = st.columns([1.75, 1], gap="large")
with left:
    _runs_list.run_list(everything)
with right:
    _run_details.panel(everything)
_runs_list.upload()
_runs_list.trash()
