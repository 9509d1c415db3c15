"""Eight steps on the live pages, and the presenter mode for teachers."""

import streamlit as st

from attrec_core.views.across_users.scenes import left_out, prepared_scenes
from attrec_core.views.lesson.lesson import MINUTES, STEPS
from pages.frame import address, page_list, presenter
from pages.frame.plain_text import plain
from pages.learn import lesson_panel
from pages.widgets.header import header

scene = header()
left, right = st.columns([1.25, 1], gap="large")

with left:
    st.header(f"Lesson: {len(STEPS)} steps, about {MINUTES} minutes", anchor=False)
    st.markdown(
        "Learn how AttRec works on the real pages, with a real model. In each step you **predict** an answer, **do** "
        "one thing on the page, and **see** what happens. You can leave at any time: your progress is saved in this "
        "browser."
    )
    lesson_panel.contents(scene.run)

with right:
    st.header("For teachers: presenter mode", anchor=False)
    st.markdown(
        "Large type, no menus: scenes from the loaded run, one per screen. Click a scene to begin. Then press **1**, "
        "**2**, … to open a scene, **→** or **←** for the next or the previous one, **Esc** or **0** to exit (in a "
        "text field, Esc leaves the field first). Each scene is a link that you can copy."
    )
    for prepared in prepared_scenes(scene.run):
        with st.container(gap=None):
            presenter.link(prepared, f"{prepared.number} {prepared.title}")
            st.caption(plain(prepared.say))
    for sentence in left_out(scene.run):
        st.caption(plain(sentence))
    page_list.link("attention", "Present the current view of Attention", address.query(scene=0))
