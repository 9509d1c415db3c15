"""TransRec: users as translations. He et al., "Translation-based Recommendation", 2017."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding

from attrec_core.models.model import ItemVectors, Model, QueryVectors, empty, mean_row, metric


class TransRec(Model):
    """Score = β_i − ‖γ_l + t + t_u − γ_i‖² with the latest item l, a translation t for all users and t_u for one user.

    `projected`: uses P γ_l and P γ_i, as in the earlier TransR; the projection P is learned.
    """

    item_tables, user_tables = ("item",), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.item, self.bias, self.user, self.shared = (
            empty(n_items, dim),
            empty(n_items),
            empty(n_users, dim),
            empty(dim),
        )
        self.projection = empty(dim, dim) if self.config.projected else None

    def reset(self, init_sd: float) -> None:
        super().reset(init_sd)
        nn.init.zeros_(self.user)  # a user without data has only the translation for all
        if self.projection is not None:
            nn.init.eye_(self.projection)

    def places(self) -> Tensor:
        """Returns the item vectors (N, d), projected if configured."""
        return self.item if self.projection is None else self.item @ self.projection

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        latest = mean_row(self.places(), windows)
        return metric(self.dropped(latest + self.shared + embedding(users, self.user)))

    def item_vectors(self) -> ItemVectors:
        vectors = self.places()
        return vectors, torch.sum(vectors.square(), 1) - self.bias
