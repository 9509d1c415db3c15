"""What a training does for the job that it is: tells how far it is, hears that it should stop, says how it ended."""

from __future__ import annotations

import _thread
import contextlib
import json
import os
import platform
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrec_core.errors import InputError, number, sentence_of
from attrec_core.jobs.folder import CANCEL, write_state
from attrec_core.jobs.job import JobState
from attrec_core.jobs.queue import Queue
from attrec_core.runs.history import Epoch
from attrec_core.runs.run import Run
from attrec_core.runs.unfinished import is_kept
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.locks import held
from attrec_core.storage.workspace import Home

LOOK = 0.3  # seconds between two looks whether it should stop
NICER = 10  # pages come first


class Report:
    """Takes the place of the bar in a terminal: epochs and stages as lines of progress.jsonl."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.folder, self.file, self.out = folder, folder / "progress.jsonl", out
        self.stopped, self.over = False, threading.Event()
        self.result: tuple[JobState, str] = ("failed", "It ended before it had begun.")
        self.watch = threading.Thread(target=self.look, daemon=True)

    def epoch(self, epoch: Epoch) -> None:
        self.line(epoch.as_dict())

    def stage(self, stage: str) -> None:
        print(f"attrec: {stage}.", flush=True)
        self.line({"stage": stage, "at": time.time()})

    def trouble(self, sentence: str) -> None:
        """Something that is in the way of nothing; it stands in the log."""
        print(f"attrec: {sentence}.", flush=True)

    def line(self, told: Mapping[str, Any]) -> None:
        """A full disk is no reason to stop training."""
        with contextlib.suppress(OSError), self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")

    def look(self) -> None:
        """In a thread of its own; then it is as if Ctrl-C had been pressed."""
        while not self.over.wait(LOOK):
            if (self.folder / CANCEL).exists():
                self.stopped = True
                _thread.interrupt_main()
                return

    def writing(self) -> None:
        """From here on nothing stops it: the run is written whole."""
        self.over.set()
        while self.watch.is_alive():
            with contextlib.suppress(KeyboardInterrupt):
                self.watch.join()

    def wrote(self, run: Run) -> None:
        """The run is there."""
        figures = f"HR@50 {number(run.metrics['hr@50'], 3)}, MRR {number(run.metrics['mrr'], 3)} on the test items"
        if run.history["ended"] == "interrupted":
            self.result = (
                "cancelled",
                f"Stopped; epoch {run.history['best_epoch']}, the best so far, is kept: {figures}.",
            )
        elif self.stopped:
            self.result = "done", f"Trained; stopped before everything was computed from it: {figures}."
        else:
            self.result = "done", f"Trained: {figures}."

    def failed(self, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt) and is_kept(self.out):
            self.result = "interrupted", "Stopped before it went on; what it had learned is kept, and can be resumed."
        elif isinstance(error, KeyboardInterrupt):
            self.result = "cancelled", "Stopped before its first epoch was done; nothing is kept."
        else:
            self.result = "failed", sentence_of(error)


@contextlib.contextmanager
def at_work(folder: Path, out: Path) -> Iterator[Report]:
    """The job in `folder` is being done; how it ends is written there, and the next one is started."""
    folder = folder.absolute()
    if not (folder / "job.json").is_file():
        raise InputError(f"{folder} is not the folder of a job.")
    lock = settle_in(folder)
    report = Report(folder, out)
    report.watch.start()
    try:
        yield report
    except BaseException as error:
        report.failed(error)
        raise
    finally:
        report.writing()
        queue = Queue(Home(folder.parent.parent))
        with contextlib.suppress(OSError, InputError):  # on a full disk its absence tells that it has ended
            with held(folder.parent):
                write_state(folder, *report.result, ended=time.time())
            if lock is not None:
                os.close(lock)  # it may be resumed at once
            queue.tend()


def settle_in(folder: Path) -> int | None:
    """A quiet neighbour, below the pages in priority, with a clean slate. The lock that says that it lives."""
    with contextlib.suppress(OSError):
        os.nice(NICER)
    lock = os.environ.pop("ATTREC_JOB_LOCK", "")
    if lock:
        os.set_inheritable(int(lock), False)  # else the next training would hold this one's lock
    # A server that was started in the background may be deaf to Ctrl-C, and its children with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(OSError):
        (folder / "progress.jsonl").unlink(missing_ok=True)  # epochs that were kept are told again
        process = {"pid": os.getpid(), "machine": platform.node(), "began": time.time()}
        atomic_write(folder / "process.json", json_bytes(process))
    return int(lock) if lock else None
