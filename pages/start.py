"""What is this? The model as one editable picture, and links to three pages to continue with."""

import streamlit as st

from attrec_core.views.start import words
from attrec_core.views.start.panels import STORY
from pages.frame import address, page_list, session
from pages.frame.plain_text import plain
from pages.learn import lesson_panel
from pages.widgets import panels
from pages.widgets.header import header

scene = header()
with st.container(key="start_words", gap=None):
    st.title(words.HEADLINE, anchor=False)
    st.markdown(words.lead(scene))
shown = STORY.of(scene)
panels.show(shown, on_change=session.take_edit, revision=session.revision(scene))
with st.container(key="start_ways", horizontal=True, vertical_alignment="center", gap="large"):
    lesson_panel.start(scene.run)
    page_list.link("attention", words.EXPLORE, address.query())
    page_list.link("data", words.OWN_DATA)
    with st.container(key="start_why"):  # hidden links: a click in the picture follows one
        for row in shown.record.recommended:
            page_list.link("why", f"Why “{plain(row.title)}”?", address.query(item=row.id))
