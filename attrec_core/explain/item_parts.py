"""The score of EASE and of item kNN as an exact sum: each item that the model reads adds its own part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.data.windows import leave_one_out
from attrec_core.explain.moment import Moment
from attrec_core.runs.run import Run, refusal


@dataclass(frozen=True, eq=False)
class ItemParts:
    """The parts of one item's score, the largest first; an item that is read but adds 0 is not among them."""

    items: np.ndarray  # (k,) item indices
    parts: np.ndarray  # (k,) float64
    read: int  # how many items are read

    @property
    def score(self) -> float:
        return float(self.parts.sum())


def item_parts(moment: Moment, item: int) -> ItemParts:
    """Returns what each item that is read at a moment adds to the score of an item. Raises InputError for a system
    whose score is no such sum."""
    read = items_read(moment)
    parts = weights_of(moment.run, item)[read]
    order = np.argsort(-parts, kind="stable")
    order = order[parts[order] != 0]
    return ItemParts(read[order], parts[order], len(read))


def items_read(moment: Moment) -> np.ndarray:
    """Returns the sorted indices of the items that are read: the latest items of the window, or, with the setting
    `recent` = 0, the window and the user's whole training part, also what came after this step."""
    data, window = moment.run.interactions, moment.window[-moment.config.recent :]
    if moment.config.recent or moment.user is None:
        return np.unique(window)
    split = leave_one_out(data)
    split = split.with_validation() if moment.run.train_config.refit else split
    return np.union1d(window, data.history(moment.user)[: split.lengths[moment.user]])


def weights_of(run: Run, item: int) -> np.ndarray:
    """Returns (N,) how much each item adds to the score of `item`, if it is read."""
    arrays = run.arrays
    if run.model_config.model == "ease":
        return np.asarray(arrays["weights"][:, item], np.float64)
    if run.model_config.model != "itemknn":
        raise refusal(run)
    weights = np.zeros(run.interactions.n_items)
    np.add.at(weights, np.asarray(arrays["neighbour"][item], np.int64), arrays["similarity"][item])
    return weights
