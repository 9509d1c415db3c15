"""Maps of a metric space: stored coordinates, the placement of any other vector, what a map keeps, names of regions."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.data.windows import last_windows
from attrec_core.explain import maps
from attrec_core.explain.forward import intents
from attrec_core.explain.neighbours import NEIGHBOURS, nearest_of_all
from attrec_core.explain.taste import tastes_before
from attrec_core.explain.vectors import items_table, users_in
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import CATEGORIES
from attrec_core.views.page_context import Scene

MOST_READ = 200_000_000  # numbers of the items' vectors that are read; with more, the first users are looked at
CLUSTERS, EACH = 9, 15  # largest number of clusters; smallest average number of items per cluster
SAMPLE, ROUNDS = 5000, 25  # largest number of clustered items, evenly spaced; largest number of k-means rounds
FEWEST = 5  # smallest number of items of the genre in its cluster
CLEAR = 3.0  # standard deviations above chance from which a genre is over-represented


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one kind on a map: coordinates (n, 2), and for each point its label on hover, its id, the text beside
    it, and the index of its item colour."""

    coordinates: np.ndarray
    labels: Sequence[str]
    ids: Sequence[str] = ()  # of an item or a user; "" for m
    texts: tuple[str, ...] = ()
    hues: tuple[int | None, ...] = ()


@cached
def layout(run: Run) -> Mapping[str, np.ndarray]:
    """Returns the run's stored maps; without stored maps, computes PCA, which takes no time."""
    if run.maps is not None:
        return run.maps
    return maps.maps_of(run, with_umap=False)


def projections(run: Run) -> list[str]:
    """Returns the projections that can be shown: PCA always, UMAP if it is stored with the run."""
    return ["pca", "umap"] if maps.has_umap(run) else ["pca"]


def drawn_users(run: Run, space: str) -> np.ndarray:
    """Returns (S,) the users on the map of this space."""
    return layout(run)["users"] if space == "long" else np.empty(0, np.int32)


def points_of(run: Run, space: str) -> np.ndarray:
    """Returns (S + N, d) the vectors of all points on the map, users first, then items."""
    items = items_table(run, space)
    return items if space == "short" else np.vstack([users_in_space(run, space, drawn_users(run, space)), items])


def users_in_space(run: Run, space: str, users: np.ndarray) -> np.ndarray:
    """users (S,) → (S, d) their vectors in the user space."""
    if not run.explains:
        return users_in(run.arrays, run.spaces[space])[users]
    return tastes_before(run, users, np.diff(run.interactions.starts)[users])


def items_at(run: Run, space: str, projection: str) -> np.ndarray:
    """Returns (N, 2) the coordinates of the items on the map."""
    return layout(run)[f"{space}_{projection}"][len(drawn_users(run, space)) :]


def place(run: Run, space: str, projection: str, vector: np.ndarray) -> np.ndarray:
    """Returns (2,) the coordinates of a vector: exact for PCA; for UMAP the medoid of its true neighbours."""
    stored = layout(run)
    if projection == "pca":
        return maps.stored_pca(stored, space).place(vector)
    return maps.place(vector, points_of(run, space), stored[f"{space}_{projection}"])


def places(run: Run, space: str, projection: str, vectors: np.ndarray) -> np.ndarray:
    """Returns (S, 2) the coordinates of vectors (S, d), as `place` does of one."""
    stored = layout(run)
    if projection == "pca":
        return maps.stored_pca(stored, space).place(vectors)
    return maps.medoids(nearest_of_all(points_of(run, space), vectors, NEIGHBOURS)[0], stored[f"{space}_{projection}"])


def user_in(scene: Scene, space: str, projection: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Returns the user's vector (d,) in this space and their coordinates (2,) on the map; None if no user is chosen or
    users are not in this space. A new user, or a user who is not on a large map, is placed like any other vector."""
    run, vector = scene.run, scene.moment.taste
    if space == "long" and not run.explains and scene.user is not None:
        vector = users_in_space(run, space, np.array([scene.user]))[0]
    if space == "short" or vector is None:
        return None
    # A taste from items moves on with the history; the map has its place at the end.
    moves = run.model_config.remembers
    row = np.empty(0, np.int64) if moves else np.flatnonzero(drawn_users(run, "long") == scene.user)
    return vector, layout(run)[f"long_{projection}"][row[0]] if len(row) else place(run, "long", projection, vector)


def kept_neighbours(run: Run, space: str, projection: str, users: np.ndarray) -> np.ndarray:
    """(U,) users at the step before their test item → (u,) how many of the NEIGHBOURS items nearest to each of the
    first u are also nearest on the map. 0 for a user who is not drawn, and in a small catalogue."""
    table, coordinates = items_table(run, space), items_at(run, space, projection)
    users = users[: max(1, MOST_READ // table.size)].astype(np.int64)
    if len(table) <= 2 * NEIGHBOURS:
        return np.zeros(len(users), np.int64)
    if space == "long":
        points = tastes_before(run, users, np.diff(run.interactions.starts)[users] - 1)
    else:
        data, config = run.interactions, run.model_config
        windows = last_windows(data, users, np.diff(data.starts)[users] - 1, config.window)
        points = intents(run.weights, config, windows)
    rows = nearest_of_all(table, points, NEIGHBOURS)[0]
    if space == "long" and not run.model_config.remembers:
        drawn = drawn_users(run, space)
        row = np.minimum(np.searchsorted(drawn, users), len(drawn) - 1)
        at, is_drawn = layout(run)[f"long_{projection}"][row], drawn[row] == users
    elif space == "short" and projection == "umap":  # whose points are the items
        at, is_drawn = maps.medoids(rows, coordinates), True
    else:
        at, is_drawn = places(run, space, projection, points), True
    on_map = nearest_of_all(coordinates, at, NEIGHBOURS)[0]
    return (rows[:, :, None] == on_map[:, None]).any(2).sum(1) * is_drawn


@dataclass(frozen=True, eq=False)
class Region:
    name: str
    at: np.ndarray  # (2,)
    colour: str


@cached
def regions_of(run: Run, space: str, projection: str) -> tuple[Region, ...]:
    """Returns the named regions of a map; empty if the items have no genres."""
    genres = main_genres(run)
    return named_regions(items_at(run, space, projection), genres, run.train_config.seed) if any(genres) else ()


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
