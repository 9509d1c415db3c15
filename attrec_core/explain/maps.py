"""Maps of a model's spaces, never two spaces on one map: for AttRec the long-term space (U, V) and the other, (X).

Coordinates are computed when a model is trained and stored with it, so that viewing a map never waits for UMAP.
neighbours.py measures how well a map preserves the true neighbours. `add_maps` computes the maps later, for a run that
was trained without them, or whose training was stopped.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from attrec_core.errors import InputError
from attrec_core.explain.neighbours import NEIGHBOURS, nearest
from attrec_core.explain.taste import user_points
from attrec_core.explain.vectors import items_in, users_in
from attrec_core.runs.library.listing import weights_fingerprint
from attrec_core.runs.load import load, open_run
from attrec_core.runs.run import Run, without_vectors
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.arrays import npz_bytes
from attrec_core.storage.atomic_folder import RUN, check_changeable
from attrec_core.storage.compiled_files import is_kept
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.workspace import check_may_change

MOST_POINTS = 20_000  # UMAP needs about 5 s for 2,000 points, 40 s for 10,000; beyond this, users are sampled
# Functions that UMAP compiles for every map, which takes most of ten seconds.
COMPILED = (
    ("umap.utils", "fast_knn_indices"),
    ("umap.umap_", "smooth_knn_dist"),
    ("umap.umap_", "compute_membership_strengths"),
    ("umap.layouts", "_nb_optimize_layout_euclidean_single_epoch"),
)
# Functions that it also compiles for many points, to search neighbours in parts. numba cannot cache all of them.
COMPILED_FOR_MANY = (
    ("pynndescent.kernels", "generate_graph_update_array_batched"),
    ("pynndescent.utils", "build_candidates_owner"),
    ("pynndescent.utils", "sort_updates_by_block"),
    ("pynndescent.utils", "apply_sorted_graph_update_array"),
)
FEWEST_POINTS = 10  # UMAP's neighbourhood graph needs a few more points than neighbours to mean anything


@dataclass(frozen=True, eq=False)
class Pca:
    """points ≈ mean + coordinates · axes. axes (2, d); share (2,): of the variance along each axis."""

    mean: np.ndarray
    axes: np.ndarray
    share: np.ndarray

    def place(self, vectors: np.ndarray) -> np.ndarray:
        """(n, d) → (n, 2), exactly."""
        return (vectors - self.mean) @ self.axes.T


def pca(points: np.ndarray) -> Pca:
    """points (n, d) → the two directions of largest variance. The sign is fixed: the largest entry of an axis is
    positive."""
    mean = points.mean(0)
    centred = points - mean
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors.T[::-1][:2]
    if len(axes) < 2:  # d = 1
        axes, values = np.vstack([axes, np.zeros_like(axes)]), np.concatenate([[0.0], values])
    axes = axes * np.sign(axes[np.arange(2), np.abs(axes).argmax(1)] + 1e-30)[:, None]
    spread = np.maximum(values[::-1], 0)
    total = spread.sum() or 1.0
    return Pca(mean.astype(np.float32), axes.astype(np.float32), (spread[:2] / total).astype(np.float32))


def umap_coordinates(points: np.ndarray, seed: int) -> np.ndarray:
    """(n, d) → (n, 2) by UMAP, repeatable for a seed. Uses NEIGHBOURS neighbours, or all other points if fewer."""
    import warnings

    # Imported here: umap takes seconds to load, and only training needs it.
    import umap

    keep_compiled()
    with warnings.catch_warnings():
        # It warns that a seed means one thread, which is intended.
        warnings.filterwarnings("ignore", message="n_jobs value")
        neighbours = min(NEIGHBOURS, len(points) - 1)
        reducer = umap.UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1, init="pca")
        return reducer.fit_transform(points).astype(np.float32)


def is_compiled() -> bool:
    """Whether this machine has compiled what UMAP needs for every map."""
    umap = importlib.util.find_spec("umap")
    if umap is None or umap.origin is None:
        return False
    return is_kept(Path(umap.origin).with_name("umap_.py"), "smooth_knn_dist")


@cache
def keep_compiled() -> None:
    """Makes numba cache what UMAP compiles, as it caches our own loop, so that a machine waits only once."""
    for module, name in (*COMPILED, *COMPILED_FOR_MANY):
        enable_caching = getattr(getattr(sys.modules.get(module), name, None), "enable_caching", None)
        if enable_caching is not None:  # None: another version of UMAP, or numba is switched off
            with contextlib.suppress(RuntimeError):  # no folder for the cache
                enable_caching()


def make_maps(
    arrays: Mapping[str, np.ndarray],
    seed: int,
    *,
    with_umap: bool = True,
    model: str = "attrec",
    users: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Returns the arrays of maps.npz. users (M, d): the users' vectors, where no array holds them. In the file,
    users (S,) are the sampled users, all of them unless there are too many for UMAP; long_*: (S + N, 2), users first,
    then items; short_*: (N, 2) items; *_mean, *_axes, *_share: the PCA that places a new vector. There is no UMAP where
    there are too few points for it."""
    result = {"users": np.empty(0, np.int32)}
    for name, space in SYSTEMS[model].spaces.items():
        points = items_in(arrays, space)
        if space.users:
            vectors = users_in(arrays, space) if users is None else users
            result["users"] = drawn_users(len(vectors), len(points), seed)
            points = np.vstack([vectors[result["users"]], points])
        fitted = pca(points)
        result[f"{name}_pca"] = fitted.place(points)
        result |= {f"{name}_mean": fitted.mean, f"{name}_axes": fitted.axes, f"{name}_share": fitted.share}
        if with_umap and len(points) >= FEWEST_POINTS and points.shape[1] >= 2:
            result[f"{name}_umap"] = umap_coordinates(points, seed)
    return result


def maps_of(run: Run, *, with_umap: bool = True) -> dict[str, np.ndarray]:
    """Returns the arrays of maps.npz of a run."""
    users = user_points(run) if run.model_config.remembers else None
    seed, model = run.train_config.seed, run.model_config.model
    return make_maps(run.arrays, seed, with_umap=with_umap, model=model, users=users)


def has_umap(run: Run) -> bool:
    return run.maps is not None and {f"{space}_umap" for space in run.spaces} <= set(run.maps)


def add_maps(path: Path, *, overwrite: bool = False) -> tuple[str, ...]:
    """Computes the maps, writes them into the run and returns the names of their arrays. Takes as long as UMAP does.
    Raises InputError for a run that already has maps (unless `overwrite`), that is too small for UMAP, that was
    replaced meanwhile, or that cannot be written; then nothing has changed."""
    check_may_change("No maps are added")
    run, folder = load(path), path.resolve()
    if not run.spaces:
        raise without_vectors(run)
    if has_umap(run) and not overwrite:
        text = "{path} has maps already; use {name:overwrite} to compute them again."
        raise InputError("exists", text, setting="overwrite", path=path)
    if run.interactions.n_items < FEWEST_POINTS or run.model_config.dim < 2:
        text = "{path} is too small for UMAP, which needs at least {most} items and 2 dimensions."
        raise InputError("too_small", text, path=path, most=FEWEST_POINTS)
    check_changeable(folder, RUN)
    maps = maps_of(run)
    try:
        with hold_lock(folder.parent):
            if weights_fingerprint(folder) != run.fingerprint:
                text = "{path} was replaced while its maps were computed; they belong to another model."
                raise InputError("replaced", text, path=path)
            open_run(folder).replace("maps.npz", npz_bytes(maps))
    except OSError as error:
        text = "The maps cannot be written to {path}: {why}."
        raise InputError("cannot_write", text, path=path, why=error.strerror or str(error)) from None
    return tuple(sorted(maps))


def drawn_users(n_users: int, n_items: int, seed: int) -> np.ndarray:
    """Returns the users on the map: all users, or a seeded sample that leaves room for every item."""
    room = max(MOST_POINTS - n_items, 1000)
    if n_users <= room:
        return np.arange(n_users, dtype=np.int32)
    return np.sort(np.random.default_rng(seed).choice(n_users, room, replace=False)).astype(np.int32)


def stored_pca(maps: Mapping[str, np.ndarray], space: str) -> Pca:
    return Pca(maps[f"{space}_mean"], maps[f"{space}_axes"], maps[f"{space}_share"])


def place(vector: np.ndarray, points: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """Places a new vector (d,) on a map that has no formula: at the medoid (2,), on the map, of its true neighbours. A
    weighted mean would lie between the clusters, where there are no points."""
    return medoids(nearest(points, vector, NEIGHBOURS)[0][None], coordinates)[0]


def medoids(rows: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """(S, k) rows of a map → (S, 2): of each k points, the point with the smallest summed distance to the others."""
    points = coordinates[rows]
    summed_distances = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1).sum(2)
    return points[np.arange(len(points)), summed_distances.argmin(1)]
