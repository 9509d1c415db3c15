"""Eight steps on the live pages, and the presenter mode for who teaches them."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.lesson.lesson import MINUTES, STEPS
from attrec_core.views.population.extremes import prepared_scenes
from pages.frame import presenter
from pages.frame.header import header
from pages.learn import _lesson

scene = header()
left, right = st.columns([1.25, 1], gap="large")

with left:
    st.header(f"Lesson: {len(STEPS)} steps, about {MINUTES} minutes", anchor=False)
    st.markdown(
        "Each step happens on the real page. First you **predict**, then you **do** something there, then you **see** "
        "what really happened, in numbers from the loaded model. You can leave at any time and go on later: this "
        "browser keeps how far you have come."
    )
    _lesson.contents(scene.run)

with right:
    st.header("For teachers: presenter mode", anchor=False)
    st.markdown(
        "Large type and nothing beside the page. The scenes are chosen by rule from the loaded run. Keys: "
        "**1**, **2**, … go to a scene, **←** and **→** to the one before and after, **Esc** or **0** leaves "
        "(in a text field, Esc first leaves the field). "
        "Each scene is a link that you can copy."
    )
    presenter.links(prepared_scenes(scene.run))
    presenter.enter()
