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
    """One layer and head, as of `matrices_of`, of the batch's only window, which has no padding."""
    return causal(matrices_of(trace, layer, head)[0])


def matrices_of(trace: SasRecTrace, layer: int | None, head: int | None) -> np.ndarray:
    """(B, n, n) of one layer (None: the last), and one head of it (None: the mean of the heads), both from 1."""
    heads = trace.layers[(layer or 0) - 1].weights
    return heads.mean(1) if head is None else heads[:, head - 1]


def causal(weights: np.ndarray) -> Attention:
    """(n, n) whose rows attend to themselves and what came before. The recommendations come from the last place, so
    the last row counts."""
    count = len(weights)
    return Attention(
        weights=weights,
        masked=np.triu(np.ones((count, count), bool), 1),
        column_weights=weights[-1],
        missing=0.0,
        uniform=1 / count,
        uniform_column=1 / count,
        mask="before",
        counts="last",
    )
