"""A job on disk.

job.json          the request, and when it was made
state.json        queued, running or how the job ended, with a sentence or an error and the times; changed only under
                  the queue's lock
progress.jsonl    a line for each training of a race, the settings, the plan, each epoch, each stage after
                  the epochs, when the run was trained, and the ending; only the training writes it
process.json      pid and machine of the training, for people who look
cancel            exists once somebody has asked the training to stop
log.txt           the output of the training, for people who look

The training holds a lock on the folder as long as it runs, so no pid is needed to tell whether it is alive.
"""

from __future__ import annotations

import contextlib
import functools
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from attrec_core.config import TrainConfig
from attrec_core.errors import InputError, disk_errors
from attrec_core.jobs.job import Job, JobRequest, JobState
from attrec_core.runs import unfinished
from attrec_core.runs.history import Epoch
from attrec_core.runs.library.open_runs import folders_in
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.time_left import Phase, Plan, RaceProgress, most_left, phases, slowness, with_race
from attrec_core.storage.atomic_folder import heal
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.locks import Busy, hold_lock
from attrec_core.storage.read_errors import BROKEN, expect, reason, record_of
from attrec_core.storage.workspace import Home

CANCEL = "cancel"
# Loss and seconds of each epoch, because no two trainings take the same seconds; without epochs, when it was trained.
Marks = tuple[tuple[float, float] | str, ...]


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


def write_request(folder: Path, request: JobRequest, now: float) -> None:
    values = asdict(request).items()
    content = {name: str(value) if isinstance(value, Path) else value for name, value in values}
    atomic_write(folder / "job.json", json_bytes(content | {"created": now}))


def write_state(
    folder: Path, state: JobState, outcome: str = "", error: InputError | None = None, **times: float
) -> None:
    """times: queued, began, ended; a time that is not given keeps its stored value."""
    before = {}
    with contextlib.suppress(FileNotFoundError):
        before = json.loads((folder / "state.json").read_bytes())
    atomic_write(folder / "state.json", json_bytes({**before, **Ending(state, outcome, error).as_dict(), **times}))


def read_job(folder: Path, home: Home) -> Job:
    """Returns the job; a damaged one as failed, with the reason. Raises FileNotFoundError when the job is gone."""
    try:
        content = json.loads((folder / "job.json").read_bytes())
        created = float(content.pop("created"))
        state = json.loads((folder / "state.json").read_bytes())
        times = {name: float(state.get(name, 0)) for name in ("queued", "began", "ended")}
        progress = read_progress(folder, since=times["began"])
        facts: dict[str, Any] = {"created": created, "epochs": tuple(progress.epochs), "stage": progress.stage}
        facts |= {**times, **vars(Ending.from_dict(state))}
        job = Job(folder.name, folder, request_from(content), **facts)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, *BROKEN) as error:
        problem = "cannot be read" if isinstance(error, OSError) else "is damaged"
        text = "The record of this training, {folder}, {what}: {why}."
        return failed_job(folder, InputError("damaged", text, folder=folder, what=problem, why=reason(error)))
    return with_facts_on_disk(job, progress, home)


def request_from(content: Mapping[str, Any]) -> JobRequest:
    """Raises ValueError, LookupError or TypeError for content that is no request."""
    expect("kind" not in content, "it is a study, which only the command `study` runs and resumes")
    return record_of(JobRequest, content)


@dataclass
class Progress:
    """The content of progress.jsonl."""

    epochs: list[Epoch] = field(default_factory=list)
    stage: str = ""
    plan: Plan | None = None  # None before it is worked out
    race: RaceProgress | None = None
    train: TrainConfig | None = None  # the settings that the data or a race decided
    trained: str = ""  # when the run was trained, as the run says it; empty before it is written
    ending: Ending | None = None  # used when the disk had no room for a new state.json
    at: float = 0.0  # seconds since 1970 of the latest plan, epoch or stage; 0 if not known
    clocks: list[tuple[float, float]] = field(
        default_factory=list
    )  # wall time and processor time, with plan and epochs


KINDS = {"plan": Plan, "race": RaceProgress, "train": TrainConfig, "stage": str, "trained": str}


def read_progress(folder: Path, since: float) -> Progress:
    """Reads the progress of a training. Ignores a line that is only partly written, and the ending from before the
    training was resumed. since: when the latest process began."""
    progress = Progress()
    try:
        lines = (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return progress
    for line in lines:
        with contextlib.suppress(*BROKEN):
            content = json.loads(line)
            at = float(content.pop("at", 0))
            if "processor" in content:
                progress.clocks.append((at, float(content.pop("processor"))))
            key = next((key for key in KINDS if key in content), None)
            if "ending" in content:
                progress.ending = Ending.from_dict(content["ending"]) if at >= since else None
                continue
            if key is None:
                progress.epochs.append(Epoch(**content))
                progress.stage = ""  # an epoch ends the stage "compile"
            else:
                kind, value = KINDS[key], content[key]
                setattr(progress, key, str(value) if kind is str else kind(**value))
            progress.at = at or progress.at
    return progress


def failed_job(folder: Path, error: InputError) -> Job:
    return Job(folder.name, folder, JobRequest(Path(), folder.name, "movielens"), "failed", 0, error=error)


def with_facts_on_disk(job: Job, progress: Progress, home: Home) -> Job:
    """Combines the stored state with the facts on disk: is the process alive, was a stop requested, is there a
    checkpoint or a run? If the folder of the run cannot be read, only this job reports it."""
    request, ending = job.request, progress.ending
    out, unreadable = request.out(home), None
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
    if job.state == "running":
        with contextlib.suppress(InputError):  # its settings do not fit this version
            config = progress.train or request.configs()[1]
            left = None if job.stage in ("metrics", "maps") else most_left(job.epochs, config)
            job = replace(job, left=left, phases=phases_of(job, request, progress, config))
    return replace(
        job,
        can_resume=job.state == "interrupted" or (job.state == "failed" and is_begun),
        run=run,
        run_left=has_run and run is None,
        unreadable=unreadable,
    )


def phases_of(job: Job, request: JobRequest, progress: Progress, config: TrainConfig) -> tuple[Phase, ...]:
    """Returns all phases of a running training from its beginning on, the race for its settings among them."""
    waits = max(0.0, time.time() - progress.at) if progress.at else 0.0
    plan = progress.plan or Plan(maps=float(request.with_maps))
    parts = phases(job.epochs, job.stage, config, plan, waits=waits, slowness=slowness(progress.clocks))
    if progress.plan is None:  # it also has the time of the phases without epochs
        parts = tuple(part if part.of else replace(part, left=None) for part in parts)
    if request.model in SYSTEMS and SYSTEMS[request.model].is_counted:  # it has neither epochs nor maps
        count = Phase("count", "done" if job.stage else "now", float(bool(job.stage)), None)
        return (count, *(part for part in parts if part.name == "metrics"))
    race_to_come = RaceProgress(0, 0) if request.races and progress.train is None else None
    return with_race(progress.race or race_to_come, parts, waits, compiles=job.stage == "compile")


def running_or_ended(job: Job, ending: Ending | None, home: Home) -> Job:
    """Checks a job recorded as running against its process. ending: how it ended if that is gone; None if unknown."""
    if job.state != "running":
        return job
    if is_alive(job.folder):
        return replace(job, state="stopping" if (job.folder / CANCEL).exists() else "running")
    if json.loads((job.folder / "state.json").read_bytes())["state"] != "running":
        return read_job(job.folder, home)  # it ended between the two checks
    text = "The training ended unexpectedly: it was killed, ran out of memory, or the machine was restarted. "
    return replace(job, **vars(ending or Ending("interrupted", text + "It can be resumed.")))


def is_alive(folder: Path) -> bool:
    """Whether the process of this job is running, on any machine that shares the disk."""
    try:
        with hold_lock(folder, wait=0, shared=True):
            return False
    except (Busy, FileNotFoundError) as error:
        return isinstance(error, Busy)


def find_run(home: Home, name: str, marks: Marks, *, is_written: bool) -> Path | None:
    """Returns the folder of the run; None if the run is no longer in the workspace. is_written: whether a run of that
    name exists. Its marks, if it has any, tell whether it is a different run by now."""
    out = home.runs / name
    if is_written and (came_of(out, marks) or not marks_of(out)):
        return out
    return next((path for path in folders_in(home.runs) if came_of(path, marks)), None)


def came_of(run: Path, marks: Marks) -> bool:
    """Whether a run has the marks that its training recorded; a run that was stopped early may hold fewer epochs."""
    run_marks = marks_of(run)
    return bool(run_marks) and all(run_mark == mark for run_mark, mark in zip(run_marks, marks, strict=False))


def marks_of(run: Path) -> Marks:
    """Returns the marks of a run; nothing if they cannot be read."""
    file = run / "history.json"
    with contextlib.suppress(OSError):
        stat = file.stat()
        return read_marks(file, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    return ()


@functools.lru_cache(maxsize=1000)
def read_marks(file: Path, *version: int) -> Marks:
    """Reads a history.json, cached until the file changes; nothing if it is damaged."""
    try:
        history = json.loads(file.read_bytes())
        epochs = tuple((float(epoch["loss"]), float(epoch["seconds"])) for epoch in history["epochs"])
        return epochs or (str(history["trained"]),)
    except BROKEN:
        return ()
