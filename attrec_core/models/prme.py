"""PRME: two metric spaces. Feng et al., "Personalized Ranking Metric Embedding for Next New POI Recommendation", 2015,
and LSTM+ of the AttRec paper, 2018, which has an LSTM where AttRec has attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding

from attrec_core.data.windows import PADDING
from attrec_core.models.model import Asked, Catalogue, Model, empty, mean_row, metric, rows, to_left


class Prme(Model):
    """y = ω ‖U_u − V_i‖² + (1 − ω) ‖X_l − X_i‖² with the latest item l, or the mean of a longer window: AttRec without
    attention. With `place_weights`, a mean by weights that each place has for everybody."""

    item_tables, user_tables = ("item_short", "item_long"), ("user_long",)
    only_answers = ("item_long",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.item_short, self.item_long, self.user_long = empty(n_items, dim), empty(n_items, dim), empty(n_users, dim)
        self.place_weight = empty(self.config.window) if self.config.place_weights else None

    def intent(self, windows: Tensor) -> Tensor:
        """(B, L) → (B, d) where the short term is."""
        if self.place_weight is None:
            return mean_row(self.item_short, windows)
        weights = self.place_weight.masked_fill(windows == PADDING, torch.finfo(torch.float32).min).softmax(1)
        return (weights[..., None] * rows(self.item_short, windows)).sum(1)

    def asked(self, users: Tensor, windows: Tensor) -> Asked:
        omega, taste, intent = self.config.long_weight, embedding(users, self.user_long), self.intent(windows)
        long, short = metric(self.dropped(taste), omega), metric(self.dropped(intent), 1 - omega)
        return torch.cat([long[0], short[0]], 1), long[1] + short[1]

    def catalogue(self) -> Catalogue:
        omega, norms = self.config.long_weight, [table.square().sum(1) for table in (self.item_long, self.item_short)]
        return torch.cat([self.item_long, self.item_short], 1), omega * norms[0] + (1 - omega) * norms[1]


class LstmPlus(Prme):
    """The same with m = the last state of an LSTM over the window."""

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.network = nn.LSTM(dim, dim, batch_first=True)

    def intent(self, windows: Tensor) -> Tensor:
        moved, lengths = to_left(windows)
        states, _ = self.network(rows(self.item_short, moved))
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, states.shape[-1])
        return states.gather(1, last)[:, 0] * (lengths > 0)[:, None]
