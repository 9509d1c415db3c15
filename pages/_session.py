"""The only place that knows caches, session state and the address: runs, the scene, and what a click changes."""

from __future__ import annotations

import argparse
import functools
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from attrec_core import scene as scenes
from attrec_core.errors import InputError
from attrec_core.run_reader import load
from attrec_core.runs import Run
from attrec_core.scene import Scene
from attrec_core.view import Fitted, View, cut, fit_to_run, fit_to_runs
from pages import _address as address
from pages._widgets import Edit, plain

SAMPLE = Path(__file__).resolve().parent.parent / "sample_data" / "run"
REVISION, SENT, TIMELINE, LEFT = "editor_revision", "editor_sent", "timeline", "left_behind"


@dataclass(frozen=True)
class Opened:
    """The runs that could be opened, by name, and a sentence for each that could not."""

    runs: Mapping[str, Run]
    faults: tuple[str, ...]


@functools.cache
def opened() -> Opened:
    """What `streamlit run app.py -- --run RUN …` names, else the sample; read once for all sessions."""
    runs: dict[str, Run] = {}
    paths, faults = asked_for(sys.argv)
    for path in paths:
        try:
            run = load(path)
        except (InputError, OSError) as error:
            faults.append(str(error))
            continue
        name, again = run.name, 2
        while name in runs:
            name, again = f"{run.name} ({again})", again + 1
        runs[name] = run
    return Opened(runs, tuple(faults))


def asked_for(arguments: list[str]) -> tuple[list[Path], list[str]]:
    """The folders that the command line names, and a sentence for each word that makes no sense there."""
    if Path(arguments[0]).name != "app.py":
        return [SAMPLE], []  # started some other way, say by a test
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--run", action="append", type=Path)
    try:
        given, unknown = parser.parse_known_args(arguments[1:])
    except argparse.ArgumentError:
        return [SAMPLE], ["After --run the folder of a run is missing; the bundled sample is shown."]
    said = [
        f"The app was started with {cut(word)}, which it does not know; a run is named by --run RUN."
        for word in unknown
    ]
    return given.run or [SAMPLE], said


def warm_up() -> None:
    """Before the first visitor: open the runs, and pick the user whom each shows first."""
    for run in opened().runs.values():
        scenes.example_user(run)


@functools.cache
def catalogue_json(name: str) -> bytes:
    """The items of a run for the type-ahead search, popular first. KeyError when no such run is open."""
    run = opened().runs[name]
    data = run.interactions
    order = (-run.popularity).argsort(kind="stable")
    entries = [[data.item_ids[i], data.titles[i][:300], data.years[i]] for i in order.tolist()]
    return json.dumps({"items": entries}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Known:
    """A run, as the check of a link sees it."""

    run: Run

    @property
    def window(self) -> int:
        return self.run.model_config.window

    def has_user(self, user_id: str, /) -> bool:
        return user_id in self.run.user_index

    def has_item(self, item_id: str, /) -> bool:
        return item_id in self.run.item_index

    def history_length(self, user_id: str, /) -> int:
        return len(self.run.interactions.history(self.run.user_index[user_id]))


def fit(view: View) -> Fitted:
    """What of the view holds for the runs that are open, whole: the address names run and user even by default."""
    runs = opened().runs
    if not runs:
        return view, []
    view, said = fit_to_runs(view, list(runs))
    view = replace(view, run=view.run or next(iter(runs)))
    run = runs[view.run]
    view, more = fit_to_run(view, Known(run))
    if view.user is None and view.window is None:
        view = replace(view, user=run.interactions.user_ids[scenes.example_user(run)])
    if view.user is not None:
        shown = scenes.scene(run, view)
        # The real history, said in full, is no edit; the trained ω is no what-if.
        view = replace(view, step=shown.step, window=view.window if shown.edited else None)
    if view.omega == run.model_config.long_weight:
        view = replace(view, omega=None)
    return view, said + more


@functools.cache
def names_in_order(run: Run) -> tuple[str, ...]:
    """All user ids as people sort them: 2 before 10."""
    return tuple(
        sorted(run.interactions.user_ids, key=lambda name: (not name.isdecimal(), len(name) * name.isdecimal(), name))
    )


def run_name() -> str:
    return address.current().run or ""


def scene() -> Scene:
    """What this session looks at now. Stops the page with a sentence when no run could be opened."""
    runs = opened().runs
    if not runs:
        st.stop()
    shown = scenes.scene(runs[run_name()], address.current())
    follow_timeline(shown)
    return shown


def choose_run(name: str) -> None:
    address.change(run=name, user=None, step=None, window=None, omega=None, selected=None)


def choose_user(user_id: str | None) -> None:
    """Another person from their latest moment; None keeps the window and lets go of the person."""
    shown = scene()
    if user_id is None:
        address.change(user=None, step=None, window=tuple(shown.item_id(item) for item in shown.window))
    elif user_id not in shown.run.user_index:
        st.session_state[LEFT] = f"There is no user {cut(user_id)}; {shown.who} stays."
    else:
        leave_edit(shown)
        address.change(user=user_id, step=None, window=None)


def choose_step(step: int) -> None:
    leave_edit(scene())
    address.change(step=step, window=None)


def leave_edit(shown: Scene) -> None:
    """Another moment has another window; that an edit goes with the old one must be said."""
    if shown.user is not None and shown.edited:
        st.session_state[LEFT] = "The edited window stays with the moment you left; Back in the browser returns to it."


def say_what_was_left() -> None:
    """Once, after the click that caused it."""
    if said := st.session_state.pop(LEFT, None):
        st.toast(plain(said), duration="long")


def choose_omega(omega: float | None) -> None:
    address.change(omega=omega)


def select(item_id: str | int | None) -> None:
    """Marks an item everywhere; the marked one again, or None, clears. What a browser sends need not be text."""
    wanted = None if item_id is None else str(item_id)
    address.change(selected=None if wanted == address.current().selected else wanted)


def put_window(ids: tuple[str, ...] | None) -> None:
    """Another window; None is the real history."""
    address.change(window=ids)


def take_edit(edit: Edit) -> None:
    """An edit from the sequence editor, whose revision we take over, so that it does not redraw what it has."""
    ids = tuple(str(item) for item in edit.ids)
    st.session_state[REVISION], st.session_state[SENT] = edit.revision, ids
    put_window(ids)


def revision(shown: Scene) -> int:
    """The number of the order that the sequence editor is to show; above the last one when the server changed it."""
    ids = tuple(shown.item_id(item) for item in shown.window)
    if st.session_state.get(SENT) != ids:
        st.session_state[REVISION] = st.session_state.get(REVISION, 0) + 1
        st.session_state[SENT] = ids
    return st.session_state[REVISION]


def follow_timeline(shown: Scene) -> None:
    """Keeps the windows of this person and step in the order in which they came.

    Whatever changed the window (an edit, undo, Back, a link), a neighbour of the present one on the line is a step
    along it; anything else cuts what was undone and goes on from here.
    """
    view = address.current()
    where = (view.run, view.user, view.step)
    line = st.session_state.get(TIMELINE)
    if line is None or line["where"] != where:
        line = st.session_state[TIMELINE] = {"where": where, "windows": [view.window], "at": 0}
    windows, at = line["windows"], line["at"]
    if windows[at] == view.window:
        return
    for neighbour in (at - 1, at + 1):
        if 0 <= neighbour < len(windows) and windows[neighbour] == view.window:
            line["at"] = neighbour
            return
    line["windows"], line["at"] = [*windows[: at + 1], view.window], at + 1


def can_travel(by: int) -> bool:
    """Whether there is a window to undo (by = -1) or to redo (by = 1)."""
    line = st.session_state[TIMELINE]
    return 0 <= line["at"] + by < len(line["windows"])


def travel(by: int) -> None:
    """Undo (-1) or redo (1)."""
    if can_travel(by):
        line = st.session_state[TIMELINE]
        put_window(line["windows"][line["at"] + by])


def selected_id() -> str | None:
    return address.current().selected


def show_selected(shown: Scene, item: int | None) -> None:
    """The item found in a search box becomes the selected one; None clears."""
    address.change(selected=None if item is None else shown.item_id(item))


def show_faults() -> None:
    """A sentence for each run that was asked for and could not be opened."""
    for fault in opened().faults:
        st.error(plain(fault))
