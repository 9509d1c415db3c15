"""What this is, which model and data are loaded with their figures, and the ways in."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.attention import tables
from attrec_core.views.start import figures, words
from pages.frame import address, page_list, session
from pages.frame.header import header
from pages.widgets import chart, widgets

scene = header()
introduction, picture = st.columns([1, 1.5], gap="large", vertical_alignment="top")
with introduction:
    st.markdown(words.INTRODUCTION)
with picture:
    record = words.story_record(scene)
    widgets.twin(
        lambda: chart.drawing(
            figures.picture(record, figures.WIDE), figures.picture(record, figures.NARROW), key="story"
        ),
        tables.story(record),
        record.sentence,
        key="story_twin",
        title="The model in one picture",
    )

st.header("Three questions, and three ways in", anchor=False)
for row in (words.DOORS, words.WAYS_IN):
    for column, (page, title, text) in zip(st.columns(3, gap="medium"), row, strict=True):
        with column.container(border=True, height="stretch"):
            page_list.link(page, f"**{title}** →", address.query(), "stretch")
            st.markdown(text)

st.header("The model and its data", anchor=False)
if about := scene.run.interactions.about:
    st.info(widgets.plain(about))
st.markdown(widgets.plain(words.run_sentence(scene.run, session.run_name())))
metrics = words.run_metrics(scene.run)
for column, (name, value, help_text) in zip(st.columns(len(metrics)), metrics, strict=True):
    column.metric(name, value, help=help_text)
