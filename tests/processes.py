"""Starts the processes of tests that train, for which torch is loaded only once, and waits for their effects."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

from attrec_core.jobs.job import Job
from attrec_core.jobs.queue import Queue

# Copies of a process that has loaded torch without using it. A test's own process cannot be copied: the copy lacks
# torch's threads and waits for them for ever.
COPIES = multiprocessing.get_context("forkserver")
COPIES.set_forkserver_preload(["torch", "numba", "attrec_core.cli", "attrec_core.training.fit"])


PATIENCE = 180.0  # seconds on a busy machine


def wait_for(holds: Callable[[], object], said: Callable[[], str] = str) -> None:
    """Waits until the condition holds. said: the text that a failure shows."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, said()
        time.sleep(0.02)


def until(queue: Queue, job: Job, holds: Callable[[Job], object] = lambda job: job.has_ended) -> Job:
    """Waits until the condition holds of a job, usually its end. Returns the job as it is then."""
    wait_for(lambda: holds(queue.job(job.id)), lambda: (job.folder / "log.txt").read_text())
    return queue.job(job.id)


def started(act: Callable[..., int | None], *args: Any) -> BaseProcess:
    """Starts a process that calls `act`, a function of a module, and uses its result as exit code."""
    process = COPIES.Process(target=ended, args=(act, *args))
    process.start()
    return process


def ended(act: Callable[..., int | None], *args: Any) -> None:
    sys.exit(act(*args) or 0)
