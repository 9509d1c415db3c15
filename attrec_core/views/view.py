"""A view (what the pages show), its conversion to URL query parameters, and back. A link is checked, never trusted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple
from urllib.parse import unquote

from attrec_core.config import METRICS
from attrec_core.errors import Remark
from attrec_core.runs.protocol import WAYS
from attrec_core.views.texts import sections

NAMED = 5  # items that a sentence names before it counts the rest
SHOWN = 60  # characters of a foreign text that a remark quotes at most
EMPTY_ID = "%"  # stands for the id "" in a list, where two digits follow every other percent sign
TOPS = (5, 10, 20)
# What the list of runs can be sorted by → the label on the page.
ORDERS = {
    "created": "Date",
    "name": "Name",
    "data": "Data set",
    **METRICS,
    "epochs": "Epochs",
    "seconds": "Training time",
    "interactions": "Interactions",
    "size": "Size",
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "top": TOPS,
    "mask": ("after", "before", "none"),
    "signal": ("on", "off"),
    "pool": ("mean", "sum", "max", "min"),
    "stage": (
        *("values", "signal", "placed", "query", "key", "scores", "softmax", "mask"),
        *("column_weights", "attended", "intent", "taste", "distance", "rank"),
        *("place", "inputs", "normed", "value", "weights"),  # of SASRec alone
    ),
    "terms": ("whole", "average"),
    "projection": ("pca", "umap"),
    "colour": ("genre", "popularity", "distance"),
    "space": ("short", "long"),
    "metric": tuple(METRICS),
    "seen": ("out", "in"),
    "ties": ("file-first", "file-last"),
    "shuffled": WAYS["order"],
    **{name: WAYS[name] for name in ("split", "fit")},
    "beyond": ("coverage", "popularity"),
    "order": (*ORDERS, *(f"-{name}" for name in ORDERS)),
}


def of_link(code: str, text: str = "", kind: str = "", **facts: Any) -> Remark:
    """Returns a remark on a part of a view. text: by default the section of `texts/links.md`, of this kind if there are
    several. `{source}` in it names the origin of the view; by default, a link."""
    written = text or sections("links")[f"{code}, {kind}" if kind else code]
    return Remark(code, written, {"source": "This link", **facts})


def quoted_text(text: str) -> str:
    """Quotes a foreign text: on one line, with at most SHOWN characters."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= SHOWN else line[: SHOWN - 1] + '…'}”"


def quoted_names(names: Sequence[str], rest: str = " and {} more") -> str:
    """The first names in quotation marks, and how many more there are."""
    more = rest.format(len(names) - NAMED) if len(names) > NAMED else ""
    return ", ".join(quoted_text(name) for name in names[:NAMED]) + more


def _read(code: str, value: Callable[[str], Any], kind: str = "", **facts: Any) -> Any:
    """A field of a view. value: the text of a parameter -> its value, or None, for a remark, if the text is invalid."""

    def read(given: str) -> Any:
        result = value(given)
        return of_link(code, kind=kind, given=quoted_text(given), **facts) if result is None else result

    return field(default=None, metadata={"read": read})


def _number(text: str, digits: int, least: int, most: int) -> int | None:
    # int() alone would also accept underscores and blanks, and raise on more than 4,300 digits.
    return int(text) if re.fullmatch(f"[0-9]{{1,{digits}}}", text) and least <= int(text) <= most else None


def _whole(name: str, least: int) -> Any:
    return _read("not_a_number", lambda given: _number(given, 9, least, 10**9), part=name, least=least)


def _choice(name: str) -> Any:
    choices = {str(choice): choice for choice in CHOICES[name]}
    return _read("not_a_choice", choices.get, part=name, known=", ".join(choices))


def _ids(name: str) -> Any:
    def ids(text: str) -> tuple[str, ...] | None:
        return tuple("" if part == EMPTY_ID else unquote(part) for part in text.split(",")) if text else None

    return _read("empty_list", ids, part=name)


def _share(text: str) -> float | None:
    try:
        share = float(text)
    except ValueError:
        return None
    return share if 0.0 <= share <= 1.0 else None


def _pair(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"([1-9][0-9]{0,2}),([1-9][0-9]{0,2})", text)
    return (int(match[1]), int(match[2])) if match else None


def _shares(text: str) -> tuple[int, ...] | None:
    shares = tuple(_number(part, 6, 0, 10**6 - 1) for part in text.split(","))
    return shares if None not in shares and any(shares) else None  # type: ignore[return-value]


@dataclass(frozen=True)
class View:
    """What the pages show. None: nothing is chosen, or the setting is as trained. Items are ids, lists oldest first."""

    run: str | None = None
    user: str | None = None
    step: int | None = _whole("step", 1)  # how many items of the user's history have happened, 1 … its length
    window: tuple[str, ...] | None = _ids("window")  # None: the actual history
    omega: float | None = _read("not_a_number", _share, "omega")  # ω in [0, 1]
    selected: str | None = None
    likes: tuple[str, ...] | None = _ids("likes")  # "be a user": the items that a new person has picked
    pin: tuple[str, ...] | None = _ids("pin")  # the baseline (A) of an edit; None: the actual history
    mask: str | None = _choice("mask")
    signal: str | None = _choice("signal")  # "on" | "off": the time signal
    pool: str | None = _choice("pool")  # how the rows of a (attention output) are pooled into m
    layer: int | None = _whole("layer", 1)  # the layer whose attention is shown; None: the last
    head: int | None = _whole("head", 1)  # the head; None: the mean of all heads
    by_hand: tuple[int, ...] | None = _read("not_shares", _shares)  # average attention; only the ratios count
    item: str | None = None  # the explained item; None: the selected item, or the first recommendation
    against: str | None = None  # the item that the explained item is compared with
    terms: str | None = _choice("terms")  # the terms of the exact sum: whole, or relative to the average item
    cell: tuple[int, int] | None = _read("not_a_cell", _pair)  # (row, column) of the window, from 1
    stage: str | None = _choice("stage")  # the open stage of Step by step; None: the first
    dim: int | None = _whole("dimension", 1)  # the dimension of the vectors whose numbers are worked out, from 1
    top: int | None = _choice("top")  # how many recommendations are listed
    projection: str | None = _choice("projection")
    colour: str | None = _choice("colour")
    beside: str | None = None  # the run that `run` is compared with
    probe: int | None = _whole("user shown", 1)  # the user in a replay, from 1
    epoch: int | None = _whole("epoch", 0)  # the epoch in a replay; 0: before the first
    space: str | None = _choice("space")  # the map in a replay
    scene: int | None = _whole("scene", 0)  # presenter mode: the number of a prepared scene; 0: none of them
    lesson: int | None = _whole("lesson", 1)  # the step of the lesson, from 1
    progress: tuple[str, ...] | None = _ids("progress")  # of this person in the lesson; see lesson/lesson.py
    data: str | None = None  # the data set on the pages of the lab; None: the sample
    find: str | None = None  # the search text of the list of runs
    order: str | None = _choice("order")  # what that list is sorted by; "-mrr": by MRR in reverse order
    about: str | None = None  # the run described beside that list; None: the open run
    study: str | None = None  # the study on “Does it hold?”
    metric: str | None = _choice("metric")  # the metric of that study
    seen: str | None = _choice("seen")  # "in": items of the history are ranked too
    ties: str | None = _choice("ties")  # the tie rule of the study, if not its own; likewise the next three
    shuffled: str | None = _choice("shuffled")
    split: str | None = _choice("split")
    fit: str | None = _choice("fit")
    beyond: str | None = _choice("beyond")  # the measure shown beside accuracy


# In addresses of older versions; what they chose is no longer shown.
RETIRED = ("quantity", "across", "up", "apart", "between")
# The text of a parameter -> its value, or a Remark if the text has no valid value.
READERS: dict[str, Callable[[str], Any]] = {field.name: field.metadata.get("read", str) for field in fields(View)}


class Fitted(NamedTuple):
    """A view, and a remark for each part that was dropped from it."""

    view: View
    remarks: tuple[Remark, ...] = ()


def to_query(view: View) -> dict[str, str]:
    """Returns the view as query parameters, before URL encoding. None and empty lists are left out."""
    texts = {name: as_text(getattr(view, name)) for name in READERS}
    return {name: text for name, text in texts.items() if text is not None}


def as_text(value: object) -> str | None:
    """Returns a field of a view as it is written in an address; None if it is left out."""
    if isinstance(value, tuple):
        # Escapes only what a list needs: URL encoding escapes the rest, and escaping twice would make it long.
        escaped = (str(part).replace("%", "%25").replace(",", "%2C") or EMPTY_ID for part in value)
        return ",".join(escaped) or None
    if isinstance(value, float):
        return repr(value)
    return None if value is None else str(value)


def from_query(params: Mapping[str, str | Sequence[str]]) -> Fitted:
    """Returns the view that a query holds, and a remark for each part that does not belong to a view. Never raises."""
    remarks: list[Remark] = []
    unknown = [name for name in params if name not in READERS and name not in RETIRED]
    if unknown:
        kind = "several" if len(unknown) > 1 else ""
        remarks.append(of_link("unknown_parameter", kind=kind, parameters=quoted_names(unknown)))
    given: dict[str, Any] = {}
    for name, value in params.items():
        values = [value] if isinstance(value, str) else list(value)
        if values and name in READERS:
            result = READERS[name](values[-1])
            if isinstance(result, Remark):
                remarks.append(result)
            else:
                given[name] = result
            if len(set(values)) > 1:
                remarks.append(of_link("given_again", parameter=name, count=len(values)))
    return Fitted(View(**given), tuple(remarks))
