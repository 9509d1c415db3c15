"""PRME: two metric spaces. Feng et al., "Personalized Ranking Metric Embedding for Next New POI Recommendation", 2015,
and LSTM+ of the AttRec paper, 2018, which has an LSTM where AttRec has attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attrec_core.data.windows import PADDING
from attrec_core.models.model import empty, mean_row, rows, to_left
from attrec_core.models.two_spaces import TwoSpaces


class Prme(TwoSpaces):
    """y = ω ‖U_u − V_i‖² + (1 − ω) ‖X_l − X_i‖² with the latest item l, or the mean of a longer window: AttRec without
    attention. With `place_weights`, a mean by weights that each place has for everybody."""

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.place_weight = empty(self.config.window) if self.config.place_weights else None

    def intent(self, windows: Tensor) -> Tensor:
        """(B, L) → (B, d) where the short term is."""
        if self.place_weight is None:
            return mean_row(self.item_short, windows)
        weights = self.place_weight.masked_fill(windows == PADDING, torch.finfo(torch.float32).min).softmax(1)
        return (weights[..., None] * rows(self.item_short, windows)).sum(1)


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
