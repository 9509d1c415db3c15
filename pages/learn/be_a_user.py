"""Recommendations for yourself: pick a few items and become a user."""

from __future__ import annotations

import streamlit as st

from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.attention.words import ranking_rows
from attrec_core.views.be_a_user import figures, words
from pages.frame import address, page_list, page_parts
from pages.frame.header import header
from pages.learn import _picked_items
from pages.widgets import chart, controls

scene = header(about_you=True)
system = SYSTEMS[scene.run.model_config.model]
if not system.knows_new_people:
    st.info(words.NO_NEW_USER.format(label=system.label))
    raise page_parts.EndOfPage
left, middle, right = st.columns([1.15, 1.3, 1.15], gap="medium")

with left:
    st.header("What do you like?", anchor=False)
    _picked_items.choose(scene)

if len(_picked_items.picked()) < words.FEWEST:
    with middle:
        st.header("Where you are" if scene.run.explains else "What a pick changes", anchor=False)
        st.markdown(words.TO_COME if scene.run.explains else words.TO_COME_ELSEWHERE)
elif not scene.run.explains:
    with middle:
        controls.list_moves(scene, words.last_pick(scene), "What your latest pick changed")
        st.caption(words.window_words(scene))
        st.caption(words.how_estimated(scene.run))
else:
    landing = words.landing(scene)
    with middle:
        chart.twin(
            figures.distance_axis(scene, landing),
            figures.around_table(scene, landing),
            words.landing_sentence(scene, landing),
            key="around",
            heading="Where you are",
            guide=words.GUIDE,
            height=figures.HEIGHT,
            note=words.length_sentence(landing),
            label="distances from your point to items and users",
        )
        st.caption(words.window_words(scene))
if len(_picked_items.picked()) >= words.FEWEST:
    with right:
        controls.recommendations(scene, ranking_rows(scene, 10), 10)
    st.header("Continue with your picks", anchor=False)
    with st.container(horizontal=True, gap="medium"):
        for page in ("attention", "why", "score-split", "metric-space", "step-by-step"):
            if page_list.can_show(page_list.BY_KEY[page], scene.run):
                page_list.link(page, f"{page_list.BY_KEY[page].title} →", address.query())
