"""One question → one record, in numpy: what the model looked at, and how near every item came.

The same numbers as the PyTorch model to 1e-5 (a test holds them together), in well under a millisecond and without
importing torch.

The time signal, in numpy, for the model in PyTorch and for its explanation alike. Eq. 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.errors import InputError
from attrec_core.runs.run import Run


@dataclass(frozen=True, eq=False)
class Trace:
    """Every stage from a window of n items to m, for one person. Arrays are float32 unless said.

    Rows are who looks, columns are who is looked at. places (n,): the place p of each item in the window of L, so that
    a short window stands at its right end, as in training.
    """

    window: np.ndarray  # (n,) int64 item indices, oldest first
    places: np.ndarray  # (n,) int64
    values: np.ndarray  # (n, d) x, eq. 1
    signal: np.ndarray  # (n, d) TE, eq. 2; zeros when the model has none
    query: np.ndarray  # (n, d) q, eq. 3
    key: np.ndarray  # (n, d); the same as q with a shared W
    scores: np.ndarray  # (n, n) before any mask, eq. 4
    masked: np.ndarray  # (n, n) bool: cells that the diagonal mask takes away
    softmax: np.ndarray  # (n, n) after the softmax, before a mask that acts after it
    weights: np.ndarray  # (n, n) attention
    column_weights: np.ndarray  # (n,) w: column mean of the weights (column sum when m is a sum)
    missing: float  # ρ = 1 − Σ w: what the mask took (for a sum: n − Σ w)
    attended: np.ndarray  # (n, d) a, eq. 5
    intent: np.ndarray  # (d,) m, eq. 6


def time_signal(places: np.ndarray, dim: int) -> np.ndarray:
    """(n,) places in the window, the oldest of L at 0 → (n, dim) float32: sin and cos at falling frequencies."""
    column = np.arange(dim)
    angle = places[:, None] / 10000 ** (2 * (column // 2) / dim)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle)).astype(np.float32)


def trace(run: Run, window: Sequence[int] | np.ndarray, config: ModelConfig | None = None) -> Trace:
    """Every stage for a window of item indices, oldest first. Raises InputError unless it holds 1 to L items.

    `config`: the run's own settings with another mask, time signal or aggregation, as a what-if.
    """
    config, rows = config or run.model_config, np.asarray(window, np.int64)
    if not 1 <= len(rows) <= config.window:
        raise InputError(f"The window holds {len(rows)} items; this model takes 1 to {config.window}.")
    places = np.arange(config.window - len(rows), config.window)
    values = run.arrays["item_short"][rows]
    signal = time_signal(places, config.dim) if config.time_signal else np.zeros_like(values)
    placed = values + signal
    query = np.maximum(placed @ run.arrays["projection"], 0)
    key = query if config.shared_projection else np.maximum(placed @ run.arrays["key_projection"], 0)
    scores = query @ key.T / np.float32(np.sqrt(config.dim))
    masked, softmax, weights = masked_softmax(scores, config)
    attended = weights @ values
    pool = {"mean": np.mean, "sum": np.sum, "max": np.max, "min": np.min}[config.aggregation]
    columns = weights.sum(0) if config.aggregation == "sum" else weights.mean(0)
    return Trace(
        window=rows,
        places=places,
        values=values,
        signal=signal,
        query=query,
        key=key,
        scores=scores,
        masked=masked,
        softmax=softmax,
        weights=weights,
        column_weights=columns,
        missing=float((len(rows) if config.aggregation == "sum" else 1) - columns.sum()),
        attended=attended,
        intent=pool(attended, axis=0),
    )


def masked_softmax(scores: np.ndarray, config: ModelConfig) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, n) scores → which cells are masked, the softmax over rows, and the weights. Eq. 4.

    `before`: a single item looks at itself, so that m = x and never NaN. `after`: rows are not renormalised.
    """
    diagonal = np.eye(len(scores), dtype=bool)
    masked = np.zeros_like(diagonal) if config.mask == "none" else diagonal
    if config.mask == "before":
        masked = masked & (len(scores) > 1)
        scores = np.where(masked, -np.inf, scores)
    rising = np.exp(scores - scores.max(1, keepdims=True))
    softmax = rising / rising.sum(1, keepdims=True)
    return masked, softmax, np.where(masked, np.float32(0), softmax)
