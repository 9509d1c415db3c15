"""The estimate of a training's time: exact on a clock that is known, near enough on a real one, and a sentence."""

from __future__ import annotations

import dataclasses
import statistics
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of, random_histories

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.errors import InputError
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs.process import BackgroundCommand
from attrec_core.runs.estimate import Estimate, about, in_words
from attrec_core.training import estimate as training_estimate
from attrec_core.training.estimate import estimate
from attrec_core.training.fit import fit
from attrec_core.training.trainer import Trainer

MODEL = ModelConfig(dim=16, window=4)
TRAIN = TrainConfig(epochs=10, patience=3, targets=1, negatives=4, batch_size=100)
DATA = interactions_of(random_histories(2, users=300, items=60, longest=40))
FACTOR = 2.5  # how far an estimate may be off on a machine that does other things too; measured: 1.2


class Clock:
    """Stands still unless it is told otherwise."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_exact_where_every_step_takes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, sizes = Clock(), []

    def step(self: Trainer, rows: np.ndarray) -> float:
        clock.now += 0.1
        sizes.append(len(rows))
        return 0.0

    def ranking(ranker: object, split: object, length: int, part: str) -> None:
        clock.now += 0.001 * len(split.evaluated)

    monkeypatch.setattr(Trainer, "step", step)
    monkeypatch.setattr(training_estimate, "evaluate", ranking)
    found = estimate(DATA, MODEL, TRAIN, clock=clock)
    assert set(sizes) == {100}
    assert found.steps == -(-found.windows // 100)
    people = int((np.diff(DATA.starts) >= 3).sum())
    assert found.epoch == pytest.approx(0.1 * found.windows / 100 + 0.001 * people)
    assert (found.epochs_least, found.epochs_most) == (1 + 3 + 1, 20)
    assert found.metrics == pytest.approx(2 * 0.001 * people)
    assert found.most == pytest.approx(20 * found.epoch + found.metrics + found.maps)
    assert found.measured == pytest.approx(0.1 * len(sizes) + 0.001 * people)
    alone = estimate(DATA, MODEL, dataclasses.replace(TRAIN, refit=False, patience=0), clock=clock, with_maps=False)
    assert (alone.epochs_least, alone.epochs_most, alone.maps) == (10, 10, 0)


def test_it_is_near_the_epochs_that_follow() -> None:
    """Some tries: other programs may take the processor at the one time and not at the other."""
    ratios = []
    for _ in range(10):
        found = estimate(DATA, MODEL, TRAIN, with_maps=False)
        _, history = fit(DATA, MODEL, dataclasses.replace(TRAIN, refit=False))
        ratios.append(found.epoch / statistics.median(epoch.seconds for epoch in history.epochs))
        if 1 / FACTOR < ratios[-1] < FACTOR:
            return
    raise AssertionError(ratios)


def test_it_measures_for_about_a_second_however_large_the_data() -> None:
    found = estimate(DATA, dataclasses.replace(MODEL, dim=64), dataclasses.replace(TRAIN, batch_size=20))
    assert found.measured < 6


def test_data_that_is_too_small_is_a_sentence() -> None:
    with pytest.raises(InputError, match="No user has 3"):
        estimate(interactions_of({"a": ["p", "q"], "b": ["q", "r"]}), MODEL, TRAIN)


def test_the_server_asks_by_the_command_line(tmp_path: Path) -> None:
    rows = [f"{u},{i},{t}" for u, items in random_histories(1).items() for t, i in enumerate(items)]
    (tmp_path / "rows.csv").write_text("\n".join(["user,item,time", *rows]))
    request = JobRequest(tmp_path / "rows.csv", "a", "quick", {"epochs": "3"}, with_maps=False)

    def answer(request: JobRequest) -> Estimate:
        command = BackgroundCommand(request.estimate)
        command.process.wait(60)
        answered = command.answer()
        return Estimate(**{name: answered[name] for name in Estimate.__dataclass_fields__})

    found = answer(request)
    assert (found.epochs_least, found.epochs_most, found.maps) == (3, 3, 0)
    assert 0 < found.epoch < 5
    assert "epochs of" in found.sentence
    with pytest.raises(InputError, match="no column 'who'"):
        answer(dataclasses.replace(request, reading=("--user-column", "who")))


def test_seconds_in_words() -> None:
    said = [in_words(seconds) for seconds in (0.31, 12.3, 89, 100, 600, 7200, 300_000)]
    assert said == [".3 s", "12 s", "89 s", "1.7 min", "10 min", "2.0 h", "3 days"]
    assert Estimate(1000, 1, 0.5, 5, 60, True, 12, 1).sentence == (
        "About 14–42 s: 5 to 60 epochs of .5 s each (1,000 windows in 1 step), then about 12 s for the maps. "
        "The final fit repeats the best number of epochs of the search."
    )
    assert Estimate(1000, 1, 5, 5, 30, False, 0, 1).sentence.startswith(
        "About 25 s to 2.5 min: 5 to 30 epochs of 5.0 s"
    )


def test_a_training_of_no_time_is_told_once_and_not_about_less_than() -> None:
    text = Estimate(1000, 8, 0.01, 10, 10, False, 0, 1).sentence
    assert text == "About .1 s: 10 epochs of less than .1 s each (1,000 windows in 8 steps)."
    assert about(0.01) == "less than .1 s" and about(89) == "about 89 s" and about(17, 16) == "about 16–17 s"
