"""The results of training and of evaluation; and by bootstrap, how certain a mean over users is: it is computed many
times for users drawn again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from attrec_core.data.report import Counts

FOREIGN = "foreign weights"  # value of `ended` if another program trained the weights
RESAMPLES = 2000
BLOCK = 200  # resamples at once: 34 MB of numbers for 21,000 users
Metrics = dict[
    str, float
]  # each of config.METRICS: a mean over the evaluated users, from the rank of one held-out item each


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Ranks of the held-out items, and their metrics. users (E,), ranks (E,) among all items except the user's earlier
    items, ranks_all (E,) among all items."""

    users: np.ndarray
    ranks: np.ndarray
    ranks_all: np.ndarray
    metrics: Metrics
    metrics_all: Metrics


@dataclass(frozen=True)
class Epoch:
    """One line of the training history."""

    epoch: int  # from 1
    phase: str  # "search" (with early stopping) or "refit" (validation items included)
    of: int  # the most epochs of this phase
    loss: float  # mean per window, or per target of a model that learns at every position
    seconds: float  # of its steps
    validation: Metrics | None  # metrics on the validation items; None in the refit
    validation_seconds: float = 0.0  # of ranking the validation items

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def value(self, key: str) -> float:
        """The loss, or a metric on the validation items; NaN if there is none."""
        return self.loss if key == "loss" else (self.validation or {}).get(key, math.nan)


def epochs_of(history: Mapping[str, Any], phase: str | None = None) -> list[Epoch]:
    """The epochs in a run's history, of one phase or of both; a time that was not recorded is NaN."""
    epochs = (epoch for epoch in history["epochs"] if phase in (None, epoch["phase"]))
    missing = {"of": 0, "seconds": math.nan, "validation": None, "validation_seconds": 0.0}
    return [Epoch(**{field.name: (missing | epoch)[field.name] for field in fields(Epoch)}) for epoch in epochs]


@dataclass(frozen=True)
class History:
    """All epochs, which one was best, and how training ended."""

    epochs: tuple[Epoch, ...]
    best_epoch: int
    ended: str  # "patience" | "epochs" | "interrupted" | "counted" | FOREIGN
    engine: str = "torch"  # what computed the steps: "torch" | "compiled" | "cuda" (torch on a GPU) | "numpy" (counted)
    validation: Metrics | None = None  # of a counted system, which has no epochs

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    def best_validation(self) -> Metrics:
        """The metrics on the validation items after the best epoch."""
        chosen = (epoch.validation for epoch in self.epochs if epoch.epoch == self.best_epoch and epoch.validation)
        return self.validation or next(chosen)


def leading(counts: Counts | None) -> tuple[str, str]:
    """Returns the keys of two metrics, the first one first: HR@50 and MRR, as in the paper; with few candidates, where
    HR@50 says little, MRR and HR@10. counts: None: unknown. Candidates: the items without an average history."""
    if counts is None:
        return "hr@50", "mrr"
    candidates = counts.items - counts.interactions / max(1, counts.users)
    # Among fewer candidates, a random order has an HR@50 above .5.
    return ("mrr", "hr@10") if candidates < 100 else ("hr@50", "mrr")


def per_user(ranks: np.ndarray, metric: str) -> np.ndarray:
    """ranks (seeds, E) → (E,) the contribution of each user to the metric, averaged over the seeds."""
    kind, _, depth = metric.partition("@")
    if kind == "mrr":
        return (1 / ranks).mean(0)
    inside = ranks <= int(depth)
    return (inside / np.log2(ranks + 1) if kind == "ndcg" else inside.astype(float)).mean(0)


def resampled(values: np.ndarray) -> np.ndarray:
    """(E,) → (RESAMPLES,) means of users drawn with replacement; the same draws for the same number of users."""
    blocks = np.split(draws(len(values)), RESAMPLES // BLOCK)
    return np.concatenate([block.astype(float) @ values for block in blocks]) / len(values)


@lru_cache(maxsize=1)
def draws(users: int) -> np.ndarray:
    """(RESAMPLES, users) how often each user is drawn: once on average, and practically never more than 255 times."""
    random, probabilities = np.random.default_rng(0), np.full(users, 1 / users)
    counts = np.empty((RESAMPLES, users), np.uint8)
    for start in range(0, RESAMPLES, BLOCK):
        counts[start : start + BLOCK] = random.multinomial(users, probabilities, BLOCK)
    return counts


def percentiles(means: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
