"""Maps of a metric space: the stored coordinates of a run, the placement of any other vector, and what a map keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.data.windows import last_windows
from attrec_core.explain import maps
from attrec_core.explain.forward import intents
from attrec_core.explain.neighbours import NEIGHBOURS, nearest_of_all
from attrec_core.explain.vectors import items_table, users_in
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene

MOST_READ = 200_000_000  # numbers of the items' vectors that are read; with more, the first users are looked at


@dataclass(frozen=True, eq=False)
class Points:
    """Points of one kind on a map: coordinates (n, 2), and for each point its label on hover, its id, the text beside
    it, and the index of its item colour."""

    coordinates: np.ndarray
    labels: Sequence[str]
    ids: Sequence[str] = ()  # of an item or a user; "" for m
    texts: tuple[str, ...] = ()
    hues: tuple[int | None, ...] = ()

    def part(self, rows: np.ndarray) -> Points:
        """Returns the points of some rows, with their labels and ids."""
        return Points(
            self.coordinates[rows], tuple(self.labels[row] for row in rows), tuple(self.ids[row] for row in rows)
        )


@cached
def layout(run: Run) -> Mapping[str, np.ndarray]:
    """Returns the run's stored maps; without stored maps, computes PCA, which takes no time."""
    if run.maps is not None:
        return run.maps
    return maps.make_maps(run.arrays, run.train_config.seed, with_umap=False, model=run.model_config.model)


def projections(run: Run) -> list[str]:
    """Returns the projections that can be shown: PCA always, UMAP if it is stored with the run."""
    return ["pca", "umap"] if maps.has_umap(run) else ["pca"]


def drawn_users(run: Run, space: str) -> np.ndarray:
    """Returns (S,) the users on the map of this space."""
    return layout(run)["users"] if space == "long" else np.empty(0, np.int32)


def points_of(run: Run, space: str, rows: slice = slice(None)) -> np.ndarray:
    """Returns (S + N, d) the vectors of all points on the map, users first, then items; or a slice of these rows."""
    items = items_table(run, space)
    if space == "short":
        return items[rows]
    users, step = users_in(run.arrays, run.spaces[space])[drawn_users(run, space)], rows.step or 1
    return np.vstack([users[rows], items[-len(users) % step :: step]])


def items_at(run: Run, space: str, projection: str) -> np.ndarray:
    """Returns (N, 2) the coordinates of the items on the map."""
    return layout(run)[f"{space}_{projection}"][len(drawn_users(run, space)) :]


def place(run: Run, space: str, projection: str, vector: np.ndarray) -> np.ndarray:
    """Returns (2,) the coordinates of a vector: exact for PCA; for UMAP the medoid of its true neighbours."""
    stored = layout(run)
    if projection == "pca":
        return maps.stored_pca(stored, space).place(vector)
    return maps.place(vector, points_of(run, space), stored[f"{space}_{projection}"])


def user_vector(scene: Scene, space: str) -> np.ndarray | None:
    """Returns (d,) the user's vector in this space; None if no user is chosen or users are not in this space."""
    run = scene.run
    if space == "short" or run.explains:
        return scene.moment.taste if space == "long" else None
    return None if scene.user is None else users_in(run.arrays, run.spaces[space])[scene.user]


def place_user(scene: Scene, projection: str, vector: np.ndarray) -> np.ndarray:
    """Returns the user's stored coordinates. A new user, or a user who is not on a large map, is placed like any other
    vector."""
    row = np.flatnonzero(drawn_users(scene.run, "long") == scene.user)
    return layout(scene.run)[f"long_{projection}"][row[0]] if len(row) else place(scene.run, "long", projection, vector)


def kept_neighbours(run: Run, space: str, projection: str, users: np.ndarray) -> np.ndarray:
    """(U,) users at the step before their test item → (u,) how many of the NEIGHBOURS items nearest to each of the
    first u are also nearest on the map. 0 for a user who is not drawn, and in a small catalogue."""
    table, coordinates = items_table(run, space), items_at(run, space, projection)
    users = users[: max(1, MOST_READ // table.size)].astype(np.int64)
    if len(table) <= 2 * NEIGHBOURS:
        return np.zeros(len(users), np.int64)
    if space == "long":
        points = run.weights["user_long"][users]
    else:
        data, config = run.interactions, run.model_config
        windows = last_windows(data, users, np.diff(data.starts)[users] - 1, config.window)
        points = intents(run.weights, config, windows)
    rows = nearest_of_all(table, points, NEIGHBOURS)[0]
    if space == "long":
        drawn = drawn_users(run, space)
        row = np.minimum(np.searchsorted(drawn, users), len(drawn) - 1)
        at, is_drawn = layout(run)[f"long_{projection}"][row], drawn[row] == users
    elif projection == "pca":
        at, is_drawn = maps.stored_pca(layout(run), space).place(points), True
    else:
        at, is_drawn = maps.medoids(rows, coordinates), True
    on_map = nearest_of_all(coordinates, at, NEIGHBOURS)[0]
    return (rows[:, :, None] == on_map[:, None]).any(2).sum(1) * is_drawn
