"""Which runs are there, how good is each, and what was set otherwise?"""

from __future__ import annotations

import streamlit as st

from pages.frame import header
from pages.lab import _shelf, _shelf_run

header.line()
everything = _shelf.entries()
left, right = st.columns([1.75, 1], gap="large")
with left:
    _shelf.run_list(everything)
with right:
    _shelf_run.panel(everything)
_shelf.upload()
_shelf.trash()
