"""The scene that this session shows, and what each click changes in its view."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from attrec_core.explain.moment import Moment
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.page_context import Scene
from attrec_core.views.view import View, quoted_text
from attrec_core.views.view_fit import fit_to_run, in_one_way
from pages.frame import address
from pages.frame.runs import opened

if TYPE_CHECKING:
    from pages.widgets.components import SentEdit

# Fields of the view that belong to one moment of one user, and are cleared when it changes.
FRESH = dict.fromkeys(("likes", "window", "pin", "by_hand", "item", "against", "cell", "dim"))
TRAINED = dict.fromkeys(("omega", "mask", "signal", "pool", "by_hand"))  # fields that end every what-if
UNDONE = ("window", "mask", "signal", "pool", "by_hand")  # what undo restores: edits, what-ifs that the matrix shows
LONGEST = 200  # states that undo can go through
TIMELINE, LEFT = "timeline", "left_behind"
# For the list in the sequence editor: its moment and items, its revision, and the first revision of this moment.
ORDER, REVISION, FIRST = "editor_order", "editor_revision", "editor_first"
APART = 1000  # revisions between two moments: more than the edits that are made before an answer comes


def run_name() -> str:
    return address.current().run or ""


def open_run() -> Run | None:
    """Returns the open run; None when no run could be opened, as a sentence above the page says."""
    return opened().runs.get(run_name())


def scene() -> Scene:
    """Returns the scene that this session shows now. Stops the page when no run could be opened."""
    if (run := open_run()) is None:
        st.stop()
    view = address.current()
    if address.sync_of().changed:  # by an earlier callback: a stale widget may have sent a step or an item that is gone
        view = fit_to_run(view, run).view
    current = page_context.scene(run, view)
    follow_timeline()
    return current


def choose_run(name: str | None) -> None:
    """Switches to another run (None: the default). Keeps `beside` and the fields that do not depend on a run."""
    view = address.current()
    lasting = {field: getattr(view, field) for field in ("beside", "data", "find", "order", "about", "study", "metric")}
    address.change(**asdict(View(run=name, **lasting)))


def choose_user(user_id: str | None) -> None:
    """Switches to the latest moment of another user; None keeps the window without a user."""
    current = scene()
    if user_id is None:
        address.change(user=None, step=None, likes=None, window=current.ids(current.window))
    elif user_id not in current.run.user_index:
        say_once(f"There is no user {quoted_text(user_id)}; {current.who} stays.")
    else:
        leave_edit(current)
        address.change(user=user_id, step=None, **FRESH)


def query_of_user(user_id: str) -> dict[str, str]:
    """Returns the query of a link to the latest moment of a user, as trained. Keeps nothing of the present moment."""
    return address.query(user=user_id, step=None, selected=None, **FRESH | TRAINED)


def choose_step(step: int) -> None:
    leave_edit(scene())
    address.change(step=step, **FRESH)


def leave_edit(current: Scene) -> None:
    if current.has_person and current.edited:
        say_once("The edited window belongs to the step you left; Back in the browser returns to it.")


def say_once(sentence: str) -> None:
    st.session_state[LEFT] = sentence


def select(item_id: str | int | None) -> None:
    """Marks an item everywhere. The marked item again, or None, clears the mark. A browser may send what is no text."""
    chosen = None if item_id is None else str(item_id)
    address.change(selected=None if chosen == address.current().selected else chosen)


def mark(item_id: str | int | None) -> None:
    """Marks an item that an explanation names. The explained item stays, also if it was only selected."""
    current = scene()
    if current.selected is not None and current.selected == current.explained:
        address.change(item=current.item_id(current.explained))
    select(item_id)


def follow(item_id: str | int | None, cell: object) -> None:
    """Marks a cell of the attention matrix and the item of its column; None clears. A browser may send anything."""
    pair = cell if isinstance(cell, list) and len(cell) == 2 else []
    is_inside = pair and all(type(index) is int and 1 <= index <= len(scene().window) for index in pair)
    address.change(selected=None if item_id is None else str(item_id), cell=tuple(pair) if is_inside else None)


def take_weights(weights: object) -> None:
    """Sets the attention by hand: each item's share of the window's attention. A browser may send anything."""
    parts = weights if isinstance(weights, list) and len(weights) == len(scene().window) else []
    valid = all(type(part) in (int, float) and 0 <= part < 1000 for part in parts)
    if valid and sum(parts) > 0:
        address.change(by_hand=tuple(round(10_000 * part / sum(parts)) for part in parts))


def take_edit(edit: SentEdit) -> None:
    """Applies an edit from the sequence editor, and takes over its revision, so that the editor does not redraw what it
    has. Refuses an edit of the list of a user or step that was left meanwhile."""
    state, moment = st.session_state, moment_of(address.current())
    if ORDER in state and (state[ORDER][0] != moment or edit.revision < state[FIRST]):
        say_once("The last edit was for the list you left. This list is unchanged.")
        return
    ids = tuple(str(item) for item in edit.ids)
    state[REVISION], state[ORDER] = edit.revision, (moment, ids)
    state.setdefault(FIRST, edit.revision)
    address.change(window=ids)


def revision(current: Scene) -> int:
    """Returns the revision of the list that the sequence editor shows; it rises when the server changes the list."""
    state, order = st.session_state, (moment_of(current.view), current.ids(current.window))
    last_order = state.get(ORDER, (None, ()))
    if last_order[0] != order[0]:
        state[FIRST] = state[REVISION] = state.get(REVISION, 0) + APART
    elif last_order != order:
        state[REVISION] += 1
    state[ORDER] = order
    return state[REVISION]


def moment_of(view: View) -> tuple[object, ...]:
    return view.run, view.user, view.step, view.likes


def undone(view: View) -> dict[str, Any]:
    return {name: getattr(view, name) for name in UNDONE}


def follow_timeline() -> None:
    """Keeps the states of this user and step in the order in which they occurred.

    Whatever changed the state (an edit, a what-if, undo, Back, a link): a state that is a neighbour of the last one on
    the timeline is a step along the timeline. Any other state removes the undone states and is added at the end. Each
    step of the lesson has its own timeline, so that undo does not bring back what an earlier step asked for.
    """
    view = address.current()
    moment, now = moment_of(view), undone(view)
    line = st.session_state.get(TIMELINE)
    if line is None or line["where"] != moment or view.lesson not in (None, line["lesson"]):
        line = st.session_state[TIMELINE] = {"where": moment, "lesson": view.lesson, "states": [now], "at": 0}
    states, position = line["states"], line["at"]
    if states[position] == now:
        return
    for neighbour in (position - 1, position + 1):
        if 0 <= neighbour < len(states) and states[neighbour] == now:
            line["at"] = neighbour
            return
    line["states"] = [*states[: position + 1], now][-LONGEST:]
    line["at"] = len(line["states"]) - 1


def can_travel(by: int) -> bool:
    """Whether there is a state to undo (by = -1) or to redo (by = 1)."""
    line = st.session_state[TIMELINE]
    return 0 <= line["at"] + by < len(line["states"])


def travel(by: int) -> None:
    """Undoes (-1) or redoes (1) a change. Stores the position at once: a second click may come before the page runs."""
    if can_travel(by):
        line = st.session_state[TIMELINE]
        line["at"] += by
        address.change(**line["states"][line["at"]])


def try_experiment(start: View, fields: dict[str, Any]) -> None:
    """Applies an experiment to the view that experiments start from, or reverts it if it is applied. A window of nobody
    becomes the baseline, which the address would lose else."""
    current, before = scene(), undone(start)
    after = before | fields
    if undone(in_one_way(current.run, replace(start, **after))) == undone(in_one_way(current.run, current.view)):
        after = before
    address.change(**after, pin=current.view.pin if current.pinned else start.window)


def earlier(current: Scene) -> Moment | None:
    """Returns the moment before the last edit, or the actual history if the edit came with the link. None without an
    edit, or if the last change was not of the window."""
    line = st.session_state[TIMELINE]
    if line["at"] == 0 and not (current.edited and len(current.real_window)):
        return None
    window = line["states"][line["at"] - 1]["window"] if line["at"] else None
    if line["at"] and window == current.view.window:
        return None
    items = current.real_window if window is None else page_context.indices(current.run, window)
    return current.moment.with_window(items)
