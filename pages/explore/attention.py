"""What does the model attend to? The window, the L × L attention, and what it leads to; an edit changes all of it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.views.attention import tables, words
from pages.explore import _attention
from pages.frame import session
from pages.frame.header import header
from pages.learn import _lesson
from pages.widgets import controls, widgets
from pages.widgets.editor import EDITING, editor

scene = header(by_hand=True)
left, middle, right = st.columns([1.05, 1.35, 1.2], gap="medium")

with left:
    widgets.title_line("Recent items", "editor", guide=EDITING)
    editor(scene)

with middle:
    record, rows = words.attention_record(scene), _lesson.open_rows()
    widgets.twin(
        lambda: widgets.attention_map(
            replace(
                words.attention_record(scene), revision=session.revision(scene), cell=scene.view.cell, open_rows=rows
            ),
            selected=session.selected_id(),
            key="attention_map",
            on_select=session.select,
            on_cell=session.follow,
            on_weights=_attention.take_weights,
        ),
        tables.attention(scene) if rows is None else None,
        words.attention_sentence(scene) if rows is None else words.VEILED,
        key="attention_twin",
        heading="Attention matrix",
        guide=words.guide(scene),
    )
    _attention.by_hand(scene)

with right:
    controls.recommendations(scene, words.ranking_rows(scene, 10), 10)

with widgets.below("changes"):
    _attention.what_changes(scene)
