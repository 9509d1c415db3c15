"""Presenter mode: large type, no menus, and one key for each prepared scene."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.views.across_users.scenes import PreparedScene, prepared_scenes
from pages.frame import address, page_list, session
from pages.frame.component import SHARED, busy, component, event
from pages.frame.plain_text import plain

# Its style sheet holds the large type; it comes and goes with the component.
_presenter = component(
    "presenter",
    busy("attrec-presenter"),
    isolate=False,
    parts=(*SHARED, "streamlit_names", "scrolling"),
    styles=("presenter", "frame_presenter"),
)
KEY = "presenter"
# The figure of a scene, by page, where the figure is not at the top of the page.
FIGURES = {"step-by-step": "stage_matrix", "why": "influence", "at-large": "taus"}


def show(page: str) -> None:
    """Draws nothing, unless the view is in presenter mode. page: the path of the open page."""
    number, run = address.current().scene, session.open_run()
    if number is None or run is None:
        return
    scenes = prepared_scenes(run)
    if number:
        with st.container(key="presenter_head", horizontal=True, vertical_alignment="bottom", gap="medium"):
            st.header(plain(scenes[number - 1].title), anchor=False, width="content")
            st.markdown(plain(scenes[number - 1].say), width="content")
    for scene in scenes:
        with st.container(key=f"presenter_to_{scene.number}"):
            link(scene, scene.title)
    titles, here = [scene.title for scene in scenes], [scene.number for scene in scenes if scene.page == page]
    figure = FIGURES.get(scenes[number - 1].page) if number else None
    data = {"scene": number, "titles": titles, "page": page, "here": here, "figure": figure}

    def move() -> None:
        """Goes to a scene of the open page by its number; 0 leaves. A browser can be made to send anything."""
        to = event(KEY, "go").get("to")
        if to == 0:
            address.change(scene=None)
        elif isinstance(to, int) and 0 < to <= len(scenes):
            address.replace_view(replace(scenes[to - 1].view, run=session.run_name(), scene=to))

    _presenter(key=KEY, data=data, on_go_change=move)


def link(scene: PreparedScene, label: str) -> None:
    """Draws a link to a scene. A key clicks it, too, so that it makes one entry of the browser's history."""
    query = {"run": session.run_name(), "scene": str(scene.number)}
    page_list.link(scene.page, plain(label), query)
