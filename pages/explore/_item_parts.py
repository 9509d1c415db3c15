"""The page “Why this item?” for EASE and item kNN, whose score is a sum over the items that they read."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.explain.item_parts import item_parts
from attrec_core.views.attention.panels import RANKING
from attrec_core.views.page_context import Scene
from attrec_core.views.why import item_parts as words
from attrec_core.views.why.words import NO_CANDIDATES
from pages.explore import _why
from pages.widgets import chart, controls, panels, widgets
from pages.widgets.editor import editor


def page(scene: Scene) -> None:
    """The parts of the explained item's score, beside the recommendations."""
    item = scene.explained
    if item is None:
        st.info(NO_CANDIDATES)
        return
    parts = item_parts(scene.moment, item)
    with st.container(key="why_lead", horizontal=True, vertical_alignment="center", gap="small"):
        st.header(widgets.plain(words.headline(scene, parts, item)), anchor=False, width="stretch")
        with st.popover("Edit the window", width="content"):
            editor(scene)
    left, right = st.columns(_why.WIDTHS, gap="large")
    with left:
        figure = words.bars(scene, parts)
        chart.twin(
            figure,
            partial(words.table, scene, parts),
            words.sentence(scene, parts, item),
            key="item_parts",
            heading=words.HEADING,
            guide=words.guide(scene),
            height=figure["layout"]["height"],
            on_click=controls.select_clicked(scene),
            label=f"what each item adds to the score of {scene.title(item)}",
        )
    with right:
        name, pick = "Item to explain (type to search)", partial(_why.explain_instead, scene)
        controls.item_field(scene, name, key="why_item", item=item, on_pick=pick)
        st.caption(widgets.plain(words.standing(scene, item)))
        ranking = RANKING.of(scene, k=controls.list_length(), roles={item: "explained"})
        panels.show(ranking, on_select=_why.explain_clicked)
