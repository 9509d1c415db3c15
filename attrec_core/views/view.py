"""One view of the app as the query of its address, and back: what a link holds, read and never trusted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple
from urllib.parse import unquote

from attrec_core.errors import Remark

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
    progress: tuple[str, ...] | None = None  # of this person in the lesson; see lesson/progress.py
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

PARAMETERS = tuple(field.name for field in fields(View))


class Fitted(NamedTuple):
    """A view, and a remark for each part that was left out of it."""

    view: View
    remarks: tuple[Remark, ...] = ()


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
    """Any query -> the view it holds and a remark for each part that is no view's. Never raises."""
    remarks: list[Remark] = []
    given: dict[str, Any] = {}
    for name, value in params.items():
        values = [value] if isinstance(value, str) else list(value)
        if name not in PARAMETERS:
            text = "{source} holds {parameter}, which no view has; it was left out."
            remarks.append(of_link("unknown_parameter", text, parameter=cut(name)))
        elif values:
            read = READERS[name](values[-1])
            if isinstance(read, Remark):
                remarks.append(read)
            else:
                given[name] = read
            if len(set(values)) > 1:
                text = "{source} gives {parameter} {count} times; the last one counts."
                remarks.append(of_link("given_again", text, parameter=name, count=len(values)))
    return Fitted(View(**given), tuple(remarks))


def of_link(code: str, text: str, **facts: object) -> Remark:
    """A remark on a part of a view. `{source}` in the text is what the view came from: a link, until somebody says
    otherwise."""
    return Remark(code, text, {"source": "This link", **facts})


def cut(text: str) -> str:
    """A foreign text in quotes, on one line and not longer than a sentence can bear."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= SHOWN else line[: SHOWN - 1] + '…'}'"


Reader = Callable[[str], Any]  # the text of a parameter -> its value, or the Remark that it has none


def _whole(name: str, least: int) -> Reader:
    def read(text: str) -> int | Remark:
        # int() would also take underscores and blanks, and raise on more than 4,300 digits.
        if re.fullmatch(r"[0-9]{1,9}", text) and int(text) >= least:
            return int(text)
        sentence = "{source} gives the {part} {given}, which is not a whole number from {least}; it was left out."
        return of_link("not_a_number", sentence, part=name, given=cut(text), least=least)

    return read


def _choice(name: str, choices: Sequence[object]) -> Reader:
    def read(text: str) -> object:
        known = {str(choice): choice for choice in choices}
        if text in known:
            return known[text]
        sentence = "{source} gives the {part} {given}, which is none of {known}; it was left out."
        return of_link("not_a_choice", sentence, part=name, given=cut(text), known=", ".join(known))

    return read


def _omega(text: str) -> float | Remark:
    try:
        omega = float(text)
    except ValueError:
        omega = math.nan
    if 0.0 <= omega <= 1.0:
        return omega
    sentence = "{source} gives {given} as ω, which is not a number from 0 to 1; ω is as trained."
    return of_link("not_a_number", sentence, given=cut(text))


def _percent(text: str) -> int | Remark:
    if re.fullmatch(r"[0-9]{1,3}", text) and int(text) <= 100:
        return int(text)
    sentence = "{source} gives {given} as the way between two items, which is no percentage; it was left out."
    return of_link("not_a_number", sentence, given=cut(text))


def _list(name: str) -> Reader:
    def read(text: str) -> tuple[str, ...] | Remark:
        if text:
            return tuple("" if part == EMPTY_ID else unquote(part) for part in text.split(","))
        return of_link("empty_list", "{source} gives an empty {part}; it was left out.", part=name)

    return read


def _cell(text: str) -> tuple[int, int] | Remark:
    numbers = re.fullmatch(r"([1-9][0-9]{0,2}),([1-9][0-9]{0,2})", text)
    if numbers:
        return int(numbers[1]), int(numbers[2])
    sentence = "{source} gives the cell {given}, which is not row,column counted from 1; it was left out."
    return of_link("not_a_cell", sentence, given=cut(text))


READERS: dict[str, Reader] = {
    **dict.fromkeys(TEXTS, str),
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
