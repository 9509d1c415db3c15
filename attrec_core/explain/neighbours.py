"""True neighbours of a point, and of m or U along a history, and how many of them a map preserves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.explain.forward import intents
from attrec_core.explain.ranking import expanded, squared, squared_distances
from attrec_core.explain.taste import tastes_before
from attrec_core.runs.run import Run

NEIGHBOURS = 15  # of a point, wherever neighbours are computed
BLOCK = 256  # vectors that are compared with all points at once
MOST_PAIRS = 4_000_000  # pairs of points that are compared at once; a larger map is measured at a sample of its points


@dataclass(frozen=True)
class Trust:
    """Trustworthiness of a map (Venna & Kaski 2001), from 0 to 1: 1 when all neighbours on it are true neighbours."""

    value: float
    chance: float  # the average value of a random layout
    neighbours: int  # k
    measured: int  # points whose neighbours were measured
    points: int  # points on the map


@dataclass(frozen=True, eq=False)
class PointPath:
    """A point, m or U, after each of the S steps of a history, oldest first."""

    items: np.ndarray  # (S,) the item of each step
    points: np.ndarray  # (S, d) m of the window that ends at the step, or U of the history that does
    nearest: np.ndarray  # (S, k) the items nearest to the point, nearest first
    distances: np.ndarray  # (S, k) squared
    moved: np.ndarray  # (S,) ‖point − the point one step before‖, not squared; 0 at the first step


def nearest(
    points: np.ndarray, vector: np.ndarray, k: int, own: int | None = None, *, by_product: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the k rows (k,) of `points` (N, d) nearest to `vector` (d,), nearest first, ties in order of row,
    and their squared distances (k,); with `by_product`, minus their inner products. own: a row that is no neighbour."""
    distances = -(points @ vector) if by_product else squared_distances(points, vector)
    if own is not None:
        distances[own] = np.inf
    k = min(k, len(points) - (own is not None))
    rows = np.flatnonzero(distances <= np.partition(distances, k - 1)[k - 1])
    rows = rows[np.argsort(distances[rows], kind="stable")[:k]]
    return rows, distances[rows]


def nearest_of_all(points: np.ndarray, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k of `points` (N, d) nearest to each of `vectors` (S, d): (S, k) rows and squared distances, nearest first.
    The expanded form finds them. Their distances are then computed by differences, which are exact near 0, where pages
    show them."""
    k = min(k, len(points))
    squared_lengths = squared(points)
    rows = np.empty((len(vectors), k), np.int64)
    size = max(1, min(BLOCK, MOST_PAIRS // len(points)))
    for start in range(0, len(vectors), size):
        part = slice(start, start + size)
        rows[part] = np.argpartition(expanded(vectors[part], points, squared_lengths), k - 1, axis=1)[:, :k]
    distances = squared(points[rows] - vectors[:, None])
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(rows, order, 1), np.take_along_axis(distances, order, 1)


def intent_path(run: Run, history: np.ndarray, config: ModelConfig) -> PointPath:
    """Computes m after every step of a history (S,), and its nearest neighbours in the short-term space."""
    padded = np.concatenate([np.full(config.window - 1, PADDING), history])
    m = intents(run.weights, config, np.lib.stride_tricks.sliding_window_view(padded, config.window))
    return point_path(run.weights["item_short"], history, m)


def taste_path(run: Run, user: int) -> PointPath:
    """Computes U after every step of a user's history, and its nearest neighbours in the long-term space."""
    history = run.interactions.history(user).astype(np.int64)
    steps = np.arange(1, len(history) + 1)
    return point_path(run.weights["item_long"], history, tastes_before(run, np.full(len(steps), user), steps))


def point_path(table: np.ndarray, history: np.ndarray, points: np.ndarray) -> PointPath:
    """table (N, d): the items in the space of the points (S, d)."""
    rows, distances = nearest_of_all(table, points, NEIGHBOURS)
    moved = np.sqrt(squared(np.diff(points, axis=0, prepend=points[:1])))
    return PointPath(history, points, rows, distances, moved)


def trust(points: np.ndarray, coordinates: np.ndarray, seed: int = 0, most_pairs: int = MOST_PAIRS) -> Trust | None:
    """Measures a map: points (n, d) at coordinates (n, 2). None when n is too small for any neighbourhood (n < 3).
    Where n² is above `most_pairs`, the mean over a seeded sample of the points, each ranked among all n."""
    count = len(points)
    k = min(NEIGHBOURS, (count - 1) // 2)
    if k < 1:
        return None
    sampled = min(count, max(most_pairs // count, 2))
    rows = np.arange(count)
    if sampled < count:
        rows = np.sort(np.random.default_rng(seed).choice(count, sampled, replace=False))
    # Venna & Kaski: 1 − 2 / (n k (2n − 3k − 1)) Σ_i Σ_{j ∈ U_k(i)} (r(i, j) − k). Of each point i, Σ over its k nearest
    # points on the map of how far beyond k their true rank is:
    penalties = np.empty(len(rows))
    tables = [(table, squared(table)) for table in (points, coordinates)]
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        indices = np.arange(len(part))
        true, on_map = (expanded(table[part], table, squared_lengths) for table, squared_lengths in tables)
        true[indices, part] = on_map[indices, part] = np.inf
        near = np.argpartition(on_map, k - 1, axis=1)[:, :k]
        distances = np.take_along_axis(true, near, 1)
        nearer = np.array([(true < distances[:, [j]]).sum(1) for j in range(k)])  # (k, r): rank − 1 of each
        penalties[start : start + BLOCK] = np.maximum(nearer + 1 - k, 0).sum(0)
    worst = k * (2 * count - 3 * k - 1) / 2  # of a point whose k neighbours on the map are its farthest points
    value = 1 - penalties.mean() / worst
    chance = 1 - (count - 1 - k) * (count - k) / ((count - 1) * (2 * count - 3 * k - 1))
    return Trust(float(value), float(chance), k, sampled, count)


def truly_near(
    points: np.ndarray,
    vector: np.ndarray,
    coordinates: np.ndarray,
    at: np.ndarray,
    k: int,
    own: int | None = None,
    *,
    by_product: bool = False,
) -> int:
    """Returns how many of the k points nearest to `at` (2,) on the map are among the k nearest to `vector` (d,). own:
    the row of `vector` itself, if it is a row; by_product: as in `nearest`, for the true neighbours."""
    true = nearest(points, vector, k, own, by_product=by_product)[0]
    return len(np.intersect1d(true, nearest(coordinates, at, k, own)[0]))
