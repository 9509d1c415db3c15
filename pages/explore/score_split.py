"""Short or long term? What each part adds to a distance, and how ω weighs them."""

from __future__ import annotations

import streamlit as st

from attrec_core import questions
from attrec_core.figures import scores
from pages import _controls as controls
from pages import _tables as tables
from pages import _widgets as widgets
from pages._header import header

shown = header()
controls.omega_slider(shown)
left, right = st.columns([1.25, 1], gap="large")

with left:
    st.subheader("What each part adds", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        k = controls.list_length()
        controls.item_search(shown, "Any other item")
    rows = questions.split_rows(shown, k)
    widgets.twin(
        lambda: widgets.plot(
            scores.stacked_parts(rows, shown.ranking.long_weight),
            key="stacked",
            height=scores.height_of(rows),
            on_click=controls.select_clicked(shown),
            label="distance of each item, split into its short-term and its long-term part",
        ),
        tables.split(rows),
        questions.split_sentence(rows, k),
        key="split_twin",
    )

with right:
    st.subheader("Ranks under each part alone", anchor=False)
    controls.rank_table(rows)
    st.subheader("Short against long", anchor=False)
    if shown.ranking.long is None:
        st.info("Nobody in particular has no long-term taste, so there is only the short-term distance.")
    else:
        widgets.plot(
            scores.short_against_long(
                shown.ranking, shown.run.interactions.titles, shown.ranking.top(k), shown.target, shown.selected
            ),
            key="scatter",
            height=460,
            on_click=controls.select_clicked(shown),
            label="short-term against long-term distance of every item",
        )
        st.caption(questions.scatter_caption(shown, k))
