"""How titles and numbers stand in a generated sentence, and items in JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from attrec_core.errors import number
from attrec_core.runs.run import Run

LETTERS = 60  # of a title in a sentence
FINEST = 4  # digits that are tried before a number is called too small


def by_ids(record: Any, item_ids: Sequence[str], *fields: str) -> dict[str, Any]:
    """A record for JSON. `fields` hold an item, several, or None, and are given by the ids of the items."""

    def named(items: Any) -> Any:
        if items is None:
            return None
        return [item_ids[item] for item in items] if isinstance(items, tuple) else item_ids[items]

    return asdict(record) | {field: named(getattr(record, field)) for field in fields}


def short(title: str, limit: int = LETTERS) -> str:
    """On one line, and cut."""
    line = " ".join(title[: 10 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def quoted(run: Run, item: int, limit: int = LETTERS) -> str:
    """The title of an item as a sentence holds it; it is foreign text, which a page still has to escape."""
    return f"“{short(run.interactions.titles[item], limit)}”"


def titled(window: np.ndarray, place: int, name: Callable[[int], str]) -> str:
    """The title of the item at a place (from 1), with its letter where the window (n,) holds the item twice."""
    item = int(window[place - 1])
    return name(item) + (f" ({letter(place - 1)})" if (window == item).sum() > 1 else "")


def amount(value: float, digits: int = 2, only: str = "") -> str:
    """A number, with more digits where so few would all be 0: .41, .004, “less than .0001”. value: not below 0. only: a
    word before the number, which “less than” does not need."""
    if value == 0:
        return f"{only}{number(0, digits)}"
    for more in range(digits, FINEST + 1):
        if float(f"{value:.{more}f}"):
            return f"{only}{number(value, more)}"
    return f"less than {number(10**-FINEST, FINEST)}"


def listed(texts: Sequence[str], most: int | None = None) -> str:
    """a, b and c; of more than `most`, the first ones and how many the others are."""
    if most is not None and len(texts) > most:
        texts = [*texts[:most], f"{len(texts) - most} more"]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def letter(place: int) -> str:
    """By which an item of the window is marked where its title has no room: A for place 0, … Z, AA, AB, …"""
    before, last = divmod(place, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def rank(value: float) -> str:
    """12, or 12.5 in a tie."""
    return f"{value:,.1f}".removesuffix(".0")
