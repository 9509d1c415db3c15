"""Ranks: 1 + the candidates strictly nearer + half of those exactly as near."""

from __future__ import annotations

import numpy as np


def rank_among(distances: np.ndarray, own: np.ndarray | float) -> np.ndarray:
    """(…, N) distances of the others, (…) one's own → (…) its rank among them."""
    own = np.asarray(own)[..., None]
    return 1 + (distances < own).sum(-1) + (distances == own).sum(-1) / 2


def target_ranks(distances: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(B, N) distances, (B,) target columns → (B,) the rank of each target in its row."""
    return rank_among(distances, distances[np.arange(len(targets)), targets]) - 1 / 2  # it is as near as itself


def half_ranks(distances: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(N,) distances, (N,) bool → (N,) the rank of every item among the candidates; of another, the one it would have.

    The same as `rank_among` of each item, by sorting once.
    """
    ordered = np.sort(distances[candidates])
    nearer = np.searchsorted(ordered, distances, side="left")
    as_near = np.searchsorted(ordered, distances, side="right") - nearer
    return 1 + nearer + np.maximum(as_near - candidates, 0) / 2


def remove_seen(distances: np.ndarray, targets: np.ndarray, seen: tuple[np.ndarray, np.ndarray]) -> None:
    """In (B, N) distances, items seen (rows, columns) get ∞, so that they are no candidates; a target (B,) never."""
    rows = np.arange(len(targets))
    own = distances[rows, targets].copy()
    distances[seen] = np.inf
    distances[rows, targets] = own
