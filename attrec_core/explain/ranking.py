"""How near every item is to one user at one moment, and its rank; and the same for many m at once. Equation 7.

A rank is 1 + the candidates strictly nearer + half of those exactly as near. One matrix product puts all items in order
but for rounding; the few that it cannot tell apart are then computed by differences. So distances and ranks are those
of the differences, and all items are read once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from attrec_core.explain.distances import queries, squared_distances
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

FLOATS = 32_000_000  # in one product: 128 MB
BLOCK = 512  # values of which the smallest is taken
MOST = 64  # m's in one product: 64 × 10,000 distances are 2.6 MB, which the cache holds


@dataclass(frozen=True, eq=False)
class Ranking:
    """Distances of all N items to one user at one moment. Squared, lower is better. Eq. 7.

    What is asked of single items reads the run's table once; whole arrays are computed where somebody asks for them.
    """

    run: Run
    intent: np.ndarray  # (d,) m
    taste: np.ndarray | None  # (d,) U_u; None: there is no long-term part, and the long_weight is 0
    long_weight: float  # ω
    exclude: np.ndarray | None  # items that are no candidates
    product: np.ndarray | None = field(default=None, repr=False)  # (N,) where the product is known already

    def at(self, long_weight: float) -> Ranking:
        """The same under another ω."""
        return replace(self, long_weight=long_weight, product=None)

    @cached_property
    def short(self) -> np.ndarray:
        """(N,) ‖m − X_i‖²"""
        return squared_distances(self.run.weights["item_short"], self.intent)

    @cached_property
    def long(self) -> np.ndarray | None:
        """(N,) ‖U_u − V_i‖²"""
        return None if self.taste is None else squared_distances(self.run.weights["item_long"], self.taste)

    @cached_property
    def blended(self) -> np.ndarray:
        """(N,) y = long_weight × long + (1 − long_weight) × short"""
        return blend(self.short, self.long, self.long_weight)

    @cached_property
    def candidates(self) -> np.ndarray:
        """(N,) bool"""
        result = np.ones(self.run.interactions.n_items, bool)
        if self.exclude is not None:
            result[self.exclude] = False
        return result

    @cached_property
    def ranks(self) -> np.ndarray:
        """(N,) float64, from 1, among the candidates; an item that is none gets the rank it would have."""
        return half_ranks(self.blended, self.candidates)

    def parts(self, items: Sequence[int] | np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(k,) items, or all → (k,) the weighted short part and (k,) the weighted long part, which sum to y."""
        short, long = (self.short, self.long) if items is None else self.short_and_long(items)
        return (1 - self.long_weight) * short, np.zeros_like(short) if long is None else self.long_weight * long

    def short_and_long(self, items: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """(k,) items → (k,) each, the very numbers of `short` and `long`."""
        arrays, rows = self.run.weights, np.asarray(items, np.int64)
        short = squared_distances(arrays["item_short"][rows], self.intent)
        return short, None if self.taste is None else squared_distances(arrays["item_long"][rows], self.taste)

    def distances(self, items: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k,) items → (k,) y, the very numbers of `blended`."""
        return blend(*self.short_and_long(items), self.long_weight)

    def distance(self, item: int) -> float:
        return float(self.distances([item])[0])

    def rank(self, item: int) -> float:
        """The very number of `ranks`."""
        own = self.distances([item])
        middle = float(own[0]) - self.constant
        least, most = middle - self.slack, middle + self.slack
        close = np.flatnonzero((self.rough >= least) & (self.rough <= most))
        nearer = np.count_nonzero(self.rough < least)
        return float(nearer + rank_among(self.distances(close), own[0]) - (item in close) / 2)

    def top(self, k: int) -> np.ndarray:
        """Indices of the k nearest candidates, nearest first; equal distances in the order of the items."""
        return self.nearest(k)[0]

    def nearest(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same with their distances and their ranks."""
        size = min(k, int(np.count_nonzero(self.candidates)))
        if size * BLOCK > len(self.candidates):
            within = np.flatnonzero(self.candidates)
            distances = self.blended[within]
        else:
            within = np.flatnonzero(self.rough <= first_at_most(self.rough, size) + 2 * self.slack)
            within = within[self.rough[within] <= smallest(self.rough[within], size) + 2 * self.slack]
            distances = self.distances(within)
        ranks, order = half_ranks(distances, np.ones(len(within), bool)), np.argsort(distances, kind="stable")[:size]
        return within[order], distances[order], ranks[order]

    @cached_property
    def rough(self) -> np.ndarray:
        """(N,) y − constant by a product, wrong by `slack` at most; ∞ for an item that is no candidate."""
        if self.product is not None:
            result = self.product.copy()
        else:
            query = queries(self.taste, self.intent[None], self.long_weight)[0]
            result = np.einsum("nd,d->n", self.run.table, query)  # as fast as it is read, and twice as fast as BLAS
        if self.exclude is not None:
            result[self.exclude] = np.inf
        return result

    @cached_property
    def constant(self) -> float:
        """What is the same in all distances: ω‖U‖² + (1 − ω)‖m‖²."""
        return sum(weight * length**2 for weight, length in self.lengths)

    @cached_property
    def slack(self) -> float:
        """A bound of what rounding does to y in float32, in the product and in the differences together."""
        longest = zip(self.lengths, longest_rows(self.run), strict=False)
        scale = sum(weight * (length + most) ** 2 for (weight, length), most in longest)
        return float(np.finfo(np.float32).eps) * (self.run.table.shape[1] + 16) * scale

    @cached_property
    def lengths(self) -> tuple[tuple[float, float], ...]:
        """The weight and the length of each part: of m, and of U where there is a taste."""
        short = (1 - self.long_weight, math.hypot(*self.intent.tolist()))
        if self.taste is None:
            return (short,)
        return short, (self.long_weight, math.hypot(*self.taste.tolist()))


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
    none = None if exclude is None else np.asarray(exclude, np.int64)
    return Ranking(run, intent, taste, 0.0 if taste is None else omega, none)


def rankings(like: Ranking, intents: np.ndarray, excluded: Sequence[np.ndarray]) -> Iterator[Ranking]:
    """One for each m (K, d) with its excluded items, of the taste and ω of `like`, by one matrix product for many."""
    table, size = like.run.table, max(1, min(MOST, FLOATS // len(like.run.table)))
    for start in range(0, len(intents), size):
        block = intents[start : start + size]
        tastes = None if like.taste is None else np.broadcast_to(like.taste, block.shape)
        products = queries(tastes, block, like.long_weight) @ table.T
        for row, product in enumerate(products, start=start):
            yield Ranking(like.run, intents[row], like.taste, like.long_weight, excluded[row], product)


@cached
def longest_rows(run: Run) -> tuple[float, float]:
    """The largest ‖X_i‖ and the largest ‖V_i‖."""
    short, long = np.sqrt(run.table[:, [-1, -2]].max(0)).tolist()
    return short, long


def smallest(values: np.ndarray, k: int) -> float:
    """The k-th smallest of them; −∞ for k = 0."""
    return float(np.partition(values, k - 1)[k - 1]) if k else -math.inf


def first_at_most(values: np.ndarray, k: int) -> float:
    """A value that k of (N,) values do not exceed, in one pass: the k-th smallest of the smallest of each block."""
    blocks = len(values) // BLOCK
    return smallest(values[: blocks * BLOCK].reshape(blocks, BLOCK).min(1), k) if blocks >= k else math.inf


def blend(short: np.ndarray, long: np.ndarray | None, omega: float) -> np.ndarray:
    """Short-term and long-term distances → y. Eq. 7."""
    return (1 - omega) * short if long is None else omega * long + (1 - omega) * short


def rank_among(distances: np.ndarray, own: np.ndarray | float) -> np.ndarray:
    """(…, N) distances of the others, (…) one's own → (…) its rank among them."""
    own = np.asarray(own)[..., None]
    return 1 + np.add(distances < own, distances <= own, dtype=np.int8).sum(-1) / 2


def target_ranks(distances: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(B, N) distances, (B,) target columns → (B,) the rank of each target in its row."""
    return rank_among(distances, distances[np.arange(len(targets)), targets]) - 1 / 2  # it is as near as itself


def half_ranks(distances: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(N,) distances, (N,) bool → (N,) the rank of every item among the candidates; of another, the one it would have.

    The same as `rank_among` of each item, by sorting once.
    """
    order = np.argsort(distances)
    ordered, counts = distances[order], candidates[order].astype(np.int64)
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(order)])  # of those exactly as near
    sizes = np.diff(first, append=len(order))
    until = np.concatenate([[0], np.cumsum(counts)])
    nearer, as_near = until[first], until[first + sizes] - until[first]
    ranks = np.empty(len(order))
    ranks[order] = 1 + np.repeat(nearer, sizes) + np.maximum(np.repeat(as_near, sizes) - counts, 0) / 2
    return ranks


def seen_above(distances: np.ndarray, targets: np.ndarray, seen: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(B, N) distances, (B,) target columns → (B,) by how much the rank of each target is smaller without the items
    seen (rows, columns); a target itself is never left out. Overwrites what it has read of the distances."""
    rows, items = seen
    flat, cells = distances.reshape(-1), rows * distances.shape[1] + items
    values, own = flat.take(cells), distances[np.arange(len(targets)), targets].take(rows)
    places = np.arange(len(rows), dtype=distances.dtype)
    flat[cells] = places  # of an item that was seen several times one place stays, and counts
    counts = (flat.take(cells) == places) & (items != targets.take(rows))
    return np.bincount(rows, counts * np.add(values < own, values <= own, dtype=np.int8) / 2, len(targets))


def remove_seen(distances: np.ndarray, targets: np.ndarray, seen: tuple[np.ndarray, np.ndarray]) -> None:
    """In (B, N) distances, items seen (rows, columns) get ∞, so that they are no candidates; a target (B,) never."""
    rows = np.arange(len(targets))
    own = distances[rows, targets].copy()
    distances[seen] = np.inf
    distances[rows, targets] = own
