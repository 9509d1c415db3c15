"""Studies: resuming, refusing a different study, choosing on the validation items, several processes at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from conftest import ROOT, circle, data_file, interactions_of, random_histories

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate
from attrec_core.models.counted import MarkovCounts
from attrec_core.runs.candidates import candidates_of
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import RESULTS, Study, load_entry, load_ranks, load_study
from attrec_core.runs.systems import SYSTEMS, not_the_papers, start_of
from attrec_core.training.study import race as race_module
from attrec_core.training.study import study as study_module
from attrec_core.training.study.lines import Line, line_costs, lines_of
from attrec_core.training.study.study import coverage_and_popularity, protocol_for, run_study
from attrec_core.training.train_run import train_run
from tests.processes import PATIENCE

DATA = interactions_of(random_histories(1))
SPLIT = leave_one_out(DATA)


def tiny(system: str) -> tuple[ModelConfig, TrainConfig]:
    model, train = start_of(system)
    return replace(model, dim=4, window=3), replace(train, epochs=2, negatives=2, engine="torch")


# Two lines that are raced, one of them counted, and one line with fixed settings.
COUNTED = Line("markov", "Markov counts", "markov", tuple(candidates_of("markov", 3)))
RATES = tuple((tiny("bprmf")[0], replace(tiny("bprmf")[1], learning_rate=rate)) for rate in (0.01, 0.1))
RACED = Line("bprmf", "BPR-MF", "bprmf", RATES)
FIXED = Line("attrec", "AttRec", "attrec", (tiny("attrec"),))
LINES = [COUNTED, RACED, FIXED]


def protocol(kind: str = "table2", **more: Any) -> Protocol:
    return protocol_for(DATA, kind, **{"seeds": 2, "budget": 3} | more)


def without_times(folder: Path) -> dict[str, Any]:
    content = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    content["protocol"].pop("began")
    content.pop("sha256")
    for entry in content["entries"]:
        for part in (*entry["trials"], *entry["seeds"]):
            assert 0 <= part.pop("seconds") < 600
        assert {part["engine"] for part in entry["seeds"]} <= {"torch", "numpy"}
    return content


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Counts the trainings of the race and of the seeds."""
    trainings = Mock()

    def counted(function: Callable[..., Any], *given: Any) -> Any:
        trainings()
        return function(*given)

    monkeypatch.setattr(race_module, "run_trial", partial(counted, race_module.run_trial))
    monkeypatch.setattr(study_module, "seed_result", partial(counted, study_module.seed_result))
    return trainings


def ran(folder: Path, *lines: Line, killed_at: int | None = None, **more: Any) -> Study:
    """Runs a study of these lines, and kills it when so many trainings are done."""

    def killed(done: int, total: int, label: str) -> None:
        if done == killed_at:
            raise KeyboardInterrupt

    return run_study(SPLIT, lines, protocol(**more), folder, on_progress=killed)


def test_a_study_that_was_killed_goes_on_without_a_second_training(tmp_path: Path, fits: Mock) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    progress: list[tuple[int, int, str]] = []
    run_study(SPLIT, LINES, protocol(), whole, on_progress=lambda *of: progress.append(of))
    expected = fits.call_count
    assert expected == sum(line.trainings(2) for line in LINES)
    counts = [of[:2] for of in progress]
    assert counts[-1] == (expected, expected) and counts == sorted(counts)
    assert [*dict.fromkeys(label for *_, label in progress)] == [
        line.label for line in LINES
    ]  # each while it is trained
    fits.reset_mock()
    with pytest.raises(KeyboardInterrupt):
        ran(broken, *LINES, killed_at=3)
    assert fits.call_count == 3 and not (broken / RESULTS).exists()
    ran(broken, *LINES)
    assert fits.call_count == expected and without_times(broken) == without_times(whole)
    ran(broken, *LINES)
    assert fits.call_count == expected


def test_more_seeds_are_added_and_those_whose_ranks_are_lost_trained_again(tmp_path: Path, fits: Mock) -> None:
    ran(tmp_path, FIXED, seeds=1)
    study = ran(tmp_path, FIXED, seeds=2)
    assert fits.call_count == 2
    assert [seed.seed for seed in study.entries[0].seeds] == [0, 1]
    assert study.protocol.seeds == 2
    before = without_times(tmp_path)
    (tmp_path / "attrec.npz").unlink()
    ran(tmp_path, FIXED, seeds=2)
    assert without_times(tmp_path) == before and fits.call_count == 4


def newer(line: Line) -> Line:
    """Returns the line with the candidate settings of another version."""
    return replace(line, candidates=tuple((model, replace(train, epochs=1)) for model, train in line.candidates))


def test_all_seeds_of_a_line_have_the_same_settings(tmp_path: Path, fits: Mock) -> None:
    """Also if a newer version has other candidate settings, or another preset is named."""
    chosen = ran(tmp_path, RACED, FIXED, seeds=1).entries[1].train
    fits.reset_mock()
    study = ran(tmp_path, newer(RACED), seeds=2)
    assert study.entries[1].train == chosen and len(study.entries[1].seeds) == 2
    assert fits.call_count == 1
    with pytest.raises(InputError, match="holds AttRec with other settings"):
        ran(tmp_path, newer(FIXED), seeds=2)


def test_a_line_with_a_taste_from_items_is_tested_on_what_its_run_would_be_tested_on() -> None:
    model, train = tiny("attrec")
    model = replace(model, taste="items", half_life=2.0)
    assert model.history > model.window
    tested, _ = study_module.seed_result(SPLIT, (model, train), 0)
    run = train_run(DATA, model, replace(train, seed=0), with_maps=False)
    assert tested.test == {name: run.metrics[name] for name in tested.test}
    assert next(line.key for line in lines_of("taste", "movielens", 1)) == "vector"
    assert not_the_papers(vars(lines_of("taste", "movielens", 1)[1].candidates[0][0])) != ""


def test_a_study_without_the_final_fit_tests_what_never_saw_the_validation_items(tmp_path: Path) -> None:
    """A counted system then ranks the validation item as it did when its settings were chosen."""
    line = lines_of("table2", "movielens", 1, ["markov"], fit="without-validation")[0]
    study = ran(tmp_path, line, seeds=1, budget=1, fit="without-validation")
    model = MarkovCounts(line.candidates[0][0], DATA.n_users, DATA.n_items)
    model.learn(SPLIT)
    expected = evaluate(model.ranker(), SPLIT, model.config.window, "test").metrics
    assert study.entries[0].seeds[0].test == pytest.approx(expected)
    assert "fitted without the validation items." in study.protocol.sentence
    assert "fitted with the validation items too." in protocol().sentence


def test_another_study_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    ran(tmp_path, COUNTED)
    assert load_study(tmp_path).protocol == replace(protocol(), began=load_study(tmp_path).protocol.began)
    before = without_times(tmp_path)
    for other, what in (
        (protocol("ablation"), "kind"),
        (protocol(loss="softmax"), "loss"),
        (protocol(budget=4), "budget"),
        (protocol(order="shuffled"), "order"),
        (protocol(split="temporal"), "split"),
        (protocol(fit="without-validation"), "final fit"),
        (replace(protocol(), fingerprint="another"), "data fingerprint"),
    ):
        with pytest.raises(InputError, match=f"another {what}") as refused:
            run_study(SPLIT, [COUNTED], other, tmp_path)
        assert refused.value.code == "other_study"
    assert without_times(tmp_path) == before


@pytest.mark.long
def test_every_line_of_table_2_is_raced_trained_and_ranked(tmp_path: Path) -> None:
    table = {line.key: line for line in lines_of("table2", "sparse", 2)}
    for key, count in {"bprmf": 2, "sasrec": 2, "ease": 2, "auto": 2, "attrec": 1, "popularity": 1}.items():
        assert len(table[key].candidates) == count
    small = {key: replace(line, candidates=tuple(map(smaller, line.candidates))) for key, line in table.items()}
    study = ran(tmp_path, *small.values(), seeds=1)
    assert {entry.key for entry in study.entries} == small.keys() == {*SYSTEMS, "auto"} - {"own"}
    assert all(len(entry.seeds) == 1 and len(entry.trials) == small[entry.key].trials for entry in study.entries)
    few = [*small.values()][:3]
    costs = [seconds for line in few for seconds in line_costs(DATA, line, 2)]
    assert len(costs) == sum(line.trainings(2) for line in few) and min(costs) > 0


def smaller(configs: tuple[ModelConfig, TrainConfig]) -> tuple[ModelConfig, TrainConfig]:
    model, train = configs
    model = replace(model, dim=4, window=min(model.window, 3), layers=1, heads=1)
    return model, replace(train, epochs=1, refit=False, engine="torch", batch_size=1000)


def test_coverage_and_popularity_by_hand() -> None:
    histories = {"a": ["x", "y", "z"], "b": ["x", "y", "z"], "c": ["x", "y", "w"], "d": [*"xyw", *"0123456789"]}
    split = leave_one_out(data := interactions_of(histories))
    order = [*"0123456789", *"xyzw"]  # nearest first, for every user
    distances = np.array([float(order.index(item)) for item in data.item_ids])
    listed = Counter[str]()
    for user in split.evaluated:
        seen = histories[data.user_ids[user]][:-1]
        listed.update([item for item in order if item not in seen][:10])
    counts = Counter(item for history in histories.values() for item in history)
    mean = sum(listed[item] * counts[item] for item in listed) / listed.total() / max(counts.values())
    coverage, popularity = coverage_and_popularity(lambda users, _: np.tile(distances, (len(users), 1)), split, 2)
    assert coverage == len(listed) / data.n_items < 1
    assert popularity == pytest.approx(mean)
    alone = leave_one_out(interactions_of({"d": ["x", "y", "z"], "e": ["x"]}))
    assert coverage_and_popularity(lambda users, windows: np.zeros((1, 3)), alone, 2) == (1 / 3, 0.5)


# Several processes at once.
@pytest.mark.long
def test_several_processes_find_what_one_does(tmp_path: Path) -> None:
    ran(tmp_path / "two", COUNTED, seeds=1)
    for folder, jobs in (("one", 1), ("two", 2)):
        run_study(SPLIT, [COUNTED, RACED], protocol(), tmp_path / folder, jobs=jobs)
    assert without_times(tmp_path / "one") == without_times(tmp_path / "two")


class HereAndBackwards(Executor):
    """Runs the submitted work in this process, in the opposite order of submission, instead of in other processes."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, do: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        self.waiting.append((future := Future(), lambda: do(*args, **more)))
        return future

    def wait(self, futures: Sequence[Future[Any]], **how: Any) -> tuple[set[Future[Any]], set[Future[Any]]]:
        future, do = self.waiting.pop()
        future.set_result(do())
        return {future}, set(futures) - {future}


def test_seeds_that_end_in_any_order_stand_in_order_with_ranks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(tmp_path / "one", *LINES, seeds=3)
    pool = HereAndBackwards()
    monkeypatch.setattr(study_module, "wait", pool.wait)
    (tmp_path / "two").mkdir()
    all_seeds: list[list[int]] = []

    def report() -> None:
        entry = load_entry(tmp_path / "two", "attrec")
        all_seeds.append([result.seed for result in entry.seeds] if entry else [])

    study_module.run_in(pool, 9, SPLIT, LINES, protocol(seeds=3), tmp_path / "two", report)
    assert [seeds for seeds in all_seeds if seeds][:3] == [[2], [1, 2], [0, 1, 2]]
    for key in ("markov", "bprmf", "attrec"):
        one, two = (load_entry(tmp_path / folder, key) for folder in ("one", "two"))
        assert [result.test for result in one.seeds] == [result.test for result in two.seeds]
        assert np.array_equal(load_ranks(tmp_path / "one", one), load_ranks(tmp_path / "two", two))


def test_a_line_is_finished_before_a_later_one_is_raced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, at_work = HereAndBackwards(), list[str]()
    monkeypatch.setattr(study_module, "wait", pool.wait)
    monkeypatch.setattr(study_module, "line_settings", lambda _, line, __: at_work.append(line.key))
    monkeypatch.setattr(study_module, "left_of", lambda _, line, __: [line.key] * 2)
    monkeypatch.setattr(study_module, "seed_result", lambda _, __, seed: at_work.append(seed))
    monkeypatch.setattr(study_module, "keep_seed", lambda *_: None)
    study_module.run_in(pool, 1, SPLIT, LINES, protocol(), tmp_path, lambda: None)
    assert at_work == [line.key for line in LINES for _ in range(3)]


# Kills the process as soon as a training is done, as the system does when memory runs out.
KILLED = """
import os, signal, sys
from attrec_core.cli import main, study
study.StudyBar.trained = lambda self, done, total, label: done and os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""


@pytest.mark.long
def test_the_processes_of_a_study_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    data_file(tmp_path / "rows.csv", circle(users=12, items=9, length=6))
    arguments = ["study", "table2", "rows.csv", "--out", "out", "--jobs", "2", "--systems", "popularity,markov"]
    command, environment = [sys.executable, "-c", KILLED, *arguments], os.environ | {"PYTHONPATH": str(ROOT)}
    # Its output ends only when no process holds it any longer.
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
