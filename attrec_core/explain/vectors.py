"""The vectors of a run's items and users in the spaces of its system, and the estimated vector of a new user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.runs.systems import Space


def items_in(arrays: Mapping[str, np.ndarray], space: Space) -> np.ndarray:
    """Returns the item vectors (N, k) of a space: its arrays side by side, times the matrix `through`, if any."""
    parts = [arrays[name] for name in space.items.split()]
    table = parts[0] if len(parts) == 1 else np.hstack(parts)
    return table @ arrays[space.through] if space.through in arrays else table


def users_in(arrays: Mapping[str, np.ndarray], space: Space) -> np.ndarray:
    """Returns the user vectors (M, k) of a space; (0, k) if it has no users."""
    return arrays[space.users] if space.users else np.empty((0, items_in(arrays, space).shape[1]), np.float32)


@cached
def items_table(run: Run, space: str) -> np.ndarray:
    """Returns the item vectors (N, k) of a space of the run."""
    return items_in(run.arrays, run.spaces[space])


def fold_in(run: Run, items: Sequence[int] | np.ndarray) -> np.ndarray | None:
    """Item indices (k,), k ≥ 1, that a new user picks → U (d,), or None for a system without user vectors. An item that
    is picked twice counts twice.

    For distances, U has the smallest summed squared distance to the picks. The sum is k‖U − mean‖² plus a constant, so
    U is the mean; in a run with clipped tables, it is the point of the unit ball nearest to the mean.
    """
    tastes = run.system.tastes
    if tastes is None:
        return None
    users = run.arrays[tastes.users]
    vectors = run.arrays[tastes.items][:, -users.shape[1] :]  # Caser's item vectors begin with the window's part
    mean = vectors[np.asarray(items, np.int64)].mean(0, dtype=np.float64)
    if tastes.through in run.arrays:
        mean = mean @ run.arrays[tastes.through]
    if tastes.by_product:
        mean = highest(mean, users)
    elif run.train_config.regularisation == "clip":
        mean = mean / max(float(np.linalg.norm(mean)), 1.0)
    return mean.astype(np.float32)


def highest(mean: np.ndarray, users: np.ndarray) -> np.ndarray:
    """mean (d,) of the picks' vectors, users (M, d) → the point with the largest summed inner product with them.

    Only points as long as the median user vector count, since longer points have larger products. So the result has
    the direction of the mean. On MovieLens 100K, for 300 users and their latest ten items, MRR is
    .072 for BPR-MF (.051 by the learned vectors), .092 (.091) for FPMC, .094 (.099) for HRM, .109 (.109) for TransRec.
    """
    length, median_length = float(np.linalg.norm(mean)), float(np.median(np.linalg.norm(users, axis=1)))
    return mean * (median_length / length) if length > 0 else mean
