"""A study in the background, and a training whose settings a race chooses: stopped, resumed, told while they run."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import data_file, random_histories
from shelf_worlds import sentence

from attrec_core.config import PRESETS, with_settings
from attrec_core.errors import InputError
from attrec_core.jobs import queue as queue_module
from attrec_core.jobs.folder import write_request, write_state
from attrec_core.jobs.job import Job, JobRequest, StudyRequest
from attrec_core.jobs.queue import Queue
from attrec_core.jobs.worker import PAUSE, StudyProgress
from attrec_core.runs.load import load
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import load_study, save_protocol
from attrec_core.runs.unfinished import RACE, race_of
from attrec_core.storage.workspace import Home
from attrec_core.views.train import words
from tests.processes import until


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return data_file(tmp_path / "rows.csv", random_histories(2))


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(Home(tmp_path / "home"))


@pytest.mark.long
def test_a_study_is_stopped_goes_on_and_is_there(queue: Queue, table: Path) -> None:
    request = StudyRequest(table, "mine", "omega", seeds=3, budget=1)
    job = until(queue, queue.submit(request), lambda job: job.has_ended or any(part.epoch for part in job.phases))
    (phase,) = job.phases
    assert phase.of == 18 and 0 < phase.share < 1 and (phase.left or 0) > 0
    assert words.phase_text(phase).startswith(f"Trainings, {phase.epoch} of 18 done: ")
    job = until(queue, queue.cancel(job))
    assert job.state == "interrupted" and job.can_resume, job.sentence()
    assert "of 18 trainings are kept" in job.outcome
    before = {entry.key: entry.seeds for entry in load_study(request.out(queue.home)).entries}
    job = until(queue, queue.resume(job))
    assert (job.state, job.outcome) == ("done", "All 18 trainings are done.")
    study = load_study(request.out(queue.home))
    assert [len(entry.seeds) for entry in study.entries] == [3] * 6
    for entry in study.entries:  # no training was repeated
        earlier_seeds = before.get(entry.key, ())
        assert entry.seeds[: len(earlier_seeds)] == earlier_seeds
    queue.remove(job)
    assert queue.jobs() == [] and load_study(request.out(queue.home)).protocol.seeds == 3


def test_a_study_waits_for_a_training_as_one_job(queue: Queue, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "start", lambda job, home, lock: None)
    monkeypatch.setattr("attrec_core.jobs.folder.is_alive", lambda folder: True)
    queue.submit(JobRequest(table, "a run", "sparse"))
    job = queue.submit(StudyRequest(table, "a run", systems=("ease", "markov"), reading=("--tie-rule", "file-first")))
    assert (job.state, queue.place(job)) == ("queued", 1)
    assert words.asked_for(job) == (
        "Study of all systems on rows.csv, 3 seeds, 4 settings tried for each system, only EASE, Markov counts, "
        "tie rule “first of the file”."
    )
    with pytest.raises(InputError, match="needs it"), queue.lock_unless_needed(table.parent, "deleted"):
        pass


def test_what_cannot_be_is_refused_before_it_waits_and_a_damaged_request_has_failed(queue: Queue, table: Path) -> None:
    request = StudyRequest(table, "mine")
    wrong = [({"kind": "x"}, "no_choice"), ({"seeds": 0}, "below_one"), ({"name": "a/b"}, "bad_name")]
    for changes, code in [*wrong, ({"seeds": 10**9}, "too_many_seeds")]:
        with pytest.raises(InputError) as refused:
            queue.submit(replace(request, **changes))
        assert refused.value.code == code
    existing = Protocol("omega", "rows", 1, 1, 1, "file-last", "as it is", 3, 4, "x")
    request.out(queue.home).mkdir(parents=True)
    save_protocol(request.out(queue.home), existing)
    assert "another study called 'mine'" in sentence(lambda: queue.submit(request))
    assert queue.jobs() == []
    folder = queue.home.jobs / "damaged"
    folder.mkdir(parents=True)
    write_request(folder, replace(request, seeds="many"), 0.0)  # type: ignore[arg-type]
    write_state(folder, "queued", queued=1.0)
    assert [job.state for job in queue.jobs()] == ["failed"]


def test_the_time_left_is_the_estimate_at_the_pace_of_what_was_done(tmp_path: Path) -> None:
    progress = StudyProgress(tmp_path, tmp_path)
    progress.failed(KeyboardInterrupt())
    assert progress.ending.outcome == "Stopped; no training was done. It can be resumed."
    progress.begins([1.0, 1.0, 2.0, 4.0])
    progress.trained(1, 4, "")  # done before this start
    assert progress.left(0.0) == 7
    progress.trained(2, 4, "")
    assert progress.left(3.0) == 18  # three times as slow as estimated
    progress.begins([1.0, 1.0])  # requested again with fewer seeds
    progress.trained(3, 4, "")
    progress.failed(KeyboardInterrupt())
    assert progress.ending.outcome == "Stopped; 3 of 4 trainings are kept. It can be resumed."


# The race varies only settings that are not set here.
FEW = {"dim": "4", "window": "3", "long_weight": "0.2", "vector_dropout": "0", "negatives": "3", "targets": "1"}
FEW |= {"epochs": "48", "patience": "0", "engine": "torch"}


def raced(job: Job) -> int:
    """Returns the number of trainings of the race that are done."""
    return job.phases[0].epoch if job.phases and job.phases[0].name == "race" else 0


@pytest.mark.long
def test_a_race_that_is_stopped_goes_on_and_tries_nothing_twice(queue: Queue, table: Path) -> None:
    out = queue.home.runs / "a"
    a = until(queue, queue.submit(JobRequest(table, "a", "auto", FEW, with_maps=False)), lambda job: raced(job) >= 1)
    process = json.loads((a.folder / "process.json").read_bytes())["pid"]
    os.kill(process, signal.SIGSTOP)  # its work until it checks for the stop would be for nothing
    running = queue.job(a.id)
    assert [phase.name for phase in running.phases] == ["race", "search", "refit", "metrics"]
    assert words.stop_label(running) == "Stop" and "left to find the settings" in words.time_left(running)
    queue.cancel(running)
    time.sleep(PAUSE)  # the timer of its next check runs while it is stopped: it checks before it goes on
    os.kill(process, signal.SIGCONT)
    stopped = until(queue, a)
    assert (stopped.state, stopped.can_resume, (race_of(out) / RACE).is_file()) == ("interrupted", True, True)
    assert stopped.sentence().startswith("Stopped while settings were compared; the results so far are kept")
    tried = (race_of(out) / RACE).read_text().count("best_epoch")
    done = until(queue, queue.resume(stopped))
    run, log = load(out), (a.folder / "log.txt").read_text()
    trials = run.history["auto"]["trials"]
    assert done.state == "done" and run.history["auto"]["sentence"] in done.sentence(), done.sentence()
    assert f"Settings: {tried} of {len(trials)} trainings done" in log.split("Looking for good settings")[2]
    assert all(f"Settings: {count} of" in log for count in range(len(trials) + 1))
    assert run.model_config.dim == 4 and run.train_config.epochs == 48
    assert [path.name for path in queue.home.runs.iterdir()] == ["a"]


def test_how_a_request_reaches_the_command_line_and_what_paper_is() -> None:
    def of(preset: str, run: Path | None = None) -> JobRequest:
        return JobRequest(Path("rows.csv"), "a", preset, {"dim": "8"}, from_run=run)

    assert of("auto").arguments == ["--auto", "--set", "dim=8"]
    assert JobRequest(Path("rows.csv"), "a", "auto", model="ease").arguments == ["--model", "ease"]
    assert of("paper").arguments == ["--preset", "paper", "--set", "dim=8"]
    assert of("auto", Path("before")).arguments == ["--from", "before", "--set", "dim=8"]
    for suits in ("movielens", "sparse"):
        assert of("paper").configs(suits) == of(suits).configs() == with_settings(*PRESETS[suits], {"dim": "8"})
