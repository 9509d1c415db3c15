"""The vectors of a run's items and users, as its system lays them in its spaces."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.runs.systems import Space


def items_in(arrays: Mapping[str, np.ndarray], space: Space) -> np.ndarray:
    """(N, k) what the items answer: the arrays of this space side by side."""
    parts = [arrays[name] for name in space.items.split()]
    table = parts[0] if len(parts) == 1 else np.hstack(parts)
    return table @ arrays[space.through] if space.through in arrays else table


def users_in(arrays: Mapping[str, np.ndarray], space: Space) -> np.ndarray:
    """(M, k), of no user where none lies in this space."""
    return arrays[space.users] if space.users else np.empty((0, items_in(arrays, space).shape[1]), np.float32)


@cached
def items_table(run: Run, space: str) -> np.ndarray:
    """(N, k) the items in this space."""
    return items_in(run.arrays, run.spaces[space])
