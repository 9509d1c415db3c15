"""Recommendations for yourself: pick a few items and become a user."""

from __future__ import annotations

import streamlit as st

from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.attention.panels import RANKING
from attrec_core.views.try_it_yourself import panels as trying
from attrec_core.views.try_it_yourself.panels import AROUND, LAST_PICK
from pages.frame import address, page_list, page_parts, session
from pages.learn import picks
from pages.widgets import controls, panels
from pages.widgets.header import header

scene = header(about_you=True)
system = SYSTEMS[scene.run.model_config.model]
if not system.knows_new_people:
    st.info(trying.NO_NEW_USER.format(label=system.label))
    raise page_parts.EndOfPage
left, middle, right = st.columns([1.15, 1.3, 1.15], gap="medium")

with left:
    st.header("What do you like?", anchor=False)
    picks.choose(scene)

if len(picks.picked()) < trying.FEWEST:
    with middle:
        st.header("Where you are" if scene.run.explains else "What a pick changes", anchor=False)
        st.markdown(trying.TO_COME if scene.run.explains else trying.TO_COME_ELSEWHERE)
elif not scene.run.explains:
    with middle:
        panels.show(LAST_PICK.of(scene), on_click=controls.select_clicked(scene))
        st.caption(trying.window_words(scene))
        st.caption(trying.how_estimated(scene.run))
else:
    with middle:
        panels.show(AROUND.of(scene))
        st.caption(trying.window_words(scene))
if len(picks.picked()) >= trying.FEWEST:
    with right:
        panels.show(RANKING.of(scene), on_select=session.select)
    st.header("Continue with your picks", anchor=False)
    with st.container(horizontal=True, gap="medium"):
        for page in ("attention", "why", "score-split", "metric-space", "step-by-step"):
            if page_list.can_show(page_list.BY_KEY[page], scene.run):
                page_list.link(page, f"{page_list.BY_KEY[page].title} →", address.query())
