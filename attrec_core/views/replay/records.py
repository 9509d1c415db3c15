"""The records of a replay: after each epoch the metrics, one user's attention and list, and the map of all points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.views.maps import Points
from attrec_core.views.moment.records import AttentionRecord

Limits = tuple[tuple[float, float], tuple[float, float]]  # of x and of y: from, to


@dataclass(frozen=True, eq=False)
class ReplayCurve:
    """The metrics of every epoch of the replayed phase, and the stored epochs."""

    epochs: np.ndarray  # (E,) int, from 1
    losses: np.ndarray  # (E,)
    hr50: np.ndarray  # (E,) on the validation items, at that epoch of the search; NaN if there is none
    mrr: np.ndarray  # (E,)
    kept: np.ndarray  # (F,) stored epochs, which can be shown, from 0
    best: int

    @property
    def last(self) -> int:
        return int(self.epochs[-1]) if len(self.epochs) else 1


@dataclass(frozen=True, eq=False)
class ReplayMoment:
    """One user after one epoch."""

    epoch: int
    attention: AttentionRecord  # in the window
    top: Sequence[int]  # indices of the recommendations, by rank
    distances: Sequence[float]  # of the recommendations
    target: int  # the actual next item
    rank: float  # of the target
    sentence: str


@dataclass(frozen=True, eq=False)
class ReplayMap:
    """One space after one epoch, within limits that hold for all epochs, so that only the points move."""

    epoch: int
    items: np.ndarray  # (n, 2)
    users: np.ndarray | None  # (m, 2) in the long-term space
    marks: tuple[tuple[str, Points], ...]  # (kind, points); kind: window | intent | user | top | target
    limits: Limits
    sentence: str


@dataclass(frozen=True, eq=False)
class MovingMap:
    """What the browser needs to move N points of a map through F frames. Rows are indices of the drawn points; −1: the
    item is not drawn."""

    items: str  # (F, N, 2) uint16 in base64
    users: str | None  # the same for users, in the long-term space
    titles: Sequence[str]  # N
    wide: float
    high: float
    window: Sequence[int]  # rows of the window's items
    colours: Sequence[str]  # of the window's items
    letters: Sequence[str]  # of the window's items
    target: Sequence[int]  # the row of the actual next item
    top: Sequence[Sequence[int]]  # rows of the recommendations of each frame
    own: Sequence[Sequence[int]]  # F, the positions of m or U
    mine: str  # "m" or "U"
    drawn: str  # how many points are drawn, in words


@dataclass(frozen=True)
class FrameSentences:
    """The sentences on the page while a frame is shown: beside the player, and below each figure."""

    player: str
    curves: str
    attention: str
    map: str


@dataclass(frozen=True, eq=False)
class Film:
    """A replay of F frames as the browser plays it."""

    epochs: Sequence[int]  # F
    step: int  # the frame of the epoch that the address names
    sentences: Sequence[FrameSentences]  # F
    attention: AttentionRecord  # with weights (F, n, n), column_weights (F, n) and missing (F,)
    map: MovingMap
    curves: Sequence[str]  # an SVG for a wide page and one for a narrow page
    across: Sequence[Sequence[float]]  # the x of each frame in these two
    place: str  # title of the map
    whose: str  # identifies the run, user and map
    selected: str | None = None  # id of an item
