"""The distance and the rank of every item for one user at one moment, and for many m at once. Equation 7.

A rank is 1 + the number of candidates strictly nearer + half the number exactly as near. One matrix product orders all
items up to rounding; the few items that it cannot tell apart are then computed by differences. So distances and ranks
are those of the differences, and all items are read only once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

FLOATS = 32_000_000  # distances in one product: 128 MB
ROWS = 4096  # of which the differences are computed at once, so that they stay in the cache
BLOCK = 512  # values per block, of which the smallest is taken
MOST = 64  # vectors m in one product: 64 × 10,000 distances are 2.6 MB, which fit into the cache


@dataclass(frozen=True, eq=False)
class Ranking:
    """Squared distances of all N items to one user at one moment; lower is better. Eq. 7. Results for single items read
    the run's table only once; whole arrays are computed when they are first used."""

    run: Run
    intent: np.ndarray  # (d,) m
    taste: np.ndarray | None  # (d,) U_u; None: there is no long-term part, and the long_weight is 0
    long_weight: float  # ω
    exclude: np.ndarray | None  # items that are not candidates
    product: np.ndarray | None = field(default=None, repr=False)  # (N,) the matrix product, if already computed

    def at(self, long_weight: float) -> Ranking:
        """Returns the same ranking under another ω."""
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
        """(N,) float64, from 1, among the candidates; an item that is not a candidate gets the rank it would have."""
        return half_ranks(self.blended, self.candidates)

    def parts(self, items: Sequence[int] | np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(k,) items, or all → (k,) the weighted short part and (k,) the weighted long part, which sum to y."""
        short, long = (self.short, self.long) if items is None else self.short_and_long(items)
        return (1 - self.long_weight) * short, np.zeros_like(short) if long is None else self.long_weight * long

    def short_and_long(self, items: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """(k,) items → (k,) each, exactly the numbers of `short` and `long`."""
        arrays, rows = self.run.weights, np.asarray(items, np.int64)
        short = squared_distances(arrays["item_short"][rows], self.intent)
        return short, None if self.taste is None else squared_distances(arrays["item_long"][rows], self.taste)

    def distances(self, items: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k,) items → (k,) y, exactly the numbers of `blended`."""
        return blend(*self.short_and_long(items), self.long_weight)

    def distance(self, item: int) -> float:
        return float(self.distances([item])[0])

    def rank(self, item: int) -> float:
        """Returns exactly the item's number in `ranks`."""
        distance = self.distances([item])
        middle = float(distance[0]) - self.constant
        low, high = middle - self.slack, middle + self.slack
        close = np.flatnonzero((self.rough >= low) & (self.rough <= high))
        nearer = np.count_nonzero(self.rough < low)
        return float(nearer + rank_among(self.distances(close), distance[0]) - (item in close) / 2)

    def top(self, k: int) -> np.ndarray:
        """Returns the indices of the k nearest candidates, nearest first; ties in the order of the items."""
        return self.nearest(k)[0]

    def nearest(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns the same indices as `top`, with their distances and their ranks."""
        size = min(k, int(np.count_nonzero(self.candidates)))
        if size * BLOCK > len(self.candidates):
            items = np.flatnonzero(self.candidates)
            distances = self.blended[items]
        else:
            items = np.flatnonzero(self.rough <= first_at_most(self.rough, size) + 2 * self.slack)
            items = items[self.rough[items] <= smallest(self.rough[items], size) + 2 * self.slack]
            distances = self.distances(items)
        ranks, order = half_ranks(distances, np.ones(len(items), bool)), np.argsort(distances, kind="stable")[:size]
        return items[order], distances[order], ranks[order]

    @cached_property
    def rough(self) -> np.ndarray:
        """(N,) y − constant by a product, with an error of at most `slack`; ∞ for an item that is not a candidate."""
        if self.product is not None:
            result = self.product.copy()
        else:
            query = queries(self.taste, self.intent[None], self.long_weight)[0]
            result = np.einsum("nd,d->n", self.run.table, query)  # as fast as reading the table; twice as fast as BLAS
        if self.exclude is not None:
            result[self.exclude] = np.inf
        return result

    @property
    def constant(self) -> float:
        """The term that is the same in all distances."""
        return self.bounds[0]

    @property
    def slack(self) -> float:
        """An upper bound of the rounding error of y."""
        return self.bounds[1]

    @cached_property
    def bounds(self) -> tuple[float, float]:
        points = (self.intent,) if self.taste is None else (self.intent, self.taste)
        return rounding(self.run, self.long_weight, [math.hypot(*point.tolist()) for point in points])


Number = TypeVar("Number", float, np.ndarray)


def rounding(run: Run, omega: float, lengths: Sequence[Number]) -> tuple[Number, Number]:
    """Returns the term that is the same in all distances, ω‖U‖² + (1 − ω)‖m‖², and an upper bound of the rounding error
    of y in float32, of the product and the differences together. lengths: ‖m‖, and ‖U‖ where there is a taste."""
    parts = list(zip((1 - omega, omega), lengths, longest_rows(run), strict=False))
    constant: Any = sum(weight * length**2 for weight, length, _ in parts)
    scale: Any = sum(weight * (length + row_length) ** 2 for weight, length, row_length in parts)
    return constant, float(np.finfo(np.float32).eps) * (run.table.shape[1] + 16) * scale


def rankings(
    like: Ranking, intents: np.ndarray, excluded: Sequence[np.ndarray], tastes: Sequence[np.ndarray | None]
) -> Iterator[Ranking]:
    """Yields a ranking for each m (K, d), its taste and its excluded items, with the ω of `like`; many at once."""
    table, size = like.run.table, max(1, min(MOST, FLOATS // len(like.run.table)))
    for start in range(0, len(intents), size):
        block = intents[start : start + size]
        points = [taste for taste in tastes[start : start + size] if taste is not None]
        products = queries(np.array(points) if points else None, block, like.long_weight) @ table.T
        for row, product in enumerate(products, start=start):
            yield Ranking(like.run, intents[row], tastes[row], like.long_weight, excluded[row], product)


@cached
def longest_rows(run: Run) -> tuple[float, float]:
    """The largest ‖X_i‖ and the largest ‖V_i‖."""
    short, long = np.sqrt(run.table[:, [-1, -2]].max(0)).tolist()
    return short, long


def smallest(values: np.ndarray, k: int) -> float:
    """Returns the k-th smallest value; −∞ for k = 0."""
    return float(np.partition(values, k - 1)[k - 1]) if k else -math.inf


def first_at_most(values: np.ndarray, k: int) -> float:
    """Returns a bound that k of (N,) values do not exceed, in one pass: the k-th smallest of the block minima."""
    blocks = len(values) // BLOCK
    return smallest(values[: blocks * BLOCK].reshape(blocks, BLOCK).min(1), k) if blocks >= k else math.inf


def blend(short: np.ndarray, long: np.ndarray | None, omega: float) -> np.ndarray:
    """Short-term and long-term distances → y. Eq. 7."""
    return (1 - omega) * short if long is None else omega * long + (1 - omega) * short


def rank_among(distances: np.ndarray, own: np.ndarray | float) -> np.ndarray:
    """(…, N) distances of other items, (…) the distance of one item → (…) its rank among them."""
    own = np.asarray(own)[..., None]
    return 1 + np.add(distances < own, distances <= own, dtype=np.int8).sum(-1) / 2


def target_ranks(distances: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(B, N) distances, (B,) target columns → (B,) the rank of each target in its row."""
    return rank_among(distances, distances[np.arange(len(targets)), targets]) - 1 / 2  # a target ties with itself


def half_ranks(distances: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(N,) distances, (N,) bool → (N,) the rank of every item among the candidates, or the rank that it would have. The
    same as `rank_among` for each item, with a single sort."""
    order = np.argsort(distances)
    ordered, counts = distances[order], candidates[order].astype(np.int64)
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(order)])  # of each tie
    sizes = np.diff(first, append=len(order))
    candidates_before = np.concatenate([[0], np.cumsum(counts)])
    nearer, as_near = candidates_before[first], candidates_before[first + sizes] - candidates_before[first]
    ranks = np.empty(len(order))
    ranks[order] = 1 + np.repeat(nearer, sizes) + np.maximum(np.repeat(as_near, sizes) - counts, 0) / 2
    return ranks


def seen_above(distances: np.ndarray, targets: np.ndarray, seen: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(B, N) distances, (B,) target columns → (B,) by how much the rank of each target is smaller without the seen
    items (rows, columns); a target itself is never removed. Overwrites the distances of the seen items."""
    rows, items = seen
    flat, cells = distances.reshape(-1), rows * distances.shape[1] + items
    values, of_target = flat.take(cells), distances[np.arange(len(targets)), targets].take(rows)
    entries = np.arange(len(rows), dtype=distances.dtype)
    flat[cells] = entries  # of an item that was seen several times, one entry remains and counts
    counts = (flat.take(cells) == entries) & (items != targets.take(rows))
    return np.bincount(rows, counts * np.add(values < of_target, values <= of_target, dtype=np.int8) / 2, len(targets))


def remove_seen(distances: np.ndarray, targets: np.ndarray, seen: tuple[np.ndarray, np.ndarray]) -> None:
    """Sets (B, N) distances of seen items (rows, columns) to ∞: these are not candidates. Targets (B,) always are."""
    rows = np.arange(len(targets))
    target_distances = distances[rows, targets].copy()
    distances[seen] = np.inf
    distances[rows, targets] = target_distances


def squared(vectors: np.ndarray) -> np.ndarray:
    """(…, d) → (…,) squared lengths."""
    return np.einsum("...d,...d->...", vectors, vectors)


def squared_distances(table: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(N, d) and (d,) → (N,) ‖row − point‖², by differences: exact near 0, where `expanded` is not."""
    if len(table) <= ROWS:
        return squared(table - point)
    blocks = (table[start : start + ROWS] for start in range(0, len(table), ROWS))
    return np.concatenate([squared(block - point) for block in blocks])


def expanded(vectors: np.ndarray, points: np.ndarray, own: np.ndarray) -> np.ndarray:
    """(B, d) and (N, d) → (B, N) ‖v‖² − 2 v·p_i + own_i; with own_i = ‖p_i‖² it is ‖v − p_i‖². A single matrix product.
    Distances near 0 are not exact: they are differences of large, nearly equal numbers."""
    result = (-2 * vectors) @ points.T
    result += own
    result += squared(vectors)[:, None]
    return result


def queries(tastes: np.ndarray | None, intents: np.ndarray, omega: float) -> np.ndarray:
    """U (B, d) or (d,), m (B, d) → (B, 2d + 2) float32 [−2ωU, −2(1 − ω)m, ω, 1 − ω]. Multiplied by the
    table of `Weights`, they give y (B, N) without ω‖U‖² + (1 − ω)‖m‖², which is the same for all items. Eq. 7."""
    dim = intents.shape[1]
    result = np.zeros((len(intents), 2 * dim + 2), np.float32)
    if tastes is not None:
        result[:, :dim] = -2 * omega * tastes
    result[:, dim : 2 * dim] = -2 * (1 - omega) * intents
    result[:, -2:] = omega, 1 - omega
    return result
