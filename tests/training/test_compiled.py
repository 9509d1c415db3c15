"""The compiled step equals torch's step: the same draws and the same weights, for every setting that it supports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import few, interactions_of, mixed, random_histories
from shelf_worlds import sentence

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.training import compiled_rows, engine, estimate, kernels
from attrec_core.training import fit as fit_module
from attrec_core.training.compiled import CompiledStep
from attrec_core.training.engine import engine_of
from attrec_core.training.fit import Callbacks, fit
from attrec_core.training.kernels import shrink
from attrec_core.training.negatives import SharedNegatives
from attrec_core.training.trainer import Trainer, of_pairs

MODEL = ModelConfig(dim=7, window=4)
# Short histories, so that windows are padded and targets missing; steps large enough to matter.
TRAIN = TrainConfig(targets=2, negatives=4, batch_size=37, init_sd=0.4, learning_rate=0.3, l2=0.02, l2_projection=0.05)
MASKS = (("after", "nothing"), ("after", "itself"), ("before", "nothing"), ("none", "nothing"))  # mask, lone item
SWITCH = (True, False)
WAYS = mixed(MASKS, ("mean", "sum"), SWITCH, SWITCH, ("all", "aligned"), ("l2", "clip"), (1, 2), together=3)
# Not the paper's: loss, optimiser, taste, vector dropout.
ADDED = mixed(
    ("hinge", "softmax", "sampled"), ("adagrad", "adam"), ("vector", "items", "both"), (0.0, 0.4), ("l2", "clip"),
    (1, 2), (1, 2), SWITCH, together=3,
)  # fmt: skip
SMALL = interactions_of(random_histories(3))


def trainer_of(
    model: ModelConfig, train: TrainConfig, kind: torch.dtype = torch.float64, data: Interactions = SMALL
) -> Trainer:
    trainer = Trainer(leave_one_out(data), model, train)
    trainer.model.to(kind)
    trainer.log_temperature.data = trainer.log_temperature.data.to(kind)
    trainer.optimiser = trainer.new_optimiser()
    return trainer


def compiled_of(trainer: Trainer) -> Trainer:
    temperature = trainer.log_temperature if trainer.config.is_softmax else None
    trainer.compiled = CompiledStep(trainer.model, trainer.optimiser, trainer.negatives, trainer.config, temperature)
    return trainer


def assert_same_steps(trainer: Trainer, expected: Trainer, batches: Iterable[np.ndarray]) -> None:
    """Takes these steps with both, and asserts that the losses and all numbers of the training are the same."""
    for seed, rows in enumerate(batches):
        losses = []
        for one in (trainer, expected):
            torch.manual_seed(seed)  # which draws what is dropped
            losses.append(one.step(rows))
        assert losses[0] == pytest.approx(losses[1], rel=1e-9)
    for name, tensor in expected.tensors.items():
        torch.testing.assert_close(trainer.tensors[name], tensor, rtol=1e-9, atol=1e-9, msg=name)


@pytest.mark.parametrize("way", WAYS, ids=[f"model{number}" for number in range(len(WAYS))])
def test_three_steps_are_those_of_torch(way: tuple) -> None:
    (mask, lone), aggregation, signal, shared, pairs, regularisation, threads = way
    model = replace(
        MODEL, mask=mask, lone_item=lone, aggregation=aggregation, time_signal=signal, shared_projection=shared
    )
    train = replace(TRAIN, pairs=pairs, regularisation=regularisation, threads=threads)
    expected, trainer = trainer_of(model, train), compiled_of(trainer_of(model, train))
    assert_same_steps(trainer, expected, np.split(np.arange(len(trainer.users)), (37, 74, 111))[:3])
    assert trainer.random.bit_generator.state == expected.random.bit_generator.state


@pytest.mark.parametrize("way", ADDED, ids=[f"added{number}" for number in range(len(ADDED))])
def test_three_steps_of_what_is_not_the_papers_are_those_of_torch(way: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SharedNegatives, "LEAST", 6)
    monkeypatch.setattr(SharedNegatives, "BLOCK", 16)
    loss, optimiser, taste, dropped, regularisation, targets, threads, shared = way
    model = replace(MODEL, taste=taste, half_life=3.0, vector_dropout=dropped, shared_projection=shared)
    train = replace(TRAIN, loss=loss, optimiser=optimiser, regularisation=regularisation, targets=targets)
    train = replace(train, threads=threads, temperature=0.7, learning_rate=0.03)
    expected, trainer = trainer_of(model, train), compiled_of(trainer_of(model, train))
    assert trainer.shared.needed == (loss == "sampled")
    assert_same_steps(trainer, expected, np.split(np.arange(len(trainer.users)), (37, 74, 111))[:3])
    assert trainer.random.bit_generator.state == expected.random.bit_generator.state


def test_rows_that_begin_longer_than_1_and_batches_without_a_common_item_step_as_torch_does() -> None:
    """Few windows per batch, so that some of their items are not candidates: their rows in V do not change."""
    train = replace(TRAIN, regularisation="clip", init_sd=1.0, targets=1, negatives=1, batch_size=5)
    expected, trainer = trainer_of(MODEL, train), compiled_of(trainer_of(MODEL, train))
    assert_same_steps(trainer, expected, np.arange(15).reshape(3, 5))
    """No item is shared between users, and there are many items to draw negatives from."""
    data = interactions_of({f"u{u}": [f"{u}-{k}" for k in range(9)] for u in range(40)})
    train = replace(TRAIN, batch_size=2)
    expected, trainer = trainer_of(MODEL, train, data=data), compiled_of(trainer_of(MODEL, train, data=data))
    last = np.flatnonzero(np.diff(trainer.users, append=-1))  # the last row of each user, whose window is full
    assert_same_steps(trainer, expected, last[:10].reshape(5, 2) - 1)


def test_gradients_are_those_of_autograd() -> None:
    """Adagrad's sums start at 0, so after a step they hold the squares of the first gradients."""
    train = replace(TRAIN, accumulator=0.0, l2=0.0, l2_projection=0.0)
    trainer, by_autograd = compiled_of(trainer_of(MODEL, train)), trainer_of(MODEL, train)
    rows = np.arange(37)
    users, targets = by_autograd.users[rows], by_autograd.targets[rows]
    negatives = by_autograd.negatives.items(users, by_autograd.negatives.draw(users, 4, by_autograd.random))
    candidates = torch.from_numpy(np.concatenate([np.maximum(targets, 0), negatives], 1))
    distances = by_autograd.model(torch.from_numpy(users), torch.from_numpy(by_autograd.windows[rows]), candidates)
    of_pairs(distances, torch.from_numpy(targets >= 0), train).backward()
    trainer.step(rows)
    for name, parameter in by_autograd.model.named_parameters():
        sums = trainer.tensors[f"adagrad.{name}.sum"]
        torch.testing.assert_close(sums.sqrt(), parameter.grad.abs(), rtol=1e-9, atol=1e-9, msg=name)


@pytest.mark.parametrize("threads", few((1, 2), 2))
@pytest.mark.parametrize("loss", ["hinge", "sampled"])
def test_a_training_repeats_bit_for_bit_and_is_near_that_of_torch(
    loss: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedNegatives, "LEAST", 6)
    split, model = leave_one_out(interactions_of(random_histories(5, users=60))), replace(MODEL, vector_dropout=0.1)
    train = replace(TRAIN, epochs=3, init_sd=0.05, learning_rate=0.05, engine="compiled", threads=threads)
    train = replace(train, loss=loss, optimiser="adam" if loss == "sampled" else "adagrad")
    (first, history), (second, _) = (fit(split, model, train) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    _, by_torch = fit(split, model, replace(train, engine="torch"))
    assert (history.engine, by_torch.engine) == ("compiled", "torch")
    assert history.epochs[0].loss == pytest.approx(by_torch.epochs[0].loss, rel=1e-3)


def test_one_kind_of_numbers_is_compiled_once() -> None:
    before = len(kernels.pass_over.signatures)
    trainer = compiled_of(trainer_of(MODEL, TRAIN, torch.float32))
    after_compiling = len(kernels.pass_over.signatures)
    trainer.epoch()
    assert before <= after_compiling == len(kernels.pass_over.signatures)


@pytest.mark.parametrize("change", [{"l2": 0.002}, {"optimiser": "adam", "l2": 0.0, "learning_rate": 0.01}])
def test_rows_that_rest_end_where_those_end_that_take_each_step(change: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    train = replace(TRAIN, **{"batch_size": 9, "learning_rate": 0.05, "init_sd": 0.05} | change)
    dense = compiled_of(trainer_of(MODEL, train))
    monkeypatch.setattr(compiled_rows, "MANY_ROWS", 1)
    resting = compiled_of(trainer_of(MODEL, train))
    snapshot = None
    for _ in range(3):
        losses = dense.epoch(), resting.epoch()
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
        if snapshot is not None:
            continued = compiled_of(trainer_of(MODEL, train))
            continued.restore(snapshot)
            assert continued.epoch() == losses[1]
        snapshot = resting.snapshot()
    for table, expected in zip(resting.model.tables, dense.model.tables, strict=True):
        torch.testing.assert_close(table, expected, rtol=1e-4, atol=1e-4)
    assert all(rows.latest is not None for rows in resting.compiled.tables)
    forgetful = compiled_of(trainer_of(MODEL, train))
    for kind in (compiled_rows.AdagradRows, compiled_rows.AdamRows):
        monkeypatch.setattr(kind, "wake", lambda *_: None)
    for _ in range(3):
        forgetful.epoch()
    assert not torch.allclose(forgetful.model.user_long, dense.model.user_long, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("steps", "pull"), [(1, 0.02), (40, 1e-3), (100, 7e-4), (5, 0.3), (2000, 2e-3)])
def test_a_rest_is_a_power(steps: int, pull: float) -> None:
    row, totals = np.linspace(-1, 1, 9), np.linspace(0.5, 2, 9)
    expected = row * (1 - pull / np.sqrt(totals)) ** steps
    shrink(row, totals, float(steps), pull)
    np.testing.assert_allclose(row, expected, rtol=2e-5)


@pytest.mark.parametrize("made_of", [lambda trainer: trainer, compiled_of])
def test_a_training_that_diverges_says_so(made_of: Callable[[Trainer], Trainer]) -> None:
    trainer = made_of(trainer_of(MODEL, TRAIN, torch.float32))
    with torch.no_grad():
        trainer.model.item_short.fill_(1e20)  # its squares overflow float32
    assert "smaller learning_rate" in sentence(lambda: trainer.epoch())


def test_which_engine_runs() -> None:
    for model, chosen, windows, expected in (
        (ModelConfig(), "compiled", 1, "compiled"),
        (ModelConfig(), "torch", 10**9, "torch"),
        (ModelConfig(dropout=0.1), "compiled", 10**6, "torch"),
        (ModelConfig(aggregation="max"), "auto", 10**6, "torch"),
        (ModelConfig(taste="both", vector_dropout=0.1), "auto", 10**6, "compiled"),
        (ModelConfig(model="prme"), "compiled", 10**6, "torch"),
    ):
        for loss in ("hinge", "softmax", "sampled"):
            assert engine_of(model, TrainConfig(device="cpu", engine=chosen, loss=loss), windows) == expected
    for loss in ("bpr", "bce"):
        assert engine_of(ModelConfig(), TrainConfig(device="cpu", engine="compiled", loss=loss), 10**6) == "torch"


@pytest.mark.parametrize(("windows", "expected"), [(100, "torch"), (10**5, "compiled")])
def test_the_work_alone_chooses_the_engine_whatever_is_compiled(
    windows: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for is_warm in (True, False):
        monkeypatch.setattr(engine, "is_compiled", lambda _, warm=is_warm: warm)
        assert engine_of(ModelConfig(), TrainConfig(device="cpu"), windows) == expected
    _, history = fit(leave_one_out(SMALL), MODEL, replace(TRAIN, epochs=1, refit=False, device="cpu"))
    assert history.engine == "torch"


@pytest.mark.parametrize(
    ("train", "functions"),
    [
        (TrainConfig(), ("pass_over", "adagrad")),
        (TrainConfig(loss="softmax", optimiser="adam"), ("meet_back", "adam")),
        (TrainConfig(loss="sampled"), ("meet_back", "adagrad")),
    ],
)
def test_what_was_compiled_of_an_older_source_does_not_count(
    train: TrainConfig, functions: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "__file__", str(tmp_path / "engine.py"))
    monkeypatch.delitem(sys.modules, kernels.__name__)
    source = tmp_path / "kernels.py"
    indices = [tmp_path / "__pycache__" / f"kernels.{function}-70.py311.nbi" for function in functions]
    indices[0].parent.mkdir()
    source.touch()
    for index in indices:
        assert not engine.is_compiled(train)
        index.touch()
    for modified, is_compiled in ((indices[0].stat().st_mtime - 1, True), (indices[0].stat().st_mtime + 1, False)):
        os.utime(source, (modified, modified))
        assert engine.is_compiled(train) == is_compiled


def test_compiling_is_a_phase_with_its_seconds_and_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    split, calls = leave_one_out(interactions_of(random_histories(5))), []
    train = replace(TRAIN, epochs=1, init_sd=0.05, engine="compiled")
    answers = iter([False, True])  # the second answer is given when the final fit begins
    monkeypatch.setattr(fit_module, "is_compiled", lambda _: next(answers))
    told = Callbacks(epoch=lambda epoch: calls.append(epoch.phase), stage=lambda stage, _: calls.append(stage))
    fit(split, MODEL, train, told)
    assert calls == ["compile", "search", "search", "refit"]
    for is_warm, seconds in ((True, 0.0), (False, engine.COMPILING)):
        monkeypatch.setattr(estimate, "is_compiled", lambda _, warm=is_warm: warm)
        assert estimate.plan(split, MODEL, train, with_maps=False).compile == seconds
        estimated = estimate.estimate(split, MODEL, train, with_maps=False)
        assert estimated.least == pytest.approx(seconds + estimated.epochs_least * estimated.epoch + estimated.metrics)
        assert ("to compile the steps, then" in estimated.sentence) == bool(seconds)
