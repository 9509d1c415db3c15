"""FPMC: matrix factorisation with a Markov chain. Rendle et al., "Factorizing Personalized Markov Chains for
Next-Basket Recommendation", 2010."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding

from attrec_core.models.mc import Mc
from attrec_core.models.model import ItemVectors, QueryVectors, empty


class Fpmc(Mc):
    """Score = ⟨U_u, V_i⟩ + the mean over the latest items l of ⟨X_l, Y_i⟩."""

    item_tables, user_tables = ("latest", "next", "item"), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.user, self.item = empty(n_users, dim), empty(n_items, dim)  # U, V

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        taste = self.dropped(embedding(users, self.user))
        return torch.cat([taste, super().query_vectors(users, windows)[0]], 1), 0.0

    def item_vectors(self) -> ItemVectors:
        return torch.cat([self.item, self.next], 1), self.next.new_zeros(len(self.next))
