"""Names of the regions of a map: the genre that is over-represented in a cluster of its items."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np

from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import CATEGORIES
from attrec_core.views.maps import items_at
from attrec_core.views.metric_space.records import Region

CLUSTERS, EACH = 9, 15  # largest number of clusters; smallest average number of items per cluster
SAMPLE, ROUNDS = 5000, 25  # largest number of clustered items, evenly spaced; largest number of k-means rounds
FEWEST = 5  # smallest number of items of the genre in its cluster
CLEAR = 3.0  # standard deviations above chance from which a genre is over-represented


@cached
def regions_of(run: Run, space: str, projection: str) -> tuple[Region, ...]:
    """Returns the named regions of a map; empty if the items have no genres."""
    genres = main_genres(run)
    if not any(genres):
        return ()
    return named_regions(items_at(run, space, projection), genres, run.train_config.seed)


@cached
def main_genres(run: Run) -> tuple[str, ...]:
    """Returns (N,) the first genre of each item; "" for an item without a genre."""
    return tuple(sys.intern(genres[0]) if genres else "" for genres in run.interactions.genres)


def frequent(categories: Sequence[str]) -> list[str]:
    """Returns the categories that get a colour of their own, the most frequent first."""
    order = [name for name, _ in Counter(categories).most_common() if name]
    return order[: len(CATEGORIES) - 1] if len(order) > len(CATEGORIES) else order


def named_regions(items: np.ndarray, genres: Sequence[str], seed: int = 0) -> tuple[Region, ...]:
    """Returns at most one region per genre, in the cluster where the genre is most over-represented.

    items: (N, 2) coordinates on a map. genres: (N,) the genre of each item. By chance, a genre of share p in the
    catalogue has n p of a cluster's n items, with a standard deviation of √(n p (1 − p)). The genre farthest above
    chance names the cluster, if it is at least CLEAR standard deviations above.
    """
    rows = np.arange(len(items))[:: -(-len(items) // SAMPLE)]
    names, points = frequent(genres), items[rows]
    codes = np.array([names.index(genres[row]) if genres[row] in names else -1 for row in rows.tolist()])
    shares = np.array([(codes == code).mean() for code in range(len(names))])
    best: dict[int, tuple[float, np.ndarray]] = {}
    clusters = k_means(points, max(1, min(CLUSTERS, len(points) // EACH)), seed)
    for cluster in range(int(clusters.max()) + 1):
        inside = clusters == cluster
        size = int(inside.sum())
        counts = np.array([(codes[inside] == code).sum() for code in range(len(names))])
        excess = (counts - size * shares) / np.sqrt(np.maximum(size * shares * (1 - shares), 1e-9))
        code = int(excess.argmax()) if size else 0
        if size and counts[code] >= FEWEST and excess[code] >= CLEAR and excess[code] > best.get(code, (0.0,))[0]:
            best[code] = float(excess[code]), np.median(points[inside & (codes == code)], axis=0)
    order = sorted(best, key=lambda code: -best[code][0])
    return tuple(Region(names[code], best[code][1], CATEGORIES[code]) for code in order)


def k_means(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    """(n, 2) → (n,) the cluster of each point, from 0; by k-means++ and Lloyd's rounds, with a seed."""
    random = np.random.default_rng(seed)
    centres = points[[random.integers(len(points))]]
    while len(centres) < k:
        to_centre = distances(points, centres).min(1)
        total = to_centre.sum()
        if total <= 0:
            break
        centres = np.vstack([centres, points[random.choice(len(points), p=to_centre / total)]])
    clusters = distances(points, centres).argmin(1)
    for _ in range(ROUNDS):
        centres = np.array(
            [points[clusters == k].mean(0) if (clusters == k).any() else centre for k, centre in enumerate(centres)]
        )
        before, clusters = clusters, distances(points, centres).argmin(1)
        if np.array_equal(before, clusters):
            break
    return clusters


def distances(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(n, 2) and (k, 2) → (n, k) squared distances in float64."""
    return ((points[:, None].astype(float) - centres[None].astype(float)) ** 2).sum(2)
