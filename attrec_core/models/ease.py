"""EASE: a linear model of items, solved in closed form. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data",
2019."""

from __future__ import annotations

import numpy as np

from attrec_core.data.windows import Split
from attrec_core.models.counted import Counted


class Ease(Counted):
    """Score = Σ over the user's items j of B_ji, B = I − P diag(1/P_ii), P = (XᵀX + λI)⁻¹.

    weights (N, N): B.
    """

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        gram = (self.histories.T @ self.histories).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += self.config.ridge
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)
        return {"weights": weights}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return self.recent_items(users, windows) @ self.array("weights")
