"""“Train”: the chosen settings are trained; the page shows a running training as its files describe it."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from app_pages import charts, checked, errors, opened_page
from conftest import random_histories
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from attrec_core import config
from attrec_core.config import PRESETS, TrainConfig, with_settings
from attrec_core.data import data_sets, importing
from attrec_core.errors import InputError
from attrec_core.jobs import folder as folder_module
from attrec_core.jobs import queue as queue_module
from attrec_core.jobs.folder import CANCEL, write_state
from attrec_core.jobs.job import Job, JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.jobs.worker import JobProgress
from attrec_core.runs.candidates import may_change
from attrec_core.runs.history import Epoch
from attrec_core.runs.run import Run, save
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.time_left import Estimate, Plan, RaceEstimate
from attrec_core.runs.unfinished import RACE, race_of
from attrec_core.storage.workspace import SAMPLE_RUN, Home
from attrec_core.views.train import panels, words
from pages.lab import estimate, runs_list, trainings
from pages.widgets import background

NO_PLAN = Plan()


class Processes:
    """Replaces the processes of jobs: it holds their locks, and the test writes their progress."""

    def __init__(self) -> None:
        self.living: dict[str, int] = {}

    def start(self, job: Job, home: Home, lock: int) -> None:
        self.living[job.id] = os.dup(lock)

    def end(self, job: Job, queue: Queue, state: str, sentence: str = "So it ended.") -> None:
        if state != "running":
            write_state(job.folder, state, sentence, ended=time.time())
        os.close(self.living.pop(job.id))
        queue.tend()


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: Processes) -> Queue:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    return Queue(Home(tmp_path / "home"))


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    fake_processes = Processes()
    monkeypatch.setattr(queue_module, "start", fake_processes.start)
    yield fake_processes
    for lock in fake_processes.living.values():
        os.close(lock)


def opened(**query: str) -> AppTest:
    return opened_page("lab/train", **query)


def texts(app: AppTest) -> str:
    assert not app.exception
    messages = [element.value for element in (*app.header, *app.markdown, *app.caption, *app.info, *app.success)]
    return " ".join([*messages, *(text for _, text in bars(app))]).replace("\\", "").replace("**", "")


def bars(app: AppTest) -> list[tuple[bool, str]]:
    """Returns for each bar whether it is that of a phase whose end nobody knows, and its text."""
    found = []
    for node in app.main:
        if node.type == "progress":
            found.append((False, node.proto.text))
        elif node.type == "html" and (match := re.search(r'class="attrec-open"><p>(.*?)</p>', node.proto.body)):
            found.append((True, match[1]))
    return found


def open_bars(app: AppTest) -> list[str]:
    return [text for is_open, text in bars(app) if is_open]


def keys(app: AppTest, beginning: str) -> list[str]:
    return [button.key for button in app.button if str(button.key).startswith(beginning)]


def epochs(count: int, phase: str = "search", of: int = 30) -> tuple[Epoch, ...]:
    """Returns epochs of which the third is the best."""

    def metrics(number: int) -> dict[str, float]:
        return {"hr@10": 0.1, "hr@50": 0.2, "ndcg@10": 0.1, "mrr": 0.3 - 0.05 * abs(3 - number)}

    numbers = range(1, count + 1)
    return tuple(Epoch(n, phase, of, 1 / n, 0.5, metrics(n) if phase == "search" else None) for n in numbers)


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that progress is read and written by stands still, however long a page takes."""
    now = time.time()
    monkeypatch.setattr(folder_module, "time", SimpleNamespace(time=lambda: now))


def write_epochs(job: Job, found: tuple[Epoch, ...], *stages: str, plan: Plan = NO_PLAN) -> None:
    """Writes the progress of a job; its stages began three seconds ago."""
    lines = [{"plan": vars(plan)}, *(epoch.as_dict() for epoch in found)]
    lines += [{"stage": stage, "at": folder_module.time.time() - 3} for stage in stages]
    (job.folder / "progress.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture(autouse=True)
def nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page starts no estimate by itself, except in the tests of estimates."""
    monkeypatch.setattr(estimate, "PAUSE", float("inf"))
    monkeypatch.setattr(estimate, "KNOWN", OrderedDict())
    monkeypatch.setattr(estimate, "RUNNING", [])


def field_key(app: AppTest, name: str) -> str:
    """The key of a field for the data and the start that the page shows."""
    (key,) = (key for key in field_keys(app) if key.startswith((f"{name}_sample_data_", f"{name}_table_")))
    return key


def field_keys(app: AppTest) -> set[str]:
    kinds = (app.number_input, app.selectbox, app.checkbox, app.text_input)
    return {str(field.key) for kind in kinds for field in kind}


def field(app: AppTest, setting: str) -> Any:
    """The field of a setting."""
    key = field_key(app, f"train_set_{setting}")
    return next(box for kind in (app.number_input, app.selectbox, app.checkbox) for box in kind if box.key == key)


def unfolded(app: AppTest) -> AppTest:
    app.session_state["train_settings"] = True
    return app.run()


def captions(app: AppTest) -> list[str]:
    """What is said of each preset."""
    return list(app.radio(key="train_preset").proto.captions)


def with_all_settings(app: AppTest) -> AppTest:
    unfolded(app).radio(key="train_preset").set_value("best")
    return app.run()


def started(app: AppTest, queue: Queue, name: str = "") -> Job:
    """Starts a training, under another name if one is given, and returns its job."""
    if name:
        app.text_input(key=field_key(app, "train_name")).set_value(name).run()
    app.button(key="train_start").click().run()
    assert errors(app) == []
    return queue.jobs()[-1]


def test_every_setting_has_a_field_and_a_changed_one_is_what_is_trained(queue: Queue) -> None:
    app = with_all_settings(opened())
    used = {*SYSTEMS["attrec"].uses.split(), *vars(config.TrainConfig())} - {"temperature", "l2"}  # hinge, clipping
    drawn = {key for key in field_keys(app) if key.startswith("train_set_")} - {"train_set_attrec_from"}
    assert {f"train_set_{key}_sample_data_best" for key in used} == drawn
    for setting, value in (("dim", 16), ("long_weight", 0.5), ("time_signal", False), ("mask", "before")):
        field(app, setting).set_value(value)
    app.run()
    assert "long-term weight ω 0.5 instead of 0.3" in texts(app) and "changed from 64" in field(app, "dim").label
    job = started(app, queue, "mine")
    assert job.request.name == "mine"
    assert job.request.settings == {"dim": "16", "long_weight": "0.5", "mask": "before", "time_signal": "false"}
    model, _ = with_settings(*PRESETS[job.request.preset], job.request.settings)
    assert (model.dim, model.long_weight, model.time_signal, model.mask) == (16, 0.5, False, "before")
    assert job.state == "running" and job.request.data.name == "sample_data"


def test_a_training_starts_from_a_run_with_its_settings(queue: Queue, small_run: Run) -> None:
    before = queue.home.runs / "before"
    save(small_run, before)
    app = unfolded(opened())
    start = app.selectbox(key="train_set_attrec_from")
    assert (start.value, start.options) == ("", ["no run: random weights", "sample_data", "before"])
    start.set_value("before").run()
    assert field(app, "dim").value == small_run.model_config.dim != PRESETS["movielens"][0].dim
    assert "Using the settings of the run before unchanged." in texts(app)
    field(app, "dim").set_value(16).run()
    assert errors(app) == ["“dimensions d” cannot change in a training that starts from a run: before has 8."]
    assert app.button(key="train_start").disabled
    field(app, "dim").set_value(8)
    field(app, "epochs").set_value(3).run()
    job = started(app, queue)
    assert (job.request.from_run, job.request.settings) == (before, {"epochs": "3"})
    assert job.request.arguments[:4] == ["--from", str(before), "--set", "epochs=3"]
    assert job.request.configs() == (small_run.model_config, replace(small_run.train_config, epochs=3))
    app.button(key="train_reset").click().run()
    found = "Using the preset unchanged."
    assert app.selectbox(key="train_set_attrec_from").value == "" and found in texts(app)
    app.selectbox(key="train_set_attrec_from").set_value("before").run()
    (before / "config.json").write_text("{}")  # the run goes, and is no start any more
    app.run()
    assert len(errors(app)) == 1 and "before" in errors(app)[0]
    assert app.selectbox(key="train_set_attrec_from").value == "" and found in texts(app)
    app.selectbox(key="train_set_attrec_from").set_value("sample_data").run()
    assert "Using the settings of the run sample_data unchanged." in texts(app)


def test_another_system_is_trained_from_its_own_settings(queue: Queue) -> None:
    app = opened()
    systems = app.selectbox(key="train_system")
    assert systems.value == "attrec" and systems.options[0] == "AttRec"
    assert len(systems.options) == len(SYSTEMS) - 1  # a class of one's own comes from the command line
    field(unfolded(app), "mask").set_value("before").run()  # a setting that SASRec does not have
    app.selectbox(key="train_system").set_value("sasrec").run()
    assert not app.radio and "Kang and McAuley 2018. Blocks of causal self-attention" in texts(app)
    drawn = {key.removesuffix("_sample_data_sasrec") for key in field_keys(app)}
    idle = {"train_set_mask", "train_set_targets", "train_set_margin", "train_set_accumulator", "train_set_pairs"}
    assert {"train_set_heads", "train_set_temperature"} <= drawn and not idle & drawn
    field(app, "loss").set_value("hinge").run()
    field(app, "margin").set_value(0.25).run()
    assert "margin γ 0.25 instead of 0.5" in texts(app)
    field(app, "loss").set_value("softmax").run()
    assert "margin" not in texts(app)  # what has no effect is not trained with
    assert field(app, "window").value == 50 and "Using the default settings of SASRec unchanged." in texts(app)
    field(app, "heads").set_value(2).run()
    app.selectbox(key="train_system").set_value("gru4rec").run()  # what was typed for SASRec stays with it
    assert "Using the default settings of GRU4Rec unchanged." in texts(app)
    assert app.selectbox(key="train_set_gru4rec_from").options == ["no run: random weights"]  # the others are AttRec's
    app.selectbox(key="train_system").set_value("sasrec").run()
    assert app.text_input(key=field_key(app, "train_name")).value == "sample_data SASRec"
    job = started(app, queue)
    assert job.request.arguments == ["--model", "sasrec", "--set", "heads=2"]
    model, train = job.request.configs()
    assert (model.model, model.heads, train.loss) == ("sasrec", 2, "softmax")


def test_whatever_a_stop_ends_in_is_a_stop(queue: Queue) -> None:
    """Python drops the interrupt of a stop inside a callback of the compiler, and numba then raises another error."""
    job = queue.submit(JobRequest(Path("sample_data"), "mine", "quick"))
    progress = JobProgress(job.folder, queue.home.runs / "mine")
    progress.failed(RuntimeError("no compiled object yet"))
    assert progress.ending.state == "failed"
    progress.stop_requested = True
    progress.failed(RuntimeError("no compiled object yet"))
    assert (progress.ending.state, progress.ending.error) == ("cancelled", None)


def test_a_counted_system_has_no_epochs_and_no_time_to_estimate(queue: Queue, processes: Processes) -> None:
    app = unfolded(opened())
    app.selectbox(key="train_system").set_value("ease").run()
    assert "number of epochs" not in texts(app) and "it has no epochs" in texts(app) and keys(app, "train_ask") == []
    job = started(app, queue)
    progress = job.folder / "progress.jsonl"
    for lines, said in (("", "Counting"), ('{"stage": "metrics", "at": 1}', "Counting: done")):
        progress.write_text(lines)
        assert f"{said} Metrics" in texts(app.run()) and "Reading the data" not in texts(app)
    processes.end(job, queue, "done")


def test_what_is_chosen_survives_another_page_and_a_closed_panel_but_no_reset_and_no_other_preset(queue: Queue) -> None:
    app = opened()
    presets = app.radio(key="train_preset")
    assert (presets.value, presets.options) == ("paper", ["Paper", "Quick look", "Best", "Find good settings"])
    assert captions(app)[0] == "as published"
    field(with_all_settings(app), "dim").set_value(16).run()
    app.switch_page("pages/explore/attention.py").run()
    app.switch_page("pages/lab/train.py").run()
    app.session_state["train_settings"] = False
    assert "dimensions d 16 instead of 64" in texts(app.run())
    unfolded(app).button(key="train_reset").click().run()
    assert field(app, "dim").value == 64 and "Using the preset unchanged" in texts(app)
    app.radio(key="train_preset").set_value("quick").run()
    assert field(app, "dim").value == 32


def test_settings_that_do_not_go_together_are_a_sentence(queue: Queue) -> None:
    app = with_all_settings(opened())
    field(app, "pairs").set_value("aligned")
    field(app, "targets").set_value(3).run()
    assert "a multiple of “targets T” (3)" in errors(app)[0]
    assert app.button(key="train_start").disabled and app.button(key="train_ask").disabled
    assert field(app, "targets").value == 3


def test_a_name_that_cannot_be_is_a_sentence_and_suggested_names_are_free(queue: Queue) -> None:
    (queue.home.runs / "taken").mkdir(parents=True)
    app = opened()
    for name, says in (("", "is empty"), ("a/b", "'/'"), ("taken", "already")):
        app.text_input(key=field_key(app, "train_name")).set_value(name).run()
        app.button(key="train_start").click().run()
        assert says in errors(app)[0] and app.text_input(key=field_key(app, "train_name")).value == name
    app, names = opened(), []
    for _ in range(3):
        names.append(app.text_input(key=field_key(app, "train_name")).value)
        started(app, queue)
    assert names == [f"sample_data paper{suffix}" for suffix in ("", " 2", " 3")]
    assert [job.request.name for job in queue.jobs()] == names
    assert "next in line" not in texts(app) and "1 training before it" in texts(app)
    assert "2 trainings before it" in texts(app)


@pytest.mark.usefixtures("still_clock")
def test_a_training_is_followed_from_its_first_epoch_to_its_end(queue: Queue, processes: Processes) -> None:
    app = opened()
    job = started(app, queue)
    assert "Reading the data…" in texts(app) and charts(app) == {}
    write_epochs(job, (), "compile", plan=Plan(compile=60, metrics=5))
    assert open_bars(app.run()) == ["Compiling the training step"] and "Reading the data…" not in texts(app)
    assert " left" not in texts(app) and "less than" not in texts(app)  # nobody knows how long it takes
    write_epochs(job, epochs(4), plan=Plan(compile=60))
    assert "Compiling the training step: done Training, epoch 4 of at most 30: about " in texts(app.run())
    assert re.search(r"About \d+ s left \(at most \d+ s\)\.", texts(app)) and "Final fit: about " in texts(app)
    assert "The best MRR on the validation items is .300, in epoch 3" in texts(app)
    curves = charts(app)
    assert list(curves[f"training_loss_{job.id}"].data[0].y) == [1, 1 / 2, 1 / 3, 1 / 4]
    assert list(curves[f"training_mrr_{job.id}"].data[-1].x) == [3]
    write_epochs(job, (*epochs(8), *epochs(2, "refit", 3)))
    assert "Training: done, 8 epochs" in texts(app.run()) and "Final fit, epoch 2 of 3: about .5 s left" in texts(app)
    write_epochs(job, epochs(8), "maps", plan=Plan(maps=12))
    match = re.search(r"Metrics: done Maps: about (\d\.\d) s left", texts(app.run()))
    assert float(match[1]) == 9 and [bar.proto.value for bar in app.get("progress")][-1] == 25  # 3 of 12 s have passed
    write_epochs(job, epochs(8), "maps", plan=Plan(maps=2))
    assert open_bars(app.run()) == ["Maps"] and " s left" not in texts(app)  # it takes longer than estimated
    (queue.home.runs / job.request.name).mkdir(parents=True)
    (queue.home.runs / job.request.name / "config.json").write_text("{}")  # all that can be read of it
    processes.end(job, queue, "done", "Trained: HR@50 .5.")
    assert "done. Trained: HR@50 .5." in texts(app.run())
    assert keys(app, "cancel_") == [] and "in the queue" not in texts(app)
    link = next(link.proto for link in app.get("page_link") if "Attention" in link.proto.label)
    assert link.query_string.replace("%20", "+") == "run=sample_data+paper"


def write_race(job: Job, done: int, then: tuple[Epoch, ...] = ()) -> None:
    race = {"done": done, "of": 30, "figure": "mrr", "best": 0.1234 if done else None, "taken": 40.0, "left": 120.0}
    lines: list[dict[str, object]] = [{"race": race, "at": time.time(), "processor": 1.0}]
    lines += [{"train": vars(TrainConfig(epochs=12))}] if then else []
    lines += [epoch.as_dict() for epoch in then]
    (job.folder / "progress.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def to_find_settings() -> AppTest:
    return opened().radio(key="train_preset").set_value("auto").run()


def test_a_race_is_chosen_says_what_it_may_change_and_is_a_phase_of_its_own(queue: Queue, processes: Processes) -> None:
    app = to_find_settings()
    assert may_change() in texts(app)
    job = started(app, queue)
    assert job.request.arguments == ["--auto"] and "Find good settings on sample_data (bundled)." in texts(app)
    assert "Settings Training Final fit Metrics Maps" in texts(app)  # as many bars as later
    write_race(job, 0)
    text, later = texts(app.run()), "Training Final fit Metrics Maps"
    assert re.search(rf"Settings: 0 of 30 short trainings done: about (2.0 min|1\d\d s) left {later}", text), text
    write_race(job, 3)
    text = texts(app.run())
    assert "Settings: 3 of 30 short trainings done, best validation MRR so far .123: about" in text
    assert [button.label for button in app.button if button.key == f"cancel_{job.id}"] == ["Stop"]
    write_race(job, 30, epochs(2, of=12))
    text = texts(app.run())
    assert "Settings: done, 30 short trainings, best validation MRR .123 Training, epoch 2 of at most 12: about" in text
    assert [button.label for button in app.button if button.key == f"cancel_{job.id}"] == ["Stop and keep best"]
    folder = race_of(queue.home.runs / job.request.name)
    folder.mkdir(parents=True)
    (folder / RACE).write_text("{}")
    processes.end(job, queue, "failed", "The disk was full.")
    assert keys(app.run(), "resume_") == [f"resume_{job.id}"]


def test_a_setting_that_is_changed_is_the_same_in_the_whole_race(queue: Queue) -> None:
    app = unfolded(to_find_settings())
    assert words.FIXED in texts(app)
    field(app, "dim").set_value(16).run()
    assert f"Fixed: dimensions d 16. {may_change(['dim'])}" in texts(app)
    assert started(app, queue).request.arguments == ["--auto", "--set", "dim=16"]


def ended(queue: Queue, processes: Processes, job: Job, told: tuple[Epoch, ...]) -> None:
    """Ends a training with its run and these epochs."""
    write_epochs(job, told)
    written(queue.home, job.request.name, told)
    processes.end(job, queue, "done", "Trained.")


def test_the_way_to_a_run_follows_it_when_it_is_renamed(queue: Queue, processes: Processes) -> None:
    app = opened()
    written(queue.home, "another", epochs(5)[1:])
    ended(queue, processes, started(app, queue, "first"), epochs(4))
    assert led_to(app.run()) == "run=first" and "is now called" not in texts(app)
    (queue.home.runs / "first").rename(queue.home.runs / "best of all")
    assert led_to(app.run()) == "run=best of all" and "The run is now called best of all." in texts(app)
    written(queue.home, "first", epochs(6)[2:])  # another run takes the name that is free again
    assert led_to(app.run()) == "run=best of all"
    shutil.rmtree(queue.home.runs / "best of all")
    assert led_to(app.run()) is None and "the run with this name is a different one" in texts(app)
    shutil.rmtree(queue.home.runs / "first")
    assert led_to(app.run()) is None and "it was moved or deleted outside this app" in texts(app)


def test_the_quality_of_a_preset_is_that_of_its_latest_training_on_this_data(queue: Queue) -> None:
    job = replace(started(opened(), queue), state="done", run=SAMPLE_RUN)
    wanted = replace(job.request, name="")
    assert trainings.quality_of(wanted, 0.0, [job]) == "MRR .243"
    assert not trainings.quality_of(wanted, job.created + 1, [job])  # the data was imported since
    assert not trainings.quality_of(replace(wanted, preset="quick"), 0.0, [job])
    assert not trainings.quality_of(wanted, 0.0, [replace(job, run=None)])


def to_page(app: AppTest, page: str) -> None:
    """Opens a page as the navigation does: its links have no query."""
    app.query_params.clear()
    app.switch_page(f"pages/{page}.py").run()


def test_who_comes_to_runs_from_a_training_finds_its_run_chosen(queue: Queue, processes: Processes) -> None:
    app = opened(about="sample_data")
    ended(queue, processes, started(app, queue, "first"), epochs(4))
    assert app.run().session_state["view"].about == "sample_data"
    to_page(app, "lab/runs")
    assert app.session_state["view"].about == "first"
    app.session_state["view"] = replace(app.session_state["view"], about="sample_data")
    app.session_state[runs_list.CHOSEN] = SAMPLE_RUN
    to_page(app, "lab/train")
    to_page(app, "lab/runs")
    assert app.session_state["view"].about == "sample_data"  # a run that was clicked since then stays chosen


def test_a_training_that_ends_chooses_no_run_where_one_is_looked_at(queue: Queue, processes: Processes) -> None:
    app = opened()
    jobs = [started(app, queue, name) for name in ("first", "second")]
    to_page(app, "lab/runs")
    for job, told in zip(jobs, (epochs(4), epochs(5)[1:]), strict=True):
        ended(queue, processes, job, told)
    app.run()
    assert runs_list.CHOSEN not in app.session_state  # a user who is on Runs already keeps the run there
    to_page(app, "start")
    to_page(app, "lab/runs")
    assert app.session_state[runs_list.CHOSEN].name == "second"
    shutil.rmtree(queue.home.runs / "second")
    app.session_state[runs_list.CHOSEN] = runs_list.NOBODY
    app.run()
    to_page(app, "start")
    to_page(app, "lab/runs")
    assert app.session_state[runs_list.CHOSEN] == runs_list.NOBODY  # the training before it no longer counts


def test_a_hit_rate_that_the_data_makes_1_is_remarked_upon(queue: Queue, processes: Processes, tmp_path: Path) -> None:
    lists = random_histories(3, users=20, items=55, longest=20)
    rows = [f"{user},{item},{time}\n" for user, ids in lists.items() for time, item in enumerate(ids * (len(ids) > 8))]
    (table := tmp_path / "few.csv").write_text("user,item,time\n" + "".join(rows))
    data_sets.save(*importing.import_data(table), queue.home.data / "few")
    app = opened(data="few")
    job = started(app, queue)
    write_epochs(job, epochs(4))
    assert "says nothing" not in texts(app.run())
    # So it does not lead: the curves are those of other metrics.
    drawn = [f"training_{name}_{job.id}" for name in ("loss", "mrr", "hr10")]
    assert [key for key in charts(app) if key.startswith("training_")] == drawn
    perfect = tuple(replace(epoch, validation={**(epoch.validation or {}), "hr@50": 1.0}) for epoch in epochs(4))
    write_epochs(job, perfect)
    nothing = "HR@50 says nothing about the model here"
    assert f"{nothing}: at most " in texts(app.run())
    processes.end(job, queue, "done", "Trained.")
    assert f"{nothing}: at most " in texts(app.run())
    again = queue.submit(replace(job.request, name="again"))
    queue.tend()
    write_epochs(again, perfect)
    processes.end(again, queue, "done", "Trained.")
    assert texts(opened()).count(nothing) == 1  # both are on the same data


def written(home: Home, name: str, told: tuple[Epoch, ...]) -> None:
    """Writes only the files of a run that tell which training it comes from."""
    folder = home.runs / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "history.json").write_text(json.dumps({"epochs": [epoch.as_dict() for epoch in told]}))


def led_to(app: AppTest) -> str | None:
    """Returns the query of the link to the run of the training that has ended."""
    links = [link.proto for link in app.get("page_link") if "Open in Attention" in link.proto.label]
    return links[0].query_string.replace("%20", " ").replace("+", " ") if links else None


def test_cancel_remove_resume_and_stop(queue: Queue, processes: Processes) -> None:
    app = opened()
    first, second = (started(app, queue) for _ in range(2))
    app.button(key=f"cancel_{second.id}").click().run()
    assert "Cancelled before it began" in texts(app)
    app.button(key=f"remove_{second.id}").click().run()
    assert [job.id for job in queue.jobs()] == [first.id]
    app.button(key=f"cancel_{first.id}").click().run()
    assert (first.folder / CANCEL).exists() and "the best epoch so far is kept" not in texts(app)  # there is none
    assert keys(app, "cancel_") == []
    (first.folder / CANCEL).unlink()
    processes.end(first, queue, "running")  # killed
    assert "can be resumed" in texts(app.run())
    app.button(key=f"resume_{first.id}").click().run()
    assert queue.job(first.id).state == "running" and keys(app, "cancel_") == [f"cancel_{first.id}"]
    processes.end(first, queue, "cancelled", "Stopped; epoch 2, the best so far, is kept.")
    assert "sample_data paper. Stopped; epoch 2" in texts(app.run()).replace("*", "")


def test_what_another_page_removed_is_a_sentence_and_what_is_damaged_hides_no_other(queue: Queue) -> None:
    app = opened()
    _, second, third = (started(app, queue) for _ in range(3))
    queue.cancel(second)
    queue.remove(queue.job(second.id))
    app.button(key=f"cancel_{second.id}").click().run()
    assert "no longer exists" in errors(app)[0]
    (third.folder / "job.json").write_bytes(b"{")
    assert "is damaged" in texts(app.run()) and "Reading the data…" in texts(app)


def test_a_read_only_server_only_shows(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    started(opened(), queue)
    monkeypatch.setenv("ATTREC_READONLY", "1")
    app = opened()
    assert "read-only" in texts(app) and "Reading the data…" in texts(app)
    assert keys(app, "train_") == keys(app, "cancel_") == []


class Asked:
    """Replaces the process of an estimate: it has an answer at once."""

    began: ClassVar[list[list[str]]] = []
    fault = ""

    def __init__(self, words: list[str]) -> None:
        Asked.began.append(words)
        self.stop_requested, self.seconds, self.was_stopped = 0.0, 0.0, False

    def running(self) -> bool:
        return False

    def stop(self) -> None:
        self.was_stopped = True

    def answer(self) -> dict[str, object]:
        if self.fault:
            raise InputError("too_small", self.fault)
        return Estimate(1000, 1, 0.5, 5, 60, True, 0, 1).as_dict()


@pytest.fixture
def asked_words(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of each estimate that was started; there is no pause."""
    monkeypatch.setattr(background, "BackgroundCommand", Asked)
    monkeypatch.setattr(Asked, "began", [])
    monkeypatch.setattr(estimate, "PAUSE", 0.0)
    return Asked.began


def rested(app: AppTest) -> AppTest:
    """Runs the page until it has looked twice at a choice, and once more to show the result."""
    for _ in range(4):
        app.run()
    return app


def test_the_time_is_said_by_itself_once_for_each_choice_and_for_all_sessions(
    queue: Queue, asked_words: list[list[str]]
) -> None:
    app = opened()
    assert " each (" not in texts(app)
    rested(app)
    assert " each (" in texts(app) and "paper" in asked_words[0]
    for _ in words.OFFERED:  # the presets follow by themselves
        rested(app)
    assert all(" · about 2.5–30 s" in caption for caption in captions(app))
    assert len(asked_words) == len(words.OFFERED)
    app.checkbox(key="train_maps").set_value(False).run()
    assert " each (" not in texts(app) and "·" not in "".join(captions(app))
    assert " each (" in texts(rested(app)) and "--no-maps" in asked_words[len(words.OFFERED)]
    app.checkbox(key="train_maps").set_value(True).run()
    count = len(asked_words)
    assert " each (" in texts(app)
    assert " each (" in texts(rested(opened())) and len(asked_words) == count  # another session


def test_while_a_time_is_estimated_it_says_so_and_no_other_is_asked_for(
    queue: Queue, asked_words: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`test_the_server_asks_by_the_command_line` tests the process itself."""
    with monkeypatch.context() as patch:
        patch.setattr(Asked, "running", lambda self: True)
        app = opened()
        app.button(key="train_ask").click().run()
        assert "Estimating…" in texts(app) and app.button(key="train_ask").disabled
    assert " each (" in texts(app.run()) and errors(app) == []


def test_what_a_race_costs_is_said_before_it_starts(
    queue: Queue, asked_words: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cost = RaceEstimate(16, 30, 720.0, 2, 8.2, 15, 60.0, 240.0)
    monkeypatch.setattr(Asked, "answer", lambda self: cost.as_dict())
    assert cost.sentence in texts(rested(to_find_settings()))
    assert asked_words[0][2:] == ["--auto"]


def test_a_refused_estimate_is_said_once_and_large_data_or_a_training_is_left_in_peace(
    queue: Queue, asked_words: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Asked, "fault", "The data is too small.")
    app = rested(opened())
    assert errors(app) == ["The data is too small."] and len(asked_words) == 1
    rested(app)
    with monkeypatch.context() as patch:
        patch.setattr(estimate, "SMALL", 10)
        rested(opened())
    app.button(key="train_start").click().run()
    rested(opened())
    assert len(asked_words) == 1


def test_a_setting_out_of_its_range_is_named_and_nothing_can_be_started(
    queue: Queue, asked_words: list[list[str]]
) -> None:
    app = with_all_settings(opened())
    for key, value in (("dim", 99_999), ("dim", 0), ("long_weight", 1.5), ("learning_rate", 0.0)):
        field(app, key).set_value(value).run()
        message = f"“{config.SETTINGS[key].label}” is {value:,g}, which is out of range"
        assert [message in error for error in errors(app)] == [True, True]  # at its field, and over the button
        assert "Using the preset unchanged" not in texts(app)
        assert app.button(key="train_start").disabled and app.button(key="train_ask").disabled
        if key == "learning_rate":
            rested(app)
        app.button(key="train_reset").click().run()
        assert errors(app) == [] and not app.button(key="train_start").disabled
    assert not any("=" in argument for arguments in asked_words for argument in arguments)


@settings(max_examples=25)
@given(st.sampled_from(list(PRESETS)), st.sampled_from(sorted({*SYSTEMS} - {config.OWN})), st.data())
def test_a_form_says_what_with_settings_makes_again(preset: str, system: str, drawn: st.DataObject) -> None:
    """Whatever values the fields have, `--set` makes the same configurations."""
    request = JobRequest(Path(), "", preset, model=system)
    start = words.start_values(request)
    setting = config.SETTINGS[drawn.draw(st.sampled_from(list(start)))]
    if setting.kind == "choice":
        value = drawn.draw(st.sampled_from(setting.choices))
    elif setting.kind == "switch":
        value = drawn.draw(st.booleans())
    elif setting.kind == "whole":
        value = drawn.draw(st.integers(int(setting.range.low), min(int(setting.range.high), 10**6)))
    else:
        value = drawn.draw(st.floats(max(0.001, setting.range.low), 0.99))
    changes = words.changed(start, start | {setting.key: value})
    before = request.configs()
    model, train = with_settings(*before, changes) if setting.key != "pairs" else before
    values = {**vars(model), **vars(train)}
    if setting.key != "pairs":
        assert values[setting.key] == (pytest.approx(value, rel=1e-9) if setting.kind == "number" else value)


@given(st.integers(0, 8), st.integers(0, 4))
def test_each_curve_is_a_figure_and_each_number_stands_in_the_table(searched: int, refitted: int) -> None:
    all_epochs = (*epochs(searched), *(epochs(refitted, "refit", 4) if searched else ()))
    for curve in panels.AXES:
        figure = checked(panels.curve(all_epochs, curve))
        traces = [trace for trace in figure.data if trace.mode == "lines+markers"]
        curve_epochs = all_epochs if curve == "loss" else all_epochs[:searched]
        assert sum(len(trace.x) for trace in traces) == len(curve_epochs)
    table = panels.epochs_table(all_epochs)
    assert table["loss"].tolist() == [round(epoch.loss, 4) for epoch in all_epochs]
    assert words.curves_sentence(all_epochs)
