"""Two items P and Q and a point u between them: how near a point can be to both, by distance and by dot product.

With u = (1 − s) P + s Q, ‖x − u‖² = (1 − s) ‖x − P‖² + s ‖x − Q‖² − s (1 − s) ‖P − Q‖² for every x, so the distances
to P and to Q say all. They are not squared, since squared distances do not obey the triangle inequality.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.explain.ranking import expanded, squared, squared_distances
from attrec_core.runs.run import Run

EPSILON = 1e-9
CLEARLY = 1.1  # times more that a product is said to be more
LONGEST = 1000  # times as long as u that a vector is sensibly said to be


@dataclass(frozen=True, eq=False)
class TwoItems:
    """Two items of the user space, and how far all N items are from both."""

    pair: tuple[int, int]  # P and Q
    share: float  # s, from 0 at P to 1 at Q
    to_p: np.ndarray  # (N,) ‖V_i − P‖
    to_q: np.ndarray  # (N,) ‖V_i − Q‖
    taste: tuple[float, float] | None  # ‖U − P‖ and ‖U − Q‖ of the user
    products: tuple[float, float]  # u · P and u · Q
    own: float  # the larger one of P · P and Q · Q

    @property
    def apart(self) -> float:
        """‖P − Q‖"""
        return float(self.to_p[self.pair[1]])

    @property
    def u(self) -> tuple[float, float]:
        """‖u − P‖ and ‖u − Q‖"""
        return self.share * self.apart, (1 - self.share) * self.apart

    @property
    def to_u(self) -> np.ndarray:
        """(N,) ‖V_i − u‖; infinite for P and Q."""
        s = self.share
        distances = (1 - s) * self.to_p**2 + s * self.to_q**2 - s * (1 - s) * self.apart**2
        distances[list(self.pair)] = np.inf
        return np.sqrt(np.maximum(distances, 0))

    @property
    def longer(self) -> int | None:
        """How many times as long u has to be, so that its product with P and with Q is larger than that of each with
        itself; None where no length is enough, or no sensible one."""
        least = min(self.products)
        return int(CLEARLY * self.own / least) + 1 if least > self.own / LONGEST else None


def farthest_pair(run: Run, items: np.ndarray) -> tuple[int, int] | None:
    """Returns the two items whose V rows are farthest apart, the earlier first; None when all are at one point."""
    rows = np.asarray(list(dict.fromkeys(np.asarray(items).tolist())), np.int64)
    if len(rows) < 2:
        return None
    vectors = run.weights["item_long"][rows].astype(float)
    distances = expanded(vectors, vectors, squared(vectors))
    first, second = sorted(np.unravel_index(int(distances.argmax()), distances.shape))
    return (int(rows[first]), int(rows[second])) if distances[first, second] > EPSILON else None


def two_items(run: Run, pair: tuple[int, int], share: float, taste: np.ndarray | None) -> TwoItems:
    """taste (d,): the user's U."""
    table = run.weights["item_long"]
    p, q = table[list(pair)].astype(float)
    u = (1 - share) * p + share * q
    to_p, to_q = (np.sqrt(squared_distances(table, end)) for end in (p, q))
    own = None if taste is None else (float(np.linalg.norm(taste - p)), float(np.linalg.norm(taste - q)))
    return TwoItems(pair, share, to_p, to_q, own, (float(u @ p), float(u @ q)), float(max(p @ p, q @ q)))
