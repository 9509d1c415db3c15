"""The paper's claim "columns are distinguishable" as a number: how much of an attention map its columns explain."""

from __future__ import annotations

import numpy as np

FLAT = 1e-12  # variance of the cells below which a map has no structure to explain, only rounding


def explained_by_column(weights: np.ndarray) -> np.ndarray:
    """(B, n, n) maps → (B,) η²: the variance of the column means, as a share of the variance of all cells.

    Of the n(n − 1) cells off the diagonal. 1: every row gives a column the same weight. Rows that were shuffled give
    what chance explains. NaN for n < 3, where each column has one cell at most, and for a flat map.
    """
    count = weights.shape[1]
    if count < 3:
        return np.full(len(weights), np.nan)
    off = ~np.eye(count, dtype=bool)
    cells = np.where(off, weights.astype(float), 0)
    mean = cells.sum((1, 2), keepdims=True) / (count * (count - 1))
    total = (np.where(off, cells - mean, 0) ** 2).mean((1, 2))
    between = ((cells.sum(1) / (count - 1) - mean[:, 0]) ** 2).mean(1) * (count - 1) / count
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > FLAT, np.minimum(between / total, 1), np.nan)


def shuffled_rows(weights: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(B, n, n) → the same with the cells off the diagonal of each row in a random order."""
    count = weights.shape[1]
    if count < 3:
        return weights
    off = ~np.eye(count, dtype=bool)
    cells = weights[:, off].reshape(len(weights), count, count - 1)
    order = random.random(cells.shape).argsort(-1)
    result = weights.copy()
    result[:, off] = np.take_along_axis(cells, order, -1).reshape(len(weights), -1)
    return result
