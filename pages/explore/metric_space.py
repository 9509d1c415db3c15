"""Where is everything? A map of the user space or the item space, the true nearest neighbours, an opened item."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.views.metric_space import words
from attrec_core.views.metric_space.panels import METRIC_SPACE, NEAR, PATH, TWO_ITEMS, item_sentences
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Shown
from pages.frame import address, page_list, session
from pages.frame.plain_text import plain
from pages.widgets import controls, panels, widgets
from pages.widgets.header import header

STEPS = replace(PATH, figure=None)  # the map above them draws the path


def item(scene: Scene, selected: int) -> None:
    st.header(plain(scene.title(selected)), anchor=False)
    if about := " · ".join(part for part in (scene.subtitle(selected), words.moment(scene).strip()) if part):
        st.caption(plain(about))
    for sentence in item_sentences(scene, selected):
        widgets.markdown(sentence)
    if scene.run.explains:
        page_list.link("why", "Why this item? →", address.query(item=scene.item_id(selected), against=None))


scene = header(by_hand=True)
controls.no_umap(scene.run)
left, right = st.columns([3, 1], gap="medium")
with left:
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="map_line")
    with line:
        controls.map_choices(scene)
    shown = METRIC_SPACE.of(scene)
    record = shown.record
    panels.show(
        shown,
        line=line,
        on_click=controls.select_clicked_id(),
        revision_key=f"{session.run_name()} {record.space} {record.projection}",
        path=record.path,
        on_step=session.choose_step,
    )
    if record.space == "short" and scene.run.explains:
        if no_path := PATH.lacks(scene):
            st.header(PATH.name, anchor=False)
            widgets.markdown(no_path)
        else:
            panels.show(Shown(STEPS, scene, record))
    if scene.view.apart is not None and scene.run.explains:  # the lesson's last step, or a link to two items
        with widgets.offscreen_part("two_items"):
            if no_pair := TWO_ITEMS.lacks(scene):
                st.info(no_pair)
            else:
                panels.show(TWO_ITEMS.of(scene), on_click=controls.select_clicked_id())

with right:
    controls.item_search(scene, "Find an item")
    if scene.selected is None:
        st.caption("Or click (tap) a point on the map to open it.")
    else:
        item(scene, scene.selected)
    if record.near:
        panels.show(Shown(NEAR, scene, record), on_select=session.select)
    else:
        widgets.markdown(words.trust_sentence(scene, record))
