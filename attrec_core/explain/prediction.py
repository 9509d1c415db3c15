"""Where a new person lies: the point that is nearest to everything they picked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attrec_core.runs.run import Run


def fold_in(run: Run, items: Sequence[int] | np.ndarray) -> np.ndarray:
    """Item indices (k,), k ≥ 1 → U (d,): the point with the smallest summed squared distance to their V rows.

    The sum is k‖u − mean‖² and a constant, so it is the mean; in a run with clipped tables, the point of the unit
    ball nearest to the mean. An item picked twice counts twice.
    """
    mean = run.arrays["item_long"][np.asarray(items, np.int64)].mean(0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    if run.train_config.regularisation == "clip" and length > 1:
        mean = mean / length
    return mean.astype(np.float32)
