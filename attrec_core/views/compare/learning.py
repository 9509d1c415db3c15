"""How two runs were trained and how good they are, and whether their metrics may be compared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from attrec_core.explain.population import ranks_of_test_items
from attrec_core.explain.wording import number
from attrec_core.runs.run import Run
from attrec_core.views.compare.records import Curve, CurvesBeside, MetricBeside, MetricsBeside
from attrec_core.views.runs import caveats

NAMES = {"hr@10": "HR@10", "hr@50": "HR@50", "ndcg@10": "NDCG@10", "mrr": "MRR"}
# From the rank of the held-out item to what it adds to the figure; see `evaluate.metrics`.
GAINS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "hr@10": lambda ranks: ranks <= 10,
    "hr@50": lambda ranks: ranks <= 50,
    "ndcg@10": lambda ranks: np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0.0),
    "mrr": lambda ranks: 1 / ranks,
}


def curves(a: Run, b: Run) -> CurvesBeside:
    """Learning curves of both, from their histories."""
    both = curve(a), curve(b)
    told = [
        f"{one.name} was best on the validation items after {one.best_epoch} of {len(one.epochs)} epochs "
        f"(MRR {number(best(one), 3)})"
        if len(one.epochs)
        else f"{one.name} has no epochs on record"
        for one in both
    ]
    return CurvesBeside(*both, f"{told[0]}, {told[1]}.")


def curve(run: Run) -> Curve:
    search = [epoch for epoch in run.history["epochs"] if epoch["phase"] == "search"]
    found = {
        key: np.array([(epoch.get("validation") or {}).get(key, np.nan) for epoch in search], float)
        for key in ("hr@50", "mrr")
    }
    return Curve(
        name=run.name,
        epochs=np.array([epoch["epoch"] for epoch in search], int),
        loss=np.array([epoch["loss"] for epoch in search], float),
        hr50=found["hr@50"],
        mrr=found["mrr"],
        seconds=np.array([epoch.get("seconds", np.nan) for epoch in search], float),
        refit=np.array([epoch["loss"] for epoch in run.history["epochs"] if epoch["phase"] == "refit"], float),
        best_epoch=run.history["best_epoch"],
    )


def best(one: Curve) -> float:
    """MRR of the epoch that was chosen; NaN where it is not on record."""
    at = np.flatnonzero(one.epochs == one.best_epoch)
    return float(one.mrr[at[0]]) if len(at) else float("nan")


def metrics(a: Run, b: Run) -> MetricsBeside:
    """Figures on the test items, with how far apart they are by chance where both rank the same items for the same
    users and these ranks can be had at once."""
    remarks = data_remarks(a, b)
    ranks = None if remarks else paired_ranks(a, b)
    rows = tuple(
        MetricBeside(key, name, a.metrics[key], b.metrics[key], None if ranks is None else standard_error(*ranks, key))
        for key, name in NAMES.items()
    )
    return MetricsBeside(rows, remarks, f"{metrics_sentence(a, b, rows, remarks)} {of_no_use(a, b)}".strip())


def of_no_use(a: Run, b: Run) -> str:
    """Where HR@50 says nothing in one of the two, or in both: that it does not."""
    said = {run.name: caveats.of_run(run) for run in (a, b)}
    told = list(dict.fromkeys(filter(None, said.values())))
    if len(told) == 1 and all(said.values()):
        return told[0]
    return " ".join(f"In {name}: {sentence}" for name, sentence in said.items() if sentence)


def paired_ranks(a: Run, b: Run) -> tuple[np.ndarray, np.ndarray] | None:
    """(E,) of the test items in A and in B, user by user as their ids say. None where they are not to be had, or of
    fewer than two users."""
    of_a, of_b = ranks_of_test_items(a), ranks_of_test_items(b)
    if of_a is None or of_b is None:
        return None
    by_id = [
        {run.interactions.user_ids[user]: rank for user, rank in zip(*found, strict=True)}
        for run, found in ((a, of_a), (b, of_b))
    ]
    if by_id[0].keys() != by_id[1].keys() or len(by_id[0]) < 2:
        return None
    return np.array(list(by_id[0].values())), np.array([by_id[1][user] for user in by_id[0]])


def standard_error(ranks_a: np.ndarray, ranks_b: np.ndarray, key: str) -> float:
    """Of the mean over the users of what B gains on A: both rank the same item of the same user."""
    gained = GAINS[key](ranks_b).astype(float) - GAINS[key](ranks_a)
    return float(gained.std(ddof=1) / np.sqrt(len(gained)))


def metrics_sentence(a: Run, b: Run, rows: tuple[MetricBeside, ...], remarks: tuple[str, ...]) -> str:
    row = next(row for row in rows if row.key == "mrr")
    both = f"MRR is {number(row.a, 3)} in {a.name} and {number(row.b, 3)} in {b.name}"
    if remarks:
        return f"{both}, but the two are not about the same data, so neither is better by these figures."
    if row.error is None:
        return f"{both}, on the same {a.metrics['n_users']:,} users."
    chance = "more than" if row.beyond_chance else "no more than"
    return (
        f"{both}, on the same {a.metrics['n_users']:,} users: a difference of {number(row.difference, 3)}, "
        f"{chance} two standard errors (of {number(row.error, 3)})."
    )


def data_remarks(a: Run, b: Run) -> tuple[str, ...]:
    """A sentence for each thing in which the data of two runs differ; none where both were asked the same."""
    said = []
    one, other = a.interactions, b.interactions
    for what, left, right in (("users", a.user_index, b.user_index), ("items", a.item_index, b.item_index)):
        if left.keys() != right.keys():
            shared = len(left.keys() & right.keys())
            said.append(
                f"{a.name} knows {len(left):,} {what} and {b.name} {len(right):,}; {shared:,} of them are the same."
            )
    for what in ("tie_rule", "duplicates"):
        if getattr(one, what) != getattr(other, what):
            rule = what.replace("_", " ")
            said.append(f"The {rule} is {getattr(one, what)} in {a.name} and {getattr(other, what)} in {b.name}.")
    if not said and not same_histories(a, b):
        said.append(f"The histories of the users are not the same in {a.name} and {b.name}.")
    return tuple(said)


def same_histories(a: Run, b: Run) -> bool:
    """Whether every user has the same items in the same order. Both runs have the same users and items."""
    one, other = a.interactions, b.interactions
    if one.user_ids == other.user_ids and one.item_ids == other.item_ids:
        return np.array_equal(one.starts, other.starts) and np.array_equal(one.items, other.items)
    items = np.array([b.item_index[item] for item in one.item_ids])
    return all(
        np.array_equal(items[one.history(user)], other.history(b.user_index[name]))
        for user, name in enumerate(one.user_ids)
    )
