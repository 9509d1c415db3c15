"""Markov counts: how often one item followed another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from attrec_core.data.windows import PADDING, Split
from attrec_core.models.counted import Counted


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
