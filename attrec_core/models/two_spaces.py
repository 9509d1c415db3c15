"""Equation 7 of AttRec: users are near the items they like, in a long-term taste space and a short-term intent space.

Zhang et al., "Next Item Recommendation with Self-Attentive Metric Learning", 2018; idea from PRME, Feng et al. 2015.
"""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor
from torch.nn.functional import embedding

from attrec_core.models.model import ItemVectors, Model, QueryVectors, empty, metric


class TwoSpaces(Model):
    """y_i = ω ‖U_u − V_i‖² + (1 − ω) ‖m − X_i‖²; each subclass defines its intent m."""

    item_tables, user_tables = ("item_short", "item_long"), ("user_long",)
    only_answers = ("item_long",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.item_short = empty(n_items, dim)  # X
        self.item_long = empty(n_items, dim)  # V
        self.user_long = empty(n_users, dim)  # U

    @abstractmethod
    def intent(self, windows: Tensor) -> Tensor:
        """windows (B, L) → m (B, d)."""

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        """Returns q = 2 [ωU_u, (1 − ω)m] and a = ω‖U_u‖² + (1 − ω)‖m‖²: eq. 7, expanded."""
        omega, taste, intent = self.config.long_weight, embedding(users, self.user_long), self.intent(windows)
        long, short = metric(self.dropped(taste), omega), metric(self.dropped(intent), 1 - omega)
        return torch.cat([long[0], short[0]], 1), long[1] + short[1]

    def item_vectors(self) -> ItemVectors:
        """Returns e_i = [V_i, X_i] (N, 2d) and b_i = ω‖V_i‖² + (1 − ω)‖X_i‖² (N,)."""
        omega, norms = self.config.long_weight, [table.square().sum(1) for table in (self.item_long, self.item_short)]
        return torch.cat([self.item_long, self.item_short], 1), omega * norms[0] + (1 - omega) * norms[1]
