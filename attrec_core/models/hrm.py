"""HRM: pooling in two steps. Wang et al., "Learning Hierarchical Representation Model for Next Basket Recommendation",
2015."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding

from attrec_core.data.windows import PADDING
from attrec_core.models.model import ItemVectors, Model, QueryVectors, empty, pooled, rows


class Hrm(Model):
    """Score = ⟨pool(U_u, pool(V_l of the latest items l)), V_i⟩, pooled by maximum or mean; one item table."""

    item_tables, user_tables = ("item",), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.user, self.item = empty(n_users, dim), empty(n_items, dim)

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        kind = self.config.aggregation
        basket = pooled(rows(self.item, windows), windows != PADDING, kind)
        parts = torch.stack([embedding(users, self.user), basket], 1)
        return self.dropped(pooled(parts, torch.ones_like(parts[..., 0], dtype=torch.bool), kind)), 0.0

    def item_vectors(self) -> ItemVectors:
        return self.item, self.item.new_zeros(len(self.item))
