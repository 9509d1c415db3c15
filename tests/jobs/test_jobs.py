"""Trainings in the background: one at a time, on disk, and none lost when a process dies."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from commands import Cli
from conftest import ROOT, data_file, random_histories
from shelf_worlds import forbid, sentence

from attrec_core.cli import main, progress_bar
from attrec_core.cli.progress_bar import ProgressBar
from attrec_core.config import PRESETS, TrainConfig, with_settings
from attrec_core.errors import InputError
from attrec_core.jobs import queue as queue_module
from attrec_core.jobs.folder import Ending, read_progress, write_request, write_state
from attrec_core.jobs.job import Job, JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.jobs.worker import PAUSE, JobProgress
from attrec_core.runs import unfinished
from attrec_core.runs.history import Epoch
from attrec_core.runs.load import load
from attrec_core.runs.time_left import Phase, Plan, RaceProgress, all_left, most_left, phases, slowness, with_race
from attrec_core.runs.unfinished import RACE, race_of
from attrec_core.storage.locks import Busy, hold_lock
from attrec_core.storage.workspace import Home
from attrec_core.views.train import words
from tests.processes import PATIENCE, until, wait_for


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return data_file(tmp_path / "rows.csv", random_histories(5, users=150, items=40, longest=20))


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    job_queue = Queue(Home(tmp_path / "home"))
    yield job_queue
    for job in job_queue.jobs():  # a failed test must leave no process running
        if job.state in ("running", "stopping") and (job.folder / "process.json").exists():
            os.kill(json.loads((job.folder / "process.json").read_bytes())["pid"], signal.SIGKILL)


def request(table: Path, name: str, **settings: str) -> JobRequest:
    return JobRequest(table, name, "sparse", settings, with_maps=False)


@dataclass(frozen=True)
class Fake(Queue):
    """A queue whose processes are locks that are held and released."""

    table: Path
    living: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, **settings: str) -> Job:
        return self.submit(request(self.table, name, **settings))

    def start(self, job: Job, home: Home, lock: int) -> None:
        self.living[job.request.name] = os.dup(lock)

    def die(self, name: str) -> None:
        os.close(self.living.pop(name))

    def end(self, job: Job, state: str = "done") -> None:
        """Ends a job as a finished training does."""
        write_state(job.folder, state, "So it ended.", ended=time.time())
        self.die(job.request.name)
        self.tend()

    def written(self, name: str) -> None:
        """Writes what is left of a run of this name."""
        (self.home.runs / name).mkdir(parents=True)
        (self.home.runs / name / "config.json").write_text("{}")

    def states(self) -> dict[str, str]:
        return {job.request.name: job.state for job in self.jobs()}


@pytest.fixture
def fake(tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    queue = Fake(Home(tmp_path / "home"), table)
    monkeypatch.setattr(queue_module, "start", queue.start)
    yield queue
    for name in list(queue.living):
        queue.die(name)


def test_one_at_a_time_and_the_place_is_known(fake: Fake) -> None:
    a, b, c = (fake.add(name) for name in "abc")
    other_queue = Queue(fake.home)  # another server
    other_queue.tend()
    assert list(fake.living) == ["a"]
    assert [other_queue.place(other_queue.job(job.id)) for job in (a, b, c)] == [0, 1, 2]
    fake.end(a)
    assert fake.states() == {"a": "done", "b": "running", "c": "queued"}
    fake.cancel(fake.job(c.id))
    fake.end(b)
    assert fake.states() == {"a": "done", "b": "done", "c": "cancelled"}
    assert not fake.living


def test_a_dead_training_is_found_and_resumed_in_its_turn(fake: Fake) -> None:
    a, _ = fake.add("a"), fake.add("b")
    fake.die("a")
    job = fake.job(a.id)
    assert (job.state, job.can_resume) == ("interrupted", True)
    assert "can be resumed" in job.sentence()
    fake.tend()
    assert fake.states() == {"a": "interrupted", "b": "running"}
    resumed = fake.resume(job)
    assert (resumed.state, fake.place(resumed)) == ("queued", 1)
    cancelled = fake.cancel(resumed)
    assert cancelled.can_resume and fake.resume(cancelled).state == "queued"
    assert fake.job(a.id).ended == 0
    fake.end(fake.jobs()[1])
    assert list(fake.living) == ["a"]


def test_killed_when_the_run_was_written_it_is_done(fake: Fake) -> None:
    a = fake.add("a")
    fake.written("a")
    fake.die("a")
    assert fake.job(a.id).state == "done"
    fake.tend()
    assert fake.job(a.id).ended > 0


def test_stopping_asks_and_waits(fake: Fake) -> None:
    a = fake.add("a")
    assert fake.cancel(a).state == "stopping"
    assert "cancel it first" in sentence(lambda: fake.remove(a))
    fake.end(a, "cancelled")
    assert "has ended already" in sentence(lambda: fake.cancel(a))
    assert "nothing to resume" in sentence(lambda: fake.resume(a))
    fake.remove(a)
    assert fake.jobs() == []
    assert "no longer exists" in sentence(lambda: fake.job(a.id))


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_training_that_died_keeps_its_name_until_it_is_forgotten(fake: Fake, is_kept: bool) -> None:
    a = fake.add("a")
    folder = unfinished.folder_of(fake.home.runs / "a")
    if is_kept:  # otherwise it died before its first epoch
        folder.mkdir(parents=True)
        (folder / "state.json").write_text("{}")
    fake.die("a")
    assert "unfinished training of 'A' is kept" in sentence(lambda: fake.add("A"))
    fake.remove(fake.job(a.id))
    assert not folder.exists()
    assert fake.add("A").state == "running"


def test_what_a_removed_job_had_raced_goes_with_it(fake: Fake) -> None:
    a = fake.submit(JobRequest(fake.table, "a", "auto"))
    fake.end(a, "failed")
    assert not fake.job(a.id).can_resume
    log = unfinished.race_of(fake.home.runs / "a")
    log.mkdir(parents=True)
    (log / unfinished.RACE).write_text("{}")
    assert fake.job(a.id).can_resume
    fake.remove(fake.job(a.id))
    assert not log.exists()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "../out"}, "'/'"),
        ({"name": ""}, "is empty"),
        ({"name": ".hidden"}, "begin with a dot"),
        ({"name": "Taken"}, "running or waiting already"),
        ({"name": "run-b"}, "a run called 'run-b' already"),
        ({"name": "sample_data"}, "The bundled run is called"),
        ({"preset": "magic"}, "no preset 'magic'"),
        ({"settings": {"dim": "many"}}, "dim='many' must be a whole number"),
        ({"settings": {"colour": "red"}}, "no setting 'colour'"),
        ({"data": Path("nowhere.csv")}, "does not exist"),
    ],
)
def test_a_training_that_cannot_be_is_refused(fake: Fake, changes: dict[str, object], expected: str) -> None:
    fake.add("taken")
    (fake.home.runs / "run-b").mkdir(parents=True)
    assert expected in sentence(lambda: fake.submit(replace(request(fake.table, "fine"), **changes)))
    assert list(fake.states()) == ["taken"]


def test_a_full_queue_and_a_read_only_server_take_no_training(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTREC_QUEUED_TRAININGS", "2")
    a, b, _ = (fake.add(name) for name in "abc")
    assert "2 trainings are already waiting" in sentence(lambda: fake.add("d"))
    monkeypatch.setenv("ATTREC_READONLY", "1")
    for act in (lambda: fake.add("d"), lambda: fake.cancel(a), lambda: fake.remove(a)):
        assert "read-only" in sentence(act)
    fake.die("a")
    fake.tend()
    assert fake.job(b.id).state == "queued"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"data": 3}', b"\xff\x00"])
@pytest.mark.parametrize("name", ["job.json", "state.json"])
def test_a_damaged_job_says_so_and_can_be_removed(fake: Fake, name: str, content: bytes) -> None:
    a = fake.add("a")
    (a.folder / name).write_bytes(content)
    job = fake.job(a.id)
    assert (job.state, "is damaged" in job.sentence()) == ("failed", True)
    assert not re.search(r"[A-Z]\w+Error", job.sentence()) and job.sentence().endswith(".")
    assert words.asked_for(job) == "The request of this training cannot be read."
    fake.tend()
    fake.remove(job)
    assert fake.jobs() == []


def test_a_request_of_any_model_can_be_shown_and_a_job_of_before_opens_as_it_was(fake: Fake) -> None:
    job = fake.add("a")
    file = job.folder / "job.json"
    content = json.loads(file.read_bytes())
    unreadable = "The request of this training cannot be read."
    for model, said in (([], unreadable), ("hidden", "hidden on"), ("ease", "EASE on"), (None, unreadable)):
        file.write_text(json.dumps(content | {"model": model}))
        assert words.asked_for(fake.job(job.id)).startswith(said)
    del content["model"]  # a request of an older version
    file.write_text(json.dumps(content))
    assert fake.job(job.id).request == request(fake.table, "a")
    state = {"state": "failed", "sentence": "There was no room.", "queued": 1.0, "began": 2.0, "ended": 3.0}
    (job.folder / "state.json").write_text(json.dumps(state))  # of a version whose errors had no codes
    job = fake.job(job.id)
    assert (job.state, job.sentence(), job.error, job.ended) == ("failed", "There was no room.", None, 3.0)


def test_how_a_training_ended_is_what_it_told_though_its_state_could_not_be_written(fake: Fake) -> None:
    a = fake.add("a")

    def told(ending: Ending) -> None:
        content = {"ending": ending.as_dict(), "at": time.time()}
        (a.folder / "progress.jsonl").write_text(json.dumps(content) + "\n")

    told(Ending("cancelled", "Stopped; epoch 3 is kept."))
    fake.written("a")  # whatever run of its name is there
    fake.die("a")
    assert (fake.job(a.id).state, fake.job(a.id).sentence()) == ("cancelled", "Stopped; epoch 3 is kept.")
    error = InputError("full", "No room for {file}; change {name:batch_size}.", setting="batch_size", file=Path("x/y"))
    told(Ending("failed", error=error))
    job = fake.job(a.id)
    assert (job.state, job.error.code, job.error.facts) == ("failed", "full", {"file": Path("x/y")})
    assert job.sentence(str.upper) == "No room for x/y; change BATCH_SIZE."
    fake.tend()
    state = json.loads((a.folder / "state.json").read_bytes())
    assert (state["state"], state["error"]["code"], state["ended"] > 0) == ("failed", "full", True)


@pytest.mark.parametrize("what", ["run", "kept training", "job"])
def test_a_training_that_cannot_be_read_stops_no_other(fake: Fake, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    a = fake.add("a")
    fake.end(a)
    folder = {"run": fake.home.runs / "a", "kept training": fake.home.runs / ".a.training", "job": a.folder}[what]
    folder.mkdir(parents=True, exist_ok=True)
    forbid(monkeypatch, folder)
    fake.tend()
    b = fake.add("b")
    assert b.state == "running"
    assert fake.place(b) == 0
    job, _ = fake.jobs()
    assert job.state == ("failed" if what == "job" else "done")
    assert job.run is None and not job.can_resume
    assert "cannot be read" in job.sentence() and job.sentence().endswith(".")


def test_a_data_set_that_a_training_needs_stays_as_it_is(fake: Fake, cli: Cli) -> None:
    """Checked on the command line; the page makes the same check."""
    folder = fake.home.data / "films"
    folder.mkdir(parents=True)
    shutil.copy(fake.table, folder / "interactions.csv")
    first, second = (fake.submit(replace(request(fake.table, name), data=folder)) for name in ("first", "second"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTREC_HOME", str(fake.home.path))
        for words_of, action in ((["rename", "films", "series"], "renamed"), (["delete", "films"], "deleted")):
            needed = f"'films' cannot be {action} now: the training 'first', which is running, needs it"
            assert needed in cli.failed(*words_of, "--data")
        fake.end(first)
        fake.cancel(fake.job(second.id))
        fake.end(second)
        assert folder.is_dir()
        assert main(["rename", "films", "series", "--data"]) == 0
    assert not folder.exists()


def test_a_line_that_a_full_disk_cut_off_loses_no_other_nor_a_job(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = JobProgress(fake.home.path, fake.home.path / "run")
    fake.home.path.mkdir()
    progress.stage("metrics", "Metrics")
    file = fake.home.path / "progress.jsonl"
    file.write_bytes(file.read_bytes()[:-9])
    progress.stage("maps", "Maps")
    assert read_progress(fake.home.path, 0.0).stage == "maps"
    monkeypatch.setattr(queue_module, "write_state", Mock(side_effect=OSError(28, os.strerror(28))))
    assert "No space left on device" in sentence(lambda: fake.add("a"))
    assert list(fake.home.jobs.iterdir()) == []


def epochs(figures: list[float], again: int = 0) -> list[Epoch]:
    search = [Epoch(i, "search", 10, 1.0, 2.0, {"mrr": figure}) for i, figure in enumerate(figures, 1)]
    return search + [Epoch(i, "refit", 4, 1.0, 3.0, None) for i in range(1, again + 1)]


def test_the_time_left_and_the_bar_of_a_race_by_hand() -> None:
    config = TrainConfig(epochs=10, patience=3)
    assert most_left([], config) is None
    # 3 of 10 epochs are done: at most 7 more and a final fit of 10. 2 s each.
    assert most_left(epochs([0.1, 0.3, 0.2]), config) == 2 * (7 + 10)
    assert most_left(epochs([0.1, 0.3, 0.2]), replace(config, refit=False)) == 14
    assert most_left(epochs([0.1] * 4, again=1), config) == 9
    race = RaceProgress(24, 30, "mrr", 0.1, taken=100.0, left=100.0)  # the later trainings are longer
    (now, *_) = with_race(race, (), waits=4.0)
    assert (now.share, now.epoch, now.of, now.left) == (1 / 2, 24, 30, 96)
    assert with_race(race, (), waits=99.0)[0].left == 100 - 100 / 6  # the wait is that of one training
    compiling = with_race(RaceProgress(0, 0), (Phase("compile", "now", 0.0, None), now), compiles=True)
    assert [(part.name, part.state) for part in compiling[:2]] == [("compile", "now"), ("race", "later")]
    # The last one takes longer than estimated.
    assert with_race(replace(race, done=29), (), waits=100.0)[0].left is None


def test_each_phase_has_its_own_estimate_by_hand() -> None:
    config, plan = TrainConfig(epochs=10, patience=3), Plan(ranking=0.5, metrics=1.0, maps=12.0)
    before = phases([], "", config, plan)
    assert [(phase.name, phase.state, phase.left) for phase in before] == [
        ("search", "now", None), ("refit", "later", None), ("metrics", "later", 1), ("maps", "later", 12),
    ]  # fmt: skip
    # The best epoch so far is the latest, 2 of 10: the likely best is 2 + 45 · 8 / 57 = 8.32, and the end 10.
    search, refit, metrics, maps = phases(epochs([0.1, 0.3]), "", config, plan, waits=0.5, slowness=2.0)
    assert (search.epoch, search.of, search.left) == (2, 10, 2 * (10 - 2) - 0.5)
    assert search.share == 2 / 10  # as its words say
    assert (refit.of, refit.left) == (8, 8 * (2 - 0.5 * 2))  # without the ranking
    assert (metrics.left, maps.left) == (2, 24)
    # A long epoch does not use up the time of the next one.
    assert phases(epochs([0.1, 0.3]), "", config, plan, waits=99)[0].left == 2 * (10 - 3)
    # Patience has run out: the search is done before the final fit has had an epoch.
    names = [(phase.name, phase.state) for phase in phases(epochs([0.3, 0.1, 0.1, 0.1]), "", config, plan)]
    assert names == [("search", "done"), ("refit", "now"), ("metrics", "later"), ("maps", "later")]
    estimates = phases(epochs([0.1] * 4, again=1), "maps", config, plan, waits=9)
    assert [phase.state for phase in estimates] == ["done", "done", "done", "now"]
    assert (estimates[-1].left, estimates[-1].share) == (3, 0.75)
    # An estimate that has run out is none: less than nothing is not left.
    late = phases(epochs([0.1] * 4, again=1), "maps", config, plan, waits=50)
    assert (late[-1].left, late[-1].is_open, all_left(late)) == (None, True, None)
    # The steps are compiled before the first epoch; in a resumed training, after the epochs that are done.
    compiles = replace(plan, compile=6.0)
    first, *later = phases([], "compile", config, compiles, waits=1.0, slowness=1.5)
    assert (first.name, first.state, first.left, first.is_open) == ("compile", "now", None, True)
    assert all_left([first, *later]) is None
    assert {phase.state for phase in later} == {"later"}
    resumed, usual = (phases(epochs([0.1, 0.3]), *more) for more in (("compile", config, compiles), ("", config, plan)))
    assert [phase.left for phase in resumed] == [None, *(phase.left for phase in usual)]
    for stage, done in (("search", []), ("", epochs([0.1]))):
        assert [phase.state for phase in phases(done, stage, config, compiles)][:2] == ["done", "now"]
    few = phases(epochs([0.1]), "", replace(config, refit=False), Plan())
    assert [phase.name for phase in few] == ["search", "metrics"]


@pytest.fixture
def bar_clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clocks of the progress bar, which stand still; `now` and `busy` are their seconds."""
    clock = SimpleNamespace(now=0.0, busy=0.0)
    standing = SimpleNamespace(monotonic=lambda: clock.now, process_time=lambda: clock.busy)
    monkeypatch.setattr(progress_bar, "time", standing)
    return clock


def seconds_of(progress: ProgressBar) -> int:
    minutes, seconds = map(int, re.search(r"<(\d+):(\d+)", str(progress.bar)).groups())
    return 60 * minutes + seconds


@pytest.mark.usefixtures("bar_clock")
def test_the_bar_tells_the_time_and_the_share_of_all_phases_as_soon_as_they_are_known() -> None:
    config, plan = TrainConfig(epochs=30, patience=5), Plan(ranking=0.5, metrics=3.0, maps=20.0)
    with ProgressBar() as progress:
        progress.settings(config)
        progress.plan(plan)
        for epoch in epochs([0.1, 0.3]):
            progress.epoch(replace(epoch, validation={"hr@50": 0.5, **epoch.validation}))
        assert "epoch 2 of at most 30:   7%" in str(progress.bar)  # the bar and its words say the same
        # The likely best is 2 + 45 · 28 / 77 = 18.4, the end 23.4; an epoch takes 2 s, in the final fit 1.5 s.
        assert seconds_of(progress) == pytest.approx(21.4 * 2 + 18 * 1.5 + 3 + 20, abs=1)
    with ProgressBar() as progress:
        assert "%" not in str(progress.bar) and "<" not in str(progress.bar)
        progress.settings(TrainConfig(epochs=4))
        progress.plan(Plan(compile=6.0, metrics=1.0))
        progress.stage("compile", "compiling")
        text = str(progress.bar)
        assert "compiling the training step" in text and "%" not in text and "<" not in text
        progress.race(RaceProgress(24, 30, "mrr", 0.1, taken=60.0, left=60.0))
        assert "24 of 30 short trainings done:  50%" in str(progress.bar) and "<01:00" in str(progress.bar)


def test_on_a_busy_processor_what_follows_the_epochs_lasts_longer_too(bar_clock: SimpleNamespace) -> None:
    assert slowness([]) == slowness([(5.0, 1.0)]) == slowness([(0.0, 0.0), (1.0, 4.0)]) == 1.0
    assert slowness([(0.0, 1.0), (4.0, 3.0), (9.0, 4.0)]) == 3.0
    with ProgressBar() as progress:
        progress.settings(TrainConfig(epochs=1, refit=False))
        progress.plan(Plan(metrics=10.0))
        bar_clock.now, bar_clock.busy = 400.0, 100.0
        progress.epoch(replace(epochs([0.1])[0], validation={"hr@50": 0.5, "mrr": 0.1}))
        assert seconds_of(progress) == pytest.approx(40, abs=1)  # whole seconds


def test_removing_a_job_spares_the_checkpoint_of_another_process(fake: Fake) -> None:
    a, b = fake.add("a"), fake.add("b")
    fake.die("a")
    state = unfinished.folder_of(a.request.out(fake.home)) / unfinished.STATE
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    with hold_lock(state.parent), pytest.raises(Busy):  # a terminal trains the same run
        fake.remove(a)
    assert state.is_file() and fake.job(a.id).can_resume
    write_request(b.folder, request(fake.table, "a"), b.created)  # an older version accepted a second job for the run
    assert "Another training of 'a' is running or waiting" in sentence(lambda: fake.resume(a))
    fake.remove(a)
    assert state.is_file()


@pytest.mark.long
def test_a_killed_training_a_cancelled_one_and_one_that_nobody_watches(queue: Queue, table: Path) -> None:
    """Real processes: the first is killed and resumed behind the second, which is cancelled. Then nobody calls `tend`,
    and still the first continues to its end (to the same one: `test_resume`)."""
    # With torch, since the compiled loop is used only if another test has compiled it in the meantime.
    many = {"dim": "4", "epochs": "100000", "patience": "0"}  # it runs until it is stopped
    settings = {"dim": "4", "epochs": "30", "patience": "0", "batch_size": "50", "engine": "torch"}
    a, b = queue.submit(request(table, "a", **settings)), queue.submit(request(table, "b", **many))
    until(queue, a, lambda job: len(job.epochs) >= 2)
    pid = json.loads((a.folder / "process.json").read_bytes())["pid"]
    os.kill(pid, signal.SIGSTOP)  # so that it is still in the middle, however slow what follows is
    job = queue.job(a.id)
    assert job.left > 0 and job.phases[0].left > 0 and job.phases[-1].left > 0, job.phases
    assert os.getpgid(pid) != os.getpgid(0)  # stopping a server by Ctrl-C stops no training
    os.kill(pid, signal.SIGKILL)
    a = until(queue, a, lambda job: job.state == "interrupted")
    queue.tend()
    assert queue.resume(a).state == "queued"
    b = until(queue, queue.cancel(until(queue, b, lambda job: job.epochs)))
    assert (b.state, b.run) == ("cancelled", queue.home.runs / "b")
    assert load(b.run).history["ended"] == "interrupted"
    a = until(queue, a)
    assert (a.state, len(a.epochs)) == ("done", len(load(a.run).history["epochs"])), a.sentence()
    assert sorted(path.name for path in queue.home.runs.iterdir()) == ["a", "b"]
    figures = r"Trained: MRR (1|)\.\d{3}, HR@10 (1|)\.\d{3} on the test items\. "  # 40 items: HR@50 means nothing
    pattern = figures + r"Preset “paper”, except: dimensions d 4, .* \(sparse, because .*"
    assert re.fullmatch(pattern, a.sentence()), a.sentence()
    for job in (a, b):  # the run says what the training reported, so it is recognised under any name
        (queue.home.runs / job.request.name).rename(queue.home.runs / f"better {job.request.name}")
    assert [queue.job(job.id).run.name for job in (a, b)] == ["better a", "better b"]


@pytest.mark.long
def test_a_training_that_fails_says_why_and_the_next_is_found_without_epochs(queue: Queue, table: Path) -> None:
    """The first has no data left when its turn comes; the second is a counted system."""
    empty = table.with_name("empty.csv")
    empty.write_text("user,item,time\n")
    a = queue.submit(request(empty, "a"))
    b = queue.submit(JobRequest(table, "counts", "auto", model="markov", with_maps=False))
    a, b = until(queue, a), until(queue, b)
    assert a.state == "failed" and isinstance(a.error, InputError) and not a.can_resume
    assert "No interactions are left" in a.sentence() or "no rows" in a.sentence()
    assert (b.state, b.run) == ("done", queue.home.runs / "counts"), b.sentence()
    (queue.home.runs / "counts").rename(queue.home.runs / "renamed")
    assert queue.job(b.id).run == queue.home.runs / "renamed"
    file = queue.home.runs / "renamed" / "history.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "trained": "2001-01-01T00:00:00+00:00"}))
    assert queue.job(b.id).run_left


@pytest.mark.long
def test_a_full_disk_ends_in_a_sentence(queue: Queue, table: Path) -> None:
    """Files may have 6,000 bytes, which is enough to report the full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, before[1]))
    try:
        a = queue.submit(request(table, "a", epochs="2", dim="32"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    a = until(queue, a)
    assert (a.state, a.can_resume, len(a.epochs)) == ("failed", False, 4)
    assert "The run cannot be written" in a.sentence()
    assert "cannot be saved" in (a.folder / "log.txt").read_text()
    assert not queue.home.runs.exists()


SERVER = """
# Either a server that puts two trainings in line, or a training that is over in a moment and looks after the queue.
import subprocess, sys, time
from pathlib import Path
from attrec_core.storage.workspace import Home
from attrec_core.jobs.job import JobRequest
from attrec_core.jobs import queue
from attrec_core.jobs.queue import Queue
from attrec_core.jobs.folder import write_state
from attrec_core.storage.locks import hold_lock

script, what, home, name = sys.argv[0], sys.argv[1], Home(Path(sys.argv[2])), sys.argv[3]

def start(job, home, lock):
    subprocess.Popen([sys.executable, script, "train", str(home.path), job.id], pass_fds=[lock])

queue.start = start
if what == "serve":
    for number in range(2):
        Queue(home).submit(JobRequest(Path(sys.argv[4]), f"{name}{number}", "sparse"))
else:
    job = home.jobs / name
    with (home.path / "log").open("a", buffering=1) as log:
        log.write("begin\\n"); time.sleep(.02); log.write("end\\n")
    with hold_lock(home.jobs):
        write_state(job, "done", "", ended=time.time())
    Queue(home).tend()
"""


@pytest.mark.long
def test_two_servers_on_one_folder_never_train_two_at_once(queue: Queue, table: Path, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    words = [sys.executable, str(tmp_path / "server.py"), "serve", str(queue.home.path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    servers = [subprocess.Popen([*words, name, str(table)], cwd=ROOT, env=environment) for name in "ab"]
    assert [server.wait(PATIENCE) for server in servers] == [0, 0]
    wait_for(lambda: all(job.has_ended for job in queue.jobs()))
    assert [job.state for job in queue.jobs()] == ["done"] * 4
    assert (queue.home.path / "log").read_text().split() == ["begin", "end"] * 4


# A training whose settings a race chooses: stopped, resumed, told while it runs.


@pytest.fixture
def films(tmp_path: Path) -> Path:
    return data_file(tmp_path / "rows.csv", random_histories(2))


def test_a_damaged_request_has_failed_and_so_has_a_study_of_an_older_version(queue: Queue, films: Path) -> None:
    for name, change in (("damaged", {"name": 1}), ("study", {"kind": "omega", "seeds": 3})):
        folder = queue.home.jobs / name
        folder.mkdir(parents=True)
        write_request(folder, JobRequest(films, "mine", "sparse"), 0.0)
        file = folder / "job.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
        write_state(folder, "queued", queued=1.0)
    assert [job.state for job in queue.jobs()] == ["failed", "failed"]
    assert "only the command `study` runs and resumes" in queue.job("study").sentence()


# The race varies only settings that are not set here.
FEW = {"dim": "4", "window": "3", "long_weight": "0.2", "vector_dropout": "0", "negatives": "3", "targets": "1"}
FEW |= {"epochs": "48", "patience": "0", "engine": "torch"}


def raced(job: Job) -> int:
    """Returns the number of trainings of the race that are done."""
    return job.phases[0].epoch if job.phases and job.phases[0].name == "race" else 0


@pytest.mark.long
def test_a_race_that_is_stopped_goes_on_and_tries_nothing_twice(queue: Queue, films: Path) -> None:
    out = queue.home.runs / "a"
    a = until(queue, queue.submit(JobRequest(films, "a", "auto", FEW, with_maps=False)), lambda job: raced(job) >= 1)
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
    assert f"Settings: {tried} of {len(trials)} short trainings done" in log.split("Looking for good settings")[2]
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
