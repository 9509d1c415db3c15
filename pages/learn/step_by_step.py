"""How does a number come out? Every stage as a small matrix, with its formula and this window's numbers in it."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.step_by_step import stages, tables
from pages import _stages as steps
from pages import _widgets as widgets
from pages._header import header

shown = header()
steps.switches(shown)
found = stages.stages(shown)
st.markdown(steps.way(found))
steps.cell_line(shown)
steps.stages(shown, found)
widgets.twin(None, tables.stages(found), stages.summary(shown), key="stages_twin", title="All stages")
