"""Processes beside the pages, each a command of this program: trainings, out of reach of the server's end and of its
terminal; and what takes long, holds nobody up, can be stopped, and may import torch, which the server never does."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from attrec_core.errors import InputError, disk_errors
from attrec_core.jobs.job import Job
from attrec_core.storage.workspace import PACKAGE, Home

# A server that was started in the background may be deaf to Ctrl-C, and its children with it.
PROGRAM = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from attrec_core.cli import main
sys.exit(main())"""
GRACE = 5.0  # seconds between a request to stop and a kill
NICER = 10  # pages come first
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
CHILDREN: list[subprocess.Popen[bytes]] = []  # of this process, until they have ended


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[int]:
    """The lock that says that a training lives, as a descriptor for its process to inherit."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Waits: somebody may be looking whether it lives, which takes a moment of the lock.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def start(job: Job, home: Home, lock: int) -> None:
    """Starts the training, which holds the lock from then on until it ends, however it ends."""
    CHILDREN[:] = [child for child in CHILDREN if child.poll() is None]
    with (job.folder / "log.txt").open("ab") as log:
        command = job.request.command(job.request.out(home))
        arguments = ("-m", "attrec_core", *command, "--job", str(job.folder))
        child = python(*arguments, stdout=log, stderr=log, pass_fds=(lock,), ATTREC_JOB_LOCK=str(lock))
    CHILDREN.append(child)


def python(
    *arguments: str, stdout: IO[bytes], stderr: IO[bytes] | int, pass_fds: tuple[int, ...] = (), **env: str
) -> subprocess.Popen[bytes]:
    """This Python in a process of its own, which outlives a terminal. env: what it has in its environment besides.
    Raises OSError."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PACKAGE.parent,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        pass_fds=pass_fds,
        env={**os.environ, **ONE_THREAD, **env},
    )


class BackgroundCommand:
    """One command, and its answer as JSON. Its output is kept in nameless files."""

    def __init__(self, arguments: Sequence[str]) -> None:
        """arguments: the command line after `python -m attrec_core`, without --json. Raises InputError where no
        process can be had."""
        self.began, self.stop_requested = time.monotonic(), 0.0
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 - the process's
        with disk_errors("not_started", "This cannot be started: {why}."):
            self.process = python("-c", PROGRAM, *arguments, "--json", stdout=self.output, stderr=subprocess.DEVNULL)
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, NICER)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def running(self) -> bool:
        """Also kills the process when it was asked to stop and does not."""
        running = self.process.poll() is None
        if running and self.stop_requested and time.monotonic() - self.stop_requested > GRACE:
            self.process.kill()
        return running

    def stop(self) -> None:
        """As Ctrl-C would: what it has half written goes."""
        if self.process.poll() is None and not self.stop_requested:
            self.stop_requested = time.monotonic()
            self.process.send_signal(signal.SIGINT)

    @property
    def was_stopped(self) -> bool:
        """Whether it has ended before its end, because somebody asked for that."""
        return bool(self.stop_requested) and self.process.poll() not in (None, 0)

    def answer(self) -> dict[str, Any]:
        """Its JSON, once it has ended. Raises InputError with what is wrong."""
        self.output.seek(0)
        try:
            content = json.loads(self.output.read())
        except ValueError:  # killed, or a fault of this program
            content = {}
        if self.process.returncode == 0 and content:
            return content
        if "error" in content:
            raise InputError.from_dict(content["error"])
        raise InputError("no_answer", "It ended unexpectedly, perhaps because it ran out of memory.")
