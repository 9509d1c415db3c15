"""A job on disk.

job.json          what is to be trained, and since when that is known
state.json        queued, running or how it ended, with a sentence and the times; changed only under the queue's lock
progress.jsonl    a line for each epoch and for each stage after them; written by the training alone
process.json      pid and machine of the training, for people who look
cancel            is there once somebody has asked the training to stop
log.txt           what the training said

The training holds a lock on the folder from its first to its last moment, so whether it lives is known without a pid.

How long a training still takes, from the epochs that it has done.

Which run came of a training: the one of its name, or, once that was renamed, the one that tells the same epochs.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from attrec_core.config import PRESETS, TrainConfig, with_settings
from attrec_core.errors import InputError
from attrec_core.jobs.job import Job, JobRequest, JobState
from attrec_core.runs import unfinished
from attrec_core.runs.history import Epoch
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.locks import Busy, held
from attrec_core.storage.read_errors import BROKEN, reason
from attrec_core.storage.workspace import Home

RECENT = 5  # epochs whose median says how long one takes


def seconds_left(epochs: Sequence[Epoch], config: TrainConfig | None) -> tuple[float, float] | None:
    """At least (no later epoch is better) and at most (each is); the same in the final fit. None before an epoch."""
    if not epochs or config is None:
        return None
    latest = epochs[-1]
    each = median(epoch.seconds for epoch in epochs[-RECENT:] if epoch.phase == latest.phase)
    if latest.phase == "refit":
        rest = (latest.of - latest.epoch) * each
        return rest, rest
    figures = [epoch.validation[config.select_by] for epoch in epochs if epoch.validation]
    best = figures.index(max(figures)) + 1
    most = config.epochs - latest.epoch
    least = min(best + config.patience - latest.epoch, most) if config.patience else most
    again = (best, config.epochs) if config.refit else (0, 0)
    return (max(least, 0) + again[0]) * each, (most + again[1]) * each


Told = tuple[tuple[float, float], ...]  # loss and seconds of each epoch; no two trainings take the very same seconds


def run_made(home: Home, name: str, epochs: Sequence[Epoch], *, written: bool) -> Path | None:
    """Where the run is now; None where it has left the shelf. written: whether a run of that name is there, which may
    be another one meanwhile: that is told by its epochs, if it has any.
    """
    out, told = home.runs / name, tuple((one.loss, one.seconds) for one in epochs)
    if written and (tells(out, told) or not epochs_of(out)):
        return out
    try:
        others = sorted(path for path in home.runs.iterdir() if not path.name.startswith("."))
    except OSError:
        others = []
    return next((path for path in others if tells(path, told)), None)


def tells(folder: Path, told: Told) -> bool:
    """Whether a run says of its epochs what its training told; a run that was stopped early may hold fewer."""
    found = epochs_of(folder)
    return bool(found) and all(one == other for one, other in zip(found, told, strict=False))


def epochs_of(folder: Path) -> Told:
    """What a run says of its epochs; nothing where that cannot be read."""
    file = folder / "history.json"
    try:
        stat = file.stat()
        return history(file, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    except OSError:
        return ()


@functools.lru_cache(maxsize=1000)
def history(file: Path, *version: int) -> Told:
    """Of a file as long as it stays as it is; nothing of one that is damaged."""
    try:
        return tuple((float(one["loss"]), float(one["seconds"])) for one in json.loads(file.read_bytes())["epochs"])
    except BROKEN:
        return ()


CANCEL = "cancel"
WORDLESS = (
    "The training ended without a word: it was killed, ran out of memory, or the machine was restarted. "
    "It can be resumed."
)


def lives(folder: Path) -> bool:
    """Whether the training of this job is a running process, on whichever machine shares the disk."""
    try:
        with held(folder, wait=0, shared=True):
            return False
    except Busy:
        return True
    except FileNotFoundError:
        return False


def write_request(folder: Path, request: JobRequest, now: float) -> None:
    content = dataclasses.asdict(request) | {"data": str(request.data), "created": now}
    atomic_write(folder / "job.json", json_bytes(content))


def write_state(folder: Path, state: JobState, sentence: str = "", **times: float) -> None:
    """times: queued, began, ended; those that are not given stay."""
    try:
        before = json.loads((folder / "state.json").read_bytes())
    except FileNotFoundError:
        before = {}
    atomic_write(folder / "state.json", json_bytes({**before, "state": state, "sentence": sentence, **times}))


def read_job(folder: Path, home: Home) -> Job:
    """The job as it stands. A damaged one has failed and says so; raises FileNotFoundError when it has gone."""
    try:
        told = json.loads((folder / "job.json").read_bytes())
        created = float(told.pop("created"))
        request = request_of(told)
        state = json.loads((folder / "state.json").read_bytes())
        job = Job(
            id=folder.name,
            folder=folder,
            request=request,
            state=str(state["state"]),
            sentence=str(state["sentence"]),
            created=created,
            **{name: float(state.get(name, 0)) for name in ("queued", "began", "ended")},
            **progress_of(folder),
            left=None,
            can_resume=False,
            run=None,
        )
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, *BROKEN) as error:
        what = "cannot be read" if isinstance(error, OSError) else "is damaged"
        return damaged(folder, f"The record of this training, {folder}, {what}: {reason(error)}.")
    return as_it_stands(job, home)


def request_of(told: dict[str, Any]) -> JobRequest:
    """Raises ValueError or TypeError for what is no request."""
    reading, settings = (
        tuple(map(str, told["reading"])),
        {str(key): str(text) for key, text in told["settings"].items()},
    )
    return JobRequest(**{**told, "data": Path(told["data"]), "reading": reading, "settings": settings})


def as_it_stands(job: Job, home: Home) -> Job:
    """The stored state beside what is so: does it live, was it asked to stop, what has it left. What it has left may
    not be readable: then that is said, of this job alone."""
    out, state, sentence = home.runs / job.request.name, job.state, job.sentence
    kept, written, unseen = left_by(out)
    if state == "running":
        alive = lives(job.folder)
        if not alive and stored_state(job.folder) != "running":
            return read_job(job.folder, home)  # it ended between the two looks
        if not alive and not kept and written:
            state, sentence = "done", "Trained."  # killed when all was done but the saying so
        elif not alive:
            state, sentence = "interrupted", last_words(job.folder) or WORDLESS
        elif (job.folder / CANCEL).exists():
            state = "stopping"
    is_made = state in ("done", "cancelled") and bool(job.epochs) and not unseen
    run = run_made(home, job.request.name, job.epochs, written=written) if is_made else None
    return dataclasses.replace(
        job,
        state=state,
        sentence=sentence if unseen in sentence else f"{sentence} {unseen}".strip(),
        left=seconds_left(job.epochs, config_of(job.request)) if state == "running" and not job.stage else None,
        can_resume=state == "interrupted" or (state == "failed" and kept),
        run=run,
        run_left=is_made and run is None,
    )


def left_by(out: Path) -> tuple[bool, bool, str]:
    """Whether an unfinished training of a run is kept, whether the run is there, and a sentence where that cannot be
    seen."""
    try:
        return unfinished.is_kept(out), (out / "config.json").is_file(), ""
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        return False, False, f"The folder of its run, {out.name}, cannot be read: {why}."


def stored_state(folder: Path) -> str:
    return str(json.loads((folder / "state.json").read_bytes())["state"])


def config_of(request: JobRequest) -> TrainConfig | None:
    try:
        return with_settings(*PRESETS[request.preset], request.settings)[1]
    except (InputError, KeyError):
        return None


def progress_of(folder: Path) -> dict[str, Any]:
    """The epochs and the stage; a line that is being written is not read yet."""
    epochs: list[Epoch] = []
    stage = ""
    try:
        lines = (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    for line in lines:
        try:
            told = json.loads(line)
            if "stage" in told:
                stage = str(told["stage"])
            else:
                epochs.append(Epoch(**told))
        except BROKEN:
            continue
    return {"epochs": tuple(epochs), "stage": stage}


def last_words(folder: Path) -> str:
    """The last sentence in the log that says why it ended, if there is one."""
    try:
        lines = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    said = lines[-1].removeprefix("attrec: ") if lines and lines[-1].startswith("attrec: ") else ""
    return said if said.endswith((".", "?")) and not said.startswith("Wrote") else ""


def damaged(folder: Path, sentence: str) -> Job:
    request = JobRequest(Path(), folder.name, "movielens")
    return Job(folder.name, folder, request, "failed", sentence, 0, 0, 0, 0, (), "", None, False, None)
