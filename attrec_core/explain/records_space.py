"""What the maps of the two spaces show, how far one may trust them, and what lies between two items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one kind on a map: coordinates (n, 2), and for each its label on hover, its id, what is written
    beside it, and which of the items' colours it has."""

    name: str
    coordinates: np.ndarray
    labels: tuple[str, ...]
    ids: tuple[str, ...]  # of an item or a user; "" for m
    texts: tuple[str, ...] = ()
    hues: tuple[int | None, ...] = ()


@dataclass(frozen=True, eq=False)
class IntentPath:
    """m after each of the S steps of a history, oldest first."""

    items: np.ndarray  # (S,) the item that came at each step
    intents: np.ndarray  # (S, d) m of the window that ends there
    nearest: np.ndarray  # (S, k) items truly nearest to m, nearest first
    distances: np.ndarray  # (S, k) squared
    moved: np.ndarray  # (S,) ‖m − m one step before‖², squared; 0 at the first


@dataclass(frozen=True, eq=False)
class PathOnMap:
    """A path of m, laid on a map: what the animation shows."""

    intents: np.ndarray  # (S, 2)
    items: np.ndarray  # (S, 2) where the item of each step lies
    near: tuple[str, ...]  # (S,) title of the item truly nearest to m
    step: int  # the one that is shown, from 1
    window: int  # L
    whose: str  # changes when the path becomes another one


@dataclass(frozen=True, eq=False)
class Cloud:
    """All items of a metric space laid flat, and in the long-term space the users. By colour: a category for each
    item, or a number."""

    items: Points
    categories: tuple[str, ...] | None  # (N,) main genre
    values: np.ndarray | None  # (N,) when coloured by a number
    value_name: str
    users: Points | None


@dataclass(frozen=True, eq=False)
class SpaceMap:
    """One metric space with what is marked in it; marks are drawn over everything."""

    cloud: Cloud
    marks: tuple[tuple[str, Points], ...]  # (kind, points); kind: window | intent | user | top | target | selected
    origin: np.ndarray | None  # (2,) where that lies whose true neighbours are joined to it
    neighbours: np.ndarray  # (k, 2) where the truly nearest items lie, nearest first
    path: PathOnMap | None = None  # of m, in the short-term space
    before: np.ndarray | None = None  # (2,) m_A, where the window has been edited


@dataclass(frozen=True)
class Trust:
    """Trustworthiness of a map (Venna & Kaski 2001), from 0 to 1: 1 when whatever is near on it is near in truth."""

    value: float
    chance: float  # what a random layout has on average
    neighbours: int  # k
    measured: int  # points whose surroundings were looked at
    points: int  # points on the map


@dataclass(frozen=True, eq=False)
class Apart:
    """Two items P and Q, a user u between them, and all N items as either rule sees them; nothing is projected away.

    `along` is the place on the line from P (0) to Q (their distance). Distances here are not squared: squared ones do
    not obey the triangle inequality. The order is the same.
    """

    first: int  # P
    second: int  # Q
    share: float  # u = (1 − share) P + share Q
    along: np.ndarray  # (N,)
    off: np.ndarray  # (N,) true distance from the line, never negative
    outward: np.ndarray  # (N,) height over the line in the plane through P, Q and the origin; the origin is below
    origin: np.ndarray  # (2,) (along, outward) of the origin
    lengths: np.ndarray  # (N,) ‖V_i‖
    products: np.ndarray  # (N,) u · V_i; high is good
    distances: np.ndarray  # (N,) ‖u − V_i‖; low is good
    product_ranks: np.ndarray  # (N,) from 1, ties as half
    distance_ranks: np.ndarray  # (N,)
    taste: np.ndarray | None  # (3,) along, outward and off of the real user's U

    @property
    def apart(self) -> float:
        """‖P − Q‖"""
        return float(self.along[self.second])

    @property
    def pair(self) -> tuple[int, int]:
        return self.first, self.second

    @property
    def u(self) -> float:
        """Where the user stands on the line."""
        return self.share * self.apart

    def beaten_by(self, rule: str) -> np.ndarray:
        """Items that a rule ("product" | "distance") puts before both P and Q, best first."""
        goodness = self.products if rule == "product" else -self.distances
        better = np.flatnonzero(goodness > goodness[list(self.pair)].max())
        return better[np.argsort(-goodness[better], kind="stable")]


@dataclass(frozen=True, eq=False)
class RuleView:
    """How one rule sees two items and a user between them, to be drawn."""

    apart: Apart
    rule: str  # "product" | "distance"
    rows: np.ndarray  # (n,) items that are drawn beside P and Q
    titles: tuple[str, ...]  # (N,)
    ids: tuple[str, ...]  # (N,)
    hues: tuple[int | None, int | None]  # of P and Q
    who: str  # the real user
