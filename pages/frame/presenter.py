"""Presenter mode: large type, no menus, and one key for each prepared scene."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.views.population.extremes import PreparedScene, prepared_scenes
from pages.frame import address, page_list, session
from pages.widgets.component import SHARED, component, event
from pages.widgets.widgets import plain

# Its style sheet holds the large type; it comes and goes with the component.
_presenter = component(
    "presenter",
    '<div class="attrec-presenter" aria-busy="true"></div>',
    isolate=False,
    parts=(*SHARED, "streamlit_names"),
    styles=("presenter", "frame_presenter"),
)
KEY = "presenter"
# The figure of a scene, where that is not at the top of its page.
FIGURES = {"step-by-step": "stage_mask", "why": "truth", "at-large": "taus"}


def show(page: str) -> None:
    """Nothing, unless the view is in presenter mode. `page` is the path of the page that is open."""
    at, run = address.current().scene, session.open_run()
    if at is None or run is None:
        return
    scenes = prepared_scenes(run)
    if at:
        with st.container(key="presenter_head", horizontal=True, vertical_alignment="bottom", gap="medium"):
            st.header(plain(scenes[at - 1].title), anchor=False, width="content")
            st.markdown(plain(scenes[at - 1].say), width="content")
    for scene in scenes:
        with st.container(key=f"presenter_to_{scene.number}"):
            link(scene, scene.title)
    data = {
        "scene": at,
        "titles": [scene.title for scene in scenes],
        "page": page,
        "here": [scene.number for scene in scenes if scene.page == page],
        "figure": FIGURES.get(scenes[at - 1].page) if at else None,
    }
    _presenter(key=KEY, data=data, on_go_change=lambda: move(scenes, event(KEY, "go").get("to")))


def move(scenes: tuple[PreparedScene, ...], to: object) -> None:
    """To a scene of the open page by its number; 0 leaves. A browser can be made to send anything."""
    if to == 0:
        address.change(scene=None)
    elif isinstance(to, int) and 0 < to <= len(scenes):
        address.take(replace(scenes[to - 1].view, run=session.run_name(), scene=to))


def link(scene: PreparedScene, label: str) -> None:
    """To a scene; also what a key presses, so that one key is one entry of the browser's history."""
    query = {"run": session.run_name(), "scene": str(scene.number)}
    page_list.link(scene.page, plain(label), query)


def links(scenes: tuple[PreparedScene, ...]) -> None:
    """The scenes as links that one can copy, and what to say."""
    for scene in scenes:
        with st.container(gap=None):
            link(scene, f"{scene.number} {scene.title}")
            st.caption(plain(scene.say))


def enter() -> None:
    """Presenter mode without a scene: the page that one was on, as it is."""
    page_list.link("attention", "Present the current view of Attention", address.query(scene=0))
