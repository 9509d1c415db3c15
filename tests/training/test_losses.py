"""The losses other than the paper's, by hand; a sampled softmax over all items equals the full softmax."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from conftest import interactions_of, random_histories

from attrec_core.config import PRESETS, SETTINGS, TrainConfig, with_settings
from attrec_core.data.windows import leave_one_out
from attrec_core.explain.evaluate import evaluate
from attrec_core.training.fit import fit
from attrec_core.training.trainer import SharedNegatives, Trainer, of_pairs, of_sampled_shares, of_shares

DATA = interactions_of(random_histories(0))
SOFTMAX = {"loss": "softmax", "optimiser": "adam", "learning_rate": "0.01", "targets": "1", "l2": "0", "dim": "8"}
Y, REAL = torch.tensor([[1.0, 2.0, 1.2, 9.0]]), torch.tensor([[True, True]])


def test_the_help_says_from_how_many_items_the_softmax_is_sampled() -> None:
    assert f"; beyond {SharedNegatives.ALL:,}, over a sample" in SETTINGS["loss"].sentence


def sigmoid(value: float) -> float:
    return 1 / (1 + np.exp(-value))


def test_bpr_and_bce_by_hand() -> None:
    train = TrainConfig(targets=2, negatives=2, loss="bpr")
    pairs = [(1.0, 1.2), (1.0, 9.0), (2.0, 1.2), (2.0, 9.0)]
    assert of_pairs(Y, REAL, train).item() == pytest.approx(-sum(np.log(sigmoid(far - near)) for near, far in pairs))
    expected = -np.log(sigmoid(-1.0)) - np.log(sigmoid(-2.0)) - np.log(sigmoid(1.2)) - np.log(sigmoid(9.0))
    assert of_pairs(Y, REAL, dataclasses.replace(train, loss="bce")).item() == pytest.approx(expected)
    real = torch.cat([REAL, ~REAL])  # a window without targets adds nothing
    assert of_pairs(torch.cat([Y, Y]), real, dataclasses.replace(train, loss="bce")).item() == pytest.approx(expected)


def test_a_share_is_the_log_of_a_softmax() -> None:
    logits, targets = torch.randn(5, 9), torch.tensor([[1], [0], [8], [3], [3]])
    expected = torch.nn.functional.cross_entropy(logits, targets[:, 0], reduction="sum")
    assert of_shares(logits.gather(1, targets), logits, torch.ones_like(targets, dtype=torch.bool)) == pytest.approx(
        expected.item(), rel=1e-5
    )


def test_a_sample_of_everything_else_is_the_whole_softmax() -> None:
    logits, target = torch.randn(1, 9), torch.tensor([[4]])
    others = logits[:, None].masked_fill(torch.arange(9) == 4, -torch.inf)
    real = torch.ones(1, 1, dtype=torch.bool)
    whole = of_shares(logits.gather(1, target), logits, real)
    assert of_sampled_shares(logits.gather(1, target), others, real).item() == pytest.approx(whole.item(), rel=1e-5)


def test_the_sample_is_drawn_as_often_as_it_says() -> None:
    shared = SharedNegatives(leave_one_out(DATA))
    drawn, expected = shared.draw(200_000, np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=DATA.n_items)
    expected_counts = np.zeros(DATA.n_items)
    expected_counts[drawn] = expected
    assert counts == pytest.approx(expected_counts, rel=0.1)


def test_a_sampled_softmax_has_the_gradient_of_the_whole_one_on_average(monkeypatch: pytest.MonkeyPatch) -> None:
    configs = with_settings(*PRESETS["movielens"], SOFTMAX | {"negatives": "10000"})
    whole = Trainer(leave_one_out(DATA), *configs)
    monkeypatch.setattr(SharedNegatives, "ALL", 3)
    sampled = Trainer(leave_one_out(DATA), *configs)
    assert sampled.shared.needed and not whole.shared.needed
    monkeypatch.setattr(SharedNegatives, "ALL", DATA.n_items)
    assert not SharedNegatives(leave_one_out(DATA)).needed
    monkeypatch.setattr(SharedNegatives, "ALL", DATA.n_items - 1)
    assert SharedNegatives(leave_one_out(DATA)).needed
    gradients = []
    for trainer in (whole, sampled):
        trainer.step(np.arange(len(trainer.users)))
        gradients.append(trainer.model.item_long.grad.flatten())
    assert torch.cosine_similarity(*gradients, dim=0) > 0.99
    assert gradients[1].norm().item() == pytest.approx(gradients[0].norm().item(), rel=0.1)


def test_the_softmax_is_over_distances_divided_by_the_temperature() -> None:
    trainer = Trainer(leave_one_out(DATA), *with_settings(*PRESETS["movielens"], SOFTMAX | {"init_sd": "0.5"}))
    with torch.no_grad():
        trainer.log_temperature.fill_(np.log(3.0))
        distances = trainer.model(*map(torch.from_numpy, (trainer.users, trainer.windows)))
    expected = torch.nn.functional.cross_entropy(
        -distances / 3, torch.from_numpy(trainer.targets[:, 0]), reduction="sum"
    )
    assert trainer.step(np.arange(len(trainer.users))) == pytest.approx(expected.item(), rel=1e-5)


def test_softmax_learns_and_keeps_its_temperature_when_it_goes_on() -> None:
    configs = with_settings(*PRESETS["movielens"], SOFTMAX | {"epochs": "3", "window": "3"})
    whole = Trainer(leave_one_out(DATA), *configs)
    losses = [whole.epoch() for _ in range(3)]
    assert losses[2] < losses[0]
    first = Trainer(leave_one_out(DATA), *configs)
    first.epoch()
    resumed = Trainer(leave_one_out(DATA), *configs)
    resumed.restore(first.snapshot())
    for _ in range(2):
        resumed.epoch()
    assert torch.equal(resumed.log_temperature, whole.log_temperature)
    assert resumed.log_temperature.item() != pytest.approx(np.log(0.2), abs=1e-6)
    assert all(torch.equal(a, b) for a, b in zip(resumed.model.parameters(), whole.model.parameters(), strict=True))


def test_vectors_are_dropped_only_while_training() -> None:
    configs = with_settings(*PRESETS["movielens"], SOFTMAX | {"epochs": "1", "vector_dropout": "0.5"})
    model, history = fit(leave_one_out(DATA), *configs)
    assert history.engine == "torch"
    ranks = [evaluate(model.ranker(), leave_one_out(DATA), 5, "test").ranks for _ in range(2)]
    assert np.array_equal(*ranks)
