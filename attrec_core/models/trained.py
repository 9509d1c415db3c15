"""The trained systems that AttRec is compared with, but for those with its two spaces, which are in attrec.py."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, pad, scaled_dot_product_attention

from attrec_core.data.windows import PADDING
from attrec_core.errors import InputError
from attrec_core.models.model import (
    ItemVectors,
    Model,
    QueryVectors,
    empty,
    mean_row,
    metric,
    pooled,
    rows,
    to_left,
    to_right,
)

VERTICAL = 4  # number of weighted sums of the L items, in Caser


class BprMf(Model):
    """BPR-MF: score = b_i + ⟨U_u, V_i⟩. Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback",
    2009."""

    item_tables, user_tables = ("item",), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.user, self.item, self.bias = empty(n_users, dim), empty(n_items, dim), empty(n_items)

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        return self.dropped(embedding(users, self.user)), 0.0

    def item_vectors(self) -> ItemVectors:
        return self.item, -self.bias


class Mc(Model):
    """MC: score = the mean over the latest items l of ⟨X_l, Y_i⟩, the same for all users; with a window of one item, a
    first-order chain. Rendle et al., "Factorizing Personalized Markov Chains for Next-Basket Recommendation", 2010."""

    item_tables: tuple[str, ...] = ("latest", "next")

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.latest, self.next = empty(n_items, dim), empty(n_items, dim)  # X, Y

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        return self.dropped(mean_row(self.latest, windows)), 0.0

    def item_vectors(self) -> ItemVectors:
        return self.next, self.next.new_zeros(len(self.next))


class Fpmc(Mc):
    """FPMC, of the same paper: score = ⟨U_u, V_i⟩ + the mean over the latest items l of ⟨X_l, Y_i⟩."""

    item_tables, user_tables = ("latest", "next", "item"), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        super().build(n_users, n_items, dim)
        self.user, self.item = empty(n_users, dim), empty(n_items, dim)  # U, V

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        taste = self.dropped(embedding(users, self.user))
        return torch.cat([taste, super().query_vectors(users, windows)[0]], 1), 0.0

    def item_vectors(self) -> ItemVectors:
        return torch.cat([self.item, self.next], 1), self.next.new_zeros(len(self.next))


class Hrm(Model):
    """HRM: score = ⟨pool(U_u, pool(V_l of the latest items l)), V_i⟩, pooled by maximum or mean; one item table. Wang
    et al., "Learning Hierarchical Representation Model for Next Basket Recommendation", 2015."""

    item_tables, user_tables = ("item",), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.user, self.item = empty(n_users, dim), empty(n_items, dim)

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        kind = self.config.aggregation
        basket = pooled(rows(self.item, windows), windows != PADDING, kind)
        parts = torch.stack([embedding(users, self.user), basket], 1)
        return self.dropped(pooled(parts, torch.ones_like(parts[..., 0], dtype=torch.bool), kind)), 0.0

    def item_vectors(self) -> ItemVectors:
        return self.item, self.item.new_zeros(len(self.item))


class TransRec(Model):
    """TransRec, users as translations: score = β_i − ‖γ_l + t + t_u − γ_i‖² with the latest item l, a translation t for
    all users and t_u for one user. He et al., "Translation-based Recommendation", 2017.

    `projected`: uses P γ_l and P γ_i, as in the earlier TransR; the projection P is learned.
    """

    item_tables, user_tables = ("item",), ("user",)

    def build(self, n_users: int, n_items: int, dim: int) -> None:
        self.item, self.bias = empty(n_items, dim), empty(n_items)
        self.user, self.shared = empty(n_users, dim), empty(dim)
        self.projection = empty(dim, dim) if self.config.projected else None

    def reset(self, init_sd: float) -> None:
        super().reset(init_sd)
        nn.init.zeros_(self.user)  # a user without data has only the translation for all
        if self.projection is not None:
            nn.init.eye_(self.projection)

    def places(self) -> Tensor:
        """Returns the item vectors (N, d), projected if configured."""
        return self.item if self.projection is None else self.item @ self.projection

    def query_vectors(self, users: Tensor, windows: Tensor) -> QueryVectors:
        latest = mean_row(self.places(), windows)
        return metric(self.dropped(latest + self.shared + embedding(users, self.user)))

    def item_vectors(self) -> ItemVectors:
        vectors = self.places()
        return vectors, torch.sum(vectors.square(), 1) - self.bias


class Caser(Model):
    """Score = b_i + ⟨[z, U_u], Y_i⟩; z comes from filters of every height and from weighted sums along the window. Tang
    and Wang, "Personalized Top-N Sequential Recommendation via Convolutional Sequence Embedding", 2018."""

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


class Gru4Rec(Model):
    """GRU4Rec: score = b_i + ⟨h, V_i⟩ with the state h of a GRU after each position. Hidasi et al., "Session-based
    Recommendations with Recurrent Neural Networks", 2016."""

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


class Block(nn.Module):
    """A block of SASRec: attention, then two layers on each position separately. Inputs are normalised first; each
    part's output is added to its input."""

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
    position. Kang and McAuley, "Self-Attentive Sequential Recommendation", 2018."""

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
