"""Formats titles and numbers for generated sentences, and items for JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from attrec_core.errors import number

if TYPE_CHECKING:
    from attrec_core.runs.run import Run

LETTERS = 60  # characters of a title in a sentence
FINEST = 4  # digits that are tried before a number is called too small


def by_ids(record: Any, item_ids: Sequence[str], *fields: str) -> dict[str, Any]:
    """Returns a record for JSON. In `fields`, which hold an item, several items or None, ids replace the items."""

    def named(items: Any) -> Any:
        if items is None:
            return None
        return [item_ids[item] for item in items] if isinstance(items, tuple) else item_ids[items]

    return asdict(record) | {field: named(getattr(record, field)) for field in fields}


def short(title: str, limit: int = LETTERS) -> str:
    """Returns the title on one line, cut to `limit` characters."""
    line = " ".join(title[: 10 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def quoted(run: Run, item: int, limit: int = LETTERS) -> str:
    """Returns the title of an item in quotation marks. It is foreign text, which a page still has to escape."""
    return f"“{short(run.interactions.titles[item], limit)}”"


def title_at(window: np.ndarray, place: int, name: Callable[[int], str]) -> str:
    """Returns the title of the item at a place (from 1), with its letter where the window (n,) holds the item twice."""
    item = int(window[place - 1])
    return name(item) + (f" ({letter(place - 1)})" if (window == item).sum() > 1 else "")


def quoted_at(run: Run, window: np.ndarray, place: int) -> str:
    """Returns the same as `title_at`, in quotation marks."""
    return title_at(window, place, partial(quoted, run))


def amount(value: float, digits: int = 2, only: str = "") -> str:
    """Formats a number, with more digits where `digits` would all be 0: .41, .004, “less than .0001”. value: not below
    0. only: a word before the number, omitted before “less than”."""
    if value == 0:
        return f"{only}{number(0, digits)}"
    for precision in range(digits, FINEST + 1):
        if float(f"{value:.{precision}f}"):
            return f"{only}{number(value, precision)}"
    return f"less than {number(10**-FINEST, FINEST)}"


def gap_in_words(value: float) -> str:
    """States how far a sum and the model's own value, each written with 4 digits, are apart. value: not below 0."""
    return "equal up to rounding" if value < 0.00005 else f"apart by {number(value, 4)}"


def listed(texts: Sequence[str], most: int | None = None) -> str:
    """Joins texts: a, b and c. Of more than `most`, it gives the first ones and the number of the rest."""
    if most is not None and len(texts) > most:
        texts = [*texts[:most], f"{len(texts) - most} more"]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def letter(place: int) -> str:
    """Returns the letter of an item of the window, used where its title has no room: A for place 0, … Z, AA, AB, …"""
    before, last = divmod(place, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def rank(value: float) -> str:
    """Formats a rank: 12, or 12.5 in a tie."""
    return f"{value:,.1f}".removesuffix(".0")
