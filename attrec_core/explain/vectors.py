"""The vectors of a run's items and users in the spaces of its system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.systems import Space

if TYPE_CHECKING:
    from attrec_core.runs.run import Run


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
