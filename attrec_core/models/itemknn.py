"""Item-kNN: items of the same users are similar. Sarwar et al., "Item-Based Collaborative Filtering Recommendation
Algorithms", 2001."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from attrec_core.data.windows import Split
from attrec_core.models.counted import Counted


class ItemKnn(Counted):
    """Score = Σ over the user's items j of s_ij = n_ij / (√n_i √n_j + `ridge`). n_ij is the number of users of both
    items, n_i of item i. Each item keeps only its K most similar items.

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
        # The largest of each row: sort by row, then by similarity.
        order = np.lexsort((-shared.data, rows))
        top = order[np.arange(len(order)) - shared.indptr[rows] < self.config.neighbours]
        width = min(self.config.neighbours, self.n_items)
        similarity, neighbour = np.zeros((2, self.n_items, width), np.float32)
        column = np.arange(len(order))[np.arange(len(order)) - shared.indptr[rows] < self.config.neighbours]
        column = column - shared.indptr[rows[top]]
        similarity[rows[top], column], neighbour[rows[top], column] = shared.data[top], shared.indices[top]
        return {"similarity": similarity, "neighbour": neighbour}

    def scores(self, users: np.ndarray, windows: np.ndarray) -> np.ndarray:
        return (self.recent_items(users, windows) @ self.table).toarray()
