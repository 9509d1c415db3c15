"""A training whose settings a race chooses, in a real process: stopped, resumed, and read from the files it left."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from conftest import random_histories

from attrec_core.config import PRESETS, with_settings
from attrec_core.jobs.job import Job, JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.jobs.worker import PAUSE
from attrec_core.runs.load import load
from attrec_core.runs.unfinished import race_of
from attrec_core.storage.workspace import Home
from attrec_core.views.train import words
from tests.processes import wait_for

pytestmark = pytest.mark.long

# The race varies only settings that are not set here. It is still running when it is told to stop.
FEW = {"dim": "4", "window": "3", "long_weight": "0.2", "vector_dropout": "0", "negatives": "3", "targets": "1"}
FEW |= {"epochs": "160", "patience": "0", "engine": "torch"}


def raced(job: Job) -> int:
    """Returns the number of trainings of the race that are done."""
    return job.phases[0].epoch if job.phases and job.phases[0].name == "race" else 0


def test_a_race_that_is_stopped_goes_on_and_tries_nothing_twice(tmp_path: Path) -> None:
    rows = [f"{user},{item},{time}" for user, items in random_histories(5).items() for time, item in enumerate(items)]
    (tmp_path / "rows.csv").write_text("\n".join(["user,item,time", *rows]))
    queue = Queue(Home(tmp_path / "home"))
    out = queue.home.runs / "a"
    a = queue.submit(JobRequest(tmp_path / "rows.csv", "a", "auto", FEW, with_maps=False))
    wait_for(lambda: raced(queue.job(a.id)) >= 1)
    process = json.loads((a.folder / "process.json").read_bytes())["pid"]
    os.kill(process, signal.SIGSTOP)  # its work until it checks for the stop would be for nothing
    running = queue.job(a.id)
    assert [phase.name for phase in running.phases] == ["race", "search", "refit", "metrics"]
    assert words.stop_label(running) == "Stop" and "left to find the settings" in words.time_left(running)
    queue.cancel(running)
    time.sleep(PAUSE)  # the timer of its next check runs while it is stopped: it checks before it goes on
    os.kill(process, signal.SIGCONT)
    wait_for(lambda: queue.job(a.id).has_ended)
    stopped = queue.job(a.id)
    assert (stopped.state, stopped.can_resume, race_of(out).is_file()) == ("interrupted", True, True)
    assert stopped.sentence().startswith("Stopped while settings were compared; the results so far are kept")
    tried = race_of(out).read_text().count("best_epoch")
    queue.resume(stopped)
    wait_for(lambda: queue.job(a.id).has_ended)
    done = queue.job(a.id)
    run, log = load(out), (a.folder / "log.txt").read_text()
    trials = run.history["auto"]["trials"]
    assert done.state == "done" and run.history["auto"]["sentence"] in done.sentence(), done.sentence()
    assert f"Settings: {tried} of {len(trials)} trainings done" in log.split("Looking for good settings")[2]
    assert all(f"Settings: {count} of" in log for count in range(len(trials) + 1))
    assert run.model_config.dim == 4 and run.train_config.epochs == 160
    assert [path.name for path in queue.home.runs.iterdir()] == ["a"]


def test_what_a_removed_job_had_raced_goes_with_it(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("user,item,time\n")  # nothing can be trained on it
    queue = Queue(Home(tmp_path / "home"))
    a = queue.submit(JobRequest(tmp_path / "rows.csv", "a", "auto"))
    wait_for(lambda: queue.job(a.id).has_ended)
    race_of(queue.home.runs / "a").parent.mkdir(parents=True, exist_ok=True)
    race_of(queue.home.runs / "a").write_text("{}")
    assert queue.job(a.id).can_resume
    queue.remove(queue.job(a.id))
    assert not race_of(queue.home.runs / "a").exists()


def test_how_a_request_reaches_the_command_line_and_what_paper_is() -> None:
    def of(preset: str, run: Path | None = None) -> JobRequest:
        return JobRequest(Path("rows.csv"), "a", preset, {"dim": "8"}, from_run=run)

    assert of("auto").arguments == ["--auto", "--set", "dim=8"]
    assert of("paper").arguments == ["--preset", "paper", "--set", "dim=8"]
    assert of("auto", Path("before")).arguments == ["--from", "before", "--set", "dim=8"]
    for suits in ("movielens", "sparse"):
        assert of("paper").configs(suits) == of(suits).configs() == with_settings(*PRESETS[suits], {"dim": "8"})
