"""Where is everything? A map of the user space or the item space, the true nearest neighbours, an opened item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from attrec_core.storage.workspace import read_only
from attrec_core.views import caveats
from attrec_core.views.metric_space import words
from attrec_core.views.metric_space.panels import METRIC_SPACE, NEAR, PATHS, item_sentences
from attrec_core.views.metric_space.path import moving_point
from attrec_core.views.panel import Shown
from pages.frame import address, page_list, session
from pages.frame.plain_text import plain
from pages.frame.runs import on_shelf
from pages.widgets import controls, panels
from pages.widgets.header import header

STEPS = {space: replace(panel, figure=None) for space, panel in PATHS.items()}  # the map above them draws the path


def choose(label: str, name: str, words: Callable[[str], str]) -> None:
    """One of the offered spaces, projections or colours; the first is the default."""
    texts = {choice: words(choice) for choice in offered[name]}
    controls.address_choice(label, name, texts, offered[name][0], label_visibility="collapsed")


scene = header(by_hand=True)
run, offered = scene.run, words.choices(scene)
if why := caveats.no_umap(run):
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="no_umap"):
        st.caption(plain(why), width="content")
        if run.maps is None:
            if on_shelf(run.path) and not read_only():
                page_list.link("runs", "Compute maps on Runs →")
            st.caption("or in a terminal: `python -m attrec_core maps RUN`", width="content")
left, right = st.columns([3, 1], gap="medium")
with left:
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="map_line")
    with line:
        if len(offered["space"]) > 1:
            choose("Space", "space", words.SPACES.__getitem__)
        choose("Projection", "projection", str.upper)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
            st.caption("Colour by", width="content")
            choose("Colour by", "colour", str.capitalize)
    shown = METRIC_SPACE.of(scene)
    record = shown.record
    panels.show(
        shown,
        line=line,
        on_click=controls.select_clicked_id,
        revision_key=f"{session.run_name()} {record.space} {record.projection}",
        path=record.path,
        on_step=session.choose_step,
    )
    if moving_point(run, record.space) and not panels.lacks(PATHS[record.space], scene):
        panels.show(Shown(STEPS[record.space], scene, record))

with right:
    item = scene.selected
    controls.item_field(scene, "Find an item", "item", item, lambda item: address.change(selected=item))
    if item is None:
        st.caption("Or click (tap) a point on the map to open it.")
    else:
        st.header(plain(scene.title(item)), anchor=False)
        if about := " · ".join(part for part in (scene.subtitle(item), words.moment(scene).strip()) if part):
            st.caption(plain(about))
        for sentence in item_sentences(scene, item):
            st.markdown(plain(sentence))
        if run.explains:
            page_list.link("why", "Why this item? →", address.query(item=scene.item_id(item), against=None))
    if record.near:
        panels.show(Shown(NEAR, scene, record), on_select=session.select)
    else:
        st.markdown(plain(words.trust_sentence(scene, record)))
