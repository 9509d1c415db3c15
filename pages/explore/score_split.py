"""Short or long term? The contribution of each part to a distance, and how ω weighs the parts."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.views.score_split import figures, tables, words
from pages.explore import _score_split
from pages.frame.header import header
from pages.widgets import chart, controls, widgets

PARTS = "Contribution of each part"

scene = header(by_hand=True)
left, right = st.columns([1.2, 1], gap="large")

with left:
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="parts_line")
    with line:
        st.header(PARTS, anchor=False, width="content")
        k = controls.list_length()
    rows = words.split_rows(scene, k)
    chart.twin(
        figures.stacked_parts(rows, scene.ranking.long_weight),
        partial(tables.parts, rows),
        words.split_sentence(rows, k),
        key="stacked",
        title=PARTS,
        guide=words.GUIDE,
        line=line,
        height=figures.height_of(rows),
        on_click=controls.select_clicked(scene),
        label="distance of each item, split into its short-term and its long-term part",
    )
    controls.item_search(scene, "Add another item")

with right:
    with st.container(key="omega_area"):  # on a phone it is above the bars
        controls.omega_slider(scene)
    if scene.ranking.taste is not None:
        chart.twin(
            figures.short_against_long(scene, scene.ranking.top(k)),
            partial(tables.all_distances, scene),
            words.scatter_sentence(scene, k),
            key="scatter",
            heading="Short-term and long-term distance",
            guide=words.scatter_guide(scene, k),
            height=figures.SCATTER_HEIGHT,
            on_click=controls.select_clicked(scene),
            label="short-term and long-term distance of every candidate",
        )

with widgets.offscreen_part("curves"):
    _score_split.curves(scene, k)
with widgets.offscreen_part("ranks"):
    title = "Rank by total distance and by each part alone"
    st.header(title, anchor=False)
    widgets.wrapped(tables.split(rows), key="ranks", title=title, shown=tables.ranks(rows))
