"""The forward pass in numpy, from windows of items to the short-term intent m. Equations 1 to 6.

It takes a batch of B windows of the same length n, oldest item first, without padding; `trace` takes a single window.
The PyTorch model has its own forward pass; a test checks that the two agree on all settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.errors import InputError

if TYPE_CHECKING:
    from attrec_core.runs.run import Run

FLOATS = 6_000_000  # working memory of one batch: 24 MB, plus a few temporary arrays of that size
EXTREMES = {"max": np.max, "min": np.min}


@dataclass(frozen=True, eq=False)
class Trace:
    """Every stage from a window of n items to m. Arrays are float32 unless stated otherwise.

    Rows are query items, columns key items. places (n,): the position p of each item among the L positions; a short
    window is at their right end, as in training. In a batch, the arrays have a first axis B, except places, signal and
    masked, which all its windows share; `row` returns the stages of a single window.
    """

    window: np.ndarray  # (n,) int64 item indices, oldest first
    places: np.ndarray  # (n,) int64
    values: np.ndarray  # (n, d) x, eq. 1
    signal: np.ndarray  # (n, d) TE, eq. 2; zeros when the model has none
    query: np.ndarray  # (n, d) q, eq. 3
    key: np.ndarray  # (n, d); the same as q with a shared W
    scores: np.ndarray  # (n, n) before any mask, eq. 4
    masked: np.ndarray  # (n, n) bool: cells that the diagonal mask removes
    softmax: np.ndarray  # (n, n) after the softmax, before a mask that acts after it
    weights: np.ndarray  # (n, n) attention
    column_weights: np.ndarray  # (n,) w: average attention to each item (total attention when m is a sum)
    missing: float  # ρ = 1 − Σ w: the attention lost to the mask (for a sum: n − Σ w)
    intent: np.ndarray  # (d,) m, eq. 6

    @cached_property
    def attended(self) -> np.ndarray:
        """(n, d) a, eq. 5."""
        return self.weights @ self.values

    def row(self, index: int) -> Trace:
        """Returns the stages of one window of the batch."""
        names = ("window", "values", "query", "key", "scores", "softmax", "weights", "column_weights", "intent")
        stages = {name: getattr(self, name)[index] for name in names}
        return replace(self, **stages, missing=float(np.asarray(self.missing)[index]))


def trace(run: Run, window: Sequence[int] | np.ndarray, config: ModelConfig | None = None) -> Trace:
    """Computes all stages for a window of item indices, oldest first. Raises InputError unless it holds 1 to L items.
    `config`: the run's settings, possibly with another mask, time signal or aggregation (what-if)."""
    config, items = config or run.model_config, np.asarray(window, np.int64)
    check_window(items, config)
    return forward(run.weights, config, items[None]).row(0)


def check_window(items: np.ndarray, config: ModelConfig) -> None:
    """Raises InputError unless the window holds 1 to L items."""
    if not 1 <= len(items) <= config.window:
        sentence = "The window holds {count} items; this model takes 1 to {most}."
        raise InputError("window_length", sentence, count=len(items), most=config.window)


def forward(arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray) -> Trace:
    """windows (B, n) of item indices, at the right end of the L positions → all stages. Eq. 1-6."""
    count = windows.shape[1]
    places = np.arange(config.window - count, config.window)
    values = arrays["item_short"][windows]
    query, key = projected(arrays, config, windows)
    later = after_scores(scores_of(query, key), values, config)
    signal, masked = signals(config)[places], masked_cells(count, config)
    return Trace(windows, places, values, signal, query, key, masked=masked, **later)


def after_scores(scores: np.ndarray, values: np.ndarray, config: ModelConfig) -> dict[str, Any]:
    """(…, n, n) scores, (…, n, d) values → the fields of a trace from its scores to m, except `masked`. Eq. 4-6."""
    shares, weights = attention(scores, config)
    columns = column_weights(weights, config)
    return {
        "scores": scores,
        "softmax": shares,
        "weights": weights,
        "column_weights": columns,
        "missing": (scores.shape[-1] if config.aggregation == "sum" else 1) - columns.sum(-1),
        "intent": pooled(weights, values, config),
    }


def intents(arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray) -> np.ndarray:
    """windows (B, L), padded on the left with PADDING → m (B, d)."""
    result = np.empty((len(windows), config.dim), np.float32)
    for count, rows in blocks((windows != PADDING).sum(1), config):
        result[rows] = forward(arrays, config, windows[rows, windows.shape[1] - count :]).intent
    return result


def padded(windows: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Windows of 1 to L items → (B, L), padded on the left."""
    result = np.full((len(windows), length), PADDING)
    for row, window in zip(result, windows, strict=True):
        row[length - len(window) :] = window
    return result


def blocks(lengths: np.ndarray, config: ModelConfig, each: int = 0) -> Iterator[tuple[int, np.ndarray]]:
    """lengths (B,) of windows → the length n and the rows of each batch, small enough also for `without_each`. `each`:
    additional floats that a row needs."""
    gathered = config.dim if config.aggregation in EXTREMES else 1
    return of_equal_length(lengths, lambda n: 8 * n * config.dim + 4 * n**3 + n * n * gathered + each)


def of_equal_length(lengths: np.ndarray, floats: Callable[[int], int]) -> Iterator[tuple[int, np.ndarray]]:
    """lengths (B,) of windows → the length n and the rows of each batch: windows of the same length, few enough for the
    working memory. floats: of a row, by its length."""
    for n in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == n)
        size = max(1, FLOATS // floats(n))
        for start in range(0, len(rows), size):
            yield n, rows[start : start + size]


def time_signal(places: np.ndarray, dim: int) -> np.ndarray:
    """(n,) positions in the window, the oldest of L at 0 → (n, d) float32: sine and cosine of each position at falling
    frequencies. Eq. 2."""
    column = np.arange(dim)
    angle = places[:, None] / 10000 ** (2 * (column // 2) / dim)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle)).astype(np.float32)


@lru_cache(maxsize=32)
def signals(config: ModelConfig) -> np.ndarray:
    """(L + 1, d) TE of each position of the window and of one position after it; zeros when the model has none."""
    signal = time_signal(np.arange(config.window + 1), config.dim)
    return signal if config.time_signal else np.zeros_like(signal)


def projected(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray, *, later: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """windows (B, n) → query and key (B, n, d), ReLU((X + TE) W). With `later`: (B, 2n, d), followed by the same items
    one position later. Eq. 2-3.

    (x + TE) W = x W + TE W, so an item is projected once for both positions. Each window is a separate product, so that
    it gives the same numbers, to the last bit, in any batch: a page predicts for an edit what it shows after the edit.
    """
    count, values = windows.shape[1], arrays["item_short"][windows]
    signal = signals(config)[config.window - count :]
    sides = []
    for name in ("projection",) if config.shared_projection else ("projection", "key_projection"):
        x_w = values @ arrays[name]
        te_w = signal @ arrays[name]
        side = np.concatenate([x_w + te_w[:-1], x_w + te_w[1:]], axis=1) if later else x_w + te_w[:-1]
        sides.append(np.maximum(side, 0))
    return sides[0], sides[-1]


def scores_of(query: np.ndarray, key: np.ndarray) -> np.ndarray:
    """(B, n, d) each → (B, n, n) Q K^T / √d. Eq. 4."""
    return query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))


def masked_cells(count: int, config: ModelConfig) -> np.ndarray:
    """(n, n) bool: the diagonal, or no cell."""
    return np.eye(count, dtype=bool) & config.masks(count)


def attention(scores: np.ndarray, config: ModelConfig) -> tuple[np.ndarray, np.ndarray]:
    """(…, n, n) scores → the softmax of each row, and the weights. Eq. 4. Mask `after`: rows are not renormalised."""
    masked = masked_cells(scores.shape[-1], config)
    if config.mask == "before":
        scores = np.where(masked, -np.inf, scores)
    shares = softmax(scores)
    return shares, np.where(masked, np.float32(0), shares) if config.mask == "after" else shares


def softmax(scores: np.ndarray) -> np.ndarray:
    """(…, n) → shares that sum to 1; the share of −∞ is 0."""
    result = np.exp(scores - scores.max(-1, keepdims=True))
    result /= result.sum(-1, keepdims=True)
    return result


def column_weights(weights: np.ndarray, config: ModelConfig) -> np.ndarray:
    """(…, n, n) → (…, n) w: the average of each column, or its sum when m is a sum."""
    return weights.sum(-2) if config.aggregation == "sum" else weights.mean(-2)


def pooled(weights: np.ndarray, values: np.ndarray, config: ModelConfig) -> np.ndarray:
    """(…, n, n) weights, (…, n, d) values → (…, d) m. A mean or sum is Σ_j w_j x_j, computed without a. Eq. 5-6."""
    if config.aggregation in EXTREMES:
        return EXTREMES[config.aggregation](weights @ values, axis=-2)
    return (column_weights(weights, config)[..., None, :] @ values)[..., 0, :]


def by_hand(own: Trace, shares: Sequence[float], config: ModelConfig) -> Trace:
    """Replaces the average attention by shares (n,) ≥ 0 set by hand, scaled to the sum of the model's own, 1 − ρ. m =
    Σ_j w_j x_j is linear in the shares, so distances and ranks follow exactly. Eq. 5-6. Raises InputError where m is a
    maximum or minimum, which average attention does not determine, and unless there are n shares."""
    given = np.asarray(shares, float)
    if config.aggregation in EXTREMES:
        raise InputError("no_sum", "Pooling by {pool} is not a sum of the items.", pool=config.aggregation)
    if given.shape != own.column_weights.shape or not given.sum() > 0 or given.min() < 0:
        text = "Attention set by hand takes {count} numbers from 0 up, one for each item, not all 0; it has {given}."
        raise InputError("not_shares", text, given=", ".join(f"{share:g}" for share in given), count=len(own.window))
    columns = (given * (own.column_weights.astype(float).sum() / given.sum())).astype(np.float32)
    return replace(own, column_weights=columns, intent=columns @ own.values)


def without_each(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """windows (B, n) → m without each item, deleted (B, n, d) and masked (B, n, d); NaN for n = 1. deleted: the item is
    removed and the items before it move up one position. masked: the item keeps its position, but neither attends, is
    attended to, nor counts in m. An item stays or moves up by one, so nothing is projected again."""
    count, values = windows.shape[1], arrays["item_short"][windows]
    if count == 1:
        return np.full_like(values, np.nan), np.full_like(values, np.nan)
    scores = scores_of(*projected(arrays, config, windows, later=True))
    removed, remaining = np.arange(count)[:, None], np.arange(count - 1)
    remaining = remaining + (remaining >= removed)  # (n, n − 1): row j holds all positions except j, in order
    moved = remaining + count * (remaining < removed)
    deleted = left_out(scores, moved, remaining, values, config)
    return deleted, left_out(scores, remaining, remaining, values, config)


def left_out(
    scores: np.ndarray, rows: np.ndarray, others: np.ndarray, values: np.ndarray, config: ModelConfig
) -> np.ndarray:
    """Returns m without item j (B, n, d). `rows` (n, n − 1): which scores to use; `others`: the items of the scores."""
    _, weights = attention(scores[:, rows[:, :, None], rows[:, None, :]], config)
    if config.aggregation in EXTREMES:
        return pooled(weights, values[:, others], config)
    # Same as `pooled` with a weight of 0 for item j: one product per window, without gathering values.
    columns = np.zeros((len(values), len(others), len(others)), np.float32)
    columns[:, np.arange(len(others))[:, None], others] = column_weights(weights, config)
    return columns @ values
