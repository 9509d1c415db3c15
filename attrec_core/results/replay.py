"""How a model came to be: what a few people saw and where everything lay, epoch after epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from attrec_core.results.spaces import Points

Phase = Literal["search", "refit"]


@dataclass(frozen=True)
class Probe:
    """Somebody who is watched while the model learns, chosen by rule from the data alone."""

    user: int
    rule: str  # such as "has the longest history"


@dataclass(frozen=True, eq=False)
class Replay:
    """F moments of one training, P people, their windows of L items before the test item, and a drawn part of the maps.

    Every epoch is seen from the same side: the first two principal axes of the trained model, so a point moves on the
    map exactly as far as it moves along them. Windows are right-aligned, −1 where there is no item.
    """

    phase: Phase  # what is replayed: the final fit, which ends as the run, or the search where there was none
    epochs: np.ndarray  # (F,) int32, ascending, from 0: before the first epoch
    best: int  # the epoch that is the run
    probes: tuple[Probe, ...]
    windows: np.ndarray  # (P, L) int32
    targets: np.ndarray  # (P,) int32, the test item
    weights: np.ndarray  # (F, P, L, L) float16, rows look; 0 where there is no item
    top: np.ndarray  # (F, P, K) int32, the nearest items that the user has not had; −1 where there are no more
    distances: np.ndarray  # (F, P, K) float32, of those; NaN where there are none
    ranks: np.ndarray  # (F, P) float32, of the test item
    items: np.ndarray  # (n,) int32, ascending: those that are drawn
    users: np.ndarray  # (m,) int32, ascending
    short_items: np.ndarray  # (F, n, 2) float16
    intents: np.ndarray  # (F, P, 2) float16: m, in the short-term space
    long_items: np.ndarray  # (F, n, 2) float16
    long_users: np.ndarray  # (F, m, 2) float16


@dataclass(frozen=True, eq=False)
class ReplayCurve:
    """The figures of every epoch of the phase that is replayed, and which epochs were kept."""

    epochs: np.ndarray  # (E,) int, from 1
    losses: np.ndarray  # (E,)
    hr50: np.ndarray  # (E,) on the validation items, at that epoch of the search; NaN where there is none
    mrr: np.ndarray  # (E,)
    kept: np.ndarray  # (F,) epochs that can be looked at, from 0
    best: int


@dataclass(frozen=True, eq=False)
class ReplayMoment:
    """One person after one epoch."""

    epoch: int
    window: np.ndarray  # (n,) item indices, oldest first
    ids: tuple[str, ...]  # (n,)
    titles: tuple[str, ...]
    weights: np.ndarray  # (n, n) float32
    masked: np.ndarray  # (n, n) bool
    column_weights: np.ndarray  # (n,)
    top: tuple[int, ...]  # item indices, nearest first
    top_titles: tuple[str, ...]
    distances: tuple[float, ...]
    is_target: tuple[bool, ...]
    target: int
    target_title: str
    rank: float  # of the item that really came next
    sentence: str


@dataclass(frozen=True, eq=False)
class ReplayMap:
    """One space after one epoch, within limits that hold for all epochs, so that nothing but the points moves."""

    epoch: int
    items: Points
    users: Points | None  # in the long-term space
    marks: tuple[tuple[str, Points], ...]  # (kind, points); kind: window | intent | user | top | target
    limits: tuple[tuple[float, float], tuple[float, float]]  # of x and y
    drawn: tuple[int, int]  # how many of how many items
    sentence: str
