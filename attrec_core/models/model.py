"""What all systems have in common: what a user asks at a moment, what each item answers, and a distance between both.

B windows, L places, C candidates, M users, N items, k dimensions of what is asked.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import embedding

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import Ranker
from attrec_core.models.pretrained import Pretrained

Asked = tuple[Tensor, Tensor | float]  # q (B, k), and what it adds to every item's distance (B,)
Catalogue = tuple[Tensor, Tensor]  # e (N, k), and what an item adds to its distance (N,)


class Model(Pretrained):
    """y_i = own + b_i − q · e_i, small is good: a squared distance is such a sum, and an inner product too.

    A new system gives `build`, `asked` and `catalogue`; it is trained, ranked and saved by what is here.
    """

    item_tables: tuple[str, ...]  # names of the parameters that have a row for each item
    user_tables: tuple[str, ...] = ()
    only_answers: tuple[str, ...] = ()  # those of the items that a window does not touch
    every_place = False  # whether it learns the next item at every place of a window at once

    def __init__(self, config: ModelConfig, n_users: int, n_items: int, init_sd: float = 0.001) -> None:
        super().__init__()
        self.config, self.n_users, self.n_items = config, n_users, n_items
        self.build(n_users, n_items, config.dim)
        self.reset(init_sd)

    @classmethod
    def sizes(cls, arrays: Mapping[str, np.ndarray]) -> tuple[int, int]:
        """A model without a table of users knows of none."""
        users = len(arrays[cls.user_tables[0]]) if cls.user_tables else 0
        return users, len(arrays[cls.item_tables[0]])

    @abstractmethod
    def build(self, n_users: int, n_items: int, dim: int) -> None:
        """Makes the parameters."""

    def asked(self, users: Tensor, windows: Tensor) -> Asked:
        """users (B,), windows (B, L) item indices, oldest first, padded on the left with -1. A model that learns at
        every place gives `asked_everywhere` instead."""
        return self.asked_everywhere(users, windows)[:, -1], 0.0

    def asked_everywhere(self, users: Tensor, windows: Tensor) -> Tensor:
        """(B, L, k) what is asked after each place; rows of padding are anything."""
        text = "The model {class_name} gives neither asked nor asked_everywhere."
        raise InputError("unfinished_model", text, class_name=type(self).__name__)

    @abstractmethod
    def catalogue(self) -> Catalogue:
        """What the items answer."""

    def forward(
        self, users: Tensor, windows: Tensor, candidates: Tensor | None = None, catalogue: Catalogue | None = None
    ) -> Tensor:
        """users (B,), windows (B, L), candidates (B, C) → y (B, C), lower is better; without candidates (B, N)."""
        return distances(self.asked(users, windows), catalogue or self.catalogue(), candidates)

    @torch.inference_mode()
    def ranker(self) -> Ranker:
        catalogue = self.catalogue()

        @torch.inference_mode()
        def ranked(users: np.ndarray, windows: np.ndarray) -> np.ndarray:
            was_training = self.training
            inputs = (torch.tensor(part, device=self.device) for part in (users, windows))
            answer = self.eval()(*inputs, catalogue=catalogue).cpu().numpy()
            self.train(was_training)
            return answer

        return ranked

    @torch.inference_mode()
    def ranked_with(self, vector: np.ndarray, windows: np.ndarray) -> np.ndarray:
        """vector (d,) in place of a user's, windows (B, L) → distances (B, N), lower is better."""
        only = {self.user_tables[0]: torch.tensor(vector[None], device=self.device)}
        inputs = torch.zeros(len(windows), dtype=torch.long), torch.tensor(windows)
        return functional_call(self.eval(), only, tuple(part.to(self.device) for part in inputs)).cpu().numpy()

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def tables(self) -> tuple[nn.Parameter, ...]:
        """What has a row for each user or item, which regularisation keeps small."""
        return tuple(getattr(self, name) for name in self.item_tables + self.user_tables)

    @property
    def projections(self) -> tuple[nn.Parameter, ...]:
        """All other parameters."""
        tables = self.item_tables + self.user_tables
        return tuple(parameter for name, parameter in self.named_parameters() if name not in tables)

    def reset(self, init_sd: float) -> None:
        """Tables from a normal cut at two standard deviations; what else there is begins as torch begins it."""
        for table in self.tables:
            nn.init.trunc_normal_(table, std=init_sd, a=-2 * init_sd, b=2 * init_sd)

    def dropped(self, vectors: Tensor) -> Tensor:
        return nn.functional.dropout(vectors, self.config.vector_dropout, self.training)


def distances(asked: Asked, catalogue: Catalogue, candidates: Tensor | None = None) -> Tensor:
    """y (B, C), or (B, N) by one matrix product."""
    (query, own), (items, norms) = asked, catalogue
    own = own[:, None] if isinstance(own, Tensor) else own
    if candidates is None:
        return torch.addmm(norms[None, :], query, items.T, alpha=-1).add_(own)
    return own + norms[candidates] - (embedding(candidates, items) * query[:, None]).sum(-1)


def metric(point: Tensor, weight: float = 1.0) -> tuple[Tensor, Tensor]:
    """Of weight · ‖p − e‖² = weight · (‖p‖² + ‖e‖² − 2 p · e): q, and what it adds to every item."""
    return 2 * weight * point, weight * point.square().sum(-1)


def rows(table: Tensor, windows: Tensor) -> Tensor:
    """windows (B, L) → (B, L, k) the rows of the table; of padding 0."""
    return embedding(windows.clamp(min=0), table) * (windows != PADDING)[..., None]


def mean_row(table: Tensor, windows: Tensor) -> Tensor:
    """windows (B, L) → (B, k): the mean over the real items."""
    return rows(table, windows).sum(1) / (windows != PADDING).sum(1, keepdim=True).clamp(min=1)


def empty(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(shape))


def to_left(windows: Tensor) -> tuple[Tensor, Tensor]:
    """windows (B, L) padded on the left → padded on the right, as a recurrent network wants it, and lengths (B,)."""
    lengths = (windows != PADDING).sum(1)
    places = torch.arange(windows.shape[1]) + (windows.shape[1] - lengths)[:, None]
    return windows.gather(1, places.clamp(max=windows.shape[1] - 1)).masked_fill(
        places >= windows.shape[1], PADDING
    ), lengths


def to_right(states: Tensor, lengths: Tensor) -> Tensor:
    """(B, L, k) → the same, each row's first `lengths` places moved to its end."""
    places = (torch.arange(states.shape[1], device=states.device) - (states.shape[1] - lengths)[:, None]).clamp(min=0)
    return states.gather(1, places[..., None].expand(-1, -1, states.shape[2]))
