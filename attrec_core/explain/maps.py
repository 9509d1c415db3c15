"""A map of each space of a model, never one of two spaces: of AttRec (U, V), the long-term one, and (X), the other.

Coordinates are computed when a model is trained and stored with it, so that looking never waits for UMAP.
How far a map keeps the true neighbours is measured in neighbours.py. `add_maps` lays them out later, for a run that was
trained without them, or whose training was stopped.
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
from attrec_core.explain.vectors import items_in, users_in
from attrec_core.runs.library.listing import weights_fingerprint
from attrec_core.runs.load import load, open_run
from attrec_core.runs.run import Run, without_vectors
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.arrays import npz_bytes
from attrec_core.storage.atomic_folder import RUN, check_changeable
from attrec_core.storage.compiled_files import is_kept
from attrec_core.storage.locks import held
from attrec_core.storage.workspace import check_may_change

MOST_POINTS = 20_000  # UMAP needs about 5 s for 2,000 points, 40 s for 10,000; beyond this, users are sampled
# What UMAP compiles whatever it lays out, for most of ten seconds.
COMPILED = (
    ("umap.utils", "fast_knn_indices"),
    ("umap.umap_", "smooth_knn_dist"),
    ("umap.umap_", "compute_membership_strengths"),
    ("umap.layouts", "_nb_optimize_layout_euclidean_single_epoch"),
)
# What it compiles more to search neighbours in parts, for many points. numba cannot keep all of that.
COMPILED_FOR_MANY = (
    ("pynndescent.kernels", "generate_graph_update_array_batched"),
    ("pynndescent.utils", "build_candidates_owner"),
    ("pynndescent.utils", "sort_updates_by_block"),
    ("pynndescent.utils", "apply_sorted_graph_update_array"),
)
FEWEST_POINTS = 10  # UMAP's neighbourhood graph needs a few more points than neighbours to mean anything


@dataclass(frozen=True, eq=False)
class Pca:
    """points ≈ mean + coordinates · axes. axes (2, d); share (2,): of the variance, along each axis."""

    mean: np.ndarray
    axes: np.ndarray
    share: np.ndarray

    def place(self, vectors: np.ndarray) -> np.ndarray:
        """(n, d) → (n, 2), exactly."""
        return (vectors - self.mean) @ self.axes.T


def pca(points: np.ndarray) -> Pca:
    """The two directions of largest variance. The sign is fixed: each axis's largest entry is positive."""
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
    """(n, d) → (n, 2) by UMAP, repeatable for a seed; as many neighbours as elsewhere here."""
    import warnings

    # Imported here: umap takes seconds to load, and only training needs it.
    import umap

    keep_compiled()
    with warnings.catch_warnings():
        # It warns that a seed means one thread, which is wanted.
        warnings.filterwarnings("ignore", message="n_jobs value")
        neighbours = min(NEIGHBOURS, len(points) - 1)
        reducer = umap.UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1, init="pca")
        return reducer.fit_transform(points).astype(np.float32)


def is_compiled() -> bool:
    """Whether this machine has compiled what every map needs."""
    umap = importlib.util.find_spec("umap")
    if umap is None or umap.origin is None:
        return False
    return is_kept(Path(umap.origin).with_name("umap_.py"), "smooth_knn_dist")


@cache
def keep_compiled() -> None:
    """numba keeps what UMAP compiles, as it keeps our own loop, so that a machine waits once."""
    for module, name in (*COMPILED, *COMPILED_FOR_MANY):
        keep = getattr(getattr(sys.modules.get(module), name, None), "enable_caching", None)
        if keep is not None:  # else another version of UMAP, or numba is switched off
            with contextlib.suppress(RuntimeError):  # no folder to keep it in
                keep()


def make_maps(
    arrays: Mapping[str, np.ndarray], seed: int, *, with_umap: bool = True, model: str = "attrec"
) -> dict[str, np.ndarray]:
    """All that maps.npz holds. users (S,): the users drawn, all of them unless there are too many for UMAP.

    long_*: (S + N, 2), users first, then items; short_*: (N, 2) items. *_mean, *_axes, *_share: the PCA that places a
    new vector. UMAP is left out where there are too few points for it.
    """
    result = {"users": np.empty(0, np.int32)}
    for space, place in SYSTEMS[model].spaces.items():
        points = items_in(arrays, place)
        if place.users:
            users = users_in(arrays, place)
            result["users"] = drawn_users(len(users), len(points), seed)
            points = np.vstack([users[result["users"]], points])
        fitted = pca(points)
        result[f"{space}_pca"] = fitted.place(points)
        result |= {f"{space}_mean": fitted.mean, f"{space}_axes": fitted.axes, f"{space}_share": fitted.share}
        if with_umap and len(points) >= FEWEST_POINTS and points.shape[1] >= 2:
            result[f"{space}_umap"] = umap_coordinates(points, seed)
    return result


def has_umap(run: Run) -> bool:
    return run.maps is not None and {f"{space}_umap" for space in run.spaces} <= set(run.maps)


def add_maps(path: Path, *, overwrite: bool = False) -> tuple[str, ...]:
    """Lays the maps out and writes them into the run; gives the names of what they hold. It takes as long as UMAP does.

    Raises InputError for a run that has maps already (unless `overwrite`), that is too small for UMAP, that was
    replaced meanwhile, or that cannot be written; then nothing has changed.
    """
    check_may_change("No maps are added")
    run, folder = load(path), path.resolve()
    if not run.spaces:
        raise without_vectors(run)
    if has_umap(run) and not overwrite:
        text = "{path} has maps already; use {name:overwrite} to compute them again."
        raise InputError("exists", text, setting="overwrite", path=path)
    if run.interactions.n_items < FEWEST_POINTS or run.model_config.dim < 2:
        text = "{path} is too small for UMAP: it takes {most} items and 2 dimensions at least."
        raise InputError("too_small", text, path=path, most=FEWEST_POINTS)
    check_changeable(folder, RUN)
    made = make_maps(run.arrays, run.train_config.seed, model=run.model_config.model)
    try:
        with held(folder.parent):
            if weights_fingerprint(folder) != run.fingerprint:
                text = "{path} was replaced while its maps were computed; they belong to another model."
                raise InputError("replaced", text, path=path)
            open_run(folder).replace("maps.npz", npz_bytes(made))
    except OSError as error:
        text = "The maps cannot be written to {path}: {why}."
        raise InputError("cannot_write", text, path=path, why=error.strerror or str(error)) from None
    return tuple(sorted(made))


def drawn_users(n_users: int, n_items: int, seed: int) -> np.ndarray:
    """Which users are on the map: all, or a seeded sample that leaves room for every item."""
    room = max(MOST_POINTS - n_items, 1000)
    if n_users <= room:
        return np.arange(n_users, dtype=np.int32)
    return np.sort(np.random.default_rng(seed).choice(n_users, room, replace=False)).astype(np.int32)


def stored_pca(maps: Mapping[str, np.ndarray], space: str) -> Pca:
    return Pca(maps[f"{space}_mean"], maps[f"{space}_axes"], maps[f"{space}_share"])


def place(vector: np.ndarray, points: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """Where a new vector (d,) goes on a map that has no formula: (2,), the medoid, in the map, of its true neighbours.

    A weighted mean would land between the clusters, where nothing is.
    """
    return medoids(nearest(points, vector, NEIGHBOURS)[0][None], coordinates)[0]


def medoids(rows: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """(S, k) rows of a map → (S, 2): of each k, the one with the smallest summed distance to the others."""
    around = coordinates[rows]
    apart = np.linalg.norm(around[:, :, None] - around[:, None], axis=-1).sum(2)
    return around[np.arange(len(around)), apart.argmin(1)]
