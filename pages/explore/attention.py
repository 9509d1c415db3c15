"""What does the model attend to? The window, the L × L attention and the recommendations; an edit changes them all."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.attention.panels import RANKING
from pages.explore import _attention
from pages.frame import session
from pages.frame.header import header
from pages.widgets import controls, panels, widgets
from pages.widgets.editor import EDITING, LONG, editor

scene = header(by_hand=True)
long = len(scene.window) > LONG  # then the matrix gets most of the page's width
left, middle, right = st.columns([0.8, 2, 1] if long else [1.05, 1.35, 1.2], gap="medium")

with left:
    widgets.title_line("Recent items", "editor", guide=EDITING)
    editor(scene)

with middle:
    if scene.run.attends:
        controls.layer_and_head(scene)
        _attention.matrix(scene)
        _attention.by_hand(scene) if scene.run.explains else _attention.not_offered(scene)
    else:
        _attention.other_system(scene)

with right:
    listed = 5 if session.view().scene else 10  # in presenter mode a scene is one screen
    panels.show(RANKING.of(scene, k=listed), on_select=session.select)

with widgets.below("changes"):
    _attention.what_changes(scene) if scene.run.explains else _attention.what_an_edit_changes(scene)
