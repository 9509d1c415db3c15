"""How far a map may be trusted: whether what is near on it is near in truth."""

from __future__ import annotations

import numpy as np

from attrec_core.explain.maps import BLOCK, NEIGHBOURS, nearest
from attrec_core.explain.records_space import Trust

MOST_PAIRS = 4_000_000  # pairs of points that are compared, about .2 s; on a larger map, only some points are asked


def trust(points: np.ndarray, coordinates: np.ndarray, seed: int = 0, most_pairs: int = MOST_PAIRS) -> Trust | None:
    """points (n, d) laid out at coordinates (n, 2). None when there are too few for any neighbourhood (n < 4).

    Where n² is above `most_pairs`, the mean of a seeded sample of the points, each ranked among all n.
    """
    count = len(points)
    k = min(NEIGHBOURS, (count - 1) // 2)
    if k < 1:
        return None
    asked = min(count, max(most_pairs // count, 2))
    rows = np.arange(count)
    if asked < count:
        rows = np.sort(np.random.default_rng(seed).choice(count, asked, replace=False))
    worst = k * (2 * count - 3 * k - 1) / 2  # the penalty of a point whose k neighbours on the map are its farthest
    value = 1 - penalties(points, coordinates, k, rows).mean() / worst
    chance = 1 - (count - 1 - k) * (count - k) / ((count - 1) * (2 * count - 3 * k - 1))
    return Trust(float(value), float(chance), k, asked, count)


def penalties(points: np.ndarray, coordinates: np.ndarray, k: int, rows: np.ndarray) -> np.ndarray:
    """(r,) for each asked point: Σ over its k nearest on the map of how far beyond rank k each is in truth.

    Venna & Kaski: 1 − 2 / (n k (2n − 3k − 1)) Σ_i Σ_{j ∈ U_k(i)} (r(i, j) − k) is the trustworthiness.
    """
    found = np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):
        asked = rows[start : start + BLOCK]
        here = np.arange(len(asked))
        true, shown = squared(points, asked), squared(coordinates, asked)
        true[here, asked] = shown[here, asked] = np.inf
        near = np.argpartition(shown, k - 1, axis=1)[:, :k]
        beside = np.take_along_axis(true, near, 1)
        nearer = np.array([(true < beside[:, [j]]).sum(1) for j in range(k)])  # (k, r): rank − 1 of each
        found[start : start + BLOCK] = np.maximum(nearer + 1 - k, 0).sum(0)
    return found


def squared(points: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(r, n) squared distances of the asked rows to all points."""
    lengths = np.einsum("nd,nd->n", points, points)
    return lengths[rows, None] + lengths - 2 * (points[rows] @ points.T)


def truly_near(
    points: np.ndarray, vector: np.ndarray, coordinates: np.ndarray, at: np.ndarray, k: int, own: int | None = None
) -> int:
    """Of the k points nearest to `at` (2,) on the map, how many are among the k nearest to `vector` (d,) in truth.

    own: the row that `vector` itself is, if it is one; it is nobody's neighbour here.
    """
    others = np.arange(len(points)) != (-1 if own is None else own)
    return len(np.intersect1d(nearest(points[others], vector, k)[0], nearest(coordinates[others], at, k)[0]))
