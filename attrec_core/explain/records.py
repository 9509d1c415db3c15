"""The records that cross the house: frozen dataclasses of arrays and numbers, no torch, no Plotly.

What looking at one person gives: the stages of attention, distances and ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Trace:
    """Every stage from a window of n items to m, for one person. Arrays are float32 unless said.

    Rows are who looks, columns are who is looked at. places (n,): the place p of each item in the window of L, so that
    a short window stands at its right end, as in training.
    """

    window: np.ndarray  # (n,) int64 item indices, oldest first
    places: np.ndarray  # (n,) int64
    values: np.ndarray  # (n, d) x, eq. 1
    signal: np.ndarray  # (n, d) TE, eq. 2; zeros when the model has none
    query: np.ndarray  # (n, d) q, eq. 3
    key: np.ndarray  # (n, d); the same as q with a shared W
    scores: np.ndarray  # (n, n) before any mask, eq. 4
    masked: np.ndarray  # (n, n) bool: cells that the diagonal mask takes away
    softmax: np.ndarray  # (n, n) after the softmax, before a mask that acts after it
    weights: np.ndarray  # (n, n) attention
    column_weights: np.ndarray  # (n,) w: column mean of the weights (column sum when m is a sum)
    missing: float  # ρ = 1 − Σ w: what the mask took (for a sum: n − Σ w)
    attended: np.ndarray  # (n, d) a, eq. 5
    intent: np.ndarray  # (d,) m, eq. 6


@dataclass(frozen=True, eq=False)
class Ranking:
    """Distances of all N items to one person at one moment. Squared, lower is better. Eq. 7.

    blended = long_weight × long + (1 − long_weight) × short. Without a user there is no long-term part: long is None
    and the long_weight used is 0. candidates (N,) bool: what competes; ranks (N,) from 1 count candidates only, exact
    ties as half; an item that is no candidate gets the rank it would have.
    """

    short: np.ndarray  # (N,) ‖m − X_i‖²
    long: np.ndarray | None  # (N,) ‖U_u − V_i‖²
    long_weight: float  # ω
    blended: np.ndarray  # (N,)
    candidates: np.ndarray  # (N,) bool
    ranks: np.ndarray  # (N,) float64

    def top(self, k: int) -> np.ndarray:
        """Indices of the k nearest candidates, nearest first; equal distances in the order of the items."""
        rows = np.flatnonzero(self.candidates)
        return rows[np.argsort(self.blended[rows], kind="stable")[:k]]

    def parts(self) -> tuple[np.ndarray, np.ndarray]:
        """(N,) the weighted short part and (N,) the weighted long part, which sum to blended."""
        long = np.zeros_like(self.short) if self.long is None else self.long_weight * self.long
        return (1 - self.long_weight) * self.short, long


@dataclass(frozen=True, eq=False)
class SplitRow:
    """One item's distance and its two parts; ranks under each part alone and under the blend."""

    item: int
    title: str
    short: float  # (1 − ω) ‖m − X_i‖²
    long: float  # ω ‖U_u − V_i‖²
    rank: float
    rank_short: float
    rank_long: float | None
    competes: bool  # else the ranks are those it would have
    mark: str  # such as "true next, in the window"


@dataclass(frozen=True)
class Story:
    """What the picture of the first page shows, in words and numbers."""

    user: bool
    window: tuple[str, ...]  # titles, oldest first
    weights: tuple[float, ...]  # w of each
    nearest: tuple[tuple[str, float, float], ...]  # title, short part, long part
    sentence: str
