"""Many windows of one length through the attention at once, whole and with each item left out.

The same numbers as `explain.trace`, window by window, to 1e-5 (a test holds them together).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.explain.forward import time_signal

FLOATS = 6_000_000  # of working memory in one batch: 24 MB, and a few temporary arrays of that size


@dataclass(frozen=True, eq=False)
class Batch:
    """B windows of n items, no padding. Rows look, columns are looked at."""

    values: np.ndarray  # (B, n, d) x
    weights: np.ndarray  # (B, n, n) attention
    columns: np.ndarray  # (B, n) w
    intent: np.ndarray  # (B, d) m
    deleted: np.ndarray  # (B, n, d) m when item j is removed and those before it move up; NaN for n = 1
    masked: np.ndarray  # (B, n, d) m when item j stays in its place but neither looks, is looked at, nor counts


def blocks(lengths: np.ndarray, config: ModelConfig, each: int = 0) -> Iterator[tuple[int, np.ndarray]]:
    """The length n and the rows of every batch: rows of one length, few enough for the memory; `each`: further floats
    that a row needs."""
    for n in np.unique(lengths).tolist():
        pooled = config.dim if config.aggregation in ("max", "min") else 1
        own = 6 * n * config.dim + 4 * n * n * n + n * n * pooled + each
        rows = np.flatnonzero(lengths == n)
        size = max(1, FLOATS // own)
        for start in range(0, len(rows), size):
            yield n, rows[start : start + size]


def through_attention(arrays: Mapping[str, np.ndarray], config: ModelConfig, windows: np.ndarray) -> Batch:
    """windows (B, n) item indices, oldest first, at the right end of the L places. Eq. 1-6."""
    count = windows.shape[1]
    values = arrays["item_short"][windows]
    scores = scores_here_and_moved_up(arrays, config, values)
    here = np.arange(count)
    weights = attention(scores[:, :count, :count], config)
    others = here[None, :] + (here[None, :] >= here[:, None])  # (n, n): row j holds all places but j, in order
    others = others[:, : count - 1]
    moved = others + count * (others < here[:, None])
    return Batch(
        values=values,
        weights=weights,
        columns=column_weights(weights, config),
        intent=pooled(weights[:, None], values[:, None], config)[:, 0],
        deleted=left_out(scores, moved, others, values, config),
        masked=left_out(scores, others, others, values, config),
    )


def scores_here_and_moved_up(arrays: Mapping[str, np.ndarray], config: ModelConfig, values: np.ndarray) -> np.ndarray:
    """(B, n, d) → (B, 2n, 2n) scores of each item with each, at their places (the first n) and one place later.

    All that leaving one item out needs: an item either stays or moves up by one, so no window is projected again.
    """
    count = values.shape[1]
    places = np.arange(config.window - count, config.window + 1)
    signal = time_signal(places, config.dim) if config.time_signal else np.zeros((count + 1, config.dim), np.float32)
    sides = []
    for name in ("projection",) if config.shared_projection else ("projection", "key_projection"):
        own, placed = values @ arrays[name], signal @ arrays[name]
        sides.append(np.maximum(np.concatenate([own + placed[:-1], own + placed[1:]], axis=1), 0))
    return sides[0] @ sides[-1].transpose(0, 2, 1) / np.float32(np.sqrt(config.dim))


def left_out(
    scores: np.ndarray, rows: np.ndarray, others: np.ndarray, values: np.ndarray, config: ModelConfig
) -> np.ndarray:
    """(B, n, d) m without item j: `rows` (n, n − 1) are the scores to take, `others` the items they belong to."""
    if rows.shape[1] == 0:
        return np.full_like(values, np.nan)
    weights = attention(scores[:, rows[:, :, None], rows[:, None, :]], config)
    return pooled(weights, values, config, others)


def attention(scores: np.ndarray, config: ModelConfig) -> np.ndarray:
    """(…, n, n) scores → the weights: softmax over rows and the mask, as `explain.masked_softmax`. Eq. 4."""
    count = scores.shape[-1]
    diagonal = np.eye(count, dtype=bool)
    if config.mask == "before" and count > 1:
        scores = np.where(diagonal, -np.inf, scores)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    if config.mask == "after":
        weights[..., diagonal] = 0
    return weights


def column_weights(weights: np.ndarray, config: ModelConfig) -> np.ndarray:
    """(…, n, n) → (…, n) w: column means, or sums when m is a sum."""
    return weights.sum(-2) if config.aggregation == "sum" else weights.mean(-2)


def pooled(
    weights: np.ndarray, values: np.ndarray, config: ModelConfig, others: np.ndarray | None = None
) -> np.ndarray:
    """(B, k, m, m) weights of k windows a row → (B, k, d) their m. Eq. 5-6.

    values (B, 1, m, d), or with others (k, m), which m of n items each window holds, (B, n, d).
    """
    if config.aggregation in ("max", "min"):
        held = values if others is None else values[:, others]
        attended = weights @ held
        return attended.max(2) if config.aggregation == "max" else attended.min(2)
    columns = column_weights(weights, config)
    if others is None:
        return (columns[:, :, None] @ values)[:, :, 0]
    spread = np.zeros((*columns.shape[:2], values.shape[1]), np.float32)
    spread[:, np.arange(len(others))[:, None], others] = columns
    return spread @ values
