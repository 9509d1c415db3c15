"""Ratings: numbers, or what makes them when somebody asks for them, which most imports never do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np


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
