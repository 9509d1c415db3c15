"""What the page about all test users shows of their statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class PlaceShares:
    """Mean w by place in the window, the oldest first; what they lack to 1 is not looked at."""

    shares: np.ndarray  # (L,) float64
    level: float  # each place's w if all were looked at alike and nothing were masked
    missing: float  # mean ρ: what the mask took
    users: int  # over how many windows
    full: bool  # whether these are the full windows only


@dataclass(frozen=True, eq=False)
class TauHistogram:
    """How many users have which τ. Rows: delete, mask, exact."""

    centres: np.ndarray  # (21,) float64, −1 … 1
    counts: np.ndarray  # (3, 21) int64
    means: np.ndarray  # (3,) float64, over the users who have one; NaN without any
    own: float | None  # τ (delete) of the user who is looked at


@dataclass(frozen=True)
class Extreme:
    """A test user at one end of a measure."""

    rule: str  # such as "looks most at the latest item"
    user: int
    value: float
    why: str  # a sentence with the numbers
    page: str  # that shows it, such as "attention"
