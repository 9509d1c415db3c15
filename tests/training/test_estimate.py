"""The estimate of a training's time: exact on a clock that measures the work done; and its sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import data_file, interactions_of, random_histories
from shelf_worlds import sentence

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import MOST
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.process import BackgroundCommand
from attrec_core.runs.history import Evaluation
from attrec_core.runs.time_left import Estimate
from attrec_core.training import estimate as training_estimate
from attrec_core.training import fit as training_fit
from attrec_core.training.estimate import estimate, maps_seconds
from attrec_core.training.fit import fit
from attrec_core.training.trainer import Trainer
from tests.processes import PATIENCE

MODEL = ModelConfig(dim=16, window=4)
TRAIN = TrainConfig(epochs=10, patience=3, targets=1, negatives=4, batch_size=100, engine="torch")
DATA = interactions_of(random_histories(2, users=300, items=60, longest=40))
SPLIT = leave_one_out(DATA)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock of the work done: .1 s for a step of 100 windows, 1 ms for a ranked user, 0 for anything else."""
    clock = SimpleNamespace(now=0.0, sizes=[])
    real_step, real_ranking = Trainer.step, training_fit.evaluate

    def step(trainer: Trainer, rows: np.ndarray) -> float:
        clock.now += 0.1 * len(rows) / 100
        clock.sizes.append(len(rows))
        return real_step(trainer, rows)

    def ranking(ranker: object, split: Split, length: int, part: str) -> Evaluation:
        clock.now += 0.001 * len(split.evaluated)
        return real_ranking(ranker, split, length, part)

    monkeypatch.setattr(Trainer, "step", step)
    monkeypatch.setattr(training_estimate, "maps_are_compiled", lambda: True)
    for module in (training_estimate, training_fit):
        monkeypatch.setattr(module, "evaluate", ranking)
    clock.read = lambda: clock.now
    return clock


def test_it_is_exact_where_every_step_takes_the_same(clock: SimpleNamespace) -> None:
    estimated = estimate(SPLIT, MODEL, TRAIN, clock=clock.read)
    assert set(clock.sizes) == {100}
    assert estimated.steps == -(-estimated.windows // 100)
    users = int((np.diff(DATA.starts) >= 3).sum())
    assert estimated.epoch == pytest.approx(0.1 * estimated.windows / 100 + 0.001 * users)
    assert (estimated.epochs_least, estimated.epochs_most) == (1 + 3 + 1, 20)
    assert estimated.metrics == pytest.approx(2 * 0.001 * users)
    assert estimated.maps == maps_seconds(DATA, MODEL, 0, once=False)
    assert estimated.most == pytest.approx(20 * estimated.epoch + estimated.metrics + estimated.maps)
    assert estimated.measured == pytest.approx(0.1 * len(clock.sizes) + 0.001 * users)
    without = replace(TRAIN, refit=False, patience=0)
    fixed = estimate(SPLIT, MODEL, without, clock=clock.read, with_maps=False)
    assert (fixed.epochs_least, fixed.epochs_most, fixed.maps) == (10, 10, 0)


def test_it_is_what_the_epochs_that_follow_take(clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts the work of both, which no other program can influence."""
    monkeypatch.setattr(training_fit, "time", SimpleNamespace(perf_counter=clock.read))
    estimated = estimate(SPLIT, MODEL, TRAIN, clock=clock.read, with_maps=False)
    _, history = fit(SPLIT, MODEL, replace(TRAIN, epochs=2, refit=False))
    measured = [epoch.seconds + epoch.validation_seconds for epoch in history.epochs]
    assert measured == pytest.approx([estimated.epoch] * 2)


def test_it_measures_for_about_a_second_however_large_the_data(clock: SimpleNamespace) -> None:
    """A second of steps and the step that exceeds it; then .4 s of blocks of users and the block that exceeds them."""
    large_data = interactions_of(random_histories(2, users=3000, items=60, longest=40))
    estimated = estimate(leave_one_out(large_data), replace(MODEL, dim=64), TRAIN, clock=clock.read)
    assert sum(clock.sizes) * 0.1 / 100 == pytest.approx(1, abs=0.11)
    assert estimated.measured < 1.1 + 0.4 + 0.001 * MOST
    assert estimated.epoch > 10
    with pytest.raises(InputError, match="No user has 3"):
        estimate(leave_one_out(interactions_of({"a": ["p", "q"], "b": ["q", "r"]})), MODEL, TRAIN)


@pytest.mark.long
def test_the_server_asks_by_the_command_line(tmp_path: Path) -> None:
    data = data_file(tmp_path / "rows.csv", random_histories(1))
    request = JobRequest(data, "a", "quick", {"epochs": "3"}, with_maps=False)
    other = replace(request, reading=("--user-column", "who"))
    asked, wrong = (BackgroundCommand(one.estimate) for one in (request, other))
    for command in (asked, wrong):
        command.process.wait(PATIENCE)
    fields = asked.answer()
    estimated = Estimate(**{name: fields[name] for name in Estimate.__dataclass_fields__})
    assert (estimated.epochs_least, estimated.epochs_most, estimated.maps) == (3, 3, 0)
    assert estimated.epoch > 0
    assert "epochs of" in estimated.sentence
    assert "no column 'who'" in sentence(lambda: wrong.answer())
