"""MC: a factorised Markov chain, the same for all users. Rendle et al., "Factorizing Personalized Markov Chains for
Next-Basket Recommendation", 2010."""

from __future__ import annotations

from torch import Tensor

from attrec_core.models.model import ItemVectors, Model, QueryVectors, empty, mean_row


class Mc(Model):
    """Score = the mean over the latest items l of ⟨X_l, Y_i⟩; with a window of one item, a first-order chain."""

    item_tables: tuple[str, ...] = ("latest", "next")

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.latest, self.next = empty(n_items, dim), empty(n_items, dim)  # X, Y

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        return self.dropped(mean_row(self.latest, windows)), 0.0

    def item_vectors(self) -> ItemVectors:
        return self.next, self.next.new_zeros(len(self.next))
