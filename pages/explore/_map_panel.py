"""The panel beside the map: the opened item, and the true nearest neighbours of the map's origin."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.errors import number, ordinal
from attrec_core.views.attention.words import why_no_candidate
from attrec_core.views.metric_space import opened_item, tables, words
from attrec_core.views.metric_space.records import SpaceMap
from attrec_core.views.page_context import Scene
from pages.frame import address, page_list, page_parts, session
from pages.widgets import controls, widgets

SHOWN = 5  # neighbours; the others are in the data
TITLE = 60  # characters


def panel(scene: Scene, record: SpaceMap) -> None:
    controls.item_search(scene, "Find an item")
    if scene.selected is None:
        st.caption("Or click (tap) a point on the map to open it.")
    else:
        item(scene, scene.selected)
    if record.origin is not None and record.near:
        table = partial(tables.neighbours, scene, record)
        widgets.title_line(f"Nearest to {record.origin.name}", "near", table=table)
        with page_parts.part("near", "Nearest neighbours", table), st.container(gap=None, key="nearest"):
            for place, (neighbour, distance) in enumerate(record.near[:SHOWN], 1):
                row(scene, place, neighbour, distance)
    st.markdown(widgets.plain(words.trust_sentence(scene, record)))


def row(scene: Scene, place: int, neighbour: int, distance: float) -> None:
    """A neighbour, which opens on a click, its rank or why it has none, and its distance. The order of the list is that
    of the distances, so its places have no ordinals: “1st” is always the rank of a recommendation."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"):
        label = widgets.plain(widgets.bounded(scene.title(neighbour), TITLE))
        selected = (scene.item_id(neighbour),)
        st.button(label, key=f"near_{place}", type="tertiary", on_click=session.select, args=selected)
        rank = why_no_candidate(scene, neighbour) or [f"ranked {ordinal(scene.ranking.rank(neighbour))}"]
        st.caption(" · ".join([*rank, number(distance, 3)]), width="content")


def item(scene: Scene, selected: int) -> None:
    st.header(widgets.plain(scene.title(selected)), anchor=False)
    if about := " · ".join(part for part in (scene.subtitle(selected), words.moment(scene).strip()) if part):
        st.caption(widgets.plain(about))
    for sentence in opened_item.item_sentences(scene, selected):
        st.markdown(widgets.plain(sentence))
    if scene.run.explains:
        page_list.link("why", "Why this item? →", address.query(item=scene.item_id(selected), against=None))
