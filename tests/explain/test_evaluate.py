"""Ranks and metrics, compared with a slow, obvious version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of, random_histories
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core.data import read
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate, metrics
from attrec_core.explain.ranking import half_ranks, rank_among, target_ranks


def table_ranker(distances: np.ndarray):  # noqa: ANN201
    """Returns a ranker that reads a fixed (M, N) table."""
    return lambda users, windows: distances[users].copy()


def slow_rank(split: Split, distances: np.ndarray, user: int, part: str, remove: bool) -> float:
    history = split.interactions.history(user).tolist()
    place = len(history) - (1 if part == "test" else 2)
    target, seen = history[place], set(history[:place])
    rank = 1.0
    for item in range(split.interactions.n_items):
        if item == target or (remove and item in seen):
            continue
        if distances[user, item] < distances[user, target]:
            rank += 1
        elif distances[user, item] == distances[user, target]:
            rank += 0.5
    return rank


@given(st.integers(0, 10_000), st.sampled_from(["test", "validation"]))
@settings(max_examples=25, deadline=None)
def test_ranks_are_those_of_the_slow_version(seed: int, part: str) -> None:
    split = leave_one_out(interactions_of(random_histories(seed)))
    shape = (split.interactions.n_users, split.interactions.n_items)
    # Few distinct values, so that ties are common.
    distances = np.random.default_rng(seed).integers(0, 6, shape).astype(np.float32)
    evaluation = evaluate(table_ranker(distances), split, 4, part)
    for user, rank, rank_all in zip(evaluation.users, evaluation.ranks, evaluation.ranks_all, strict=True):
        assert rank == slow_rank(split, distances, user, part, remove=True)
        assert rank_all == slow_rank(split, distances, user, part, remove=False)


def test_metrics_by_hand() -> None:
    expected = {"hr@10": 0.5, "hr@50": 0.75, "ndcg@10": (1 + 1 / np.log2(11)) / 4}
    expected["mrr"] = (1 + 0.1 + 1 / 10.5 + 1 / 60) / 4
    assert metrics(np.array([1.0, 10.0, 10.5, 60.0])) == pytest.approx(expected)


def test_a_distance_that_is_not_a_number_is_no_rank() -> None:
    split = leave_one_out(interactions_of(random_histories(1)))
    distances = np.zeros((split.interactions.n_users, split.interactions.n_items), np.float32)
    distances[-1, 0] = np.nan
    with pytest.raises(InputError) as refused:
        evaluate(table_ranker(distances), split, 4, "test")
    assert refused.value.code == "not_numbers"


@given(st.lists(st.integers(0, 4), min_size=2, max_size=9), st.data())
def test_every_way_to_a_rank_counts_the_nearer_and_half_of_equals(values: list[int], data: st.DataObject) -> None:
    """All items of one list at once, and one target in each of B lists; also for an item that is not a candidate."""
    distances, count = np.array(values, float), len(values)
    candidates = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    for item, rank in enumerate(half_ranks(distances, candidates)):
        rivals = [distances[rival] for rival in range(count) if rival != item and candidates[rival]]
        by_hand = 1 + sum(rival < distances[item] for rival in rivals) + rivals.count(distances[item]) / 2
        assert rank == by_hand == rank_among(np.array(rivals), distances[item])
        row = np.append(rivals, distances[item])[None]
        assert target_ranks(row, np.array([len(rivals)])) == by_hand


@pytest.mark.real
def test_popularity_on_movielens_100k_is_the_published_figure(real_data: Path) -> None:
    data = read(real_data / "ml-100k")
    split = leave_one_out(data)
    popular = -np.bincount(data.items[split.train_mask()], minlength=data.n_items).astype(np.float32)
    values = evaluate(lambda users, windows: np.tile(popular, (len(users), 1)), split, 5, "test").metrics
    assert values["hr@50"] == pytest.approx(0.2153, abs=0.002)
    assert values["mrr"] == pytest.approx(0.0397, abs=0.001)
