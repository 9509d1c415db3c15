"""The long-term taste from a person's own items: what it is made of, what it never sees, and where it may not be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import circle, interactions_of, random_histories
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as any_array

from attrec_core.config import ModelConfig, TrainConfig, memory_weights
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import PADDING, last_windows, leave_one_out
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate, ranks_of_test_items
from attrec_core.explain.moment import moment_of
from attrec_core.explain.taste import memory_of, tastes, tastes_before, tastes_without_each, user_points
from attrec_core.models.attrec import AttRec
from attrec_core.models.registry import model_in
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.training.fit import fit
from attrec_core.training.train_run import evaluate_run, start_from, train_run
from attrec_core.training.trainer import Trainer

TASTES = ("items", "both")
TRAIN = TrainConfig(epochs=2, targets=1, negatives=2, engine="torch", init_sd=0.1)


def config(taste: str, half_life: float = 3.0, **settings: object) -> ModelConfig:
    return ModelConfig(dim=6, window=3, taste=taste, half_life=half_life, **settings)


def world(longest: int = 12) -> Interactions:
    return interactions_of(random_histories(1, longest=longest))


@pytest.fixture(scope="module", params=TASTES)
def run(request: pytest.FixtureRequest) -> Run:
    return train_run(world(), config(request.param), TRAIN, with_maps=False)


@given(st.floats(0.25, 10**6))
def test_an_item_counts_half_after_a_half_life_and_only_the_latest_hundred_count(half_life: float) -> None:
    weights = np.array(memory_weights(half_life))
    assert weights == pytest.approx(2.0 ** (-np.arange(len(weights)) / half_life))
    assert 3 <= len(weights) <= 100
    if len(weights) < 100:
        total = (2.0 ** (-np.arange(100) / half_life)).sum()
        assert weights[-1] >= 0.001 * total > 2.0 ** (-len(weights) / half_life)


@pytest.mark.parametrize("taste", ["vector", *TASTES])
@given(any_array(np.int64, (4, 9), elements=st.integers(-1, 7)), st.sampled_from([0.25, 1.0, 4.0, 1000.0]))
def test_torch_numpy_and_a_moment_make_the_same_taste(taste: str, histories: np.ndarray, half_life: float) -> None:
    """Also of repeated items, of padding between items, and of more items than are remembered. Nothing gives 0."""
    torch.manual_seed(0)
    settings = config(taste, half_life)
    model, users = AttRec(settings, 4, 8, init_sd=0.5).eval(), np.arange(4)
    if model.own_share is not None:
        torch.nn.init.constant_(model.own_share, 0.7)
    arrays = {name: weight.detach().numpy() for name, weight in model.state_dict().items()}
    by_torch = model.taste(torch.from_numpy(users), torch.from_numpy(histories)).detach().numpy()
    by_numpy = tastes(arrays, settings, users, histories)
    # Sums of up to nine float32 in another order.
    np.testing.assert_allclose(by_torch, by_numpy, atol=1e-6)
    assert ("user_long" in arrays) == (taste != "items")
    for user, row in enumerate(histories if taste != "vector" else ()):
        items = row[row != PADDING]
        memory = memory_of(arrays, settings, user, items)
        weights = np.array(memory_weights(half_life)[: len(items)])[::-1]
        if len(items):
            assert memory.shares.sum() + memory.own_share == pytest.approx(1)
            kept = items[len(items) - len(weights) :]
            point = (weights / weights.sum()) @ arrays["item_long"][kept].astype(float)
            share = 1 / (1 + np.exp(-0.7)) if taste == "both" else 0
            point = (1 - share) * point + (share * arrays["user_long"][user] if share else 0)
            np.testing.assert_allclose(by_numpy[user], point, atol=1e-6)
            np.testing.assert_allclose(memory.point(arrays["item_long"]), point, atol=1e-6)
        elif taste == "items":
            assert not by_numpy[user].any() and memory.point(arrays["item_long"]) is None


@pytest.mark.parametrize("taste", TASTES)
def test_a_target_is_in_no_history_that_ranks_it_and_what_comes_later_is_never_seen(taste: str) -> None:
    """At training: other held-out items give the same model. At validation: another test item moves no distance."""
    data = world()
    split = leave_one_out(data)
    ends = data.starts[split.evaluated + 1]
    other = data.items.copy()
    other[ends - 1], other[ends - 2] = (other[ends - 1] + 1) % data.n_items, (other[ends - 2] + 1) % data.n_items
    other_data = replace(data, items=other)
    settings, train = config(taste), replace(TRAIN, refit=False, patience=0, select_by="mrr", epochs=1)
    models = [fit(leave_one_out(of), settings, train)[0] for of in (data, other_data)]
    for ours, theirs in zip(*(model.state_dict().values() for model in models), strict=True):
        assert torch.equal(ours, theirs)
    trainer = Trainer(split, settings, train)
    assert trainer.places is not None
    for row in range(0, len(trainer.users), 7):
        history = data.history(int(trainer.users[row]))
        place = int(trainer.places[row])
        seen = last_windows(data, trainer.users[[row]], trainer.places[[row]], settings.history)[0]
        assert seen[seen != PADDING].tolist() == history[max(0, place - settings.history) : place].tolist()
        assert trainer.targets[row, 0] == history[place]
    late = data.items.copy()
    late[ends - 1] = (late[ends - 1] + 3) % data.n_items
    ranked = []
    for of in (data, replace(data, items=late)):
        distances: list[np.ndarray] = []

        def ranker(users: np.ndarray, rows: np.ndarray, kept: list[np.ndarray] = distances) -> np.ndarray:
            kept.append(models[0].ranker()(users, rows))
            return kept[-1].copy()

        evaluate(ranker, leave_one_out(of), settings.history, "validation")
        ranked.append(np.concatenate(distances))
    assert np.array_equal(*ranked)


def test_a_run_is_saved_and_ranks_again_as_it_did_whatever_computes_it(run: Run, tmp_path: Path) -> None:
    save(run, tmp_path / "run")
    again = load(tmp_path / "run")
    assert again.model_config == run.model_config
    assert ("user_long" in again.arrays) == (run.model_config.taste == "both")
    assert evaluate_run(again)["mrr"] == pytest.approx(run.metrics["mrr"])
    assert run.across_users is not None
    _, stored = ranks_of_test_items(again)
    _, by_numpy = ranks_of_test_items(replace(again, across_users=None, ranks=None))
    assert stored.tolist() == by_numpy.tolist()
    own = AttRec.from_pretrained(tmp_path / "run")
    own.save_pretrained(tmp_path / "copy", like=again)
    assert load(tmp_path / "copy").metrics == again.metrics


def test_every_page_sees_the_taste_of_the_step_that_it_shows(run: Run) -> None:
    """The moment, the points of all users and the model in torch agree, and an edited window is an edited history: the
    taste is that of a person with that history."""
    data, settings = run.interactions, run.model_config
    user = int(np.diff(data.starts).argmax())
    history = data.history(user).astype(np.int64)
    for step in range(1, len(history) + 1):
        moment = moment_of(run, user, step=step)
        expected = tastes_before(run, np.array([user]), np.array([step]))[0]
        np.testing.assert_allclose(moment.taste, expected, atol=1e-6)
        y = model_in(run).ranker()(
            np.array([user]), last_windows(data, np.array([user]), np.array([step]), settings.history)
        )
        np.testing.assert_allclose(moment.ranking.blended, y[0], atol=1e-5)
    np.testing.assert_allclose(user_points(run)[user], expected, atol=1e-6)
    edited = moment.with_window(np.append(moment.window[1:], 0)).with_window(moment.window[[1, 0]])  # in two steps
    row = np.full((1, settings.history), PADDING)
    items = [*history[:-3], *edited.window]
    row[0, len(row[0]) - len(items) :] = items
    np.testing.assert_allclose(edited.taste, tastes(run.weights, settings, np.array([user]), row)[0], atol=1e-6)


def test_a_later_training_needs_nothing_for_a_new_person_and_keeps_the_shape(run: Run) -> None:
    """The rows of items are copied; a taste from items alone has nothing else that a user could lack."""
    histories = random_histories(1) | {"new": ["item 3", "item 5", "item 7", "item 9"]}
    data = interactions_of(histories)
    start = AttRec(run.model_config, data.n_users, data.n_items)
    start_from(run, data, run.model_config)(start)
    arrays = {name: weight.detach().numpy() for name, weight in start.state_dict().items()}
    for name in ("item_long", "item_short", "projection"):
        np.testing.assert_array_equal(arrays[name], run.arrays[name])
    if run.model_config.taste == "items":
        history = np.array([[data.item_ids.index(name) for name in histories["new"]]])
        new = tastes(arrays, run.model_config, np.array([data.user_ids.index("new")]), history)[0]
        np.testing.assert_allclose(new, moment_of(run, None, history[0]).taste, atol=1e-6)
    else:
        assert arrays["own_share"] == run.arrays["own_share"]
    with pytest.raises(InputError, match="cannot change"):
        start_from(run, data, replace(run.model_config, taste="vector"))


@pytest.mark.parametrize("half_life", [0.25, 1.0, 30.0])
@pytest.mark.parametrize("taste", TASTES)
def test_without_each_item_of_many_histories_at_once(taste: str, half_life: float) -> None:
    random, settings = np.random.default_rng(0), config(taste, half_life)
    most, n, count = len(memory_weights(half_life)), 20, 5
    arrays = {"item_long": random.normal(0, 1, (n, 6)).astype(np.float32)}
    arrays |= {"user_long": random.normal(0, 1, (4, 6)).astype(np.float32), "own_share": np.array([0.3], np.float32)}
    histories = random.integers(0, n, (4, max(most, count) + 1))
    histories[0, :-count] = PADDING  # a short history
    histories[1, : -count - 2] = PADDING
    deleted, masked = tastes_without_each(arrays, settings, np.arange(4), histories, count)
    for row, history in enumerate(histories):
        items = history[history != PADDING]
        for place in range(count):
            gone = len(items) - count + place
            shorter = memory_of(arrays, settings, row, np.delete(items, gone)).point(arrays["item_long"])
            np.testing.assert_allclose(deleted[row, place], shorter, atol=1e-5)
            kept = memory_of(arrays, settings, row, items).without(count - 1 - place).point(arrays["item_long"])
            np.testing.assert_allclose(masked[row, place], kept, atol=1e-5)


@pytest.mark.parametrize("taste", TASTES)
def test_clipping_also_holds_the_items_that_are_only_remembered(taste: str) -> None:
    data, train = world(), replace(TRAIN, regularisation="clip", init_sd=2.0, epochs=1, refit=False)
    trainer = Trainer(leave_one_out(data), config(taste), train)
    trainer.epoch()
    remembered = np.unique(np.concatenate([data.history(user)[:-2] for user in range(data.n_users)]))
    assert np.linalg.norm(trainer.model.item_long.detach().numpy()[remembered], axis=1).max() <= 1 + 1e-5


def test_the_model_learns_a_taste_and_how_much_of_it_is_a_vector() -> None:
    """Users who follow a circle: the taste says where they are, which an untrained model does not know."""
    trainer = Trainer(leave_one_out(interactions_of(circle())), config("both"), replace(TRAIN, init_sd=0.1))
    before = [trainer.epoch() for _ in range(8)]
    assert before[-1] < before[0]
    assert trainer.model.own_share.item() != 0
    parameters, decay = trainer.optimiser.groups[-1]
    assert parameters == [trainer.model.own_share] and decay == 0


def test_a_taste_from_items_reads_more_than_the_window_only_in_attrec() -> None:
    assert config("items").history == len(memory_weights(3.0)) > 3
    assert ModelConfig(window=200, taste="items").history == 200
    for other in (ModelConfig(), replace(config("items"), model="own"), replace(config("items"), model="prme")):
        assert other.history == other.window
