"""Coordinates on a map: those stored with the run, and the place of any other vector."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from attrec_core.explain import maps
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene

ALL = slice(None)


@cached
def layout(run: Run) -> Mapping[str, np.ndarray]:
    """The run's stored maps; a run without them has PCA all the same, which takes no time."""
    return run.maps if run.maps is not None else maps.make_maps(run.weights, run.train_config.seed, with_umap=False)


def projections(run: Run) -> list[str]:
    """What can be shown: PCA always, UMAP where it is stored with the run."""
    stored = run.maps or {}
    return ["pca", "umap"] if {"long_umap", "short_umap"} <= set(stored) else ["pca"]


def drawn_users(run: Run, space: str) -> np.ndarray:
    """(S,) the users on the map of this space."""
    return layout(run)["users"] if space == "long" else np.empty(0, np.int32)


def points_of(run: Run, space: str, rows: slice = ALL) -> np.ndarray:
    """(S + N, d) what the map shows, in the space itself: users first, then items; or some rows of it."""
    if space == "short":
        return run.weights["item_short"][rows]
    users, step = run.weights["user_long"][drawn_users(run, space)], rows.step or 1
    return np.vstack([users[rows], run.weights["item_long"][-len(users) % step :: step]])


def items_table(run: Run, space: str) -> np.ndarray:
    """(N, d) the items in this space."""
    return run.weights["item_short" if space == "short" else "item_long"]


def items_at(run: Run, space: str, projection: str) -> np.ndarray:
    """(N, 2) where the items lie on the map."""
    return layout(run)[f"{space}_{projection}"][len(drawn_users(run, space)) :]


def place(run: Run, space: str, projection: str, vector: np.ndarray) -> np.ndarray:
    """(2,): exactly by PCA; on UMAP the medoid of the true neighbours."""
    stored = layout(run)
    if projection == "pca":
        return maps.stored_pca(stored, space).place(vector)
    return maps.place(vector, points_of(run, space), stored[f"{space}_{projection}"])


def place_user(scene: Scene, projection: str) -> np.ndarray:
    """The stored place; a new user, or one left out of a large map, is placed like any vector."""
    at = np.flatnonzero(drawn_users(scene.run, "long") == scene.user)
    if len(at):
        return layout(scene.run)[f"long_{projection}"][at[0]]
    assert scene.moment.taste is not None
    return place(scene.run, "long", projection, scene.moment.taste)
