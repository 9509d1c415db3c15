"""The process of a job: a training that reports its progress, stops on request, and records how it ended."""

from __future__ import annotations

import _thread
import contextlib
import dataclasses
import json
import os
import platform
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrec_core.config import TrainConfig
from attrec_core.data.importing import counts_of
from attrec_core.data.report import Counts
from attrec_core.errors import InputError, as_input_error, number
from attrec_core.jobs.folder import CANCEL, Ending, write_state
from attrec_core.jobs.job import JobState
from attrec_core.jobs.process import NICER
from attrec_core.jobs.queue import Queue
from attrec_core.runs.history import Epoch, leading
from attrec_core.runs.library.words import origin_of
from attrec_core.runs.run import Run
from attrec_core.runs.time_left import Plan, RaceProgress
from attrec_core.runs.unfinished import is_begun, is_kept
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.workspace import Home

PAUSE = 0.3  # seconds between two checks for a request to stop


class JobProgress:
    """Replaces the progress bar of a terminal: writes epochs and stages as lines of progress.jsonl."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.folder, self.file, self.out = folder, folder / "progress.jsonl", out
        self.stop_requested, self.finished = False, threading.Event()
        self.ending = Ending("failed", error=InputError("not_started", "The training ended before it began."))
        self.watcher = threading.Thread(target=self.watch, daemon=True)

    def settings(self, config: TrainConfig, _counts: Counts | None = None) -> None:
        self.write({"train": dataclasses.asdict(config)})

    def race(self, race: RaceProgress) -> None:
        best = "" if race.best is None else f", best {race.figure.upper()} {race.best:.4f}"
        print(f"attrec: Settings: {race.done} of {race.of} short trainings done{best}.", flush=True)
        self.write({"race": dataclasses.asdict(race)} | clocks())

    def epoch(self, epoch: Epoch) -> None:
        self.write(epoch.as_dict() | clocks())

    def plan(self, plan: Plan) -> None:
        self.write({"plan": dataclasses.asdict(plan)} | clocks())

    def stage(self, stage: str, sentence: str) -> None:
        print(f"attrec: {sentence}.", flush=True)
        if stage:
            self.write({"stage": stage, "at": time.time()})

    def trouble(self, sentence: str) -> None:
        """Prints a harmless problem, which then is in the log."""
        print(f"attrec: {sentence}.", flush=True)

    def write(self, content: Mapping[str, Any]) -> None:
        """Appends a line to progress.jsonl; a full disk is no reason to stop training. A full disk may have cut off the
        line before, so each line begins with the end of that one."""
        with contextlib.suppress(OSError), self.file.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(content))

    def watch(self) -> None:
        """Runs in its own thread; a request to stop acts like Ctrl-C."""
        while not self.finished.wait(PAUSE):
            if (self.folder / CANCEL).exists():
                self.stop_requested = True
                _thread.interrupt_main()
                return

    def writing(self) -> None:
        """Ignores requests to stop from now on, so that the run is written completely."""
        self.finished.set()
        while self.watcher.is_alive():
            with contextlib.suppress(KeyboardInterrupt):
                self.watcher.join()

    def wrote(self, run: Run) -> None:
        self.write({"trained": run.history.get("trained", "")})
        counts = counts_of(run.interactions)
        figures = ", ".join(f"{key.upper()} {number(run.metrics[key], 3)}" for key in leading(counts))
        state: JobState = "done"
        start = "Trained"
        if run.history["ended"] == "interrupted":
            state, start = "cancelled", f"Stopped; epoch {run.history['best_epoch']}, the best so far, is kept"
        elif self.stop_requested:
            start = "Trained; stopped before all results were computed"
        origin = origin_of(run.model_config, run.train_config, counts, run.history)
        self.ending = Ending(state, f"{start}: {figures} on the test items. {origin}".rstrip())

    def is_stop(self, error: BaseException) -> bool:
        # A stop that arrives while code is compiled can end in another error of the compiler.
        return isinstance(error, KeyboardInterrupt) or (self.stop_requested and not isinstance(error, InputError))

    def failed(self, error: BaseException) -> None:
        if not self.is_stop(error):
            self.ending = Ending("failed", error=as_input_error(error))
        elif is_begun(self.out):
            outcome = "Stopped while settings were compared; the results so far are kept, and it can be resumed."
            if is_kept(self.out):
                outcome = "Stopped before it continued; its progress is kept and can be resumed."
            self.ending = Ending("interrupted", outcome)
        else:
            self.ending = Ending("cancelled", "Stopped before the first epoch ended; nothing is kept.")


def clocks() -> dict[str, float]:
    """Returns wall time and processor time in seconds: they tell how much of a processor the training gets."""
    return {"at": time.time(), "processor": time.process_time()}


@contextlib.contextmanager
def running_job(folder: Path, out: Path) -> Iterator[JobProgress]:
    """Runs the job in `folder`, records there how it ends, and starts the next job."""
    folder = folder.absolute()
    if not (folder / "job.json").is_file():
        raise InputError("no_job", "{folder} is not the folder of a job.", folder=folder)
    with contextlib.suppress(OSError):
        os.nice(NICER)
    lock = os.environ.pop("ATTREC_JOB_LOCK", "")  # the descriptor of the inherited lock
    if lock:
        os.set_inheritable(int(lock), False)  # otherwise the next training would hold this job's lock
    # A server that was started in the background may ignore Ctrl-C, and so would its child processes.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(OSError):
        (folder / "progress.jsonl").unlink(missing_ok=True)  # the epochs of a checkpoint are reported again
        process = {"pid": os.getpid(), "machine": platform.node(), "began": time.time()}
        atomic_write(folder / "process.json", json_bytes(process))
    progress = JobProgress(folder, out)
    progress.watcher.start()
    try:
        yield progress
    except BaseException as error:
        progress.failed(error)
        raise
    finally:
        progress.writing()
        ended = time.time()
        progress.write({"ending": progress.ending.as_dict(), "at": ended})
        queue = Queue(Home(folder.parent.parent))
        with contextlib.suppress(OSError, InputError):  # on a full disk the released lock tells that it has ended
            with hold_lock(folder.parent):
                write_state(folder, **vars(progress.ending), ended=ended)
            if lock:
                os.close(int(lock))  # it can be resumed at once
            queue.tend()
