"""SASRec: blocks of causal self-attention. Kang and McAuley, "Self-Attentive Sequential Recommendation", 2018."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from attrec_core.data.windows import PADDING
from attrec_core.errors import InputError
from attrec_core.models.model import ItemVectors, Model, empty, rows


class Block(nn.Module):
    """Attention, then two layers on each position separately. Inputs are normalised first; each part's output is added
    to its input."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_query, self.norm_inner = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.query, self.key_value = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim)
        self.inner = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Dropout(dropout), nn.Linear(dim, dim))
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Tensor, allowed: Tensor) -> Tensor:
        """inputs (B, L, d), allowed (B, 1, L, L) → (B, L, d)."""
        normed = self.norm_query(inputs)
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.query(normed), *self.key_value(inputs).chunk(2, -1))
        )
        attended = scaled_dot_product_attention(query, key, value, allowed).transpose(1, 2).flatten(2)
        outputs = normed + self.dropout(attended)
        return outputs + self.dropout(self.inner(self.norm_inner(outputs)))


class SasRec(Model):
    """Score = ⟨f, E_i⟩ with the last block's output f at each position; one item table, one learned vector per
    position."""

    item_tables = ("item",)
    every_place = True

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        config = self.config
        if dim % config.heads:
            text = "The setting {name}={value} is out of range: {name:dim} ({dim}) must be a multiple of it."
            raise InputError("not_a_multiple", text, setting="heads", value=config.heads, dim=dim)
        self.item, self.place = empty(n_items, dim), empty(config.window, dim)
        blocks = [Block(dim, config.heads, config.vector_dropout) for _ in range(config.layers)]
        self.blocks, self.norm = nn.ModuleList(blocks), nn.LayerNorm(dim)

    def reset(self, init_sd: float) -> None:
        super().reset(init_sd)
        nn.init.trunc_normal_(self.place, std=init_sd, a=-2 * init_sd, b=2 * init_sd)

    def query_vectors_everywhere(self, users: Tensor, windows: Tensor) -> Tensor:
        real, length = windows != PADDING, windows.shape[1]
        # Padding attends to itself: attending to nothing would give NaN.
        diagonal = torch.eye(length, dtype=torch.bool, device=real.device)
        allowed = (torch.ones_like(diagonal).tril() & real[:, None, :]) | diagonal
        values = rows(self.item, windows) * len(self.item[0]) ** 0.5 + self.place[-length:]
        values = self.dropped(values)
        for block in self.blocks:
            values = block(values, allowed[:, None])
        return self.norm(values)

    def item_vectors(self) -> ItemVectors:
        return self.item, self.item.new_zeros(len(self.item))
