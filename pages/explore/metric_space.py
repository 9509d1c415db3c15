"""Where is everything? A map of the user space or the item space, the true nearest neighbours, an opened item."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.views.drawing.labels import LARGE, WIDE
from attrec_core.views.metric_space import figures, path, tables, words
from pages.explore import _map_panel, _triangle
from pages.frame import session
from pages.frame.header import header
from pages.widgets import chart, controls, widgets

scene = header(by_hand=True)
controls.no_umap(scene.run)
left, right = st.columns([3, 1], gap="medium")
with left:
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="map_line")
    with line:
        space, projection, colour = controls.map_choices(scene)
    record = words.space_record(scene, space, projection, colour, 10)
    title = f"{words.SPACES[space]}: {words.about(scene.run, space)}"
    chart.twin(
        figures.space_map(record, LARGE if session.view().scene else WIDE),
        partial(tables.marked, scene, space),
        words.space_sentence(scene, record),
        key="map",
        title=title,
        guide=words.guide(scene, record),
        line=line,
        note=words.space_caption(scene, record),
        whole=partial(tables.whole_map, scene, record),
        height=figures.HEIGHT,
        on_click=controls.select_clicked_id(),
        revision_key=f"{session.run_name()} {space} {projection}",
        label=f"map of the {title[:1].lower()}{title[1:]}",
        path=record.path,
        on_step=session.choose_step,
    )
    if space == "short" and scene.run.explains:
        steps = partial(tables.path, scene) if record.path is not None else None
        widgets.twin(None, steps, path.path_sentence(scene), key="path_twin", heading="Path of m")

with right:
    _map_panel.panel(scene, record)

if scene.run.explains:
    with widgets.offscreen_part("triangle"):
        _triangle.section(scene)
