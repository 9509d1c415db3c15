"""LSTM+ of the AttRec paper, Zhang et al. 2018: an LSTM where AttRec has attention."""

from __future__ import annotations

from torch import Tensor, nn

from attrec_core.models.model import rows, to_left
from attrec_core.models.two_spaces import TwoSpaces


class LstmPlus(TwoSpaces):
    """Two spaces with m = the last state of an LSTM over the window."""

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.network = nn.LSTM(dim, dim, batch_first=True)

    def intent(self, windows: Tensor) -> Tensor:
        left_aligned, lengths = to_left(windows)
        states, _ = self.network(rows(self.item_short, left_aligned))
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, states.shape[-1])
        return states.gather(1, last)[:, 0] * (lengths > 0)[:, None]
