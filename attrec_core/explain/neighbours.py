"""True neighbours: of a point, of m along a history, and how many of them a map keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.explain.distances import expanded, squared, squared_distances
from attrec_core.explain.forward import intents
from attrec_core.runs.run import Run

NEIGHBOURS = 15  # of a point, wherever neighbours are asked for
BLOCK = 256  # vectors that are compared with all points at once
MOST_PAIRS = 4_000_000  # pairs of points that are compared at once; on a larger map, only some points are asked


@dataclass(frozen=True)
class Trust:
    """Trustworthiness of a map (Venna & Kaski 2001), from 0 to 1: 1 when whatever is near on it is near in truth."""

    value: float
    chance: float  # what a random layout has on average
    neighbours: int  # k
    measured: int  # points whose neighbours were measured
    points: int  # points on the map


@dataclass(frozen=True, eq=False)
class IntentPath:
    """m after each of the S steps of a history, oldest first."""

    items: np.ndarray  # (S,) the item that came at each step
    intents: np.ndarray  # (S, d) m of the window that ends there
    nearest: np.ndarray  # (S, k) the nearest neighbours of m, nearest first
    distances: np.ndarray  # (S, k) squared
    moved: np.ndarray  # (S,) ‖m − m one step before‖², squared; 0 at the first


def nearest(
    points: np.ndarray, vector: np.ndarray, k: int, own: int | None = None, *, by_product: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The k rows of `points` nearest to `vector` in the true space, and their squared distances, nearest first; or,
    `by_product`, minus their inner products. own: a row that is nobody's neighbour here."""
    distances = -(points @ vector) if by_product else squared_distances(points, vector)
    if own is not None:
        distances[own] = np.inf
    k = min(k, len(points) - (own is not None))
    rows = np.argpartition(distances, k - 1)[:k]
    rows = rows[np.argsort(distances[rows], kind="stable")]
    return rows, distances[rows]


def nearest_of_all(points: np.ndarray, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of `vectors` (S, d) the k nearest of `points` (N, d): (S, k) rows and squared distances, nearest first.

    Found by the expanded form; the distances are then taken by differences, which are exact near 0, where pages show
    them.
    """
    k = min(k, len(points))
    own = squared(points)
    rows = np.empty((len(vectors), k), np.int64)
    size = max(1, min(BLOCK, MOST_PAIRS // len(points)))
    for start in range(0, len(vectors), size):
        part = slice(start, start + size)
        rows[part] = np.argpartition(expanded(vectors[part], points, own), k - 1, axis=1)[:, :k]
    distances = squared(points[rows] - vectors[:, None])
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(rows, order, 1), np.take_along_axis(distances, order, 1)


def intent_path(run: Run, history: np.ndarray, config: ModelConfig | None = None, k: int = NEIGHBOURS) -> IntentPath:
    """m after every step of a history (S,), and its k nearest neighbours in the short-term space."""
    config = config or run.model_config
    padded = np.concatenate([np.full(config.window - 1, PADDING), history])
    m = intents(run.weights, config, np.lib.stride_tricks.sliding_window_view(padded, config.window))
    rows, distances = nearest_of_all(run.weights["item_short"], m, k)
    steps = np.diff(m, axis=0, prepend=m[:1])
    return IntentPath(history, m, rows, distances, squared(steps))


def trust(points: np.ndarray, coordinates: np.ndarray, seed: int = 0, most_pairs: int = MOST_PAIRS) -> Trust | None:
    """points (n, d) laid out at coordinates (n, 2). None when there are too few for any neighbourhood (n < 4).

    Where n² is above `most_pairs`, the mean of a seeded sample of the points, each ranked among all n.
    """
    count = len(points)
    k = min(NEIGHBOURS, (count - 1) // 2)
    if k < 1:
        return None
    sampled = min(count, max(most_pairs // count, 2))
    rows = np.arange(count)
    if sampled < count:
        rows = np.sort(np.random.default_rng(seed).choice(count, sampled, replace=False))
    worst = k * (2 * count - 3 * k - 1) / 2  # the penalty of a point whose k neighbours on the map are its farthest
    value = 1 - penalties(points, coordinates, k, rows).mean() / worst
    chance = 1 - (count - 1 - k) * (count - k) / ((count - 1) * (2 * count - 3 * k - 1))
    return Trust(float(value), float(chance), k, sampled, count)


def penalties(points: np.ndarray, coordinates: np.ndarray, k: int, rows: np.ndarray) -> np.ndarray:
    """(r,) for each asked point: Σ over its k nearest on the map of how far beyond rank k each is in truth.

    Venna & Kaski: 1 − 2 / (n k (2n − 3k − 1)) Σ_i Σ_{j ∈ U_k(i)} (r(i, j) − k) is the trustworthiness.
    """
    result = np.empty(len(rows))
    tables = [(table, squared(table)) for table in (points, coordinates)]
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        here = np.arange(len(part))
        true, on_map = (expanded(table[part], table, own) for table, own in tables)
        true[here, part] = on_map[here, part] = np.inf
        near = np.argpartition(on_map, k - 1, axis=1)[:, :k]
        beside = np.take_along_axis(true, near, 1)
        nearer = np.array([(true < beside[:, [j]]).sum(1) for j in range(k)])  # (k, r): rank − 1 of each
        result[start : start + BLOCK] = np.maximum(nearer + 1 - k, 0).sum(0)
    return result


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
    """Of the k points nearest to `at` (2,) on the map, how many are among the k nearest to `vector` (d,) in truth.

    own: the row that `vector` itself is, if it is one; by_product: as of `nearest`, in truth.
    """
    true = nearest(points, vector, k, own, by_product=by_product)[0]
    return len(np.intersect1d(true, nearest(coordinates, at, k, own)[0]))
