"""Equation 7 in numpy: squared distances, one pair at a time by differences, or all at once by a matrix product."""

from __future__ import annotations

import numpy as np

BLOCK = 4096  # rows at once, so that their differences stay in the cache


def squared(vectors: np.ndarray) -> np.ndarray:
    """(…, d) → (…,) squared lengths."""
    return np.einsum("...d,...d->...", vectors, vectors)


def squared_distances(table: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(N, d) and (d,) → (N,) ‖row − point‖², by differences: exact near 0, where `expanded` is not."""
    if len(table) <= BLOCK:
        return squared(table - point)
    blocks = (table[start : start + BLOCK] for start in range(0, len(table), BLOCK))
    return np.concatenate([squared(block - point) for block in blocks])


def expanded(vectors: np.ndarray, points: np.ndarray, own: np.ndarray) -> np.ndarray:
    """(B, d) and (N, d) → (B, N) ‖v‖² − 2 v·p_i + own_i; with own_i = ‖p_i‖² it is ‖v − p_i‖².

    A single matrix product. Distances near 0 are not exact: they are differences of large, nearly equal numbers.
    """
    result = (-2 * vectors) @ points.T
    result += own
    result += squared(vectors)[:, None]
    return result


def queries(tastes: np.ndarray | None, intents: np.ndarray, omega: float) -> np.ndarray:
    """U (B, d) or (d,), m (B, d) → (B, 2d + 2) float32 [−2ωU, −2(1 − ω)m, ω, 1 − ω]. Multiplied by the
    table of `Weights`, they give y (B, N) without ω‖U‖² + (1 − ω)‖m‖², which is the same for all items. Eq. 7."""
    dim = intents.shape[1]
    result = np.zeros((len(intents), 2 * dim + 2), np.float32)
    if tastes is not None:
        result[:, :dim] = -2 * omega * tastes
    result[:, dim : 2 * dim] = -2 * (1 - omega) * intents
    result[:, -2:] = omega, 1 - omega
    return result
