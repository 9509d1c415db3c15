"""The scene that this session shows, and what each click changes in its view."""

from __future__ import annotations

from dataclasses import asdict, replace

import streamlit as st

from attrec_core.explain.moment import Moment
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.page_context import Scene
from attrec_core.views.view import View, cut
from attrec_core.views.view_fit import Known, fit_to_run, in_one_way
from pages.frame import address
from pages.frame.runs import opened
from pages.widgets.sequence import Edit
from pages.widgets.widgets import plain

# What belongs to one moment of one person, and goes with it.
FRESH = {
    "likes": None,
    "window": None,
    "pin": None,
    "by_hand": None,
    "item": None,
    "against": None,
    "cell": None,
    "dim": None,
}
# Every what-if ended.
TRAINED = {"omega": None, "mask": None, "signal": None, "pool": None, "by_hand": None}
UNDONE = ("window", "mask", "signal", "pool", "by_hand")  # what undo takes back: edits, and what-ifs that the map shows
LONGEST = 200  # states that undo can go through
TIMELINE, LEFT = "timeline", "left_behind"
# Of the list that the sequence editor shows: its moment and items, its number, and the first number of this moment.
ORDER, REVISION, FIRST = "editor_order", "editor_revision", "editor_first"
APART = 1000  # numbers between two moments: more than edits that are made before an answer comes
TRIED = "experiment_tried"  # what was shown before the applied experiment, its key, and what it made


def view() -> View:
    """What the address says."""
    return address.current()


def run_name() -> str:
    return address.current().run or ""


def open_run() -> Run | None:
    """The open run; None where none could be opened, which a sentence above the page says."""
    return opened().runs.get(run_name())


def scene() -> Scene:
    """The scene that this session shows now. Stops the page when no run could be opened."""
    run = open_run()
    if run is None:
        st.stop()
    view = address.current()
    if address.changed():  # by a callback before this one: a stale widget may have sent a step or an item that is gone
        view = fit_to_run(view, Known(run)).view
    current = page_context.scene(run, view)
    follow_timeline(current)
    return current


def choose_run(name: str | None) -> None:
    """Switches to another run (None: the default). Keeps `beside` and the fields that do not depend on a run."""
    view = address.current()
    stays = {field: getattr(view, field) for field in ("beside", "data", "find", "order", "about", "study", "metric")}
    address.change(**asdict(View(run=name, **stays)))


def choose_user(user_id: str | None) -> None:
    """Switches to the latest moment of another user; None keeps the window without a user."""
    current = scene()
    if user_id is None:
        address.change(user=None, step=None, likes=None, window=current.ids(current.window))
    elif user_id not in current.run.user_index:
        say_once(f"There is no user {cut(user_id)}; {current.who} stays.")
    else:
        leave_edit(current)
        address.change(user=user_id, step=None, apart=None, between=None, **FRESH)


def query_of_user(user_id: str) -> dict[str, str]:
    """The query of a link to the latest moment of a user, as trained: nothing of the present moment is kept."""
    return address.query(user=user_id, step=None, selected=None, apart=None, between=None, **FRESH | TRAINED)


def choose_step(step: int) -> None:
    leave_edit(scene())
    address.change(step=step, **FRESH)


def leave_edit(current: Scene) -> None:
    """Says that an edited window belongs to the moment that is left."""
    if current.has_person and current.edited:
        say_once("The edited window belongs to the step you left; Back in the browser returns to it.")


def say_once(sentence: str) -> None:
    """After the click that caused it."""
    st.session_state[LEFT] = sentence


def say_what_was_left() -> None:
    """Once, after the click that caused it."""
    if sentence := st.session_state.pop(LEFT, None):
        st.toast(plain(sentence), duration="long")


def choose(**fields: object) -> None:
    """Changes any other field of the view: a what-if, the explained item, a cell, the length of the list."""
    address.change(**fields)


def select(item_id: str | int | None) -> None:
    """Marks an item everywhere; the marked one again, or None, clears. What a browser sends need not be text."""
    wanted = None if item_id is None else str(item_id)
    address.change(selected=None if wanted == address.current().selected else wanted)


def follow(item_id: str | int | None, cell: object) -> None:
    """A cell of the attention map and the item of its column, both marked everywhere; without them nothing is. What a
    browser sends need not be a cell."""
    numbers = isinstance(cell, list) and len(cell) == 2 and all(type(place) is int and place >= 1 for place in cell)
    known = numbers and max(cell) <= len(scene().window)
    address.change(selected=None if item_id is None else str(item_id), cell=tuple(cell) if known else None)


def take_weights(weights: object) -> None:
    """Attention set by hand, as a share of the window's for each item. What a browser sends need not be numbers."""
    count = len(scene().window)
    right = isinstance(weights, list) and len(weights) == count and all(type(part) in (int, float) for part in weights)
    if right and all(0 <= part < 1000 for part in weights) and sum(weights) > 0:
        choose(by_hand=tuple(round(10_000 * part / sum(weights)) for part in weights))


def take_edit(edit: Edit) -> None:
    """An edit from the sequence editor, whose revision we take over, so that it does not redraw what it has. One of the
    list of a person or step that was left meanwhile is none of this one's."""
    state, moment = st.session_state, moment_of(address.current())
    if ORDER in state and (state[ORDER][0] != moment or edit.revision < state[FIRST]):
        say_once("The last edit was for the list you left. This list is unchanged.")
        return
    ids = tuple(str(item) for item in edit.ids)
    state[REVISION], state[ORDER] = edit.revision, (moment, ids)
    state.setdefault(FIRST, edit.revision)
    address.change(window=ids)


def revision(current: Scene) -> int:
    """The number of the order that the sequence editor is to show; above the last one when the server changed it."""
    state, order = st.session_state, (moment_of(current.view), current.ids(current.window))
    before = state.get(ORDER, (None, ()))
    if before[0] != order[0]:
        state[FIRST] = state[REVISION] = state.get(REVISION, 0) + APART
    elif before != order:
        state[REVISION] += 1
    state[ORDER] = order
    return state[REVISION]


def moment_of(view: View) -> tuple[object, ...]:
    """Whose list it is, and when."""
    return view.run, view.user, view.step, view.likes


def follow_timeline(current: Scene) -> None:
    """Keeps the states of this person and step in the order in which they came.

    Whatever changed the state (an edit, a what-if, undo, Back, a link), a neighbour of the present one on the line is a
    step along it; anything else cuts what was undone and continues from here.
    """
    view = address.current()
    where, now = moment_of(view), {name: getattr(view, name) for name in UNDONE}
    line = st.session_state.get(TIMELINE)
    if line is None or line["where"] != where:
        line = st.session_state[TIMELINE] = {"where": where, "states": [now], "at": 0}
    states, at = line["states"], line["at"]
    if states[at] == now:
        return
    for neighbour in (at - 1, at + 1):
        if 0 <= neighbour < len(states) and states[neighbour] == now:
            line["at"] = neighbour
            return
    line["states"] = [*states[: at + 1], now][-LONGEST:]
    line["at"] = len(line["states"]) - 1


def can_travel(by: int) -> bool:
    """Whether there is a state to undo (by = -1) or to redo (by = 1)."""
    line = st.session_state[TIMELINE]
    return 0 <= line["at"] + by < len(line["states"])


def travel(by: int) -> None:
    """Undo (-1) or redo (1). The place is kept at once: a second click may come before the page has run."""
    if can_travel(by):
        line = st.session_state[TIMELINE]
        line["at"] += by
        address.change(**line["states"][line["at"]])


def before_experiment(current: Scene) -> tuple[Scene, str | None]:
    """What the experiments start from, and the key of the one that is applied: they are tried one after the other on
    the same window, until anything else changes."""
    tried = st.session_state.get(TRIED)
    if tried is None or tried["made"] != place_and_state(current.view):
        own = replace(current.view, by_hand=None)  # experiments ask the model itself
        return page_context.scene(current.run, own) if current.by_hand else current, None
    return page_context.scene(current.run, replace(current.view, **tried["start"])), tried["key"]


def try_experiment(key: str, **fields: object) -> None:
    """Applies an experiment to what was shown before any, or reverts it where it is applied."""
    current = scene()
    start, applied = before_experiment(current)
    before = {name: getattr(start.view, name) for name in UNDONE}
    after = before if key == applied else before | {"by_hand": None} | fields
    made = in_one_way(current.run, replace(current.view, **after))
    st.session_state[TRIED] = {"start": before, "key": key, "made": place_and_state(made)} if after != before else None
    address.change(**after)


def place_and_state(view: View) -> tuple[object, ...]:
    """The moment of a view, and what undo takes back in it."""
    return (*moment_of(view), *(getattr(view, name) for name in UNDONE))


def earlier(current: Scene) -> Moment | None:
    """What was shown before the last edit, or the actual history where the edit came with the link; None without one,
    or where the last change was none of the window."""
    line = st.session_state[TIMELINE]
    if line["at"] == 0 and not (current.edited and len(current.real_window)):
        return None
    window = line["states"][line["at"] - 1]["window"] if line["at"] else None
    if line["at"] and window == current.view.window:
        return None
    items = current.real_window if window is None else page_context.indices(current.run, window)
    return current.moment.with_window(items)


def selected_id() -> str | None:
    return address.current().selected
