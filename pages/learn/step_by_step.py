"""How does a number come out? Every stage as a small matrix, with its formula and this window's numbers in it."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.step_by_step import stages
from pages.frame.header import header
from pages.learn import _stages
from pages.widgets import widgets

scene = header()
_stages.switches(scene)
found = stages.stages(scene)
st.markdown(_stages.way(found))
_stages.cell_line(scene)
_stages.stages(scene, found)
widgets.twin(None, stages.table(found), stages.summary(scene), key="stages_twin", title="All stages")
