"""GRU4Rec: a recurrent network. Hidasi et al., "Session-based Recommendations with Recurrent Neural Networks", 2016."""

from __future__ import annotations

from torch import Tensor, nn

from attrec_core.models.model import ItemVectors, Model, empty, rows, to_left, to_right


class Gru4Rec(Model):
    """Score = b_i + ⟨h, V_i⟩ with the state h of a GRU after each position."""

    item_tables = ("item", "answer")
    every_place = True

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.item, self.answer, self.bias = empty(n_items, dim), empty(n_items, dim), empty(n_items)
        self.network = nn.GRU(dim, dim, self.config.layers, batch_first=True)

    def query_vectors_everywhere(self, users: Tensor, windows: Tensor) -> Tensor:
        left_aligned, lengths = to_left(windows)
        states, _ = self.network(self.dropped(rows(self.item, left_aligned)))
        return to_right(self.dropped(states), lengths)

    def item_vectors(self) -> ItemVectors:
        return self.answer, -self.bias
