"""One question → one record, in numpy: what the model looked at, and how near every item came.

The same numbers as the PyTorch model to 1e-5 (a test holds them together), in well under a millisecond and without
importing torch.

The time signal, in numpy, for the model in PyTorch and for its explanation alike. Eq. 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.errors import InputError, shown
from attrec_core.explain.records import Ranking, Trace
from attrec_core.runs.run import Run


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


def ranking(
    run: Run,
    intent: np.ndarray,
    taste: np.ndarray | None,
    *,
    long_weight: float | None = None,
    exclude: Sequence[int] | np.ndarray | None = None,
) -> Ranking:
    """Distances and ranks of all items for m (d,) and U_u (d,) or nobody. Eq. 7.

    long_weight None is the trained ω; exclude: item indices that do not compete.
    """
    omega = run.model_config.long_weight if long_weight is None else long_weight
    short = squared_distances(run.arrays["item_short"], intent)
    long = None if taste is None else squared_distances(run.arrays["item_long"], taste)
    omega = 0.0 if long is None else omega
    blended = (1 - omega) * short if long is None else omega * long + (1 - omega) * short
    candidates = np.ones(len(short), bool)
    if exclude is not None:
        candidates[exclude] = False
    return Ranking(short, long, omega, blended, candidates, half_ranks(blended, candidates))


def squared_distances(table: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(N, d) and (d,) → (N,) ‖row − point‖², by differences: exact near 0, where the expanded form is not."""
    difference = table - point
    return np.einsum("nd,nd->n", difference, difference)


def half_ranks(distances: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(N,) → (N,) ranks among the candidates: 1 + those strictly nearer + half of the others exactly as near."""
    ordered = np.sort(distances[candidates])
    nearer = np.searchsorted(ordered, distances, side="left")
    as_near = np.searchsorted(ordered, distances, side="right") - nearer
    return 1 + nearer + np.maximum(as_near - candidates, 0) / 2


def recommend(
    run: Run,
    user: int | None,
    window: Sequence[int] | np.ndarray,
    *,
    long_weight: float | None = None,
    exclude: Sequence[int] | np.ndarray | None = None,
) -> tuple[Trace, Ranking]:
    """What a user (or nobody in particular) with this window is shown, and why."""
    steps = trace(run, window)
    taste = None if user is None else run.arrays["user_long"][user]
    return steps, ranking(run, steps.intent, taste, long_weight=long_weight, exclude=exclude)


def window_at(run: Run, user: int, step: int | None = None) -> np.ndarray:
    """The last L items before place `step` of a user's history (None: after all of it), oldest first.

    Raises InputError unless step is from 1 to the length of the history.
    """
    history = run.interactions.history(user)
    step = len(history) if step is None else step
    if not 1 <= step <= len(history):
        name = shown(run.interactions.user_ids[user])
        raise InputError(f"Step {step} does not exist: {name} has a history of {len(history)}, so a step is 1 to that.")
    return history[max(0, step - run.model_config.window) : step].astype(np.int64)
