"""How much each item of a window attracts one item, by three measures: left out in two ways, and exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.explain.population.batch import Batch
from attrec_core.runs.at_large import NO_PLACE


@dataclass(frozen=True, eq=False)
class Effects:
    """(B, n) each; large is attracting. delete, mask: growth of the distance y without the item. exact: how far the
    item's term (1 − ω) w_j ‖X_i − x_j‖² lies below the term's mean over the catalogue; NaN where m is a max or min.
    """

    delete: np.ndarray
    mask: np.ndarray
    exact: np.ndarray
    gaps: np.ndarray  # ‖X_i − x_j‖²


def effects(arrays: Mapping[str, np.ndarray], config: ModelConfig, batch: Batch, items: np.ndarray) -> Effects:
    """Of each window on its item (B,). The long-term part does not depend on the window, so it is not needed."""
    table = arrays["item_short"]
    points = table[items][:, None, :]
    weight = 1 - config.long_weight
    now = squared(points - batch.intent[:, None])
    gaps = squared(points - batch.values)
    # The mean over the catalogue of ‖X_k − x_j‖², without N × B n distances.
    mean_gaps = squared(table).mean() - 2 * batch.values @ table.mean(0) + squared(batch.values)
    additive = config.aggregation in ("mean", "sum")
    return Effects(
        delete=weight * (squared(points - batch.deleted) - now),
        mask=weight * (squared(points - batch.masked) - now),
        exact=weight * batch.columns * (mean_gaps - gaps) if additive else np.full_like(gaps, np.nan),
        gaps=gaps,
    )


def squared(vectors: np.ndarray) -> np.ndarray:
    """(…, d) → (…,) squared lengths."""
    return np.einsum("...d,...d->...", vectors, vectors)


def largest(effect: np.ndarray, length: int) -> np.ndarray:
    """(B, n) → (B,) int16: the place among `length` of the largest effect, NO_PLACE where all are alike or NaN."""
    spread = np.nan_to_num(effect.max(1) - effect.min(1))
    return np.where(spread > 0, effect.argmax(1) + length - effect.shape[1], NO_PLACE).astype(np.int16)
