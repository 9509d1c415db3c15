"""Two items far apart and a user between them: which items an inner product ranks first, and which a distance.

With e₁ along the line from P to Q and e₂ outward from the origin, u · x depends only on x's position in the plane of e₁
and e₂, and ‖u − x‖ only on its position along the line and its distance from the line. So both pictures are exact in
all d dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrec_core.errors import InputError
from attrec_core.explain.distances import BLOCK, expanded, squared
from attrec_core.explain.ranking import rank_among

if TYPE_CHECKING:
    from attrec_core.runs.run import Run


@dataclass(frozen=True, eq=False)
class Apart:
    """Two items P and Q, a user u between them, and all N items under both rules; nothing is lost by projection.

    `along` is the position on the line, from 0 at P to ‖P − Q‖ at Q. Distances here are not squared, since squared
    distances do not obey the triangle inequality; the order is the same.
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
        """The position of the user on the line."""
        return self.share * self.apart

    def values(self, rule: str) -> np.ndarray:
        """(N,) the values by which a rule ("product" | "distance") orders the items; low is good."""
        return -self.products if rule == "product" else self.distances

    def beaten_by(self, rule: str) -> np.ndarray:
        """Returns the items that a rule ranks before both P and Q, best first."""
        values = self.values(rule)
        better = np.flatnonzero(values < values[list(self.pair)].min())
        return better[np.argsort(values[better], kind="stable")]

    def best(self, rule: str, k: int) -> np.ndarray:
        """Returns the k items that a rule ranks first, best first."""
        values = self.values(rule)
        k = min(k, len(values))
        good = np.flatnonzero(values <= np.partition(values, k - 1)[k - 1])
        return good[np.argsort(values[good], kind="stable")][:k]

    def ranks(self, rule: str, items: Iterable[int]) -> np.ndarray:
        """Returns the rank of each of these items by a rule, from 1; a tie counts half."""
        values = self.values(rule)
        return np.array([rank_among(values, values[item]) - 1 / 2 for item in items])


EPSILON = 1e-9


def farthest_pair(run: Run, items: np.ndarray) -> tuple[int, int] | None:
    """Returns the two items whose V rows are farthest apart, the earlier first; None when all are at one point."""
    rows = np.asarray(list(dict.fromkeys(np.asarray(items).tolist())), np.int64)
    if len(rows) < 2:
        return None
    vectors = run.weights["item_long"][rows].astype(float)
    distances = expanded(vectors, vectors, squared(vectors))
    first, second = sorted(np.unravel_index(int(distances.argmax()), distances.shape))
    return (int(rows[first]), int(rows[second])) if distances[first, second] > EPSILON else None


def apart(run: Run, first: int, second: int, share: float, taste: np.ndarray | None = None) -> Apart:
    """Places u = (1 − share) P + share Q among all items of the long-term space. taste (d,): the real user's U.

    Raises InputError when P and Q are at the same point: then there is no line through them.
    """
    vectors = run.weights["item_long"]
    a, b = vectors[[first, second]].astype(float)
    length = float(np.linalg.norm(b - a))
    if length < EPSILON:
        sentence = "The two items are at the same point of the user space; choose two that are apart."
        raise InputError("same_place", sentence)
    along = (b - a) / length
    outward = upright(a, along)
    u = (1 - share) * a + share * b

    def seen(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        from_a = points - a
        at = from_a @ along
        return at, from_a @ outward, np.linalg.norm(from_a - at[..., None] * along, axis=-1)

    blocks = (vectors[start : start + BLOCK].astype(float) for start in range(0, len(vectors), BLOCK))
    parts = [(*seen(block), np.linalg.norm(block, axis=1), block @ u) for block in blocks]
    at, height, off, lengths, products = map(np.concatenate, zip(*parts, strict=True))
    # The two ends lie exactly on the line; otherwise rounding errors would decide ranks.
    at[[first, second]], height[[first, second]], off[[first, second]] = (0.0, length), 0.0, 0.0
    distances = np.hypot(at - share * length, off)
    return Apart(
        first=first,
        second=second,
        share=share,
        along=at,
        off=off,
        outward=height,
        origin=np.array(seen(np.zeros_like(a))[:2], float),
        lengths=lengths,
        products=products,
        distances=distances,
        taste=None if taste is None else np.array(seen(taste.astype(float)), float),
    )


def upright(a: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Returns the unit vector (d,) from the origin to the line through P, at right angles to the line.

    Where the line passes through the origin, any unit vector at right angles will do, as u has no part along it. In one
    dimension there is none.
    """
    height = a - (a @ along) * along
    if np.linalg.norm(height) < EPSILON:
        axis = np.eye(len(a))[np.abs(along).argmin()]
        height = axis - (axis @ along) * along
    size = np.linalg.norm(height)
    return height / size if size > EPSILON else np.zeros_like(height)
