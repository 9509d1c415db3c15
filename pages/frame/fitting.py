"""Turns the view of an address into the view that is shown: with present names of runs, prepared views and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import streamlit as st

from attrec_core.errors import Remark
from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import prepared_scenes
from attrec_core.views.page_context import example_user
from attrec_core.views.replay import panels as replay
from attrec_core.views.view import Fitted, View, of_link, quoted_text, to_query
from attrec_core.views.view_fit import fit_to_run, fit_to_runs, in_one_way
from pages.frame import address
from pages.frame.page_list import BY_KEY, Page
from pages.frame.plain_text import plain
from pages.frame.runs import known_names, opened, what_became_of


class Prepared(Protocol):
    @property
    def page(self) -> str: ...
    @property
    def view(self) -> View: ...


@dataclass(frozen=True)
class Series:
    """Prepared views that a short link opens by their number, from 1. too_far: a remark on a number beyond the last."""

    count: Callable[[Run], int]
    prepared: Callable[[Run, int], Prepared]
    too_far: str


# By the field of the view that holds the number. The lesson adds its steps.
SERIES = {
    "scene": Series(
        lambda run: len(prepared_scenes(run)),
        lambda run, number: prepared_scenes(run)[number - 1],
        "{source} asks for scene {asked}, but there are {count}.",
    )
}
LAST: list[Callable[[View, Run], Fitted]] = []  # what completes a view at the end
ONLY_ATTREC = "{source} opens a step of the lesson or a scene, which only a run of AttRec has; it was left out."


def fit(view: View) -> Fitted:
    """Fits the view to the open runs and completes it: the address names the run and the user even by default."""
    view, renamed = follow_renames(view)
    view, unknown = fit_to_runs(view, known_names(view))
    view, closed = with_its_run(view)
    run = opened().runs.get(view.run or "")
    if run is None:
        return Fitted(view)
    view, unfit = fit_to_run(view, run)
    view, not_prepared = in_range(view, run)
    view, not_in_replay = replay.in_range(view, run)
    if view.user is None and view.window is None and view.likes is None:
        # A short link such as ?lesson=4 or ?scene=2 holds only a number; any other field that the view has stays.
        prepared = named_by_number(view, run)
        ready = View(user=run.interactions.user_ids[example_user(run)]) if prepared is None else prepared.view
        given = {field.name: getattr(view, field.name) for field in fields(view)}
        view = replace(ready, **{name: value for name, value in given.items() if value is not None})
    remarks = renamed + unknown + closed + unfit + not_prepared + not_in_replay
    view = in_one_way(run, view)
    for finish in LAST:
        view, more = finish(view, run)
        remarks += more
    return Fitted(view, remarks)


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
            change: dict[str, Any] = {field: new_name}
            view = replace(view, **change)
        elif not runs.has_left(name):
            remarks.append(Remark("gone", "{gone} Another run is shown.", {"gone": what_became_of(name, path)}))
            view = replace(view, **{field: None})
    return Fitted(view, tuple(remarks))


def with_its_run(view: View) -> Fitted:
    """Returns the view with the run that it names, else the first that opens, with a remark why the other does not."""
    runs = opened().runs
    remarks: tuple[Remark, ...] = ()
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
    """Returns the view without the number of a prepared view that does not exist, and a remark for each."""
    remarks: list[Remark] = []
    numbers = {field: number for field in SERIES if (number := getattr(view, field)) is not None}
    if numbers and not run.explains:
        return Fitted(replace(view, **dict.fromkeys(numbers)), (of_link("not_attrec", ONLY_ATTREC),))
    for field, number in numbers.items():
        if number > (count := SERIES[field].count(run)):
            remarks.append(of_link(f"no_such_{field}", SERIES[field].too_far, asked=number, count=count))
            view = replace(view, **{field: None})
    return Fitted(view, tuple(remarks))


def named_by_number(view: View, run: Run) -> Prepared | None:
    """Returns the prepared view that a short link such as ?lesson=4 or ?scene=2 names; None if it names none."""
    named = ((field, getattr(view, field)) for field in sorted(SERIES))
    return next((SERIES[field].prepared(run, number) for field, number in named if number), None)


def open_at_home(here: Page, runs: Mapping[str, Run]) -> None:
    """Opens a short link on the page of its lesson step, else of its scene, whatever page the link names.

    Elsewhere the app uses links from page to page, since `st.switch_page` leaves a second entry in the browser's
    history.
    """
    view = address.current()
    short = st.query_params and set(st.query_params) <= {"run", "progress", *SERIES}
    prepared = named_by_number(view, run) if short and (run := runs.get(view.run or "")) is not None else None
    if prepared is not None and prepared.page != here.key:
        st.switch_page(BY_KEY[prepared.page].script, query_params=to_query(view))
