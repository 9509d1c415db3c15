"""A study in the background: it waits its turn, reports its progress, stops, and continues where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import random_histories

from attrec_core.errors import InputError
from attrec_core.jobs import queue as queue_module
from attrec_core.jobs.folder import write_request, write_state
from attrec_core.jobs.job import Job, JobRequest, StudyRequest
from attrec_core.jobs.queue import Queue
from attrec_core.jobs.worker import StudyProgress
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.studies import load_study, save_protocol
from attrec_core.storage.workspace import Home
from attrec_core.views.train import words
from tests.processes import wait_for


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [f"{user},{item},{t}" for user, items in random_histories(2).items() for t, item in enumerate(items)]
    (tmp_path / "rows.csv").write_text("\n".join(["user,item,time", *rows]))
    return tmp_path / "rows.csv"


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(Home(tmp_path / "home"))


def until(queue: Queue, job: Job, holds: Callable[[Job], bool]) -> Job:
    wait_for(lambda: holds(queue.job(job.id)), (job.folder / "log.txt").read_text)
    return queue.job(job.id)


@pytest.mark.long
def test_a_study_is_stopped_goes_on_and_is_there(queue: Queue, table: Path) -> None:
    request = StudyRequest(table, "mine", "omega", seeds=3, budget=1)
    job = until(queue, queue.submit(request), lambda job: job.has_ended or any(part.epoch for part in job.phases))
    (phase,) = job.phases
    assert phase.of == 18 and 0 < phase.share < 1 and (phase.left or 0) > 0
    assert words.phase_text(phase).startswith(f"Trainings, {phase.epoch} of 18 done: ")
    job = until(queue, queue.cancel(job), lambda job: job.has_ended)
    assert job.state == "interrupted" and job.can_resume, job.sentence()
    assert "of 18 trainings are kept" in job.outcome
    before = {entry.key: entry.seeds for entry in load_study(request.out(queue.home)).entries}
    job = until(queue, queue.resume(job), lambda job: job.has_ended)
    assert (job.state, job.outcome) == ("done", "All 18 trainings are done.")
    study = load_study(request.out(queue.home))
    assert [len(entry.seeds) for entry in study.entries] == [3] * 6
    for entry in study.entries:  # no training was repeated
        earlier_seeds = before.get(entry.key, ())
        assert entry.seeds[: len(earlier_seeds)] == earlier_seeds
    queue.remove(job)
    assert queue.jobs() == [] and load_study(request.out(queue.home)).protocol.seeds == 3


def test_a_study_waits_for_a_training_and_is_one_job_of_the_queue(
    queue: Queue, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_what_cannot_be_is_refused_before_it_waits(queue: Queue, table: Path) -> None:
    request = StudyRequest(table, "mine")
    wrong = [({"kind": "x"}, "no_choice"), ({"seeds": 0}, "below_one"), ({"name": "a/b"}, "bad_name")]
    for changes, code in [*wrong, ({"seeds": 10**9}, "too_many_seeds")]:
        with pytest.raises(InputError) as refused:
            queue.submit(replace(request, **changes))
        assert refused.value.code == code
    existing = Protocol("omega", "rows", 1, 1, 1, "file-last", "as it is", 3, 4, "x")
    request.out(queue.home).mkdir(parents=True)
    save_protocol(request.out(queue.home), existing)
    with pytest.raises(InputError, match="another study called 'mine'"):
        queue.submit(request)
    assert queue.jobs() == []


def test_a_damaged_request_of_a_study_is_a_failed_job(queue: Queue, table: Path) -> None:
    folder = queue.home.jobs / "a"
    folder.mkdir(parents=True)
    write_request(folder, replace(StudyRequest(table, "mine"), seeds="many"), 0.0)  # type: ignore[arg-type]
    write_state(folder, "queued", queued=1.0)
    assert [job.state for job in queue.jobs()] == ["failed"]


def test_the_time_left_is_the_estimate_at_the_pace_of_what_was_done(tmp_path: Path) -> None:
    progress = StudyProgress(tmp_path, tmp_path)
    progress.begins([1.0, 1.0, 2.0, 4.0])
    progress.trained(1, 4, "")  # done before this start
    assert progress.left(0.0) == 7
    progress.trained(2, 4, "")
    assert progress.left(3.0) == 18  # three times as slow as estimated


def test_one_that_goes_on_counts_the_seeds_of_before(tmp_path: Path) -> None:
    progress = StudyProgress(tmp_path, tmp_path)
    progress.begins([1.0, 1.0])  # requested again with fewer seeds
    progress.trained(3, 4, "")
    progress.failed(KeyboardInterrupt())
    assert progress.ending.outcome == "Stopped; 3 of 4 trainings are kept. It can be resumed."
