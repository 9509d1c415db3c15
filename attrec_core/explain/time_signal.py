"""The time signal, in numpy, for the model in PyTorch and for its explanation alike. Eq. 2."""

from __future__ import annotations

import numpy as np


def time_signal(places: np.ndarray, dim: int) -> np.ndarray:
    """(n,) places in the window, the oldest of L at 0 → (n, dim) float32: sin and cos at falling frequencies."""
    column = np.arange(dim)
    angle = places[:, None] / 10000 ** (2 * (column // 2) / dim)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle)).astype(np.float32)
