"""Which runs are there, how good is each, and what was set otherwise?"""

from __future__ import annotations

import streamlit as st

from pages import _header as header
from pages import _shelf as shelf
from pages import _shelf_run as one_run

header.line()
everything = shelf.entries()
left, right = st.columns([1.75, 1], gap="large")
with left:
    shelf.run_list(everything)
with right:
    one_run.panel(everything)
shelf.upload()
shelf.trash()
