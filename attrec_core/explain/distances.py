"""Equation 7 in numpy: squared distances, one pair at a time by differences, or all at once by a matrix product."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from attrec_core.config import ModelConfig


def squared(vectors: np.ndarray) -> np.ndarray:
    """(…, d) → (…,) squared lengths."""
    return np.einsum("...d,...d->...", vectors, vectors)


def squared_distances(table: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(N, d) and (d,) → (N,) ‖row − point‖², by differences: exact near 0, where `expanded` is not."""
    return squared(table - point)


def expanded(vectors: np.ndarray, points: np.ndarray, own: np.ndarray, weight: float = 1.0) -> np.ndarray:
    """(B, d) and (N, d) → (B, N) own_i + weight (‖v‖² − 2 v·p_i); with own_i = weight ‖p_i‖² it is weight ‖v − p_i‖².

    One matrix product, but no distance near 0 is exact: the difference of large numbers that are nearly equal.
    """
    result = (-2 * weight * vectors) @ points.T
    result += own
    result += weight * squared(vectors)[:, None]
    return result


class Catalogue:
    """All items at once: y is one squared distance, from [√ω U, √(1 − ω) m] to [√ω V_i, √(1 − ω) X_i]. Eq. 7."""

    def __init__(self, arrays: Mapping[str, np.ndarray], config: ModelConfig) -> None:
        self.long, self.short = (float(np.sqrt(share)) for share in (config.long_weight, 1 - config.long_weight))
        self.tastes = arrays["user_long"]
        self.points = np.hstack([self.long * arrays["item_long"], self.short * arrays["item_short"]])
        self.own = squared(self.points)

    def distances(self, users: np.ndarray, intents: np.ndarray) -> np.ndarray:
        """users (B,), m (B, d) → (B, N), lower is better."""
        return expanded(np.hstack([self.long * self.tastes[users], self.short * intents]), self.points, self.own)
