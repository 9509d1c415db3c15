"""Two items far apart and a user between them: who is put first by an inner product, and who by a distance.

With e₁ along the line from P to Q and e₂ outward from the origin, u · x needs only x's place in the plane of e₁ and e₂,
and ‖u − x‖ only its place along the line and its distance from it. So both pictures are exact in all d dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from attrec_core.errors import InputError
from attrec_core.explain.distances import BLOCK, expanded, squared
from attrec_core.explain.ranking import rank_among
from attrec_core.runs.run import Run


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

    def values(self, rule: str) -> np.ndarray:
        """(N,) what a rule ("product" | "distance") orders the items by; low is good."""
        return -self.products if rule == "product" else self.distances

    def beaten_by(self, rule: str) -> np.ndarray:
        """Items that a rule puts before both P and Q, best first."""
        values = self.values(rule)
        better = np.flatnonzero(values < values[list(self.pair)].min())
        return better[np.argsort(values[better], kind="stable")]

    def best(self, rule: str, k: int) -> np.ndarray:
        """The k items that a rule puts first, best first."""
        values = self.values(rule)
        k = min(k, len(values))
        good = np.flatnonzero(values <= np.partition(values, k - 1)[k - 1])
        return good[np.argsort(values[good], kind="stable")][:k]

    def ranks(self, rule: str, items: Iterable[int]) -> np.ndarray:
        """The rank of each of these items by a rule, from 1, ties as half."""
        values = self.values(rule)
        return np.array([rank_among(values, values[item]) - 1 / 2 for item in items])


EPSILON = 1e-9


def farthest_pair(run: Run, items: np.ndarray) -> tuple[int, int] | None:
    """Of these items, the two whose V rows are farthest apart, the earlier first; None when all lie in one place."""
    rows = np.asarray(list(dict.fromkeys(np.asarray(items).tolist())), np.int64)
    if len(rows) < 2:
        return None
    vectors = run.weights["item_long"][rows].astype(float)
    apart_by = expanded(vectors, vectors, squared(vectors))
    first, second = sorted(np.unravel_index(int(apart_by.argmax()), apart_by.shape))
    return (int(rows[first]), int(rows[second])) if apart_by[first, second] > EPSILON else None


def apart(run: Run, first: int, second: int, share: float, taste: np.ndarray | None = None) -> Apart:
    """u = (1 − share) P + share Q among all items of the long-term space; taste (d,): the real user's U.

    Raises InputError when P and Q lie in the same place: there is no line through them.
    """
    vectors = run.weights["item_long"]
    a, b = vectors[[first, second]].astype(float)
    long = float(np.linalg.norm(b - a))
    if long < EPSILON:
        sentence = "The two items are at the same point of the user space; choose two that are apart."
        raise InputError("same_place", sentence)
    along = (b - a) / long
    outward = upright(a, along)
    u = (1 - share) * a + share * b

    def seen(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        from_a = points - a
        at = from_a @ along
        return at, from_a @ outward, np.linalg.norm(from_a - at[..., None] * along, axis=-1)

    blocks = (vectors[start : start + BLOCK].astype(float) for start in range(0, len(vectors), BLOCK))
    parts = [(*seen(block), np.linalg.norm(block, axis=1), block @ u) for block in blocks]
    at, height, off, lengths, products = map(np.concatenate, zip(*parts, strict=True))
    # The two ends lie on the line; differences of rounding would make a rank of one.
    at[[first, second]], height[[first, second]], off[[first, second]] = (0.0, long), 0.0, 0.0
    distances = np.hypot(at - share * long, off)
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
    """(d,) the unit vector from the origin to the line through P, at right angles to it.

    Where the line meets the origin every such vector will do, as u has no part along it. In one dimension there is
    none.
    """
    height = a - (a @ along) * along
    if np.linalg.norm(height) < EPSILON:
        axis = np.eye(len(a))[np.abs(along).argmin()]
        height = axis - (axis @ along) * along
    size = np.linalg.norm(height)
    return height / size if size > EPSILON else np.zeros_like(height)
