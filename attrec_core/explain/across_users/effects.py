"""The contribution of each item of a window to the distance of one item, by three measures; and which measure finds
true causes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.causes import Causes
from attrec_core.data.windows import last_windows
from attrec_core.explain.distances import squared
from attrec_core.explain.forward import Trace, blocks, forward, without_each
from attrec_core.runs.across_users import FINDERS, NO_PLACE, CauseShares

if TYPE_CHECKING:
    from attrec_core.runs.run import Run


@dataclass(frozen=True, eq=False)
class Effects:
    """The effects of items, (B, n) each; large: it lowers the distance. delete, mask: growth of the distance y without
    the item. exact: how far its term (1 − ω) w_j ‖X_i − x_j‖² lies below the term's mean over the catalogue; NaN where
    m is a max or min.
    """

    delete: np.ndarray
    mask: np.ndarray
    exact: np.ndarray
    gaps: np.ndarray  # ‖X_i − x_j‖²


def effects(arrays: Mapping[str, np.ndarray], config: ModelConfig, steps: Trace, items: np.ndarray) -> Effects:
    """Measures the effects of each window on its item (B,). The long-term part does not depend on the window."""
    table = arrays["item_short"]
    deleted, masked = without_each(arrays, config, steps.window)
    points = table[items][:, None, :]
    weight = 1 - config.long_weight
    now = squared(points - steps.intent[:, None])
    gaps = squared(points - steps.values)
    # The mean over the catalogue of ‖X_k − x_j‖², without computing N × B n distances.
    mean_gaps = squared(table).mean() - 2 * steps.values @ table.mean(0) + squared(steps.values)
    additive = config.aggregation in ("mean", "sum")
    return Effects(
        delete=weight * (squared(points - deleted) - now),
        mask=weight * (squared(points - masked) - now),
        exact=weight * steps.column_weights * (mean_gaps - gaps) if additive else np.full_like(gaps, np.nan),
        gaps=gaps,
    )


def largest(effect: np.ndarray, length: int) -> np.ndarray:
    """(B, n) → (B,) int16: the place among `length` of the largest effect; NO_PLACE where all are equal or NaN."""
    spread = np.nan_to_num(effect.max(1) - effect.min(1))
    return np.where(spread > 0, effect.argmax(1) + length - effect.shape[1], NO_PLACE).astype(np.int16)


def cause_shares(run: Run, causes: Causes) -> CauseShares | None:
    """Returns how often each measure finds the true cause, over all viewings whose true cause lies in the full window
    before them; None if there are none.

    The explained item is the viewed item. Among equal items the oldest is picked. The share is NaN for delete and mask
    in windows of a single item, and for exact where m is a max or min.
    """
    config, length = run.model_config, run.model_config.window
    inside = np.flatnonzero((causes.steps >= length) & (causes.steps - causes.cause_steps <= length))
    if len(inside) == 0:
        return None
    users, viewed_at = causes.users[inside], causes.steps[inside]
    cause_places = length - (viewed_at - causes.cause_steps[inside])
    viewed = run.interactions.items[run.interactions.starts[users] + viewed_at]
    windows = last_windows(run.interactions, users, viewed_at, length)
    hits = np.zeros((len(inside), len(FINDERS)))
    for _, rows in blocks(np.full(len(inside), length), config):
        steps = forward(run.weights, config, windows[rows])
        measured = effects(run.weights, config, steps, viewed[rows])
        pointers = {
            "attention": steps.column_weights,
            "exact": measured.exact,
            "delete": measured.delete,
            "mask": measured.mask,
            "nearest": -measured.gaps,
        }
        for name, pointer in pointers.items():
            hit = pointer.argmax(1) == cause_places[rows]
            hits[rows, FINDERS.index(name)] = np.where(np.isnan(pointer).any(1), np.nan, hit)
    hits[:, FINDERS.index("latest")] = cause_places == length - 1
    kinds = [kind for code, kind in enumerate(causes.kinds) if (causes.codes[inside] == code).any()]
    groups = [np.arange(len(inside)), *(np.flatnonzero(causes.codes[inside] == causes.kinds.index(k)) for k in kinds)]
    shares = np.array([hits[group].mean(0) for group in groups])
    shares[:, FINDERS.index("chance")] = 1 / length
    return CauseShares(("all", *kinds), np.array([len(group) for group in groups]), shares)
