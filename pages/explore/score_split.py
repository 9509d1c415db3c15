"""Short or long term? What each part adds to a distance, and how ω weighs them."""

from __future__ import annotations

import streamlit as st

from attrec_core.views.score_split import figures, tables, words
from pages.explore import _score_split
from pages.frame.header import header
from pages.widgets import chart, controls, widgets

scene = header()
controls.omega_slider(scene)
left, right = st.columns([1.2, 1], gap="large")

with left:
    st.header("What each part adds", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        k = controls.list_length()
        controls.item_search(scene, "And any other item")
    rows = words.split_rows(scene, k)
    chart.twin(
        figures.stacked_parts(rows, scene.ranking.long_weight),
        tables.parts(rows),
        words.split_sentence(rows, k),
        key="stacked",
        title="What each part adds",
        height=figures.height_of(rows),
        on_click=controls.select_clicked(scene),
        label="distance of each item, split into its short-term and its long-term part",
    )

with right:
    st.header("Short against long", anchor=False)
    if scene.ranking.long is None:
        st.info("Nobody in particular has no long-term taste, so there is only the short-term distance.")
    else:
        chart.twin(
            figures.short_against_long(scene, scene.ranking.top(k)),
            lambda: tables.all_distances(scene),
            words.scatter_sentence(scene, k),
            key="scatter",
            note=words.scatter_caption(scene, k),
            height=figures.SCATTER_HEIGHT,
            on_click=controls.select_clicked(scene),
            label="short-term against long-term distance of every item",
        )

with widgets.far("curves"):
    _score_split.curves(scene, k)
with widgets.far("ranks"):
    title = "Ranks under the blend and under each part alone"
    st.header(title, anchor=False)
    widgets.table(tables.split(rows), key="ranks", title=title)
