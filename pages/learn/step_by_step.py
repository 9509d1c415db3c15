"""How is a recommendation computed? Every stage as a small matrix, with its formula and the numbers of this window."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.views.step_by_step import stages
from attrec_core.views.step_by_step.grids import followed
from attrec_core.views.step_by_step.veil import NO_DIAGONAL, VEILED, veiled
from pages.frame.header import header
from pages.learn import _lesson, _stages
from pages.widgets import controls, widgets

scene = header()
if not scene.run.explains:
    controls.layer_and_head(scene, with_mean=False)
steps, open_rows = stages.stages(scene), _lesson.open_rows()
if open_rows is None:
    _stages.stages(scene, steps)
    table, sentence, way = partial(stages.table, steps), stages.summary(scene), _stages.stage_names(steps)
    widgets.twin(None, table, sentence, key="stages_twin", heading="All stages", note=way)
else:
    # The step on the mask asks about the diagonal. Its task is to switch the mask off, which shows it.
    diagonal = scene.moment.config.mask == "none" or _lesson.hidden_until("diagonal") is None
    st.markdown(VEILED if diagonal else NO_DIAGONAL)
    _stages.stages(scene, veiled(steps, followed(scene), open_rows, diagonal))
