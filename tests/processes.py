"""Processes of tests that train: torch is loaded once for all of them. And how one waits for them."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

# Copies of a process that has loaded torch and used nothing of it. A test's own process cannot be copied: torch's
# threads are not, and a copy waits for them for ever.
COPIES = multiprocessing.get_context("forkserver")
COPIES.set_forkserver_preload(["torch", "numba", "attrec_core.cli", "attrec_core.training.fit"])


PATIENCE = 180.0  # seconds on a busy machine


def wait_for(holds: Callable[[], object], said: Callable[[], str] = str) -> None:
    """Until this holds. said: what a failure shows."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, said()
        time.sleep(0.02)


def started(act: Callable[..., int | None], *args: Any) -> BaseProcess:
    """A process that does this and ends with what it gives as its exit code. act: a function of a module."""
    process = COPIES.Process(target=ended, args=(act, *args))
    process.start()
    return process


def ended(act: Callable[..., int | None], *args: Any) -> None:
    sys.exit(act(*args) or 0)
