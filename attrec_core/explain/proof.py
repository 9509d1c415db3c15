"""Whether a model of RecBole was read as it was meant: its file holds the best validation score, which is computed here
again, by RecBole's own protocol. Agreement proves ids, positions and equations at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.recbole_rows import RecBoleRows
from attrec_core.data.windows import PADDING
from attrec_core.explain import sasrec

BLOCK = 256  # users that are ranked at once
FEWEST = 4  # items of a user with a validation item: one row each for training, validation and test, after a first item
# Of a rank, where one item is relevant.
METRICS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "mrr": lambda ranks, k: 1 / ranks,
    "map": lambda ranks, k: 1 / ranks,
    "ndcg": lambda ranks, k: 1 / np.log2(ranks + 1),
    "hit": lambda ranks, k: np.ones_like(ranks),
    "recall": lambda ranks, k: np.ones_like(ranks),
    "precision": lambda ranks, k: np.full_like(ranks, 1 / k),
}


@dataclass(frozen=True)
class Proof:
    metric: str  # such as MRR@10
    says: float  # the file
    here: float
    popular: float  # what ranking by popularity reaches: about that, if the ids are those of other items
    digits: int  # to which the file rounds it

    @property
    def agrees(self) -> bool:
        """Whether they are the same; one in the last digit may be rounding, or the order of equal scores."""
        return abs(self.says - self.here) <= 1.5 * 10.0**-self.digits


def proof_of(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, rows: RecBoleRows, settings: Mapping[str, Any], says: float
) -> Proof | None:
    """arrays: with items in the order of `rows.tokens`. None if the metric is not one of METRICS at a cut."""
    metric = str(settings["valid_metric"])
    name, _, cut = metric.partition("@")
    split = settings.get("eval_args", {})
    is_usual = split.get("split") == {"LS": "valid_and_test"} and split.get("order") == "TO"
    if name.lower() not in METRICS or not cut.isdigit() or not is_usual:
        return None
    here, popular = (
        float(np.where(ranks <= int(cut), METRICS[name.lower()](ranks, int(cut)), 0).mean())
        for ranks in validation_ranks(arrays, config, rows)
    )
    return Proof(metric, says, here, popular, int(settings.get("metric_decimal_place", 4)))


def validation_ranks(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, rows: RecBoleRows
) -> tuple[np.ndarray, np.ndarray]:
    """(E,) float64: the rank of each user's last item but one among all items, none masked, after up to L items before
    it; and its rank by the number of rows. Rows of a user are ordered by their float32 time; of equal ones, the first
    in the file comes first."""
    users = rows.rows.codes("user")
    order = np.lexsort((np.arange(len(users)), rows.times, users))
    items, starts = rows.items[order], np.flatnonzero(np.diff(users[order], prepend=-1))
    ends = np.append(starts[1:], len(users))
    starts, ends = starts[ends - starts >= FEWEST], ends[ends - starts >= FEWEST]
    ranks, counts = np.empty((2, len(starts))), np.bincount(rows.items, minlength=len(rows.tokens))
    for first in range(0, len(starts), BLOCK):
        part = slice(first, first + BLOCK)
        targets = ends[part] - 2
        places = targets[:, None] + np.arange(-config.window, 0)
        windows = np.where(places < starts[part, None], PADDING, items[np.maximum(places, 0)])
        asked = sasrec.forward(arrays, config, windows).asked[:, -1]
        distances = sasrec.distances(arrays["item"], config, asked)
        own = np.take_along_axis(distances, items[targets][:, None], 1)
        ranks[0, part] = 1 + (distances < own).sum(1)
        ranks[1, part] = 1 + (counts > counts[items[targets]][:, None]).sum(1)
    return ranks[0], ranks[1]
