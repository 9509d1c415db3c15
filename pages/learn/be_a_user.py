"""What about me? Pick a few items and become a user."""

from __future__ import annotations

import streamlit as st

from attrec_core.figures import picks as figures
from attrec_core.questions import nearest
from attrec_core.questions import picks as asked
from attrec_core.tables import looking
from attrec_core.tables import picks as tables
from pages import _chart as chart
from pages import _picks as picks
from pages import _session as session
from pages import _widgets as widgets
from pages._header import header

shown = header()
left, middle, right = st.columns([1.15, 1.3, 1.15], gap="medium")

with left:
    st.header("What do you like?", anchor=False)
    picks.choose(shown)

if len(picks.picked()) < asked.FEWEST:
    with middle:
        st.header("Where you lie", anchor=False)
        st.markdown(asked.TO_COME)
else:
    found = asked.landing(shown)
    with middle:
        st.header("Where you lie", anchor=False)
        widgets.twin(
            lambda: chart.plot(
                figures.around(shown, found),
                key="around",
                height=figures.HEIGHT,
                label="distances from your point to items and users",
            ),
            tables.around(shown, found),
            asked.landing_sentence(shown, found),
            key="around_twin",
            title="Around you",
        )
        st.caption(f"{asked.length_sentence(found)} {asked.window_words(shown)}")
    with right:
        st.header("What comes next for you", anchor=False)
        rows = nearest.ranking_rows(shown, 10)
        widgets.twin(
            lambda: widgets.ranking(rows, selected=session.selected_id(), key="ranking", on_select=session.select),
            looking.ranking(shown, 10),
            nearest.ranking_sentence(shown),
            key="ranking_twin",
        )
    st.header("Go on as this person", anchor=False)
    picks.onward()
