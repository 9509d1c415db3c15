"""The forward pass in numpy, from windows of items to the short-term intent m. Equations 1 to 6.

It takes a batch of B windows of one length n, oldest item first, without padding; `trace` is the pass of a single one.
The PyTorch model has its own; a test holds the two together on all settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.windows import PADDING
from attrec_core.errors import InputError
from attrec_core.runs.run import Run

FLOATS = 6_000_000  # of working memory in one batch: 24 MB, and a few temporary arrays of that size
EXTREMES = {"max": np.max, "min": np.min}


@dataclass(frozen=True, eq=False)
class Trace:
    """Every stage from a window of n items to m. Arrays are float32 unless said.

    Rows are query items, columns key items. places (n,): the place p of each item in the window of L, so that a short
    window stands at its right end, as in training. The arrays of a batch begin with B, but for places, signal and
    masked, which its windows share; `row` gives a single window.
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
    column_weights: np.ndarray  # (n,) w: average attention to each item (its sum when m is a sum)
    missing: float  # ρ = 1 − Σ w: the attention lost to the mask (for a sum: n − Σ w)
    intent: np.ndarray  # (d,) m, eq. 6

    @cached_property
    def attended(self) -> np.ndarray:
        """(n, d) a, eq. 5."""
        return self.weights @ self.values

    def row(self, index: int) -> Trace:
        """The stages of one window of the batch."""
        names = ("window", "values", "query", "key", "scores", "softmax", "weights", "column_weights", "intent")
        own = {name: getattr(self, name)[index] for name in names}
        return replace(self, **own, missing=float(np.asarray(self.missing)[index]))


def trace(run: Run, window: Sequence[int] | np.ndarray, config: ModelConfig | None = None) -> Trace:
    """Every stage for a window of item indices, oldest first. Raises InputError unless it holds 1 to L items.

    `config`: the run's own settings with another mask, time signal or aggregation, as a what-if.
    """
    config, items = config or run.model_config, np.asarray(window, np.int64)
    check_window(items, config)
    return forward(run.weights, config, items[None]).row(0)


def check_window(items: np.ndarray, config: ModelConfig) -> None:
    """Raises InputError unless it holds 1 to L items."""
    if not 1 <= len(items) <= config.window:
        sentence = "The window holds {count} items; this model takes 1 to {most}."
        raise InputError("window_length", sentence, count=len(items), most=config.window)


def forward(arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray) -> Trace:
    """windows (B, n) item indices, which stand at the right end of the L places → all stages. Eq. 1-6."""
    count = windows.shape[1]
    places = np.arange(config.window - count, config.window)
    values = arrays["item_short"][windows]
    query, key = projected(arrays, config, windows)
    scores = scores_of(query, key)
    shares, weights = attention(scores, config)
    columns = column_weights(weights, config)
    return Trace(
        window=windows,
        places=places,
        values=values,
        signal=signals(config)[places],
        query=query,
        key=key,
        scores=scores,
        masked=masked_cells(count, config),
        softmax=shares,
        weights=weights,
        column_weights=columns,
        missing=(count if config.aggregation == "sum" else 1) - columns.sum(-1),
        intent=pooled(weights, values, config),
    )


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
    """lengths (B,) of windows → the length n and the rows of every batch: windows of one length, few enough for the
    memory, also of `without_each`; `each`: further floats that a row needs."""
    for count in np.unique(lengths).tolist():
        gathered = config.dim if config.aggregation in EXTREMES else 1
        own = 8 * count * config.dim + 4 * count**3 + count * count * gathered + each
        rows = np.flatnonzero(lengths == count)
        size = max(1, FLOATS // own)
        for start in range(0, len(rows), size):
            yield count, rows[start : start + size]


def time_signal(places: np.ndarray, dim: int) -> np.ndarray:
    """(n,) places in the window, the oldest of L at 0 → (n, d) float32: sin and cos at falling frequencies. Eq. 2."""
    column = np.arange(dim)
    angle = places[:, None] / 10000 ** (2 * (column // 2) / dim)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle)).astype(np.float32)


@lru_cache(maxsize=32)
def signals(config: ModelConfig) -> np.ndarray:
    """(L + 1, d) TE of every place of the window and of one place later; zeros when the model has none."""
    signal = time_signal(np.arange(config.window + 1), config.dim)
    return signal if config.time_signal else np.zeros_like(signal)


def projected(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray, *, later: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """windows (B, n) → query and key (B, n, d), ReLU((X + TE) W); `later`: (B, 2n, d), behind them the same items one
    place later. Eq. 2-3.

    (x + TE) W = x W + TE W: an item is projected once for both of its places. Window by window, so that a window gives
    the same numbers to the last bit in any batch: what a page says of an edit is what it shows after the edit.
    """
    count, values = windows.shape[1], arrays["item_short"][windows]
    signal = signals(config)[config.window - count :]
    sides = []
    for name in ("projection",) if config.shared_projection else ("projection", "key_projection"):
        own = values @ arrays[name]
        placed = signal @ arrays[name]
        side = np.concatenate([own + placed[:-1], own + placed[1:]], axis=1) if later else own + placed[:-1]
        sides.append(np.maximum(side, 0))
    return sides[0], sides[-1]


def scores_of(query: np.ndarray, key: np.ndarray) -> np.ndarray:
    """(B, n, d) each → (B, n, n) Q K^T / √d. Eq. 4."""
    return query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))


def masked_cells(count: int, config: ModelConfig) -> np.ndarray:
    """(n, n) bool: the diagonal, or nothing. `before`: a single item attends to itself, so that m = x and never NaN."""
    alone = config.mask == "before" and count == 1
    return np.eye(count, dtype=bool) & (config.mask != "none" and not alone)


def attention(scores: np.ndarray, config: ModelConfig) -> tuple[np.ndarray, np.ndarray]:
    """(…, n, n) scores → the softmax over each row, and the weights. Eq. 4. `after`: rows are not renormalised."""
    masked = masked_cells(scores.shape[-1], config)
    if config.mask == "before":
        scores = np.where(masked, -np.inf, scores)
    shares = softmax(scores)
    return shares, np.where(masked, np.float32(0), shares) if config.mask == "after" else shares


def softmax(scores: np.ndarray) -> np.ndarray:
    """(…, n) → shares that sum to 1; −∞ gets none."""
    result = np.exp(scores - scores.max(-1, keepdims=True))
    result /= result.sum(-1, keepdims=True)
    return result


def column_weights(weights: np.ndarray, config: ModelConfig) -> np.ndarray:
    """(…, n, n) → (…, n) w: the average of each column, its sum when m is a sum."""
    return weights.sum(-2) if config.aggregation == "sum" else weights.mean(-2)


def pooled(weights: np.ndarray, values: np.ndarray, config: ModelConfig) -> np.ndarray:
    """(…, n, n) weights, (…, n, d) values → (…, d) m. A mean or a sum is Σ_j w_j x_j, without forming a. Eq. 5-6."""
    if config.aggregation in EXTREMES:
        return EXTREMES[config.aggregation](weights @ values, axis=-2)
    return (column_weights(weights, config)[..., None, :] @ values)[..., 0, :]


def by_hand(own: Trace, shares: Sequence[float], config: ModelConfig) -> Trace:
    """The same stages with the average attention set by hand: shares (n,) ≥ 0, scaled to the sum that the model's own
    has, 1 − ρ. m = Σ_j w_j x_j is linear in them, so distances and ranks follow exactly. Eq. 5-6.

    Raises InputError for a maximum or minimum, which no average attention makes, and unless there are n shares.
    """
    given = np.asarray(shares, float)
    if config.aggregation in EXTREMES:
        raise InputError("no_sum", "Pooling by {pool} is not a sum of the items.", pool=config.aggregation)
    if given.shape != own.column_weights.shape or not given.sum() > 0 or given.min() < 0:
        text = "The attention of {given} items is set, but the window holds {count}."
        raise InputError("not_shares", text, given=len(given), count=len(own.window))
    columns = (given * (own.column_weights.astype(float).sum() / given.sum())).astype(np.float32)
    return replace(own, column_weights=columns, intent=columns @ own.values)


def without_each(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """windows (B, n) → m without each item, (B, n, d), twice; NaN for n = 1.

    deleted: it is removed and those before it move up a place. masked: it stays in its place, but neither attends, is
    attended to, nor counts. An item either stays or moves up by one, so no window is projected again.
    """
    count, values = windows.shape[1], arrays["item_short"][windows]
    if count == 1:
        return np.full_like(values, np.nan), np.full_like(values, np.nan)
    scores = scores_of(*projected(arrays, config, windows, later=True))
    gone, others = np.arange(count)[:, None], np.arange(count - 1)
    others = others + (others >= gone)  # (n, n − 1): row j holds all places but j, in order
    moved = others + count * (others < gone)
    deleted = left_out(scores, moved, others, values, config)
    return deleted, left_out(scores, others, others, values, config)


def left_out(
    scores: np.ndarray, rows: np.ndarray, others: np.ndarray, values: np.ndarray, config: ModelConfig
) -> np.ndarray:
    """(B, n, d) m without item j: `rows` (n, n − 1) are the scores to take, `others` the items they belong to."""
    _, weights = attention(scores[:, rows[:, :, None], rows[:, None, :]], config)
    if config.aggregation in EXTREMES:
        return pooled(weights, values[:, others], config)
    # The same as `pooled`, with a weight of 0 for item j: one product a window, and no values are gathered.
    columns = np.zeros((len(values), len(others), len(others)), np.float32)
    columns[:, np.arange(len(others))[:, None], others] = column_weights(weights, config)
    return columns @ values
