"""What is this? The model as one editable picture, and links to three pages to continue with."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.views.start import tables, words
from pages.frame import address, page_list, session
from pages.frame.header import header
from pages.learn import _lesson
from pages.widgets import widgets
from pages.widgets.story import story

scene = header()
with st.container(key="start_words", gap=None):
    st.title(words.HEADLINE, anchor=False)
    st.markdown(words.lead(scene))
record = words.story_record(scene)
widgets.twin(
    lambda: story(record, session.revision(scene), key="story", on_change=session.take_edit),
    partial(tables.shown, record),
    record.sentence,
    key="story_twin",
    title="The model in one picture",
    guide=words.guide(scene),
    note=words.note(scene),
    whole=partial(tables.story, record),
)
with st.container(key="start_ways", horizontal=True, vertical_alignment="center", gap="large"):
    _lesson.start(scene.run)
    page_list.link("attention", words.EXPLORE, address.query())
    page_list.link("data", words.OWN_DATA)
    with st.container(key="start_why"):  # hidden links: a click in the picture follows one
        for row in record.recommended:
            page_list.link("why", f"Why “{widgets.plain(row.title)}”?", address.query(item=row.id))
