"""How near every item is to one user at one moment, and its rank; and the same for many m at once. Equation 7.

A rank is 1 + the candidates strictly nearer + half of those exactly as near.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.explain.distances import expanded, squared, squared_distances
from attrec_core.runs.run import Run

BLOCK = 64  # m's in one product: 64 × 10,000 distances are 2.6 MB


@dataclass(frozen=True, eq=False)
class Ranking:
    """Distances of all N items to one user at one moment. Squared, lower is better. Eq. 7.

    blended = long_weight × long + (1 − long_weight) × short. Without a user there is no long-term part: long is None
    and the long_weight used is 0. candidates (N,) bool; ranks (N,) from 1 count candidates only, exact
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


def ranking(
    run: Run,
    intent: np.ndarray,
    taste: np.ndarray | None,
    *,
    long_weight: float | None = None,
    exclude: Sequence[int] | np.ndarray | None = None,
) -> Ranking:
    """Distances and ranks of all items for m (d,) and U_u (d,) or nobody. Eq. 7.

    long_weight None is the trained ω; exclude: item indices that are no candidates.
    """
    omega = run.model_config.long_weight if long_weight is None else long_weight
    short = squared_distances(run.arrays["item_short"], intent)
    long = None if taste is None else squared_distances(run.arrays["item_long"], taste)
    omega = 0.0 if long is None else omega
    blended = (1 - omega) * short if long is None else omega * long + (1 - omega) * short
    candidates = np.ones(len(short), bool)
    if exclude is not None:
        candidates[exclude] = False
    return Ranking(short, long, omega, blended, candidates, half_ranks(blended, candidates))


def rank_among(distances: np.ndarray, own: np.ndarray | float) -> np.ndarray:
    """(…, N) distances of the others, (…) one's own → (…) its rank among them."""
    own = np.asarray(own)[..., None]
    return 1 + (distances < own).sum(-1) + (distances == own).sum(-1) / 2


def target_ranks(distances: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(B, N) distances, (B,) target columns → (B,) the rank of each target in its row."""
    return rank_among(distances, distances[np.arange(len(targets)), targets]) - 1 / 2  # it is as near as itself


def half_ranks(distances: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(N,) distances, (N,) bool → (N,) the rank of every item among the candidates; of another, the one it would have.

    The same as `rank_among` of each item, by sorting once.
    """
    ordered = np.sort(distances[candidates])
    nearer = np.searchsorted(ordered, distances, side="left")
    as_near = np.searchsorted(ordered, distances, side="right") - nearer
    return 1 + nearer + np.maximum(as_near - candidates, 0) / 2


def remove_seen(distances: np.ndarray, targets: np.ndarray, seen: tuple[np.ndarray, np.ndarray]) -> None:
    """In (B, N) distances, items seen (rows, columns) get ∞, so that they are no candidates; a target (B,) never."""
    rows = np.arange(len(targets))
    own = distances[rows, targets].copy()
    distances[seen] = np.inf
    distances[rows, targets] = own


class Screening:
    """The rank of one item, or the first k, for many m at once, exactly as `ranking` gives them one by one.

    Taste and ω are those of a ranking; table (N, d) is X. One matrix product puts all items in order but for rounding;
    only those that it cannot tell apart are computed by differences, as `ranking` does.
    """

    def __init__(self, table: np.ndarray, ranking: Ranking) -> None:
        self.table, self.omega, long = table, ranking.long_weight, ranking.long
        self.long = None if long is None else self.omega * long
        norms = squared(table)
        self.longest = float(np.sqrt(norms.max()))
        self.floor = (1 - self.omega) * norms
        if self.long is not None:
            self.floor = self.floor + self.long

    def ranks(self, item: int, intents: np.ndarray, excluded: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """One item; m (K, d); for each the excluded items → y (K,) and rank (K,), ties as half; float64."""
        distances, ranks = np.empty(len(intents)), np.empty(len(intents))
        for row, rough, slack in self.rough(intents, excluded):
            own = self.exact(np.array([item]), intents[row])[0]
            close = np.flatnonzero(np.abs(rough - own) <= slack)
            exact = self.exact(close, intents[row])
            distances[row] = own
            ranks[row] = (rough < own - slack).sum() + rank_among(exact, own) - (item in close) / 2
        return distances, ranks

    def top(self, k: int, intents: np.ndarray, excluded: Sequence[np.ndarray]) -> list[np.ndarray]:
        """m (K, d); for each the excluded items → the k nearest items, nearest first."""
        nearest = []
        for row, rough, slack in self.rough(intents, excluded):
            last = np.partition(rough, min(k, len(rough)) - 1)[min(k, len(rough)) - 1]
            within = np.flatnonzero(np.isfinite(rough) & (rough <= last + 2 * slack))
            order = np.argsort(self.exact(within, intents[row]), kind="stable")
            nearest.append(within[order[:k]])
        return nearest

    def rough(self, intents: np.ndarray, excluded: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray, float]]:
        """For each m: its row, y (N,) of all items, ∞ for an excluded item, and the largest error of y."""
        for start in range(0, len(intents), BLOCK):
            block = intents[start : start + BLOCK]
            for row, distances in enumerate(expanded(block, self.table, self.floor, 1 - self.omega), start=start):
                distances[excluded[row]] = np.inf
                yield row, distances, self.slack(float(np.linalg.norm(intents[row])))

    def slack(self, length: float) -> float:
        """A bound of what rounding does to y in float32: the worst case of a product of d terms, and the sums."""
        scale = (1 - self.omega) * (self.longest + length) ** 2
        if self.long is not None:
            scale += float(self.long.max())
        return float(np.finfo(np.float32).eps) * (self.table.shape[1] + 8) * scale

    def exact(self, items: np.ndarray, intent: np.ndarray) -> np.ndarray:
        """(k,) items → (k,) y, the very numbers of `ranking`."""
        short = (1 - self.omega) * squared_distances(self.table[items], intent)
        return short if self.long is None else self.long[items] + short
