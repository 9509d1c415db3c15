"""AttRec in PyTorch: self-attention over the last L items, and squared distances in two metric spaces.

Zhang et al., "Next Item Recommendation with Self-Attentive Metric Learning", 2018. Equations are numbered in the
paper's order: 1 window, 2 time signal, 3 projection, 4 attention, 5 values, 6 aggregation; 7 distance, in
`two_spaces.py`. B windows, L positions, d dimensions, C candidates, M users, N items.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from attrec_core.data.windows import PADDING
from attrec_core.models.model import empty, pooled, rows
from attrec_core.models.two_spaces import TwoSpaces


class AttentionStages(NamedTuple):
    """The stages of the short-term part, up to the intent m."""

    values: Tensor  # (B, L, d) x, eq. 1; padded rows are 0
    scores: Tensor  # (B, L, L) before any mask, eq. 4
    weights: Tensor  # (B, L, L) after softmax and mask; padded rows and columns are 0
    attended: Tensor  # (B, L, d) a, eq. 5
    intent: Tensor  # (B, d) m, eq. 6


class AttRec(TwoSpaces):
    """AttRec: the tables X, V and U, the projection W, and the distances computed from them. Lower is better."""

    signal: Tensor

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)  # X, V and U
        self.projection = empty(dim, dim)  # W
        self.key_projection = None if self.config.shared_projection else empty(dim, dim)
        self.register_buffer("signal", time_signal(self.config.window, dim), persistent=False)

    def reset(self, init_sd: float) -> None:
        """Draws tables from a normal distribution cut at two standard deviations, and projections by Xavier, as in the
        authors' code."""
        super().reset(init_sd)
        for matrix in self.projections:
            nn.init.xavier_uniform_(matrix)

    def attention(self, windows: Tensor) -> AttentionStages:
        """windows (B, L): item indices, oldest first, padded on the left with -1. Returns the stages of eq. 1-6."""
        values, real = rows(self.item_short, windows), windows != PADDING
        scores = self._scores(values)
        weights = self._weights(scores, real)
        attended = weights @ values
        return AttentionStages(values, scores, weights, attended, pooled(attended, real, self.config.aggregation))

    def _scores(self, values: Tensor) -> Tensor:
        """Returns query · key / √d (B, L, L), before any mask. Eq. 3 and 4."""
        positioned = values + self.signal if self.config.time_signal else values
        query = torch.relu(positioned @ self.projection)
        # With a shared W, query and key are the same matrix, but dropout draws a separate mask for each.
        key = query if self.key_projection is None else torch.relu(positioned @ self.key_projection)
        return self._dropped(query) @ self._dropped(key).transpose(1, 2) / math.sqrt(self.config.dim)

    def _dropped(self, projected: Tensor) -> Tensor:
        return dropout(projected, self.config.dropout, self.training) if self.config.dropout else projected

    def _weights(self, scores: Tensor, real: Tensor) -> Tensor:
        """Returns the softmax over each row, with the diagonal masked as configured. Eq. 4."""
        diagonal = torch.eye(scores.shape[-1], dtype=torch.bool, device=scores.device)
        allowed = real[:, None, :].expand_as(scores)
        if self.config.mask == "before":
            # A single item has no other item to attend to. It attends to itself, so that m = x instead of NaN.
            alone = real.sum(1) == 1
            allowed = allowed & (~diagonal | alone[:, None, None])
        # The lowest finite number, not -∞: a padded query row may have no allowed key, and -∞ would give NaN.
        weights = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min).softmax(-1)
        weights = weights * (allowed & real[:, :, None])
        return weights.masked_fill(diagonal, 0.0) if self.config.mask == "after" else weights

    def intent(self, windows: Tensor) -> Tensor:
        """windows (B, L) → m (B, d). For mean and sum, m = Σ_j w_j x_j by the column weights w, without computing a."""
        if self.config.aggregation in ("max", "min"):
            return self.attention(windows).intent
        values, real = rows(self.item_short, windows), windows != PADDING
        column_weights = self._weights(self._scores(values), real).sum(1)
        if self.config.aggregation == "mean":
            column_weights = column_weights / real.sum(1, keepdim=True).clamp(min=1)
        return (column_weights[..., None] * values).sum(1)


def time_signal(length: int, dim: int) -> Tensor:
    """Returns (L, d) float32: sine and cosine of each position (the oldest is 0) at falling frequencies. Eq. 2."""
    column = torch.arange(dim)
    positions = torch.arange(length, dtype=torch.float64)[:, None]
    angle = positions / 10000 ** (2 * (column // 2).double() / dim)
    return torch.where(column % 2 == 0, angle.sin(), angle.cos()).float()
