"""Short or long term? The contribution of each part to a distance, and how ω weighs the parts."""

from __future__ import annotations

import math

import streamlit as st

from attrec_core.views.score_split.panels import DISTANCES, RANK_CURVES, SCORE_SPLIT
from pages.frame import address, session
from pages.widgets import controls, panels, widgets
from pages.widgets.header import header


def move_omega(omega: object) -> None:
    """Moves ω just past a change of the first place. A browser can be made to send anything."""
    if isinstance(omega, int | float) and 0 <= omega <= 1:
        address.change(omega=min(1.0, math.floor(omega * 100 + 1) / 100))  # the slider goes by hundredths


scene = header(by_hand=True)
left, right = st.columns([1.2, 1], gap="large")

with left:
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", key="parts_line")
    with line:
        st.header(SCORE_SPLIT.name, anchor=False, width="content")
        k = controls.list_length()
    panels.show(SCORE_SPLIT.of(scene, k=k), line=line, on_select=session.select)
    controls.item_field(scene, "Add another item", "item", scene.selected, lambda item: address.change(selected=item))

with right:
    with st.container(key="omega_area"):  # on a phone it is above the bars
        controls.omega_slider(scene)
    if not DISTANCES.lacks(scene):
        panels.show(DISTANCES.of(scene, k=k), on_click=controls.select_clicked(scene))

with widgets.offscreen_part("curves"):
    # The rank of each item for every ω. Without a long-term taste ω has no effect, and no curve is drawn.
    if not panels.lacks(RANK_CURVES, scene, st.info):
        panels.show(RANK_CURVES.of(scene, k=k), on_select=session.select, on_omega=move_omega)
