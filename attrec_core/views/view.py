"""One view of the app as the query of its address, and back: what a link holds, read and never trusted.

`view_fit.py` checks a view against the loaded runs.

A view against the loaded runs: what does not fit is left out, and each part that was is said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol
from urllib.parse import unquote

SHOWN = 60  # characters of a foreign text that a sentence repeats
EMPTY_ID = "%"  # stands for the id "" in a list, where every other percent sign has two digits after it


@dataclass(frozen=True)
class View:
    """What is looked at; None: nothing chosen, or as trained. Lists of items oldest first, by their ids."""

    run: str | None = None
    user: str | None = None
    step: int | None = None  # items of the user's history that have happened, 1 … its length
    window: tuple[str, ...] | None = None  # None: the real history
    omega: float | None = None  # ω in [0, 1]
    selected: str | None = None
    likes: tuple[str, ...] | None = None  # "be a user": what a new person has picked
    pin: tuple[str, ...] | None = None  # A, what an edit is compared with; None: the real history
    mask: str | None = None
    signal: str | None = None  # "on" | "off": the time signal
    pool: str | None = None  # how the rows of a become m
    item: str | None = None  # what is explained; None: the selected item, or the first recommendation
    against: str | None = None  # the item that the explained one is compared with
    terms: str | None = None  # the terms of the exact sum: whole, or against those of the average item
    cell: tuple[int, int] | None = None  # (row, column) of the window, from 1
    dim: int | None = None  # the dimension of the vectors that is worked out, from 1
    top: int | None = None  # how many recommendations are listed
    projection: str | None = None
    colour: str | None = None
    apart: tuple[str, ...] | None = None  # the two items that the triangle lesson is about, P and Q
    between: int | None = None  # percent of the way from the one to the other where its user stands
    beside: str | None = None  # the run that `run` is compared with
    probe: int | None = None  # whom a replay watches, from 1
    epoch: int | None = None  # of a replay; 0: before the first
    space: str | None = None  # which map a replay shows
    scene: int | None = None  # presenter mode: which of the prepared scenes; 0: none of them
    lesson: int | None = None  # the step of the lesson, from 1
    progress: tuple[str, ...] | None = None  # of this person in the lesson; see questions/lesson/progress.py
    data: str | None = None  # the data set that the pages of the lab are about; None: the sample
    find: str | None = None  # what the list of runs is searched for
    order: str | None = None  # what that list is sorted by; "-mrr": by MRR the other way round
    about: str | None = None  # the run of that list which is described beside it; None: the one that is open


ORDERS = ("created", "name", "data", "hr@50", "mrr", "hr@10", "ndcg@10", "epochs", "seconds", "interactions", "size")
CHOICES: dict[str, tuple[str, ...]] = {
    "mask": ("after", "before", "none"),
    "signal": ("on", "off"),
    "pool": ("mean", "sum", "max", "min"),
    "terms": ("whole", "average"),
    "projection": ("pca", "umap"),
    "colour": ("genre", "popularity", "distance"),
    "space": ("short", "long"),
    "order": (*ORDERS, *(f"-{name}" for name in ORDERS)),
}
TOPS = (5, 10, 20)
TEXTS = ("run", "user", "selected", "item", "against", "beside", "data", "find", "about")
LISTS = ("window", "likes", "pin", "apart", "progress")

Fitted = tuple[View, list[str]]
PARAMETERS = tuple(field.name for field in fields(View))


def to_query(view: View) -> dict[str, str]:
    """The view as query parameters, before URL encoding; what is None is left out, so is an empty list."""
    texts = {name: as_text(getattr(view, name)) for name in PARAMETERS}
    return {name: text for name, text in texts.items() if text is not None}


def as_text(value: object) -> str | None:
    """A field of a view as it stands in an address."""
    if isinstance(value, tuple):
        # No more than a list needs: the URL encodes the rest, and twice encoded it would be long.
        escaped = (str(part).replace("%", "%25").replace(",", "%2C") or EMPTY_ID for part in value)
        return ",".join(escaped) or None
    if isinstance(value, float):
        return repr(value)
    return None if value is None else str(value)


def from_query(params: Mapping[str, str | Sequence[str]]) -> Fitted:
    """Any query -> the view it holds and a sentence for each part that is no view's. Never raises."""
    said: list[str] = []
    given: dict[str, Any] = {}
    for name, value in params.items():
        values = [value] if isinstance(value, str) else list(value)
        if name not in PARAMETERS:
            said.append(f"This link holds {cut(name)}, which no view has; it was left out.")
        elif values:
            given[name] = READERS[name](values[-1], said)
            if len(set(values)) > 1:
                said.append(f"This link gives {name} {len(values)} times; the last one counts.")
    return View(**given), said


def cut(text: str) -> str:
    """A foreign text in quotes, on one line and not longer than a sentence can bear."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= SHOWN else line[: SHOWN - 1] + '…'}'"


Reader = Callable[[str, list[str]], Any]


def _whole(name: str, least: int) -> Reader:
    def read(text: str, said: list[str]) -> int | None:
        # int() would also take underscores and blanks, and raise on more than 4,300 digits.
        if re.fullmatch(r"[0-9]{1,9}", text) and int(text) >= least:
            return int(text)
        said.append(
            f"This link gives the {name} {cut(text)}, which is not a whole number from {least}; it was left out."
        )
        return None

    return read


def _choice(name: str, choices: Sequence[object]) -> Reader:
    def read(text: str, said: list[str]) -> Any:
        found = next((choice for choice in choices if str(choice) == text), None)
        if found is None:
            known = ", ".join(map(str, choices))
            said.append(f"This link gives the {name} {cut(text)}, which is none of {known}; it was left out.")
        return found

    return read


def _omega(text: str, said: list[str]) -> float | None:
    try:
        omega = float(text)
    except ValueError:
        omega = math.nan
    if 0.0 <= omega <= 1.0:
        return omega
    said.append(f"This link gives {cut(text)} as ω, which is not a number from 0 to 1; ω is as trained.")
    return None


def _percent(text: str, said: list[str]) -> int | None:
    if re.fullmatch(r"[0-9]{1,3}", text) and int(text) <= 100:
        return int(text)
    said.append(f"This link gives {cut(text)} as the way between two items, which is no percentage; it was left out.")
    return None


def _list(name: str) -> Reader:
    def read(text: str, said: list[str]) -> tuple[str, ...] | None:
        if text:
            return ids_in(text)
        said.append(f"This link gives an empty {name}; it was left out.")
        return None

    return read


def ids_in(text: str) -> tuple[str, ...]:
    return tuple("" if part == EMPTY_ID else unquote(part) for part in text.split(","))


def _cell(text: str, said: list[str]) -> tuple[int, int] | None:
    found = re.fullmatch(r"([1-9][0-9]{0,2}),([1-9][0-9]{0,2})", text)
    if found:
        return int(found[1]), int(found[2])
    said.append(f"This link gives the cell {cut(text)}, which is not row,column counted from 1; it was left out.")
    return None


READERS: dict[str, Reader] = {
    **{name: lambda text, said: text for name in TEXTS},
    **{name: _list(name) for name in LISTS},
    **{name: _choice(name, choices) for name, choices in CHOICES.items()},
    "step": _whole("step", 1),
    "dim": _whole("dimension", 1),
    "probe": _whole("watched person", 1),
    "epoch": _whole("epoch", 0),
    "scene": _whole("scene", 0),
    "lesson": _whole("lesson", 1),
    "top": _choice("top", TOPS),
    "omega": _omega,
    "between": _percent,
    "cell": _cell,
}


NAMED = 5  # items that a sentence names before it counts the rest
PICKS = 10  # items that a new person may have picked
PICKED = "list of picks"
MARKED = {"selected": "selects", "item": "explains", "against": "compares with"}


class Known(Protocol):
    """What a run knows, as far as a view can be wrong about it."""

    window: int  # L

    def has_user(self, user_id: str, /) -> bool: ...
    def has_item(self, item_id: str, /) -> bool: ...
    def history_length(self, user_id: str, /) -> int: ...


def fit_to_runs(view: View, names: Sequence[str]) -> Fitted:
    """The view without runs that are none of those that there are, and a sentence that names each."""
    said: list[str] = []
    for name, does in (("run", "names"), ("beside", "compares with")):
        asked = getattr(view, name)
        if asked is not None and asked not in names:
            loaded = ", ".join(cut(one) for one in names[:NAMED])
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            said.append(
                f"This link {does} the run {cut(asked)}, which is not loaded; it was left out. Loaded: {loaded}{more}."
            )
            view = replace(view, **{name: None})
    return view, said


def fit_to_run(view: View, run: Known) -> Fitted:
    """The view without what the run does not know, and a sentence for each part that was left out."""
    said: list[str] = []
    place = "the run" if view.run is None else f"the run {cut(view.run)}"
    view = _fit_user(view, run, place, said)
    view = _fit_likes(view, run, place, said)
    window = _fit_items(view.window, run, place, "window", "the real history is shown", run.window, said)
    pin = _fit_items(view.pin, run, place, "pinned window A", "A is the real history", run.window, said)
    view = _fit_apart(replace(view, window=window, pin=pin), run, place, said)
    for name, does in MARKED.items():
        item = getattr(view, name)
        if item is not None and not run.has_item(item):
            left = "nothing is selected" if name == "selected" else "it was left out"
            said.append(f"This link {does} the item {cut(item)}, which {place} does not know; {left}.")
            view = replace(view, **{name: None})
    if view.cell is not None and max(view.cell) > run.window:
        said.append(f"This link gives the cell {view.cell[0]},{view.cell[1]}, but {place} looks at {run.window} items.")
        view = replace(view, cell=None)
    return view, said


def _fit_apart(view: View, run: Known, place: str, said: list[str]) -> View:
    """Two different items, or none."""
    pair = view.apart or None
    if pair is not None and (len(set(pair)) != 2 or len(pair) != 2 or not all(run.has_item(item) for item in pair)):
        named = ", ".join(cut(item) for item in pair[:NAMED])
        said.append(f"This link compares {named} as two far-apart items, but {place} does not know two such items.")
        pair = None
    return replace(view, apart=pair)


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


def _fit_likes(view: View, run: Known, place: str, said: list[str]) -> View:
    if view.user is not None and view.likes:
        said.append(f"This link names the user {cut(view.user)} and picks of a new person; the picks were left out.")
        return replace(view, likes=None)
    once = tuple(dict.fromkeys(view.likes or ()))
    if view.likes and len(once) < len(view.likes):
        twice = [item for item in once if view.likes.count(item) > 1]
        named = ", ".join(cut(item) for item in twice[:NAMED]) + ("" if len(twice) <= NAMED else ", …")
        said.append(f"This link's {PICKED} names {named} more than once; an item counts once.")
    likes = _fit_items(once, run, place, PICKED, "there is no new person", PICKS, said)
    return replace(view, likes=likes)


def _fit_items(
    items: tuple[str, ...] | None, run: Known, place: str, what: str, otherwise: str, most: int, said: list[str]
) -> tuple[str, ...] | None:
    if not items:
        return None
    unknown = list(dict.fromkeys(item for item in items if not run.has_item(item)))
    known = tuple(item for item in items if run.has_item(item))
    if unknown:
        named = ", ".join(cut(item) for item in unknown[:NAMED])
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        rest = "the other items stay" if known else otherwise
        said.append(f"This link's {what} holds items that {place} does not know: {named}{more}; {rest}.")
    if len(known) > most:
        limit = f"no more than {most} count" if what == PICKED else f"{place} looks at {most}"
        said.append(f"This link's {what} holds {len(known)} items, but {limit}; the newest {most} stay.")
    return known[-most:] or None
