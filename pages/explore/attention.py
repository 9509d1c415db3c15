"""What does the model attend to? The window, the L × L attention, and what it leads to; an edit changes all of it."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.attention import words
from pages.explore import _attention
from pages.frame.header import header
from pages.widgets import controls, widgets
from pages.widgets.editor import EDITING, editor

scene = header(by_hand=True)
left, middle, right = st.columns([1.05, 1.35, 1.2], gap="medium")

with left:
    widgets.title_line("Recent items", "editor", guide=EDITING)
    editor(scene)

with middle:
    if scene.run.explains:
        _attention.matrix(scene)
        _attention.by_hand(scene)
    else:
        _attention.other_system(scene)

with right:
    controls.recommendations(scene, words.ranking_rows(scene, 10), 10)

if scene.run.explains:
    with widgets.below("changes"):
        _attention.what_changes(scene)
