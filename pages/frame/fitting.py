"""Turns the view of an address into the view that is shown: with present names of runs, prepared views and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import fields, replace

import streamlit as st

from attrec_core.errors import Remark
from attrec_core.runs.run import Run
from attrec_core.views.lesson import lesson
from attrec_core.views.page_context import example_user
from attrec_core.views.population.scenes import prepared_scenes
from attrec_core.views.replay import frames
from attrec_core.views.view import Fitted, View, of_link, quoted_text, to_query
from attrec_core.views.view_fit import Known, fit_to_run, fit_to_runs, in_one_way
from pages.frame import address, progress
from pages.frame.page_list import BY_KEY, Page
from pages.frame.runs import known_names, opened, what_became_of
from pages.widgets.widgets import plain

ONLY_ATTREC = "{source} opens a step of the lesson or a scene, which only a run of AttRec has; it was left out."


def fit(view: View) -> Fitted:
    """Fits the view to the open runs and completes it: the address names the run and the user even by default."""
    view, renamed = follow_renames(view)
    view, unknown = fit_to_runs(view, known_names(view))
    view, closed = with_its_run(view)
    run = opened().runs.get(view.run or "")
    if run is None:
        return Fitted(view)
    view, unfit = fit_to_run(view, Known(run))
    view, not_prepared = in_range(view, run)
    view, not_in_replay = frames.in_range(view, run)
    if view.user is None and view.window is None and view.likes is None:
        view = first_view(view, run)
    view, not_in_lesson = progress.with_progress(in_one_way(run, view), run)
    return Fitted(view, renamed + unknown + closed + unfit + not_prepared + not_in_replay + not_in_lesson)


def follow_renames(view: View) -> Fitted:
    """Returns the view with the new names of runs that were renamed meanwhile, and a remark for each. A run that can no
    longer be shown is left out; its remark says what has become of it."""
    runs, remarks = opened().runs, []
    for field in ("run", "beside"):
        name = getattr(view, field)
        path = None if name is None else runs.former_folder(name)
        if path is None or name in runs:
            continue
        new_name = runs.new_name_of(path)
        if new_name is not None:
            text = "The run {former} was renamed to {now}."
            remarks.append(Remark("renamed", text, {"former": quoted_text(name), "now": quoted_text(new_name)}))
            view = replace(view, **{field: new_name})
        elif not runs.has_left(name):
            remarks.append(Remark("gone", "{gone} Another run is shown.", {"gone": what_became_of(name, path)}))
            view = replace(view, **{field: None})
    return Fitted(view, tuple(remarks))


def with_its_run(view: View) -> Fitted:
    """Returns the view with the run that it names, else with the first run that opens. If the named run does not open,
    a remark says why."""
    runs, remarks = opened().runs, ()
    for name in dict.fromkeys([*([view.run] if view.run else []), *runs]):
        at_hand = runs.has_left(name) or runs.at_hand(name)
        with nullcontext() if at_hand else st.spinner(f"Opening the run {plain(name)} …"):
            run = runs.get(name)
        if run is not None:
            return Fitted(replace(view, run=name), remarks)
        if name == view.run:
            text = "The run {run} cannot be opened; another run is shown. {fault}"
            remarks = (Remark("closed", text, {"run": quoted_text(name), "fault": runs.fault(name)}),)
    return Fitted(view)


def in_range(view: View, run: Run) -> Fitted:
    """Returns the view without a lesson step or a scene that does not exist, and a remark for each. Systems other than
    AttRec have neither."""
    remarks = []
    if not run.explains and (view.lesson is not None or view.scene is not None):
        return Fitted(replace(view, lesson=None, scene=None), (of_link("not_attrec", ONLY_ATTREC),))
    if view.lesson is not None and view.lesson > len(lesson.STEPS):
        text = "{source} asks for step {step} of the lesson, which has {steps}."
        remarks.append(of_link("no_such_step", text, step=view.lesson, steps=len(lesson.STEPS)))
        view = replace(view, lesson=None)
    if view.scene and view.scene > len(prepared_scenes(run)):
        text = "{source} asks for scene {scene}, but there are {scenes}."
        remarks.append(of_link("no_such_scene", text, scene=view.scene, scenes=len(prepared_scenes(run))))
        view = replace(view, scene=None)
    return Fitted(view, tuple(remarks))


def first_view(view: View, run: Run) -> View:
    """Completes a view that names no user with what is shown first. A short link such as ?lesson=4 or ?scene=2 holds
    only a number; any other field that the view has stays."""
    if view.lesson is not None:
        ready = lesson.prepared(run, view.lesson)
    elif view.scene:
        ready = prepared_scenes(run)[view.scene - 1].view
    else:
        ready = View(user=run.interactions.user_ids[example_user(run)])
    given = {field.name: getattr(view, field.name) for field in fields(view)}
    return replace(ready, **{name: value for name, value in given.items() if value is not None})


def open_at_home(here: Page, runs: Mapping[str, Run]) -> None:
    """Opens a short link on the page of its lesson step, else of its scene, whatever page the link names.

    Elsewhere the app uses links from page to page, since `st.switch_page` leaves a second entry in the browser's
    history.
    """
    view, page = address.current(), None
    short = st.query_params and set(st.query_params) <= {"run", "lesson", "scene", "progress"}
    if short and view.run in runs:
        if view.lesson is not None:
            page = lesson.step(view.lesson).page
        elif view.scene:
            page = prepared_scenes(runs[view.run])[view.scene - 1].page
    if page is not None and page != here.key:
        st.switch_page(BY_KEY[page].script, query_params=to_query(view))
