"""Presenter mode: large type, nothing beside the page, and a prepared scene a key."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attrec_core.questions.extremes import PreparedScene
from pages import _address as address
from pages import _prepared as prepared
from pages import _session as session
from pages._component import component
from pages._runs import opened
from pages._widgets import plain

# Its style sheet holds the large type; it comes and goes with the component.
_presenter = component("presenter", '<div class="attrec-presenter"></div>', isolate=False)
KEY = "presenter"
# What a scene is about, where that does not stand at the top of its page.
FIGURES = {"why": "truth", "at-large": "taus"}


def show() -> None:
    """Nothing, unless the view is in presenter mode."""
    at, run = address.current().scene, opened().runs.get(session.run_name())
    if at is None or run is None:
        return
    scenes = prepared.scenes_of(run)
    if at:
        with st.container(key="presenter_head", horizontal=True, vertical_alignment="bottom", gap="medium"):
            st.header(plain(scenes[at - 1].title), anchor=False, width="content")
            st.markdown(plain(scenes[at - 1].say), width="content")
    _presenter(
        key=KEY,
        data={
            "scene": at,
            "titles": [scene.title for scene in scenes],
            "figure": FIGURES.get(scenes[at - 1].page) if at else None,
        },
        on_go_change=lambda: move(scenes, st.session_state[KEY].get("go")),
    )


def move(scenes: tuple[PreparedScene, ...], asked: object) -> None:
    """What a key asks for: a scene by its number, or 0 to leave. A browser can be made to send anything."""
    to = asked.get("to") if isinstance(asked, dict) else None
    if not isinstance(to, int) or not 0 <= to <= len(scenes):
        return
    if to == 0:
        address.change(scene=None)
    else:
        show_scene(scenes[to - 1])


def show_scene(scene: PreparedScene) -> None:
    """For callbacks: a prepared scene, as it was prepared."""
    prepared.go(scene.page, replace(scene.view, run=session.run_name(), scene=scene.number))


def links(scenes: tuple[PreparedScene, ...]) -> None:
    """The scenes as links that one can copy."""
    for scene in scenes:
        with st.container(gap=None):
            st.page_link(
                prepared.PATHS[scene.page],
                label=f"**{scene.number}** {plain(scene.title)}",
                query_params={"run": session.run_name(), "scene": str(scene.number)},
                width="content",
            )
            st.caption(plain(scene.say))


def enter() -> None:
    """Presenter mode without a scene: the page that one was on, as it is."""
    st.page_link(
        prepared.PATHS["attention"],
        label="What you are looking at now, on Attention",
        query_params=address.query(scene=0),
    )
