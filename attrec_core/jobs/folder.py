"""A job on disk.

job.json          the request, and when it was made
state.json        queued, running or how the job ended, with a sentence or an error and the times; changed only under
                  the queue's lock
progress.jsonl    a line for each training of a race or a study, the settings, the plan, each epoch, each stage after
                  the epochs, when the run was trained, and the ending; only the training writes it
process.json      pid and machine of the training, for people who look
cancel            exists once somebody has asked the training to stop
log.txt           the output of the training, for people who look

The training holds a lock on the folder as long as it runs, so no pid is needed to tell whether it is alive.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from attrec_core.config import TrainConfig
from attrec_core.errors import InputError, disk_errors
from attrec_core.jobs.found_run import Marks, find_run
from attrec_core.jobs.job import Job, JobRequest, JobState, Request, StudyRequest
from attrec_core.runs import unfinished
from attrec_core.runs.history import Epoch
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.time_left import (
    Phase,
    Plan,
    RaceProgress,
    all_phases,
    counted_phases,
    seconds_left,
    slowness,
    waited,
)
from attrec_core.storage.atomic_folder import heal
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.locks import Busy, hold_lock
from attrec_core.storage.read_errors import BROKEN, reason
from attrec_core.storage.workspace import Home

CANCEL = "cancel"
WORDLESS = (
    "The training ended unexpectedly: it was killed, ran out of memory, or the machine was restarted. "
    "It can be resumed."
)


@dataclass(frozen=True)
class Ending:
    """The state of a training, ended or not, with a sentence for people or with the error."""

    state: JobState
    outcome: str = ""
    error: InputError | None = None

    def as_dict(self) -> dict[str, Any]:
        error = None if self.error is None else self.error.as_dict()
        return {"state": self.state, "sentence": self.outcome or str(self.error or ""), "error": error}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Ending:
        """Raises ValueError, LookupError or TypeError for content that `as_dict` did not write."""
        state, error = cast(JobState, str(content["state"])), content.get("error")
        return cls(state, str(content["sentence"])) if error is None else cls(state, "", InputError.from_dict(error))


def write_request(folder: Path, request: Request, now: float) -> None:
    values = dataclasses.asdict(request).items()
    content = {name: str(value) if isinstance(value, Path) else value for name, value in values}
    atomic_write(folder / "job.json", json_bytes(content | {"created": now}))


def write_state(
    folder: Path, state: JobState, outcome: str = "", error: InputError | None = None, **times: float
) -> None:
    """times: queued, began, ended; a time that is not given keeps its stored value."""
    try:
        before = json.loads((folder / "state.json").read_bytes())
    except FileNotFoundError:
        before = {}
    atomic_write(folder / "state.json", json_bytes({**before, **Ending(state, outcome, error).as_dict(), **times}))


def read_job(folder: Path, home: Home) -> Job:
    """Returns the job; a damaged one as failed, with the reason. Raises FileNotFoundError when the job is gone."""
    try:
        content = json.loads((folder / "job.json").read_bytes())
        created = float(content.pop("created"))
        state = json.loads((folder / "state.json").read_bytes())
        times = {name: float(state.get(name, 0)) for name in ("queued", "began", "ended")}
        progress = read_progress(folder, since=times["began"])
        facts: dict[str, Any] = {"created": created, "epochs": progress.epochs, "stage": progress.stage}
        facts |= {**times, **vars(Ending.from_dict(state))}
        job = Job(folder.name, folder, request_from(content), **facts)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, *BROKEN) as error:
        problem = "cannot be read" if isinstance(error, OSError) else "is damaged"
        text = "The record of this training, {folder}, {what}: {why}."
        return failed_job(folder, InputError("damaged", text, folder=folder, what=problem, why=reason(error)))
    return with_facts_on_disk(job, progress, home)


def request_from(content: Mapping[str, Any]) -> Request:
    """Raises ValueError, LookupError or TypeError for content that is no request."""
    if "kind" in content:
        lists = {name: tuple(map(str, content[name])) for name in ("systems", "reading")}
        request = StudyRequest(**{**content, **lists, "data": Path(content["data"])})
        if type(request.seeds) is not int or type(request.budget) is not int:
            raise ValueError("no whole numbers")
        return request
    changes = {
        "data": Path(content["data"]),
        "from_run": None if content.get("from_run") is None else Path(content["from_run"]),
        "reading": tuple(map(str, content["reading"])),
        "settings": {str(key): str(text) for key, text in content["settings"].items()},
        "preset": str(content["preset"]),
        "model": str(content.get("model", "attrec")),  # older requests name none
    }
    return JobRequest(**{**content, **changes})


@dataclass(frozen=True)
class Progress:
    """The content of progress.jsonl. study: how many of its trainings are done; ending: used when the disk had no room
    for a new state.json."""

    epochs: tuple[Epoch, ...]
    stage: str
    plan: Plan | None  # None before it is worked out
    at: float  # seconds since 1970 of the latest plan, epoch or stage; 0 if not known
    slowness: float  # elapsed seconds per second of processor time
    ending: Ending | None
    race: RaceProgress | None = None
    config: TrainConfig | None = None  # the settings that the data or a race decided
    study: Phase | None = None
    trained: str = ""  # when the run was trained, as the run says it; empty before it is written


def read_progress(folder: Path, since: float) -> Progress:
    """Reads the progress of a training.

    Ignores a line that is only partly written, and the ending from before the training was resumed. since: when the
    latest process began.
    """
    epochs: list[Epoch] = []
    stage, ending, at = "", None, 0.0
    plan: Plan | None = None
    race, config, study, trained = None, None, None, ""
    clocks: list[tuple[float, float]] = []  # wall time and processor time, at the plan and at each epoch
    try:
        lines = (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    for line in lines:
        try:
            content = json.loads(line)
            if "study" in content:
                study, at = Phase(**content["study"]), float(content["at"])
                continue
            if "stage" in content:
                stage, at = str(content["stage"]), float(content["at"])
                continue
            if "processor" in content:
                at = float(content.pop("at"))
                clocks.append((at, float(content.pop("processor"))))
            if "plan" in content:
                plan = Plan(**content["plan"])
            elif "race" in content:
                race = RaceProgress(**content["race"])
            elif "train" in content:
                config = TrainConfig(**content["train"])
            elif "trained" in content:
                trained = str(content["trained"])
            elif "ending" in content:
                ending = Ending.from_dict(content["ending"]) if content["at"] >= since else None
            else:
                epochs.append(Epoch(**content))
                stage = ""  # an epoch ends the stage "compile"
        except BROKEN:
            continue
    return Progress(tuple(epochs), stage, plan, at, slowness(clocks), ending, race, config, study, trained)


def failed_job(folder: Path, error: InputError) -> Job:
    """Returns a failed job that stands for one that cannot be read."""
    return Job(folder.name, folder, JobRequest(Path(), folder.name, "movielens"), "failed", 0, error=error)


def with_facts_on_disk(job: Job, progress: Progress, home: Home) -> Job:
    """Combines the stored state with the facts on disk: is the process alive, was a stop requested, is there a
    checkpoint or a run? If the folder of the run cannot be read, only this job reports it.
    """
    request = job.request
    if isinstance(request, StudyRequest):
        return study_as_it_stands(job, progress, home)
    out, unreadable, ending = request.out(home), None, progress.ending
    heal(out)
    is_begun = is_kept = is_written = False
    try:
        with disk_errors("unreadable", "The folder of its run, {run}, cannot be read: {why}.", run=out.name):
            is_begun, is_kept = unfinished.is_begun(out), unfinished.is_kept(out)
            is_written = (out / "config.json").is_file()
    except InputError as error:
        unreadable = error
    if ending is None and not is_kept and is_written:
        ending = Ending("done", "Trained.")  # if no process runs, it was killed after it wrote the run
    job = running_or_ended(job, ending, home)
    marks: Marks = tuple((epoch.loss, epoch.seconds) for epoch in job.epochs) or tuple(filter(None, [progress.trained]))
    has_run = job.state in ("done", "cancelled") and bool(marks) and unreadable is None
    run = find_run(home, request.name, marks, is_written=is_written) if has_run else None
    seconds: tuple[float, float] | None = None
    phases: tuple[Phase, ...] = ()
    if job.state == "running":
        with contextlib.suppress(InputError):  # its settings do not fit this version
            config = progress.config or request.configs()[1]
            seconds = None if job.stage in ("metrics", "maps") else seconds_left(job.epochs, config)
            phases = phases_of(job, request, progress, config)
    return dataclasses.replace(
        job,
        left=seconds,
        phases=phases,
        can_resume=job.state == "interrupted" or (job.state == "failed" and is_begun),
        run=run,
        run_left=has_run and run is None,
        unreadable=unreadable,
    )


def phases_of(job: Job, request: JobRequest, progress: Progress, config: TrainConfig) -> tuple[Phase, ...]:
    """Returns all phases of a running training, from its beginning on."""
    waits = max(0.0, time.time() - progress.at) if progress.at else 0.0
    race_to_come = RaceProgress(0, 0) if request.races and progress.config is None else None
    plan, race, times = progress.plan, progress.race or race_to_come, {"waits": waits, "slowness": progress.slowness}
    phases = all_phases(job.epochs, job.stage, config, plan, race, with_maps=request.with_maps, **times)
    is_counted = request.model in SYSTEMS and SYSTEMS[request.model].is_counted
    return counted_phases(phases, job.stage) if is_counted else phases


def running_or_ended(job: Job, ending: Ending | None, home: Home) -> Job:
    """Checks a job that is recorded as running against its process. ending: how the job ended if its process is gone;
    None if unknown."""
    if job.state != "running":
        return job
    if is_alive(job.folder):
        return dataclasses.replace(job, state="stopping" if (job.folder / CANCEL).exists() else "running")
    if json.loads((job.folder / "state.json").read_bytes())["state"] != "running":
        return read_job(job.folder, home)  # it ended between the two checks
    return dataclasses.replace(job, **vars(ending or Ending("interrupted", WORDLESS)))


def study_as_it_stands(job: Job, progress: Progress, home: Home) -> Job:
    """Like `with_facts_on_disk`, for a study. Its folder keeps each finished training, so any unfinished study can be
    resumed."""
    job = running_or_ended(job, progress.ending, home)
    phases: tuple[Phase, ...] = ()
    if job.state == "running" and progress.study is not None:
        phases = (waited(progress.study, time.time() - progress.at),)
    return dataclasses.replace(job, phases=phases, can_resume=job.state in ("interrupted", "failed"))


def is_alive(folder: Path) -> bool:
    """Whether the process of this job is running, on any machine that shares the disk."""
    try:
        with hold_lock(folder, wait=0, shared=True):
            return False
    except (Busy, FileNotFoundError) as error:
        return isinstance(error, Busy)
