"""An attention matrix with its mask, whichever model attends: AttRec's, or one layer and head of SASRec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.explain.forward import Trace, masked_cells
from attrec_core.explain.sasrec import SasRecTrace

Counts = Literal["average", "total", "last"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Attention:
    """Rows are the n query items, columns key items, oldest first; no padding in it."""

    weights: np.ndarray  # (n, n)
    masked: np.ndarray  # (n, n) bool
    column_weights: np.ndarray  # (n,) what each item receives, of the rows that `counts` says
    missing: float  # ρ: what the mask takes from them
    uniform: float  # a cell of the last row if it attended uniformly
    uniform_column: float  # what an item would receive if attention were uniform
    mask: Literal["after", "before", "none"]  # `after` the softmax it takes what is not given back
    counts: Counts = "average"  # of all rows, or what the last row attends to


def of_attrec(trace: Trace, config: ModelConfig) -> Attention:
    return Attention(
        weights=trace.weights,
        column_weights=trace.column_weights,
        missing=max(trace.missing, 0.0),
        **levels(config, len(trace.window)),
    )


def levels(config: ModelConfig, count: int) -> dict[str, Any]:
    """The fields of AttRec's matrix of `count` items that follow from its settings: what is masked, and what the
    weights would be if attention were uniform."""
    summed = config.aggregation == "sum"
    return {
        "masked": masked_cells(count, config),
        "uniform": 1 / (count if config.mask == "none" else max(count - 1, 1)),
        "uniform_column": 1.0 if summed else 1 / count,
        "mask": config.mask,
        "counts": "total" if summed else "average",
    }


def layers_and_heads(config: ModelConfig) -> tuple[int, int]:
    """Of how many matrices one can be chosen."""
    return (config.layers, config.heads) if config.model == "sasrec" else (1, 1)


def of_sasrec(trace: SasRecTrace, layer: int | None, head: int | None) -> Attention:
    """One layer (None: the last), and one head of it (None: the mean of the heads), both from 1; of the batch's first
    window. Its recommendations come from the last place, so the last row counts."""
    heads = trace.layers[(layer or 0) - 1].weights[0]
    weights = heads.mean(0) if head is None else heads[head - 1]
    return Attention(
        weights=weights,
        masked=~trace.allowed[0],
        column_weights=weights[-1],
        missing=0.0,
        uniform=1 / len(weights),
        uniform_column=1 / len(weights),
        mask="before",
        counts="last",
    )
