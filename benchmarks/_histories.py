"""Made-up interactions for the benchmarks."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from attrec_core.data.interactions import Interactions


def histories(items: np.ndarray, n_items: int, each: int) -> Interactions:
    """items: of all users, `each` for every user, oldest first."""
    rows, names = np.arange(len(items)), tuple(map(str, range(n_items)))
    return Interactions(
        user_ids=tuple(map(str, range(len(items) // each))),
        item_ids=names,
        items=items.astype(np.int32),
        times=rows % each,
        starts=np.arange(0, len(rows) + 1, each),
        titles=names,
        genres=((),) * n_items,
        years=("",) * n_items,
        source="random",
        tie_rule="file-last",
        duplicates="keep",
    )
