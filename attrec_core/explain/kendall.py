"""Kendall's τ-b of many short pairs of lists at once."""

from __future__ import annotations

import numpy as np


def tau_b(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(B, n) and (B, n) → (B,) float64 τ-b of each pair of rows; NaN where a row is constant, has a NaN, or n < 2."""
    first, second = np.triu_indices(left.shape[1], 1)
    rises = [np.sign(rows[:, second] - rows[:, first]) for rows in (left.astype(float), right.astype(float))]
    agreement = (rises[0] * rises[1]).sum(1)
    untied = np.abs(rises[0]).sum(1) * np.abs(rises[1]).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(untied > 0, agreement / np.sqrt(untied), np.nan)
