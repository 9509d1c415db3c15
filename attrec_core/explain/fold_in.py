"""Estimates the long-term vector of a new user from the items that they pick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from attrec_core.runs.systems import SYSTEMS

if TYPE_CHECKING:
    from attrec_core.runs.run import Run


def fold_in(run: Run, items: Sequence[int] | np.ndarray) -> np.ndarray | None:
    """Item indices (k,), k ≥ 1 → U (d,), or None for a system without user vectors. An item that is picked twice
    counts twice."""
    system = SYSTEMS[run.model_config.model]
    if system.tastes is None:
        return None
    users = run.arrays[system.tastes.users]
    vectors = run.arrays[system.tastes.items][:, -users.shape[1] :]  # Caser's item vectors begin with the window's part
    mean = vectors[np.asarray(items, np.int64)].mean(0, dtype=np.float64)
    if system.tastes.through in run.arrays:
        mean = mean @ run.arrays[system.tastes.through]
    point = highest(mean, users) if system.tastes.by_product else nearest(run, mean)
    return point.astype(np.float32)


def nearest(run: Run, mean: np.ndarray) -> np.ndarray:
    """mean (d,) of the picks' vectors → the point with the smallest summed squared distance to them.

    The sum is k‖u − mean‖² plus a constant, so the point is the mean; in a run with clipped tables, it is the point of
    the unit ball nearest to the mean.
    """
    length = float(np.linalg.norm(mean))
    return mean / length if run.train_config.regularisation == "clip" and length > 1 else mean


def highest(mean: np.ndarray, users: np.ndarray) -> np.ndarray:
    """mean (d,) of the picks' vectors, users (M, d) → the point with the largest summed inner product with them.

    Only points as long as the median user vector count, since longer points have larger products. So the result has
    the direction of the mean. On MovieLens 100K, for 300 users and their latest ten items, MRR is
    .072 for BPR-MF (.051 by the learned vectors), .092 (.091) for FPMC, .094 (.099) for HRM, .109 (.109) for TransRec.
    """
    length, median_length = float(np.linalg.norm(mean)), float(np.median(np.linalg.norm(users, axis=1)))
    return mean * (median_length / length) if length > 0 else mean
