"""One view of the app as the query of its address, and back: what a link holds, checked and never trusted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Protocol
from urllib.parse import unquote

SHOWN = 60  # characters of a foreign text that a sentence repeats
NAMED = 5  # items that a sentence names before it counts the rest
EMPTY_ID = "%"  # stands for the id "" in a list, where every other percent sign has two digits after it


@dataclass(frozen=True)
class View:
    """What is looked at; None: nothing chosen. `window` oldest first, None: the real history."""

    run: str | None = None
    user: str | None = None
    step: int | None = None  # items of the user's history that have happened, 1 … its length
    window: tuple[str, ...] | None = None
    omega: float | None = None  # ω in [0, 1]
    selected: str | None = None


class Known(Protocol):
    """What a run knows, as far as a view can be wrong about it."""

    window: int  # L

    def has_user(self, user_id: str, /) -> bool: ...
    def has_item(self, item_id: str, /) -> bool: ...
    def history_length(self, user_id: str, /) -> int: ...


Fitted = tuple[View, list[str]]
PARAMETERS = tuple(field.name for field in fields(View))


def to_query(view: View) -> dict[str, str]:
    """The view as query parameters, before URL encoding; what is None is left out, so is an empty window."""
    texts = {name: getattr(view, name) for name in ("run", "user", "selected")}
    texts["step"] = None if view.step is None else str(int(view.step))
    texts["omega"] = None if view.omega is None else repr(float(view.omega))
    texts["window"] = ",".join(_escaped(item) for item in view.window or ()) or None
    return {name: texts[name] for name in PARAMETERS if texts[name] is not None}


def from_query(params: Mapping[str, str | Sequence[str]]) -> Fitted:
    """Any query -> the view it holds and a sentence for each part that is no view's. Never raises."""
    said: list[str] = []
    given: dict[str, str] = {}
    for name, value in params.items():
        values = [value] if isinstance(value, str) else list(value)
        if name not in PARAMETERS:
            said.append(f"This link holds {cut(name)}, which no view has; it was left out.")
        elif values:
            given[name] = values[-1]
            if len(set(values)) > 1:
                said.append(f"This link gives {name} {len(values)} times; the last one counts.")
    view = View(
        run=given.get("run"),
        user=given.get("user"),
        step=_step(given.get("step"), said),
        window=_window(given.get("window")),
        omega=_omega(given.get("omega"), said),
        selected=given.get("selected"),
    )
    return view, said


def fit_to_runs(view: View, names: Sequence[str]) -> Fitted:
    """The view without a run that is not one of the loaded ones, and a sentence that names it."""
    if view.run is None or view.run in names:
        return view, []
    loaded = ", ".join(cut(name) for name in names)
    said = f"This link names the run {cut(view.run)}, which is not loaded; it was left out. Loaded: {loaded}."
    return replace(view, run=None), [said]


def fit_to_run(view: View, run: Known) -> Fitted:
    """The view without what the run does not know, and a sentence for each part that was left out."""
    said: list[str] = []
    place = "the run" if view.run is None else f"the run {cut(view.run)}"
    view = _fit_user(view, run, place, said)
    view = replace(view, window=_fit_window(view.window, run, place, said))
    if view.selected is not None and not run.has_item(view.selected):
        said.append(
            f"This link selects the item {cut(view.selected)}, which {place} does not know; nothing is selected."
        )
        view = replace(view, selected=None)
    return view, said


def cut(text: str) -> str:
    """A foreign text in quotes, on one line and not longer than a sentence can bear."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= SHOWN else line[: SHOWN - 1] + '…'}'"


def _escaped(item: str) -> str:
    # No more than a list needs: the URL encodes the rest, and twice encoded it would be long.
    return item.replace("%", "%25").replace(",", "%2C") or EMPTY_ID


def _step(text: str | None, said: list[str]) -> int | None:
    if text is None:
        return None
    # int() would also take underscores and blanks, and raise on more than 4,300 digits.
    if re.fullmatch(r"[0-9]{1,9}", text) and int(text) >= 1:
        return int(text)
    said.append(f"This link gives the step {cut(text)}, which is not a whole number from 1; it was left out.")
    return None


def _omega(text: str | None, said: list[str]) -> float | None:
    if text is None:
        return None
    try:
        omega = float(text)
    except ValueError:
        omega = math.nan
    if 0.0 <= omega <= 1.0:
        return omega
    said.append(f"This link gives {cut(text)} as ω, which is not a number from 0 to 1; ω is as trained.")
    return None


def _window(text: str | None) -> tuple[str, ...] | None:
    if not text:
        return None
    return tuple("" if part == EMPTY_ID else unquote(part) for part in text.split(","))


def _fit_user(view: View, run: Known, place: str, said: list[str]) -> View:
    if view.user is None:
        if view.step is not None:
            said.append(f"This link gives the step {view.step} but no user; the step was left out.")
        return replace(view, step=None)
    if not run.has_user(view.user):
        also = "" if view.step is None else f" and the step {view.step}"
        said.append(
            f"This link names the user {cut(view.user)}, whom {place} does not know; "
            f"the user{also} {'was' if view.step is None else 'were'} left out."
        )
        return replace(view, user=None, step=None)
    length = run.history_length(view.user)
    if view.step is not None and not 1 <= view.step <= length:
        said.append(
            f"This link gives the step {view.step}, but the history of {cut(view.user)} has {length} "
            "items; the step was left out."
        )
        return replace(view, step=None)
    return view


def _fit_window(window: tuple[str, ...] | None, run: Known, place: str, said: list[str]) -> tuple[str, ...] | None:
    if not window:
        return None
    unknown = list(dict.fromkeys(item for item in window if not run.has_item(item)))
    known = tuple(item for item in window if run.has_item(item))
    if unknown:
        named = ", ".join(cut(item) for item in unknown[:NAMED])
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        rest = "the other items stay" if known else "the real history is shown"
        said.append(f"This link's window holds items that {place} does not know: {named}{more}; {rest}.")
    if len(known) > run.window:
        said.append(
            f"This link's window holds {len(known)} items, but {place} looks at {run.window}; "
            f"the newest {run.window} stay."
        )
    return known[-run.window :] or None
