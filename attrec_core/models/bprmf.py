"""BPR-MF: the inner product of user and item. Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit
Feedback", 2009."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import embedding

from attrec_core.models.model import ItemVectors, Model, QueryVectors, empty


class BprMf(Model):
    """Score = b_i + ⟨U_u, V_i⟩."""

    item_tables, user_tables = ("item",), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.user, self.item, self.bias = empty(n_users, dim), empty(n_items, dim), empty(n_items)

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        return self.dropped(embedding(users, self.user)), 0.0

    def item_vectors(self) -> ItemVectors:
        return self.item, -self.bias
