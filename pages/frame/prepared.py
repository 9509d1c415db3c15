"""Views that are prepared: the steps of the lesson and the presenter's scenes, and how one gets there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import streamlit as st

from attrec_core.runs.run import Run
from attrec_core.views.lesson import lesson
from attrec_core.views.page_context import example_user
from attrec_core.views.population.extremes import PreparedScene, prepared_scenes
from attrec_core.views.view import Fitted, View, to_query
from pages.frame import address
from pages.frame.page_list import BY_KEY, Page


def scenes_of(run: Run) -> tuple[PreparedScene, ...]:
    """The presenter's scenes of a run."""
    return prepared_scenes(run)


def in_range(view: View, run: Run) -> Fitted:
    """The view without a step of the lesson or a scene that does not exist, and a sentence for each."""
    said = []
    if view.lesson is not None and view.lesson > len(lesson.STEPS):
        said.append(f"This link asks for step {view.lesson} of the lesson, which has {len(lesson.STEPS)}.")
        view = replace(view, lesson=None)
    if view.scene and view.scene > len(scenes_of(run)):
        said.append(f"This link asks for scene {view.scene}, but there are {len(scenes_of(run))}.")
        view = replace(view, scene=None)
    return view, said


def first_view(view: View, run: Run) -> View:
    """Of a view that names nobody: what is shown first. A short link such as ?lesson=4 or ?scene=2 holds a number
    alone; what else it says stays."""
    if view.lesson is not None:
        ready = lesson.prepared(run, view.lesson)
    elif view.scene:
        ready = scenes_of(run)[view.scene - 1].view
    else:
        ready = View(user=run.interactions.user_ids[example_user(run)])
    given = {field.name: getattr(view, field.name) for field in fields(view)}
    return replace(ready, **{name: value for name, value in given.items() if value is not None})


def home(view: View, run: Run) -> str | None:
    """The page where the step of the lesson, or else the scene, is at home."""
    if view.lesson is not None:
        return lesson.step(view.lesson).page
    return scenes_of(run)[view.scene - 1].page if view.scene else None


def open_at_home(here: Page, runs: Mapping[str, Run]) -> None:
    """A short link opens on the page where its step or scene is at home, whatever page it names.

    Elsewhere links lead from page to page: `st.switch_page` leaves a second entry in the browser's history.
    """
    view = address.current()
    short = st.query_params and set(st.query_params) <= {"run", "lesson", "scene", "progress"}
    page = home(view, runs[view.run]) if short and view.run in runs else None
    if page is not None and page != here.key:
        st.switch_page(BY_KEY[page].script, query_params=to_query(view))
