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
from torch.nn.functional import dropout, embedding

from attrec_core.models.model import empty
from attrec_core.models.two_spaces import TwoSpaces


class Attention(NamedTuple):
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

    def attention(self, windows: Tensor) -> Attention:
        """windows (B, L): item indices, oldest first, padded on the left with -1. Returns the stages of eq. 1-6."""
        real = windows >= 0
        values = embedding(windows.clamp(min=0), self.item_short) * real[..., None]
        scores = self._scores(values)
        weights = self._weights(scores, real)
        attended = weights @ values
        return Attention(values, scores, weights, attended, self._aggregated(attended, real))

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

    def _aggregated(self, attended: Tensor, real: Tensor) -> Tensor:
        """Pools the attended rows (B, L, d) of real items to (B, d). Eq. 6."""
        kind, rows = self.config.aggregation, real[..., None]
        if kind == "sum":
            return attended.sum(1)
        if kind == "mean":
            return attended.sum(1) / rows.sum(1).clamp(min=1)
        neutral = -math.inf if kind == "max" else math.inf
        filled = attended.masked_fill(~rows, neutral)
        pooled = filled.amax(1) if kind == "max" else filled.amin(1)
        return torch.where(real.any(1)[:, None], pooled, torch.zeros_like(pooled))

    def intent(self, windows: Tensor) -> Tensor:
        """windows (B, L) → m (B, d). For mean and sum, m = Σ_j w_j x_j by the column weights w, without computing a."""
        if self.config.aggregation in ("max", "min"):
            return self.attention(windows).intent
        real = windows >= 0
        values = embedding(windows.clamp(min=0), self.item_short) * real[..., None]
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
