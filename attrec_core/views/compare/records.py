"""Two runs, A and B: both lists, both attention matrices, both score splits, learning curves and metrics.

Items and users are ids, since the two runs may have different indices and different items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Listed:
    """An item that either run has among its first k. None: that run does not know the item."""

    item: str
    title: str
    rank_a: float | None
    rank_b: float | None
    in_a: bool  # among the first k of A
    in_b: bool


@dataclass(frozen=True)
class ListsBeside:
    """The two lists of recommendations: items in both first, then A's, then B's, each by rank."""

    k: int
    rows: tuple[Listed, ...]
    overlap: int  # how many of the first `of` of A are among those of B
    of: int  # k, or fewer where fewer compete
    rbo: float  # rank-biased overlap, p = .9, extrapolated: 1 the same list, 0 nothing in common
    tau: float | None  # Kendall's τ-b of the ranks of all rows that both know; None with fewer than two
    target_a: float | None  # the rank of the item that really came next; None where there is none
    target_b: float | None
    sentence: str


@dataclass(frozen=True, eq=False)
class AttentionBeside:
    """Both attention matrices over the s items of either window, oldest first. NaN: not in that run's window."""

    items: tuple[str, ...]
    titles: tuple[str, ...]
    map_a: np.ndarray  # (s, s) float32
    map_b: np.ndarray  # (s, s)
    masked_a: np.ndarray  # (s, s) bool
    masked_b: np.ndarray  # (s, s) bool
    weights_a: np.ndarray  # (s,) w
    weights_b: np.ndarray  # (s,)
    missing_a: float  # ρ
    missing_b: float
    tau: float | None  # Kendall's τ-b of w over the items that both have; None with fewer than two, or all alike
    sentence: str


@dataclass(frozen=True)
class SplitBeside:
    """How the distances of each list split into short and long term, on average."""

    long_a: float | None  # share of the long-term part in the first k; None without a taste or without a list
    long_b: float | None
    omega_a: float
    omega_b: float
    sentence: str


@dataclass(frozen=True, eq=False)
class Curve:
    """How one run was trained, epoch by epoch."""

    name: str
    epochs: np.ndarray  # (e,) int, of the search, from 1
    loss: np.ndarray  # (e,) hinge, mean over the windows
    hr50: np.ndarray  # (e,) on the validation items
    mrr: np.ndarray  # (e,)
    seconds: np.ndarray  # (e,)
    refit: np.ndarray  # (f,) loss of the final fit; empty without one
    best_epoch: int


@dataclass(frozen=True)
class CurvesBeside:
    """Learning curves over each other."""

    a: Curve
    b: Curve
    sentence: str


@dataclass(frozen=True)
class MetricBeside:
    """One figure of both runs on the test items."""

    key: str  # such as "hr@50"
    name: str  # such as "HR@50"
    a: float
    b: float
    error: float | None  # standard error of B − A over the same users; None where that is not known

    @property
    def difference(self) -> float:
        return self.b - self.a

    @property
    def beyond_chance(self) -> bool | None:
        """Whether B − A is more than two standard errors; None where the error is not known."""
        return None if self.error is None else abs(self.difference) > 2 * self.error


@dataclass(frozen=True)
class MetricsBeside:
    """Figures of both runs, and what keeps them from being compared; without remarks they are about the same data."""

    rows: tuple[MetricBeside, ...]
    remarks: tuple[str, ...]
    sentence: str

    @property
    def comparable(self) -> bool:
        return not self.remarks
