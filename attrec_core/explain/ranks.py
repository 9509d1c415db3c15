"""Ranks with exact ties as half."""

from __future__ import annotations

import numpy as np


def half_ranks(distances: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(N,) → (N,) ranks among the candidates: 1 + those strictly nearer + half of the others exactly as near."""
    ordered = np.sort(distances[candidates])
    nearer = np.searchsorted(ordered, distances, side="left")
    as_near = np.searchsorted(ordered, distances, side="right") - nearer
    return 1 + nearer + np.maximum(as_near - candidates, 0) / 2


def target_ranks(distances: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(B, N) distances, (B,) target columns → (B,) ranks from 1; candidates exactly as near count as half."""
    own = distances[np.arange(len(targets)), targets][:, None]
    return 1 + (distances < own).sum(1) + ((distances == own).sum(1) - 1) / 2
