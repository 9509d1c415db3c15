"""Records of the drawing on the first page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WindowItem:
    """An item of the window with its average attention, from 0 to 1."""

    id: str
    title: str
    attention: float


@dataclass(frozen=True)
class Recommendation:
    """A recommended item with the short-term and the long-term part of its distance, which is their sum."""

    id: str
    title: str
    rank: float
    short: float
    long: float
    actual: bool  # whether it is the item that truly followed

    @property
    def distance(self) -> float:
        return self.short + self.long


@dataclass(frozen=True)
class Story:
    """The model applied to one window: attention gives m, and the items closest to m and U are recommended."""

    heading: str  # of the window
    window: tuple[WindowItem, ...]  # oldest first
    recommended: tuple[Recommendation, ...]  # closest first
    omega: float | None  # weight of the long-term taste; None without a user
    sentence: str
