"""What the systems share that are counted or solved in one pass over the data."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING, Split
from attrec_core.explain.evaluate import Ranker
from attrec_core.models.pretrained import Recommender


class Counted(Recommender):
    """A system whose numbers are counted, not trained. A distance is minus a score, so that lower is better.

    The counted arrays are buffers, by name. histories (M, N): which items each user has in the counted data.
    """

    def __init__(self, config: ModelConfig, n_users: int, n_items: int) -> None:
        super().__init__()
        self.config, self.n_users, self.n_items = config, n_users, n_items
        self.histories = sparse.csr_matrix((n_users, n_items), dtype=np.float32)

    def learn(self, split: Split, arrays: Mapping[str, np.ndarray] | None = None) -> None:
        """Counts the training part of the split, or takes over the arrays that were counted from it before."""
        self.histories = histories_of(split)
        self.take(self.counted(split) if arrays is None else arrays)

    def take(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps the counted arrays."""
        for name, array in arrays.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(array, np.float32)))

    @abstractmethod
    def counted(self, split: Split) -> dict[str, np.ndarray]:
        """Returns the arrays counted from the training part, by name."""

    @abstractmethod
    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        """users (B,), windows (B, L) → scores (B, N), higher is better."""

    def ranker(self) -> Ranker:
        return lambda users, windows: -self.scores(users, windows)

    def array(self, name: str) -> np.ndarray:
        value = getattr(self, name)
        assert isinstance(value, Tensor)
        return value.numpy()

    def recent_items(self, users: np.ndarray, windows: np.ndarray) -> sparse.csr_matrix:
        """Returns (B, N) of 0 and 1: the `recent` latest items of each window. With `recent` = 0, all items of the
        window and the user's items in the counted data."""
        windows = windows[:, -self.config.recent :]
        rows, columns = np.nonzero(windows != PADDING)
        latest = sparse.csr_matrix(
            (np.ones(len(rows), np.float32), (rows, windows[rows, columns])), shape=(len(users), self.n_items)
        )
        if self.config.recent:
            return latest.sign()
        histories = self.histories[users].multiply((users >= 0)[:, None])  # an index below 0 is no particular user
        return (histories + latest).sign().astype(np.float32)


def histories_of(split: Split) -> sparse.csr_matrix:
    """Returns (M, N) of 0 and 1: which items each user has in the training part."""
    data, mask = split.interactions, split.train_mask()
    counts = sparse.csr_matrix(
        (np.ones(mask.sum(), np.float32), (data.users[mask], data.items[mask])), shape=(data.n_users, data.n_items)
    )
    return counts.sign()
