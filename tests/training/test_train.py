"""Fitting: repeatable, with bounded norms where required, stopped in time, and able to learn a simple pattern."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from conftest import circle, interactions_of, random_histories

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out, training_windows
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate
from attrec_core.runs.history import Epoch
from attrec_core.training.fit import Callbacks, fit
from attrec_core.training.trainer import Negatives, Trainer, of_pairs

MODEL = ModelConfig(dim=8, window=3)
TRAIN = TrainConfig(epochs=3, targets=1, negatives=2, batch_size=64, engine="torch")


def test_same_seed_same_bits_another_seed_others() -> None:
    data = interactions_of(random_histories(0))
    first, second = (fit(leave_one_out(data), MODEL, TRAIN)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other_seed = fit(leave_one_out(data), MODEL, dataclasses.replace(TRAIN, seed=1))[0].state_dict()
    assert not torch.equal(first["item_short"], other_seed["item_short"])


def test_fit_leaves_torch_as_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    fit(leave_one_out(interactions_of(random_histories(0))), MODEL, TRAIN)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_an_epoch_takes_every_window_once(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer, batches = Trainer(leave_one_out(interactions_of(random_histories(0))), MODEL, TRAIN), []

    def step(rows: np.ndarray) -> float:
        batches.append(rows.tolist())
        return 2.0 * len(rows)

    monkeypatch.setattr(trainer, "step", step)
    assert trainer.epoch() == 2
    assert sorted(row for rows in batches for row in rows) == list(range(len(trainer.users)))
    assert {len(rows) for rows in batches[:-1]} == {TRAIN.batch_size}


def test_a_circle_is_learned() -> None:
    data = interactions_of(circle())
    settings = TrainConfig(epochs=40, patience=0, targets=1, negatives=5, regularisation="clip", init_sd=0.1)
    model, _ = fit(leave_one_out(data), dataclasses.replace(MODEL, long_weight=0.1), settings)
    assert evaluate(model.ranker(), leave_one_out(data), 3, "test").metrics["hr@10"] > 0.95


def test_clipping_keeps_every_row_in_the_unit_ball() -> None:
    data = interactions_of(random_histories(3))
    settings = dataclasses.replace(TRAIN, regularisation="clip", learning_rate=1.0, init_sd=0.05)
    model, _ = fit(leave_one_out(data), MODEL, settings)
    norms = torch.cat([table.norm(dim=1) for table in model.tables])
    assert norms.max() <= 1 + 1e-5
    assert norms.max() > 0.99  # the steps are large enough that clipping is needed


def test_early_stopping_restores_the_best_epoch() -> None:
    data = interactions_of(random_histories(4))
    settings = dataclasses.replace(TRAIN, epochs=30, patience=2, refit=False)
    model, history = fit(leave_one_out(data), MODEL, settings)
    mrrs = [epoch.validation["mrr"] for epoch in history.epochs]
    assert history.ended == "patience"
    assert history.best_epoch == int(np.argmax(mrrs)) + 1 == len(mrrs) - 2
    metrics = evaluate(model.ranker(), leave_one_out(data), MODEL.window, "validation").metrics
    assert metrics["mrr"] == mrrs[history.best_epoch - 1]


def test_refit_takes_the_best_number_of_epochs_with_the_validation_items() -> None:
    reported: list[Epoch] = []
    _, history = fit(
        leave_one_out(interactions_of(random_histories(4))), MODEL, TRAIN, Callbacks(epoch=reported.append)
    )
    refitted = [epoch for epoch in reported if epoch.phase == "refit"]
    assert len(refitted) == history.best_epoch == refitted[0].of
    assert tuple(reported) == history.epochs


def test_interrupting_keeps_the_best_so_far() -> None:
    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    data = interactions_of(random_histories(4))
    model, history = fit(leave_one_out(data), MODEL, dataclasses.replace(TRAIN, epochs=30), Callbacks(epoch=stop))
    assert history.ended == "interrupted"
    assert len(history.epochs) == 2
    metrics = evaluate(model.ranker(), leave_one_out(data), MODEL.window, "validation").metrics
    assert metrics["mrr"] == max(epoch.validation["mrr"] for epoch in history.epochs)


def test_interrupting_the_final_fit_keeps_the_searchs_model() -> None:
    def stop(epoch: Epoch) -> None:
        if epoch.phase == "refit":
            raise KeyboardInterrupt

    data = interactions_of(random_histories(4))
    model, history = fit(leave_one_out(data), MODEL, TRAIN, Callbacks(epoch=stop))
    unrefitted, _ = fit(leave_one_out(data), MODEL, dataclasses.replace(TRAIN, refit=False))
    assert history.ended == "interrupted"
    assert torch.equal(model.item_short, unrefitted.item_short)


def test_divergence_is_a_sentence() -> None:
    trainer = Trainer(leave_one_out(interactions_of(random_histories(0))), MODEL, TRAIN)
    with torch.no_grad():
        trainer.model.item_short.fill_(1e20)  # its squares overflow float32
    with pytest.raises(InputError, match="smaller learning_rate"):
        trainer.epoch()


def test_a_failed_fit_leaves_torch_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = torch.get_num_threads()
    monkeypatch.setattr(Trainer, "epoch", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fit(leave_one_out(interactions_of(random_histories(0))), MODEL, dataclasses.replace(TRAIN, threads=threads + 1))
    assert torch.get_num_threads() == threads


def test_negatives_are_uniform_over_what_the_user_has_not_had_in_training() -> None:
    split = leave_one_out(interactions_of({"a": ["p", "q", "r", "s", "t"], "b": ["t", "s", "r", "u", "v"]}))
    names = split.interactions.item_ids
    negatives, users = Negatives(split), np.zeros(1, np.int64)
    drawn = negatives.items(users, negatives.draw(users, 40_000, np.random.default_rng(0)))[0]
    counts = dict(zip(*np.unique([names[item] for item in drawn], return_counts=True), strict=True))
    # User a is trained on p, q, r; the held-out items s and t are drawn like the rest.
    assert set(counts) == {"s", "t", "u", "v"}
    assert all(abs(count - 10_000) < 400 for count in counts.values())


def test_hinge_by_hand() -> None:
    distances = torch.tensor([[1.0, 2.0, 1.2, 9.0]])  # two targets, two negatives
    real, config = torch.tensor([[True, True]]), TrainConfig(targets=2, negatives=2, margin=0.5)
    # (1, 1.2): .3; (1, 9): 0; (2, 1.2): 1.3; (2, 9): 0
    assert of_pairs(distances, real, config).item() == pytest.approx(1.6)
    aligned = dataclasses.replace(config, pairs="aligned")
    assert of_pairs(distances, real, aligned).item() == pytest.approx(0.3)
    assert of_pairs(distances, torch.tensor([[False, True]]), config).item() == pytest.approx(1.3)


def test_training_windows_by_hand() -> None:
    split = leave_one_out(interactions_of({"a": ["p", "q", "r", "s", "t"], "b": ["t", "s", "r", "p"]}))
    users, windows, targets = training_windows(split, 2, 2)
    names = np.array([*split.interactions.item_ids, "-"])
    assert users.tolist() == [0, 0, 1]
    assert names[windows].tolist() == [["-", "p"], ["p", "q"], ["-", "t"]]
    assert names[targets].tolist() == [["q", "r"], ["r", "-"], ["s", "-"]]


@pytest.mark.parametrize(
    ("key", "value"),
    [("pairs", "aligned"), ("regularisation", "clip"), ("targets", 2), ("negatives", 6), ("batch_size", 1)],
)
def test_every_training_option_trains(key: str, value: object) -> None:
    settings = dataclasses.replace(TRAIN, epochs=1, **{key: value})
    if key == "targets":
        settings = dataclasses.replace(settings, negatives=4)
    _, history = fit(leave_one_out(interactions_of(random_histories(7, users=8))), MODEL, settings)
    assert np.isfinite(history.epochs[0].loss)
