"""What this is, which model and data are loaded with their figures, and the ways in."""

from __future__ import annotations

import streamlit as st

from attrec_core.figures import story
from attrec_core.questions import story as first
from attrec_core.tables import looking as tables
from attrec_core.tables.run import run_metrics
from pages import _address as address
from pages import _chart as chart
from pages import _session as session
from pages import _widgets as widgets
from pages._header import header

shown = header()
words, picture = st.columns([1, 1.5], gap="large", vertical_alignment="top")
with words:
    st.markdown(first.INTRODUCTION)
with picture:
    record = first.story_record(shown)
    widgets.twin(
        lambda: chart.drawing(story.picture(record, story.WIDE), story.picture(record, story.NARROW), key="story"),
        tables.story(record),
        record.sentence,
        key="story_twin",
        title="The model in one picture",
    )

st.header("Three questions, and three ways in", anchor=False)
for row in (first.DOORS, first.WAYS_IN):
    for column, (page, title, text) in zip(st.columns(3, gap="medium"), row, strict=True):
        with column.container(border=True, height="stretch"):
            st.page_link(page, label=f"**{title}** →", query_params=address.query(), width="stretch")
            st.markdown(text)

st.header("The model and its data", anchor=False)
if about := shown.run.interactions.about:
    st.info(widgets.plain(about))
st.markdown(widgets.plain(first.run_sentence(shown.run, session.run_name())))
figures = run_metrics(shown.run)
for column, (name, value, help_text) in zip(st.columns(len(figures)), figures, strict=True):
    column.metric(name, value, help=help_text)
