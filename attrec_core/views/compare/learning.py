"""How two runs were trained, their metrics, and whether their metrics may be compared."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.evaluate import ranks_of_test_items
from attrec_core.runs.history import epochs_of
from attrec_core.runs.run import Run
from attrec_core.views.runs import caveats
from attrec_core.views.runs.words import METRICS

# Metric → function from the rank of the held-out item to its contribution to the metric; see `evaluate.metrics`.
GAINS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "hr@10": lambda ranks: ranks <= 10,
    "hr@50": lambda ranks: ranks <= 50,
    "ndcg@10": lambda ranks: np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0.0),
    "mrr": lambda ranks: 1 / ranks,
}


@dataclass(frozen=True)
class MetricBeside:
    """One metric of both runs on the test items."""

    key: str  # such as "hr@50"
    name: str  # such as "HR@50"
    a: float
    b: float
    error: float | None  # standard error of B − A over the same users; None if it is not known

    @property
    def difference(self) -> float:
        return self.b - self.a

    @property
    def beyond_chance(self) -> bool | None:
        """Whether B − A is more than two standard errors; None if the error is not known."""
        return None if self.error is None else abs(self.difference) > 2 * self.error


@dataclass(frozen=True)
class MetricsBeside:
    """Metrics of both runs, and remarks on why they cannot be compared. No remarks: the same data."""

    rows: tuple[MetricBeside, ...]
    remarks: tuple[str, ...]
    sentence: str

    @property
    def comparable(self) -> bool:
        return not self.remarks


def curves_sentence(*runs: Run) -> str:
    """The best epoch of each run, and whether the values of their losses can be compared."""
    losses = [f"{run.train_config.loss} in {run.name}" for run in runs if epochs_of(run.history, "search")]
    kinds = {loss.split()[0] for loss in losses}
    caveat = f" The losses cannot be compared: {' and '.join(losses)}." if len(kinds) > 1 else ""
    return f"{'; '.join(map(best_epoch_words, runs))}.{caveat}"


def best_epoch_words(run: Run) -> str:
    epochs, best = epochs_of(run.history, "search"), run.history["best_epoch"]
    if not epochs:
        return f"{run.name}: {'no epochs recorded' if run.trained_here else 'not trained here, so it has no epochs'}"
    mrr = next((epoch.value("mrr") for epoch in epochs if epoch.epoch == best), math.nan)
    return f"{run.name}: best epoch {best} of {len(epochs)} (validation MRR {number(mrr, 3)})"


def metrics(a: Run, b: Run) -> MetricsBeside:
    """Metrics on the test items, with the standard error of their difference if both runs rank the same items for the
    same users and these ranks are available at once."""
    remarks = data_remarks(a, b)
    ranks = None if remarks else paired_ranks(a, b)
    rows = tuple(
        MetricBeside(key, name, a.metrics[key], b.metrics[key], None if ranks is None else standard_error(*ranks, key))
        for key, name in METRICS.items()
    )
    return MetricsBeside(rows, remarks, f"{metrics_sentence(a, b, rows, remarks)} {hit_rate_caveat(a, b)}".strip())


def hit_rate_caveat(a: Run, b: Run) -> str:
    """The caveats of both runs (see `caveats.of_run`), stated once if they are equal; empty if there are none."""
    caveat_a, caveat_b = caveats.of_run(a), caveats.of_run(b)
    if caveat_a == caveat_b:
        return caveat_a
    return " ".join(f"In {run.name}: {caveat}" for run, caveat in ((a, caveat_a), (b, caveat_b)) if caveat)


def paired_ranks(a: Run, b: Run) -> tuple[np.ndarray, np.ndarray] | None:
    """The ranks (E,) of the test items in A and in B, paired by user id. None without ranks, or with fewer than two
    users."""
    by_id = []
    for run in (a, b):
        if (users_and_ranks := ranks_of_test_items(run)) is None:
            return None
        by_id.append({run.interactions.user_ids[user]: rank for user, rank in zip(*users_and_ranks, strict=True)})
    ranks_a, ranks_b = by_id
    if ranks_a.keys() != ranks_b.keys() or len(ranks_a) < 2:
        return None
    return np.array(list(ranks_a.values())), np.array([ranks_b[user] for user in ranks_a])


def standard_error(ranks_a: np.ndarray, ranks_b: np.ndarray, key: str) -> float:
    """The standard error of the mean of B − A over the users; both rank the same item of the same user."""
    gained = GAINS[key](ranks_b).astype(float) - GAINS[key](ranks_a)
    return float(gained.std(ddof=1) / np.sqrt(len(gained)))


def metrics_sentence(a: Run, b: Run, rows: tuple[MetricBeside, ...], remarks: tuple[str, ...]) -> str:
    row = next(row for row in rows if row.key == "mrr")
    values = f"MRR is {number(row.a, 3)} in {a.name} and {number(row.b, 3)} in {b.name}"
    if remarks:
        return f"{values}, but their data differ, so neither is better by these metrics."
    if row.error is not None and row.difference == row.error == 0:
        return f"MRR is {number(row.a, 3)} in both, and every user's item has the same rank in both."
    if row.error is None:
        return f"{values}, on the same {a.metrics['n_users']:,} users."
    chance = "within two standard errors ({} each), so it may be chance"
    if row.beyond_chance:
        chance = "more than two standard errors ({} each), so it is probably not chance"
    return (
        f"{values}, on the same {a.metrics['n_users']:,} users. The difference, {number(row.difference, 3)}, is "
        f"{chance.format(number(row.error, 3))}."
    )


def data_remarks(a: Run, b: Run) -> tuple[str, ...]:
    """A sentence for each difference between the data of two runs; empty where both have the same data."""
    remarks, data = [], (a.interactions, b.interactions)
    same = [data[0].user_ids == data[1].user_ids, data[0].item_ids == data[1].item_ids]  # lists are compared quickly
    indices = ("users", a.user_index, b.user_index), ("items", a.item_index, b.item_index)
    for is_same, (noun, ids_a, ids_b) in zip(same, indices, strict=True):
        if not is_same and ids_a.keys() != ids_b.keys():
            shared = len(ids_a.keys() & ids_b.keys())
            remarks.append(f"{a.name} has {len(ids_a):,} {noun} and {b.name} {len(ids_b):,}; {shared:,} are in both.")
    for name in ("tie_rule", "duplicates"):
        rule_a, rule_b = (getattr(run.interactions, name) for run in (a, b))
        if rule_a != rule_b and (name != "tie_rule" or any(run.interactions.may_tie for run in (a, b))):
            remarks.append(f"The {name.replace('_', ' ')} is {rule_a} in {a.name} and {rule_b} in {b.name}.")
    if not remarks and not same_histories(a, b):
        remarks.append(f"The histories of the users differ between {a.name} and {b.name}.")
    return tuple(remarks)


def same_histories(a: Run, b: Run) -> bool:
    """Whether every user has the same items in the same order. Both runs have the same users and items."""
    data_a, data_b = a.interactions, b.interactions
    if data_a.user_ids == data_b.user_ids and data_a.item_ids == data_b.item_ids:
        return np.array_equal(data_a.starts, data_b.starts) and np.array_equal(data_a.items, data_b.items)
    items = np.array([b.item_index[item] for item in data_a.item_ids])
    return all(
        np.array_equal(items[data_a.history(user)], data_b.history(b.user_index[name]))
        for user, name in enumerate(data_a.user_ids)
    )
