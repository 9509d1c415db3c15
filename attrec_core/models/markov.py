"""MC and FPMC: factorised Markov chains. Rendle et al., "Factorizing Personalized Markov Chains for Next-Basket
Recommendation", 2010."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding

from attrec_core.models.model import Asked, Catalogue, Model, empty, mean_row


class Mc(Model):
    """Score = the mean over the latest items l of ⟨X_l, Y_i⟩; with a window of one item, a first-order chain."""

    item_tables: tuple[str, ...] = ("latest", "next")

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.latest, self.next = empty(n_items, dim), empty(n_items, dim)  # X, Y

    def asked(self, users: Tensor, windows: Tensor) -> Asked:
        return self.dropped(mean_row(self.latest, windows)), 0.0

    def catalogue(self) -> Catalogue:
        return self.next, self.next.new_zeros(len(self.next))


class Fpmc(Mc):
    """Score = ⟨U_u, V_i⟩ + the mean over the latest items l of ⟨X_l, Y_i⟩."""

    item_tables, user_tables = ("latest", "next", "item"), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.user, self.item = empty(n_users, dim), empty(n_items, dim)  # U, V

    def asked(self, users: Tensor, windows: Tensor) -> Asked:
        taste = self.dropped(embedding(users, self.user))
        return torch.cat([taste, super().asked(users, windows)[0]], 1), 0.0

    def catalogue(self) -> Catalogue:
        return torch.cat([self.item, self.next], 1), self.next.new_zeros(len(self.next))
