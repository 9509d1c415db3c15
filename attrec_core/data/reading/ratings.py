"""Ratings: numbers, or what makes them when somebody asks for them, which most imports never do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")  # 1,5
POINT = re.compile(r"\s*[+-]?\d*\.\d+\s*")  # 1.5
THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*")  # 1,234, which may be one thousand and more


def has_decimal_comma(values: Iterable[tuple[str, int]]) -> bool:
    """Whether a comma stands before the decimals, by texts and how often each occurs: more of them are numbers with a
    comma than with a point, and some of these cannot mean thousands.
    """
    commas, points, plain = 0, 0, False
    for text, count in values:
        if COMMA.fullmatch(text):
            commas += count
            plain = plain or not THOUSANDS.fullmatch(text)
        elif POINT.fullmatch(text):
            points += count
    return plain and commas > points


@dataclass(frozen=True, eq=False)
class Ratings:
    """(n,) float64, or a function that makes them. NaN: no rating."""

    stored: np.ndarray | Callable[[], np.ndarray]

    @cached_property
    def values(self) -> np.ndarray:
        return self.stored() if callable(self.stored) else self.stored

    def at(self, row: int) -> float | None:
        """One rating; None where there is none."""
        value = float(self.values[row])
        return None if np.isnan(value) else value

    def take(self, rows: np.ndarray) -> Ratings:
        """The rows of a mask or of positions."""
        return Ratings(self.values[rows])
