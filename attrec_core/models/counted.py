"""The systems that are counted or solved in one pass over the data."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
import torch
from scipy import sparse

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING, Split
from attrec_core.explain.evaluate import Ranker
from attrec_core.models.model import Recommender


class Counted(Recommender):
    """A system whose numbers are counted, not trained. A distance is minus a score, so that lower is better. The
    counted arrays are buffers, by name. histories (M, N): which items each user has in the counted data."""

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
        return self.get_buffer(name).numpy()

    def recent_items(self, users: np.ndarray, windows: np.ndarray) -> sparse.csr_matrix:
        """Returns (B, N) of 0 and 1: the `recent` latest items of each window. With `recent` = 0, all items of the
        window and the user's items in the counted data."""
        windows = windows[:, -self.config.recent :]
        rows, columns = np.nonzero(windows != PADDING)
        latest = ones_at(rows, windows[rows, columns], (len(users), self.n_items))
        if self.config.recent:
            return latest
        histories = self.histories[users].multiply((users >= 0)[:, None])  # an index below 0 is no particular user
        return (histories + latest).sign().astype(np.float32)


def histories_of(split: Split) -> sparse.csr_matrix:
    """Returns (M, N) of 0 and 1: which items each user has in the training part."""
    data, mask = split.interactions, split.train_mask()
    return ones_at(data.users[mask], data.items[mask], (data.n_users, data.n_items))


def ones_at(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape).sign()


class Popularity(Counted):
    """Score = number of interactions of the item. popularity (N,)."""

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        items = split.interactions.items[split.train_mask()]
        return {"popularity": np.bincount(items, minlength=self.n_items)}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return np.tile(self.array("popularity"), (len(users), 1))


class ItemKnn(Counted):
    """Score = Σ over the user's items j of s_ij = n_ij / (√n_i √n_j + `ridge`). n_ij is the number of users of both
    items, n_i of item i. Each item keeps only its K most similar items.

    Sarwar et al., "Item-Based Collaborative Filtering Recommendation Algorithms", 2001.

    similarity, neighbour (N, K): s and the item, of each similar item; 0 where there is none.
    """

    def take(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().take(arrays)
        similarity, neighbour = self.array("similarity"), self.array("neighbour").astype(np.int64)
        starts = np.arange(0, similarity.size + 1, similarity.shape[1])
        table = sparse.csr_matrix((similarity.ravel(), neighbour.ravel(), starts), shape=(self.n_items,) * 2)
        self.table = table.T.tocsr()  # (N, N) row j: s_ij of each item i

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        shared = (self.histories.T @ self.histories).tocsr()
        norms = np.sqrt(shared.diagonal())
        shared.setdiag(0)
        shared.eliminate_zeros()
        rows = np.repeat(np.arange(self.n_items), np.diff(shared.indptr))
        shared.data /= norms[rows] * norms[shared.indices] + self.config.ridge
        order = np.lexsort((-shared.data, rows))  # by row, then the largest similarity first
        column = np.arange(len(order)) - shared.indptr[rows]
        kept = column < self.config.neighbours
        top, cells = order[kept], (rows[kept], column[kept])
        width = min(self.config.neighbours, self.n_items)
        similarity, neighbour = np.zeros((2, self.n_items, width), np.float32)
        similarity[cells], neighbour[cells] = shared.data[top], shared.indices[top]
        return {"similarity": similarity, "neighbour": neighbour}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return (self.recent_items(users, windows) @ self.table).toarray()


class Ease(Counted):
    """Score = Σ over the user's items j of B_ji, B = I − P diag(1/P_ii), P = (XᵀX + λI)⁻¹: a linear model of items,
    solved in closed form. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019. weights (N, N): B."""

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        gram = (self.histories.T @ self.histories).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += self.config.ridge
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)
        return {"weights": weights}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return self.recent_items(users, windows) @ self.array("weights")


class MarkovCounts(Counted):
    """Score = the mean over the window's items l of (n_li + λ p_i) / (n_l + λ). n_li is how often item i directly
    followed item l; p_i is item i's share of all interactions.

    share (N,); latest, following, count (P,): the pairs of items that followed each other, and n of each.
    """

    def take(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().take(arrays)
        latest, following = (self.array(name).astype(int) for name in ("latest", "following"))
        self.table = sparse.csr_matrix((self.array("count"), (latest, following)), shape=(self.n_items,) * 2)  # n

    def counted(self, split: Split) -> dict[str, np.ndarray]:
        data, mask = split.interactions, split.train_mask()
        share = np.bincount(data.items[mask], minlength=self.n_items) / mask.sum()
        follows = mask[1:] & mask[:-1] & (data.users[1:] == data.users[:-1])
        pairs = data.items[:-1][follows].astype(np.int64) * self.n_items + data.items[1:][follows]
        keys, counts = np.unique(pairs, return_counts=True)
        return {"share": share, "latest": keys // self.n_items, "following": keys % self.n_items, "count": counts}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        rows, columns = np.nonzero(windows != PADDING)
        items, ridge = windows[rows, columns], self.config.ridge
        per_item = 1 / (np.asarray(self.table.sum(1)).ravel()[items] + ridge)
        per_window = 1 / np.maximum((windows != PADDING).sum(1), 1)
        weights = sparse.csr_matrix((per_item * per_window[rows], (rows, items)), shape=(len(users), self.n_items))
        share_weight = ridge * np.asarray(weights.sum(1))
        return (weights @ self.table).toarray() + np.where(share_weight > 0, share_weight, 1.0) * self.array("share")
