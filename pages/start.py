"""What this is, which model and data are loaded with their figures, and the ways in."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.attention import tables
from attrec_core.views.start import figure
from attrec_core.views.start import words as start_words
from attrec_core.views.start.words import run_metrics
from pages.frame import address, page_list, session
from pages.frame.header import header
from pages.widgets import chart, widgets

shown = header()
words, picture = st.columns([1, 1.5], gap="large", vertical_alignment="top")
with words:
    st.markdown(start_words.INTRODUCTION)
with picture:
    record = start_words.story_record(shown)
    widgets.twin(
        lambda: chart.drawing(figure.picture(record, figure.WIDE), figure.picture(record, figure.NARROW), key="story"),
        tables.story(record),
        record.sentence,
        key="story_twin",
        title="The model in one picture",
    )

st.header("Three questions, and three ways in", anchor=False)
for row in (start_words.DOORS, start_words.WAYS_IN):
    for column, (page, title, text) in zip(st.columns(3, gap="medium"), row, strict=True):
        with column.container(border=True, height="stretch"):
            page_list.link(page, f"**{title}** →", address.query(), "stretch")
            st.markdown(text)

st.header("The model and its data", anchor=False)
if about := shown.run.interactions.about:
    st.info(widgets.plain(about))
st.markdown(widgets.plain(start_words.run_sentence(shown.run, session.run_name())))
figures = run_metrics(shown.run)
for column, (name, value, help_text) in zip(st.columns(len(figures)), figures, strict=True):
    column.metric(name, value, help=help_text)
