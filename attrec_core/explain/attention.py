"""An attention matrix and its mask: of AttRec, or of one layer and head of SASRec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.explain.forward import masked_cells
from attrec_core.explain.sasrec import SasRecTrace

Counts = Literal["average", "total", "last"]
LITTLE = 0.95  # times the weight under uniform attention; an item with less receives little attention
HIGH = 1.25  # times the mean weight of the window; an item with more has high attention


@dataclass(frozen=True, eq=False, kw_only=True)
class Attention:
    """Rows are the n query items, columns the n key items, both oldest first, without padding."""

    weights: np.ndarray  # (n, n)
    masked: np.ndarray  # (n, n) bool
    column_weights: np.ndarray  # (n,) attention to each item, over the rows that `counts` names
    missing: float  # ρ: how much of this attention is lost to the mask, or lies on padding
    uniform: float  # a cell of the last row under uniform attention
    uniform_column: float  # a column weight under uniform attention
    mask: Literal["after", "before", "none"]  # `after` the softmax: rows are not renormalised; none of a free item
    counts: Counts = "average"  # average or total over all rows, or the last row alone
    padding: Sequence[float] = ()  # n, the attention of each row to padding; empty: padding is hidden, or there is none


def levels(config: ModelConfig, count: int) -> dict[str, Any]:
    """Returns the fields of the matrix of `count` items that depend on the settings alone: the masked cells, and the
    weights under uniform attention. In SASRec, each item attends to itself and to earlier items, and the
    recommendations come from the last position, so only the last row counts."""
    cell, column = uniform(config, count)
    is_total = config.aggregation == "sum"
    is_causal = config.model == "sasrec"
    is_free = count == 1 and config.frees_lone_item
    return {
        "masked": np.triu(np.ones((count, count), bool), 1) if is_causal else masked_cells(count, config),
        "uniform": cell,
        "uniform_column": column * count if is_total else column,
        "mask": "before" if is_causal else "none" if is_free else config.mask,
        "counts": "last" if is_causal else "total" if is_total else "average",
    }


def uniform(config: ModelConfig, count: int) -> tuple[float, float]:
    """Returns a cell that is not masked and the average attention to an item if all scores were equal, under the
    model's mask. A mask after the softmax takes 1 / count of each row, which is all that a single item has. In SASRec,
    both are those of the last row."""
    if config.model == "sasrec":
        keys = config.window if config.equations.padding == "attended" else count
        return 1 / keys, 1 / keys
    if count == 1:
        return 1.0, float(config.mask != "after" or config.frees_lone_item)
    kept = count - (config.mask == "after")  # of count cells, each 1 / count of its row
    return 1 / (count - (config.mask == "before")), kept / count**2


def layers_and_heads(config: ModelConfig) -> tuple[int, int]:
    """Returns how many layers, and heads of each, a user can choose from."""
    return (config.layers, config.heads) if config.model == "sasrec" else (1, 1)


def matrices_of(trace: SasRecTrace, layer: int | None, head: int | None) -> np.ndarray:
    """Returns (B, n, n) for a layer (None: the last) and a head of it (None: the mean of the heads), both from 1."""
    return of_head(trace.layers[(layer or 0) - 1].weights, head)


def of_head(heads: np.ndarray, head: int | None) -> np.ndarray:
    """heads (B, h, …) → (B, …): one of them, from 1, or their mean."""
    return heads.mean(1) if head is None else heads[:, head - 1]
