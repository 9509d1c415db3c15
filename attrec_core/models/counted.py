"""What is counted or solved in one pass over the data: popularity, item-kNN, EASE and Markov counts."""

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
    """Distances from numbers that are counted, not trained: minus a score, so that small is good.

    weights: what was counted, by name; histories (M, N): which items a user had while it was counted.
    """

    def __init__(self, config: ModelConfig, n_users: int, n_items: int) -> None:
        super().__init__()
        self.config, self.n_users, self.n_items = config, n_users, n_items
        self.histories = sparse.csr_matrix((n_users, n_items), dtype=np.float32)

    def learn(self, split: Split) -> None:
        """Counts the training part."""
        self.histories = histories_of(split)
        self.take(split, self.counted(split))

    def take(self, split: Split, arrays: Mapping[str, np.ndarray]) -> None:
        """What was counted of the training part before."""
        self.histories = histories_of(split)
        for name, array in arrays.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(array, np.float32)))

    @abstractmethod
    def counted(self, split: Split) -> dict[str, np.ndarray]:
        """What is kept of the training part, by name."""

    @abstractmethod
    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        """users (B,), windows (B, L) → (B, N), large is good."""

    def ranker(self) -> Ranker:
        return lambda users, windows: -self.scores(users, windows)

    def array(self, name: str) -> np.ndarray:
        value = getattr(self, name)
        assert isinstance(value, Tensor)
        return value.numpy()

    def had(self, users: np.ndarray, windows: np.ndarray) -> sparse.csr_matrix:
        """(B, N) of 0 and 1: the latest items of the window, as many as `recent` says; where that is 0, all of them and
        what each user had while it was counted."""
        windows = windows[:, -self.config.recent :]
        asking, places = np.nonzero(windows != PADDING)
        latest = sparse.csr_matrix(
            (np.ones(len(asking), np.float32), (asking, windows[asking, places])), shape=(len(users), self.n_items)
        )
        if self.config.recent:
            return latest.sign()
        mine = self.histories[users].multiply((users >= 0)[:, None])  # below 0: nobody in particular
        return (mine + latest).sign().astype(np.float32)


class Popularity(Counted):
    """Score = how many interactions an item has."""

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        items = split.interactions.items[split.train_mask()]
        return {"popularity": np.bincount(items, minlength=self.n_items)}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return np.tile(self.array("popularity"), (len(users), 1))


class ItemKnn(Counted):
    """Score = Σ over the user's items j of s_ij: how many users two items share, over √(their users) each and `ridge`
    more; each item keeps its most similar ones. Sarwar et al. 2001."""

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        both = (self.histories.T @ self.histories).tocsr()
        norms = np.sqrt(both.diagonal())
        both.setdiag(0)
        both.eliminate_zeros()
        owners = np.repeat(np.arange(self.n_items), np.diff(both.indptr))
        both.data /= norms[owners] * norms[both.indices] + self.config.ridge
        # Of each row the largest: sorted by row, then by similarity.
        order = np.lexsort((-both.data, owners))
        kept = order[np.arange(len(order)) - both.indptr[owners] < self.config.neighbours]
        width = min(self.config.neighbours, self.n_items)
        similar, which = np.zeros((2, self.n_items, width), np.float32)
        place = np.arange(len(order))[np.arange(len(order)) - both.indptr[owners] < self.config.neighbours]
        place = place - both.indptr[owners[kept]]
        similar[owners[kept], place], which[owners[kept], place] = both.data[kept], both.indices[kept]
        return {"similarity": similar, "neighbour": which}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        similar, which = self.array("similarity"), self.array("neighbour").astype(np.int64)
        starts = np.arange(0, similar.size + 1, similar.shape[1])
        table = sparse.csr_matrix((similar.ravel(), which.ravel(), starts), shape=(self.n_items, self.n_items))
        return (self.had(users, windows) @ table.T).toarray()


class Ease(Counted):
    """Score = Σ over the user's items j of B_ji, B = I − P diag(1/P_ii), P = (XᵀX + λI)⁻¹. Steck 2019."""

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        gram = (self.histories.T @ self.histories).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += self.config.ridge
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)
        return {"weights": weights}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return self.had(users, windows) @ self.array("weights")


class MarkovCounts(Counted):
    """Score = the mean over the window's items l of (n_li + λ p_i) / (n_l + λ): how often i followed l next, and the
    share p_i of all interactions that are i's."""

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        data, mask = split.interactions, split.train_mask()
        share = np.bincount(data.items[mask], minlength=self.n_items) / mask.sum()
        follows = mask[1:] & mask[:-1] & (data.users[1:] == data.users[:-1])
        pairs = data.items[:-1][follows].astype(np.int64) * self.n_items + data.items[1:][follows]
        both, counts = np.unique(pairs, return_counts=True)
        return {"share": share, "latest": both // self.n_items, "following": both % self.n_items, "count": counts}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        latest, following, count = (self.array(name) for name in ("latest", "following", "count"))
        table = sparse.csr_matrix((count, (latest.astype(int), following.astype(int))), shape=(self.n_items,) * 2)
        asking, places = np.nonzero(windows != PADDING)
        items, ridge = windows[asking, places], self.config.ridge
        total = 1 / (np.asarray(table.sum(1)).ravel()[items] + ridge)
        mean = 1 / np.maximum((windows != PADDING).sum(1), 1)
        weights = sparse.csr_matrix((total * mean[asking], (asking, items)), shape=(len(users), self.n_items))
        left = ridge * np.asarray(weights.sum(1))
        return (weights @ table).toarray() + np.where(left > 0, left, 1.0) * self.array("share")


def histories_of(split: Split) -> sparse.csr_matrix:
    """(M, N) of 0 and 1: which items of the training part are a user's."""
    data, mask = split.interactions, split.train_mask()
    found = sparse.csr_matrix(
        (np.ones(mask.sum(), np.float32), (data.users[mask], data.items[mask])), shape=(data.n_users, data.n_items)
    )
    return found.sign()
