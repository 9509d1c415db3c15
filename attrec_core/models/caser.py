"""Caser: filters over the window. Tang and Wang, "Personalized Top-N Sequential Recommendation via Convolutional
Sequence Embedding", 2018."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, pad

from attrec_core.data.windows import PADDING
from attrec_core.models.model import ItemVectors, Model, QueryVectors, empty, rows

VERTICAL = 4  # number of weighted sums of the L items


class Caser(Model):
    """Score = b_i + ⟨[z, U_u], Y_i⟩; z comes from filters of every height and from weighted sums along the window."""

    item_tables, user_tables = ("item", "answer"), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        length, filters = self.config.window, self.config.filters
        self.item, self.user = empty(n_items, dim), empty(n_users, dim)
        self.answer, self.bias = empty(n_items, 2 * dim), empty(n_items)
        self.horizontal = nn.ModuleList(nn.Conv1d(dim, filters, height) for height in range(1, length + 1))
        self.vertical = nn.Linear(length, VERTICAL, bias=False)
        self.mixed = nn.Linear(VERTICAL * dim + filters * length, dim)

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        padded = pad(windows, (self.config.window - windows.shape[1], 0), value=PADDING)
        image = rows(self.item, padded).transpose(1, 2)  # (B, d, L)
        horizontal = [torch.relu(filters(image)).amax(2) for filters in self.horizontal]
        vertical = self.vertical(image).flatten(1)
        z = torch.relu(self.mixed(self.dropped(torch.cat([vertical, *horizontal], 1))))
        return torch.cat([z, embedding(users, self.user)], 1), 0.0

    def item_vectors(self) -> ItemVectors:
        return self.answer, -self.bias
