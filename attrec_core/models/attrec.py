"""AttRec in PyTorch: self-attention over the last L items, and squared distances in two metric spaces; and the systems
that share its two spaces.

Zhang et al., "Next Item Recommendation with Self-Attentive Metric Learning", 2018; the two spaces are an idea of PRME.
Equations are numbered in the paper's order: 1 window, 2 time signal, 3 projection, 4 attention, 5 values,
6 aggregation, 7 distance. B windows, L positions, d dimensions, C candidates, M users, N items.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, embedding, embedding_bag

from attrec_core.config import memory_weights
from attrec_core.data.windows import PADDING
from attrec_core.explain.forward import time_signal
from attrec_core.models.model import ItemVectors, Model, QueryVectors, empty, mean_row, metric, pooled, rows, to_left


class TwoSpaces(Model):
    """y_i = ω ‖U_u − V_i‖² + (1 − ω) ‖m − X_i‖², eq. 7: users are near the items they like, in a long-term taste space
    and a short-term intent space. Each subclass defines its intent m."""

    item_tables: tuple[str, ...] = ("item_short", "item_long")
    user_tables: tuple[str, ...] = ("user_long",)
    only_answers: tuple[str, ...] = ("item_long",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.item_short = empty(n_items, dim)  # X
        self.item_long = empty(n_items, dim)  # V
        self.user_long = empty(n_users, dim)  # U

    @abstractmethod
    def intent(self, windows: Tensor) -> Tensor:
        """windows (B, L) → m (B, d)."""

    def taste(self, users: Tensor, histories: Tensor) -> Tensor:
        """users (B,) and what they have read (B, R), oldest first, padded with -1 → long-term taste U (B, d)."""
        return embedding(users, self.user_long)

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        """Returns q = 2 [ωU_u, (1 − ω)m] and a = ω‖U_u‖² + (1 − ω)‖m‖²: eq. 7, expanded. A row may be longer than the
        window, which its last L items are, for a taste from items."""
        omega, taste = self.config.long_weight, self.taste(users, windows)
        intent = self.intent(windows[:, -self.config.window :])
        long, short = metric(self.dropped(taste), omega), metric(self.dropped(intent), 1 - omega)
        return torch.cat([long[0], short[0]], 1), long[1] + short[1]

    def item_vectors(self) -> ItemVectors:
        """Returns e_i = [V_i, X_i] (N, 2d) and b_i = ω‖V_i‖² + (1 − ω)‖X_i‖² (N,)."""
        omega, norms = self.config.long_weight, [table.square().sum(1) for table in (self.item_long, self.item_short)]
        return torch.cat([self.item_long, self.item_short], 1), omega * norms[0] + (1 - omega) * norms[1]


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
    memory: Tensor  # (K,) how much an item counts in the taste, by its age
    undecayed = ("own_share",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)  # X, V and U
        if self.config.taste == "items":
            del self.user_long
            self.user_tables = ()
        if self.config.remembers:
            self.only_answers = ()  # V is read, too
            self.register_buffer("memory", torch.tensor(memory_weights(self.config.half_life)), persistent=False)
        self.own_share = empty(1) if self.config.taste == "both" else None  # the logit of β
        self.projection = empty(dim, dim)  # W
        self.key_projection = None if self.config.shared_projection else empty(dim, dim)
        signal = time_signal(np.arange(self.config.window), dim)
        self.register_buffer("signal", torch.from_numpy(signal), persistent=False)

    def reset(self, init_sd: float) -> None:
        """Draws tables from a normal distribution cut at two standard deviations, and projections by Xavier, as in the
        authors' code."""
        super().reset(init_sd)
        for matrix in (self.projection, self.key_projection):
            if matrix is not None:
                nn.init.xavier_uniform_(matrix)
        if self.own_share is not None:
            nn.init.zeros_(self.own_share)

    def taste(self, users: Tensor, histories: Tensor) -> Tensor:
        """users (B,), histories (B, R) → U (B, d): a row of the user table, or made from items as in explain/taste.py,
        which is not the paper's."""
        if not self.config.remembers:
            return super().taste(users, histories)
        real = histories != PADDING
        ages = real.flip(1).cumsum(1).flip(1) - 1
        counts = self.memory[ages.clamp(0, len(self.memory) - 1)] * (real & (ages < len(self.memory)))
        shares = counts / counts.sum(1, keepdim=True).clamp(min=torch.finfo(counts.dtype).tiny)
        of_items = embedding_bag(histories.clamp(min=0), self.item_long, per_sample_weights=shares, mode="sum")
        if self.own_share is None:
            return of_items
        share = self.own_share.sigmoid()
        return (1 - share) * of_items + share * embedding(users, self.user_long)

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
        query, key = (dropout(projected, self.config.dropout, self.training) for projected in (query, key))
        return query @ key.transpose(1, 2) / math.sqrt(self.config.dim)

    def _weights(self, scores: Tensor, real: Tensor) -> Tensor:
        """Returns the softmax over each row, with the diagonal masked as configured. Eq. 4."""
        diagonal = torch.eye(scores.shape[-1], dtype=torch.bool, device=scores.device)
        if not self.config.masks(1):  # a single item attends to itself
            diagonal = diagonal & (real.sum(1) > 1)[:, None, None]
        allowed = real[:, None, :].expand_as(scores)
        if self.config.mask == "before":
            allowed = allowed & ~diagonal
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


class Prme(TwoSpaces):
    """PRME: y = ω ‖U_u − V_i‖² + (1 − ω) ‖X_l − X_i‖² with the latest item l, or the mean of a longer window: AttRec
    without attention. With `place_weights`, the mean is weighted: each position has one weight for all users.

    Feng et al., "Personalized Ranking Metric Embedding for Next New POI Recommendation", 2015.
    """

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.place_weight = empty(self.config.window) if self.config.place_weights else None

    def intent(self, windows: Tensor) -> Tensor:
        """windows (B, L) → short-term intent m (B, d)."""
        if self.place_weight is None:
            return mean_row(self.item_short, windows)
        weights = self.place_weight.masked_fill(windows == PADDING, torch.finfo(torch.float32).min).softmax(1)
        return (weights[..., None] * rows(self.item_short, windows)).sum(1)


class LstmPlus(TwoSpaces):
    """LSTM+ of the AttRec paper, an LSTM where AttRec has attention: m = the last state of an LSTM over the window."""

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.network = nn.LSTM(dim, dim, batch_first=True)

    def intent(self, windows: Tensor) -> Tensor:
        left_aligned, lengths = to_left(windows)
        states, _ = self.network(rows(self.item_short, left_aligned))
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, states.shape[-1])
        return states.gather(1, last)[:, 0] * (lengths > 0)[:, None]
