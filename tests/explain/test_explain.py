"""The numpy results equal those of the PyTorch model, for every option."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import interactions_of, mixed, random_histories, recommend
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data import read
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate, metrics
from attrec_core.explain.forward import forward, intents, padded, time_signal, trace
from attrec_core.explain.moment import window_at
from attrec_core.explain.ranking import half_ranks, queries, rank_among, target_ranks
from attrec_core.models.attrec import AttRec
from attrec_core.runs.run import Run

CHOICES = (("after", "before", "none"), ("mean", "sum", "max", "min"), (True, False), (True, False))
OPTIONS = mixed(*CHOICES, together=3)


def run_of(config: ModelConfig) -> tuple[Run, AttRec]:
    """Returns an untrained run whose table values are large enough to matter, and its model."""
    data = interactions_of(random_histories(2))
    torch.manual_seed(3)
    model = AttRec(config, data.n_users, data.n_items, init_sd=0.4).eval()
    arrays = {name: weight.numpy().copy() for name, weight in model.state_dict().items()}
    return Run(Path(), config, TrainConfig(), arrays, data, {}, {}, None, {}, ""), model


@pytest.fixture(scope="module")
def run() -> Run:
    return run_of(ModelConfig(dim=6, window=4))[0]


@pytest.mark.parametrize(("mask", "aggregation", "signal", "shared"), list(itertools.product(*CHOICES)))
def test_numpy_equals_torch(mask: str, aggregation: str, signal: bool, shared: bool) -> None:
    kind = {"mask": mask, "lone_item": "nothing" if shared else "itself", "aggregation": aggregation}
    config = ModelConfig(dim=10, window=5, time_signal=signal, shared_projection=shared, **kind)
    run, model = run_of(config)
    for length in range(1, 6):
        windows = np.random.default_rng(length).integers(0, run.interactions.n_items, (6, length))
        short = padded(list(windows), 5)
        users = np.arange(6) + 4
        with torch.inference_mode():
            stages = model.attention(torch.from_numpy(short))
            distances = model(torch.from_numpy(users), torch.from_numpy(short)).numpy()
        part = slice(5 - length, 5)
        expected = {
            "values": stages.values[:, part],
            "scores": stages.scores[:, part, part],
            "weights": stages.weights[:, part, part],
            "attended": stages.attended[:, part],
            "intent": stages.intent,
        }
        batch = forward(run.arrays, config, windows)
        for name, values in expected.items():
            np.testing.assert_allclose(getattr(batch, name), values, atol=1e-5)
            for row, window in enumerate(windows):
                np.testing.assert_allclose(getattr(trace(run, window), name), values[row], atol=1e-5)
        tastes = run.arrays["user_long"][users]
        scores = queries(tastes, batch.intent, config.long_weight) @ run.table.T
        np.testing.assert_allclose(scores - scores[:, :1], distances - distances[:, :1], atol=1e-5)
        np.testing.assert_allclose(recommend(run, 4, windows[0])[1].blended, distances[0], atol=1e-5)
        assert np.array_equal(intents(run.arrays, config, short), batch.intent)


@pytest.mark.parametrize(("mask", "aggregation", "signal", "shared"), OPTIONS)
def test_a_window_gives_the_same_m_to_the_last_bit_in_any_batch(
    mask: str, aggregation: str, signal: bool, shared: bool
) -> None:
    """Otherwise the rank that an edit promises could differ from the rank after the edit."""
    run, _ = run_of(
        ModelConfig(dim=10, window=5, mask=mask, aggregation=aggregation, time_signal=signal, shared_projection=shared)
    )
    for length in range(1, 6):
        windows = np.random.default_rng(length).integers(0, run.interactions.n_items, (9, length))
        batch = forward(run.arrays, run.model_config, windows)
        assert all(np.array_equal(batch.intent[row], trace(run, window).intent) for row, window in enumerate(windows))


@pytest.mark.parametrize(("mask", "aggregation"), list(itertools.product(("after", "before", "none"), ("mean", "sum"))))
def test_intent_is_the_weighted_sum_of_the_window(mask: str, aggregation: str) -> None:
    run, _ = run_of(ModelConfig(dim=6, window=4, mask=mask, aggregation=aggregation))
    steps = trace(run, [1, 4, 9])
    np.testing.assert_allclose(steps.column_weights @ steps.values, steps.intent, rtol=1e-6, atol=1e-6)
    expected = {"before": 0, "none": 0, "after": np.diag(steps.softmax).sum() / (3 if aggregation == "mean" else 1)}
    assert steps.missing == pytest.approx(expected[mask], abs=1e-6)


def test_history_windows_end_before_their_step(run: Run) -> None:
    user = int(np.diff(run.interactions.starts).argmax())
    history = run.interactions.history(user)
    assert window_at(run, user).tolist() == history[-5:-1].tolist()
    assert window_at(run, user, 2).tolist() == history[:2].tolist()
    for step in (0, len(history) + 1):
        with pytest.raises(InputError, match="does not exist"):
            window_at(run, user, step)


def test_a_short_window_stands_at_the_right_end_and_one_too_long_or_empty_is_refused(run: Run) -> None:
    assert trace(run, [1, 2]).places.tolist() == [2, 3]
    for window in ([], [1, 2, 3, 4, 5]):
        with pytest.raises(InputError, match="takes 1 to 4"):
            trace(run, window)


def test_time_signal_by_hand() -> None:
    """At d = 4 the frequencies are 1 and 1/100; distant places distinguish them from other frequencies."""
    signal = time_signal(np.arange(5001), 4)
    assert signal[0].tolist() == [0, 1, 0, 1]
    for place in (2, 5000):
        expected = [np.sin(place), np.cos(place), np.sin(place / 100), np.cos(place / 100)]
        assert signal[place] == pytest.approx(expected, abs=1e-6)


# Ranks and metrics, compared with a slow, obvious version.


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
