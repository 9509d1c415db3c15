"""What changes when something is changed: the window, ω, or a part of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Slot:
    """One item of two windows laid side by side; a place is from 1, oldest first, None where it is not in that one."""

    item: int
    place_a: int | None
    place_b: int | None

    @property
    def called(self) -> str:
        """Its place in B; "A4" for one that is only in A."""
        return str(self.place_b) if self.place_b else f"A{self.place_a}"


@dataclass(frozen=True)
class Move:
    """One item before (A) and after (B). A rank is the one it would have where it does not compete."""

    item: int
    rank_a: float
    rank_b: float
    distance_a: float
    distance_b: float
    competes_a: bool
    competes_b: bool
    kind: Literal["up", "down", "same", "entered", "left"]  # entered, left: the top k

    @property
    def delta_rank(self) -> float:
        """Negative: it has risen."""
        return self.rank_b - self.rank_a

    @property
    def delta_distance(self) -> float:
        """Negative: it has come nearer."""
        return self.distance_b - self.distance_a


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two windows, A and B, in terms of s slots: the items of B in its order, and those only in A after the one that
    they followed there. An item that is there twice has two slots; each occurrence meets the nearest one of the other
    window. NaN: not in that window. Rows look, columns are looked at."""

    k: int
    slots: tuple[Slot, ...]
    attention_a: np.ndarray  # (s, s) float32
    attention_b: np.ndarray  # (s, s)
    masked: np.ndarray  # (s, s) bool: a mask takes the cell in A or in B
    weights_a: np.ndarray  # (s,) w: column sums where both m are sums, else means
    weights_b: np.ndarray  # (s,)
    moves: tuple[Move, ...]  # the top k of B, nearest first, then those that have left it
    target: Move | None  # the item that really came next
    intent_a: np.ndarray  # (d,) m
    intent_b: np.ndarray  # (d,)
    shift: float  # ‖m_B − m_A‖
    sentence: str

    @property
    def disjoint(self) -> bool:
        """Whether A and B share no item."""
        return not any(slot.place_a and slot.place_b for slot in self.slots)

    @property
    def attention_change(self) -> np.ndarray:
        """(s, s) B − A; NaN where a row or column is in one of them only."""
        return self.attention_b - self.attention_a

    @property
    def weight_change(self) -> np.ndarray:
        """(s,) B − A; NaN where the item is in one of them only."""
        return self.weights_b - self.weights_a


@dataclass(frozen=True, eq=False)
class RankCurve:
    """The rank of one item among all that compete, for every ω: constant between two edges."""

    item: int
    edges: np.ndarray  # (e + 1,) float64, strictly rising from 0 to 1
    ranks: np.ndarray  # (e,) float64 on each open interval; exact ties as half

    def at(self, omega: float) -> float:
        """The rank at ω; at an edge, that on its right (at 1, on its left)."""
        place = int(np.searchsorted(self.edges, omega, side="right")) - 1
        return float(self.ranks[min(max(place, 0), len(self.ranks) - 1)])


@dataclass(frozen=True)
class Crossing:
    """Where two items change places."""

    omega: float
    above: int  # which is nearer for an ω just below
    below: int
    rank: float  # of `above`, just below


@dataclass(frozen=True, eq=False)
class RankCurves:
    """Every item that is among the first k for some ω in [0, 1]; without a taste ω has no effect: one interval each."""

    k: int
    trained: float  # the ω that the model was trained with
    long_weight: float  # the ω that is on; 0 without a taste
    curves: tuple[RankCurve, ...]  # by rank at the ω that is on
    crossings: tuple[Crossing, ...]  # of two of them within the first k or at its border, by ω
    sentence: str


@dataclass(frozen=True)
class Experiment:
    """One change that a click makes, and what it does."""

    key: str  # such as "reverse", "drop 3", "mask before"
    name: str  # such as "drop item 3"
    window: tuple[int, ...] | None  # the new window; None: as it is
    changes: Mapping[str, str | bool]  # fields of ModelConfig; empty: as they are
    overlap: int  # how many of the first k stay among them
    of: int  # k, or fewer where fewer compete
    shift: float  # ‖Δm‖
    item: int  # whose ranks these are: the true next item, or else the one that was first
    rank_before: float
    rank: float

    @property
    def can_apply(self) -> bool:
        """Whether a window or settings make it; uniform attention is neither."""
        return self.window is not None or bool(self.changes)
