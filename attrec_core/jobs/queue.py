"""The queue of waiting, running and ended jobs. It is stored on disk only, so every server sees the same."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from attrec_core.data import importing
from attrec_core.errors import InputError, as_input_error, disk_errors, shown
from attrec_core.jobs.folder import CANCEL, failed_job, read_job, write_request, write_state
from attrec_core.jobs.job import Job, JobRequest, JobState
from attrec_core.jobs.process import hold_job_lock, start
from attrec_core.runs import unfinished
from attrec_core.runs.library.names import checked_name, refuse_elsewhere
from attrec_core.storage.atomic_folder import RUN, heal, install, new_folder
from attrec_core.storage.atomic_write import atomic_write, remove
from attrec_core.storage.limits import QUEUED
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.workspace import Home, check_may_change, read_only


def reads(request: JobRequest, folder: Path) -> bool:
    """Whether a job needs a data set, or starts from a run, in this folder."""
    paths = (request.data, request.from_run if isinstance(request, JobRequest) else None)
    return any(path is not None and path.resolve().is_relative_to(folder) for path in paths)


@dataclass(frozen=True)
class Queue:
    """The trainings of a home. Every method may be called from any server or terminal at any time."""

    home: Home

    def jobs(self) -> list[Job]:
        """Returns all jobs, the oldest first."""
        with disk_errors("unreadable", "The trainings in {folder} cannot be listed: {why}.", folder=self.home.jobs):
            paths = self.home.jobs.iterdir() if self.home.jobs.exists() else ()
            folders = [path for path in paths if not path.name.startswith(".")]
        jobs = [job for folder in folders if (job := self.read(folder)) is not None]
        return sorted(jobs, key=lambda job: (job.created, job.id))

    def job(self, name: str) -> Job:
        """Returns the job with that id. Raises InputError when there is none."""
        folder = self.home.jobs / name
        job = self.read(folder) if name == folder.name and not name.startswith(".") else None
        if job is None:
            raise InputError("gone", "The training {job} no longer exists.", job=shown(name))
        return job

    def read(self, folder: Path) -> Job | None:
        """Returns the job in a folder; None if it is no job or was removed meanwhile. An unreadable job is returned as
        failed, so that it does not hide the others."""
        try:
            return read_job(folder, self.home)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            text = "This training cannot be read: {why}"
            return failed_job(folder, InputError("unreadable", text, why=as_input_error(error)))

    def place(self, job: Job) -> int:
        """Returns how many jobs are ahead of this one; 0 also when it is running or has ended."""
        if job.state != "queued":
            return 0
        return sum(other.state in ("running", "stopping") or in_line(other) < in_line(job) for other in self.unended())

    def unended(self) -> list[Job]:
        return [job for job in self.jobs() if not job.has_ended]

    def submit(self, request: JobRequest) -> Job:
        """Queues a training, and starts it if nothing is running. Raises InputError for a wrong request."""
        check_may_change("No training is started")
        request.check()
        importing.format_of(request.data)
        name = checked_name(request.name, RUN)
        request = replace(request, data=request.data.absolute(), name=name)
        if request.from_run is not None:
            request = replace(request, from_run=request.from_run.absolute())
        with self.lock_queue("The training cannot be queued"):
            self.refuse(request)
            now = time.time()
            folder = self.home.jobs / f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}-{secrets.token_hex(3)}"
            with new_folder(folder) as partial:
                write_request(partial, request, now)
                write_state(partial, "queued", queued=now)
                install(partial, folder)
        self.tend()
        return self.job(folder.name)

    def refuse(self, request: JobRequest) -> None:
        """Raises InputError when the name is taken, or too many jobs are waiting."""
        jobs, out, text = self.jobs(), request.out(self.home), ""
        refuse_elsewhere(request.name, RUN)
        heal(out)
        namesakes = [job for job in jobs if is_same_run(job.request, request)]
        if not all(job.has_ended for job in namesakes):
            text = "A training called {run} is running or waiting already; choose another name."
        elif out.exists():
            text = "There is a run called {run} already; choose another name."
        elif unfinished.is_begun(out) or any(job.can_resume for job in namesakes):
            text = "An unfinished training of {run} is kept: resume or remove that one, or choose another name."
        if text:
            raise InputError("name_taken", text, setting="run_name", run=shown(request.name))
        if sum(job.state == "queued" for job in jobs) >= QUEUED():
            text = "{most} trainings are already waiting. Wait for one of them, or cancel one."
            raise InputError("too_many", text, most=QUEUED())

    def cancel(self, job: Job) -> Job:
        """Cancels a waiting job. A running one is asked to stop, and writes its best epoch so far as a run."""
        check_may_change("No training is cancelled")
        with self.lock_queue("The training cannot be cancelled"):
            job = self.job(job.id)
            if job.has_ended:
                raise InputError("has_ended", "The training of {run} has ended already.", run=shown(job.request.name))
            if job.state == "queued":
                state: JobState = "interrupted" if job.began else "cancelled"  # it was resumed, or never begun
                outcome = "Cancelled before it began."
                if job.began:
                    outcome = "Cancelled before it continued; its progress is kept and can be resumed."
                write_state(job.folder, state, outcome, ended=time.time())
            else:
                atomic_write(job.folder / CANCEL, b"")
        return self.job(job.id)

    def resume(self, job: Job) -> Job:
        """Queues an interrupted training again; it continues from its last epoch."""
        check_may_change("No training is resumed")
        with self.lock_queue("The training cannot be resumed"):
            job = self.job(job.id)
            if not job.can_resume:
                text = "There is nothing to resume: the training of {run} is {state}."
                raise InputError("nothing_to_resume", text, run=shown(job.request.name), state=job.state)
            if not all(other.has_ended for other in self.namesakes(job)):
                text = "Another training of {run} is running or waiting; wait until it ends, or cancel it first."
                raise InputError("name_taken", text, run=shown(job.request.name))
            (job.folder / CANCEL).unlink(missing_ok=True)
            write_state(job.folder, "queued", queued=time.time(), ended=0)
        self.tend()
        return self.job(job.id)

    def remove(self, job: Job) -> None:
        """Removes a job that has ended, with all that it could resume from, unless another job could. A run that it
        wrote stays. Raises Busy while a process in a terminal trains its epochs."""
        check_may_change("No training is removed")
        with self.lock_queue("The training cannot be removed"):
            job = self.job(job.id)
            if not job.has_ended:
                text = "The training of {run} is {state}; cancel it first."
                raise InputError("not_ended", text, run=shown(job.request.name), state=job.state)
            out = job.request.out(self.home)
            is_shared = any(self.share_checkpoint(job, other) for other in self.namesakes(job))
            if job.can_resume and not is_shared:
                with contextlib.ExitStack() as stack:
                    for folder in (unfinished.folder_of(out), unfinished.race_of(out)):
                        if folder.is_dir():
                            stack.enter_context(hold_lock(folder, wait=0))
                    unfinished.discard_race(out)
                    unfinished.discard(out)
            remove(job.folder)

    def share_checkpoint(self, first: Job, second: Job) -> bool:
        """Whether two jobs have the same checkpoint: names that differ in case may be one folder."""
        folders = [unfinished.folder_of(job.request.out(self.home)) for job in (first, second)]
        return folders[0] == folders[1] or (all(map(Path.is_dir, folders)) and folders[0].samefile(folders[1]))

    def namesakes(self, job: Job) -> list[Job]:
        """Returns the other jobs for the same run that have not ended or can be resumed."""
        return [
            other
            for other in self.jobs()
            if other.id != job.id
            and is_same_run(other.request, job.request)
            and (other.can_resume or not other.has_ended)
        ]

    def tend(self) -> None:
        """Starts the next job if none is running, and records those that died. Cheap, for every look at the queue."""
        if not self.home.jobs.is_dir():
            return
        with self.lock_queue("The trainings cannot be updated"):
            jobs = self.jobs()
            for job in jobs:
                if job.began and job.has_ended and not job.ended:
                    with contextlib.suppress(OSError):  # the next call tries again
                        write_state(job.folder, job.state, job.outcome, job.error, ended=time.time())
            if read_only() or any(job.state in ("running", "stopping") for job in jobs):
                return
            for job in sorted((job for job in jobs if job.state == "queued"), key=in_line):
                if self.begin(job):
                    return

    @contextlib.contextmanager
    def lock_unless_needed(self, folder: Path, deed: str) -> Iterator[None]:
        """Locks the queue while a data set or run is changed, so that no job is queued meanwhile. Raises InputError if
        a job that has not ended needs it. deed: the change, such as "renamed"."""
        with (
            self.lock_queue(f"{folder.name} cannot be {deed}") if self.home.jobs.is_dir() else contextlib.nullcontext()
        ):
            job = next((job for job in self.unended() if reads(job.request, folder.resolve())), None)
            if job is not None:
                does = "waits for its turn" if job.state == "queued" else "is running"
                text = "{data} cannot be {deed} now: the training {run}, which {does}, needs it. Wait until it ends, "
                text += "or cancel it first."
                run = shown(job.request.name)
                raise InputError("needed", text, data=shown(folder.name), deed=deed, run=run, does=does)
            yield

    def begin(self, job: Job) -> bool:
        """Starts the process of a job. Returns whether that was possible."""
        try:
            with hold_job_lock(job.folder) as lock:
                write_state(job.folder, "running", began=time.time(), ended=0)
                start(job, self.home, lock)
        except OSError as error:
            with contextlib.suppress(OSError):  # for example because the disk is full
                write_state(job.folder, "failed", error=as_input_error(error), ended=time.time())
            return False
        return True

    @contextlib.contextmanager
    def lock_queue(self, failure: str) -> Iterator[None]:
        """Locks the queue. Raises InputError for any error of the disk. failure: says what could not be done."""
        try:
            self.home.jobs.mkdir(parents=True, exist_ok=True)
            with hold_lock(self.home.jobs):
                yield
        except OSError as error:
            raise InputError("not_changed", "{failure}: {why}", failure=failure, why=as_input_error(error)) from None


def is_same_run(first: JobRequest, second: JobRequest) -> bool:
    """Whether two requests write the same run. Case is ignored, as some disks do."""
    return first.name.casefold() == second.name.casefold()


def in_line(job: Job) -> tuple[float, str]:
    """Sort key: the time at which the job was queued; a running job was queued first of all."""
    return (job.queued, job.id)
