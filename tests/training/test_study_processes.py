"""A study run by several processes at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from attrec_core.runs.studies import load_entry, load_ranks
from attrec_core.training.study import study as study_module
from attrec_core.training.study.study import run_study
from tests.processes import PATIENCE
from tests.training.test_study import SPLIT, lines, protocol, without_times

pytestmark = pytest.mark.long


def test_several_processes_find_what_one_does(tmp_path: Path) -> None:
    run_study(SPLIT, lines()[:1], protocol(seeds=1), tmp_path / "two")
    for folder, jobs in (("one", 1), ("two", 2)):
        run_study(SPLIT, lines()[:2], protocol(), tmp_path / folder, jobs=jobs)
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


def test_seeds_that_end_in_another_order_stand_in_order_with_their_ranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_study(SPLIT, lines(), protocol(seeds=3), tmp_path / "one")
    pool = HereAndBackwards()
    monkeypatch.setattr(study_module, "wait", pool.wait)
    (tmp_path / "two").mkdir()
    all_seeds: list[list[int]] = []

    def report() -> None:
        entry = load_entry(tmp_path / "two", "attrec")
        all_seeds.append([result.seed for result in entry.seeds] if entry else [])

    study_module.run_in(pool, SPLIT, lines(), protocol(seeds=3), tmp_path / "two", report)
    assert [seeds for seeds in all_seeds if seeds][:3] == [[2], [1, 2], [0, 1, 2]]
    for key in ("markov", "bprmf", "attrec"):
        one, two = (load_entry(tmp_path / folder, key) for folder in ("one", "two"))
        assert [result.test for result in one.seeds] == [result.test for result in two.seeds]
        assert np.array_equal(load_ranks(tmp_path / "one", one), load_ranks(tmp_path / "two", two))


# Kills the process as soon as a training is done, as the system does when memory runs out.
KILLED = """
import os, signal, sys
from attrec_core.cli import main, study
study.StudyBar.trained = lambda self, done, total, label: done and os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""


def test_the_processes_of_a_study_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    rows = [f"u{user},i{(user + step) % 9},{step}" for user in range(12) for step in range(6)]
    (tmp_path / "rows.csv").write_text("\n".join(["user,item,time", *rows]), encoding="utf-8")
    arguments = ["study", "table2", "rows.csv", "--out", "out", "--jobs", "2", "--systems", "popularity,markov"]
    process = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,  # its output ends only when no process holds it any longer
        timeout=PATIENCE,
    )
    assert process.returncode == -signal.SIGKILL
