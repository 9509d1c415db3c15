"""PRME: two metric spaces. Feng et al., "Personalized Ranking Metric Embedding for Next New POI Recommendation",
2015."""

from __future__ import annotations

import torch
from torch import Tensor

from attrec_core.data.windows import PADDING
from attrec_core.models.model import empty, mean_row, rows
from attrec_core.models.two_spaces import TwoSpaces


class Prme(TwoSpaces):
    """y = ω ‖U_u − V_i‖² + (1 − ω) ‖X_l − X_i‖² with the latest item l, or the mean of a longer window: AttRec without
    attention. With `place_weights`, the mean is weighted: each position has one weight for all users."""

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.place_weight = empty(self.config.window) if self.config.place_weights else None

    def intent(self, windows: Tensor) -> Tensor:
        """windows (B, L) → short-term intent m (B, d)."""
        if self.place_weight is None:
            return mean_row(self.item_short, windows)
        weights = self.place_weight.masked_fill(windows == PADDING, torch.finfo(torch.float32).min).softmax(1)
        return (weights[..., None] * rows(self.item_short, windows)).sum(1)
