"""Popularity: the same order of the items for everybody."""

from __future__ import annotations

import numpy as np

from attrec_core.data.windows import Split
from attrec_core.models.counted import Counted


class Popularity(Counted):
    """Score = number of interactions of the item. popularity (N,)."""

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        items = split.interactions.items[split.train_mask()]
        return {"popularity": np.bincount(items, minlength=self.n_items)}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return np.tile(self.array("popularity"), (len(users), 1))
