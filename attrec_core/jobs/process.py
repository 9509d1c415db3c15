"""Background processes, each a command of this program: trainings, which survive the end of the server and of its
terminal; and other slow commands, which can be stopped, block no page and may import torch, as the server never does.
"""

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

# A server that was started in the background may ignore Ctrl-C, and so would its child processes.
PROGRAM = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from attrec_core.cli import main
sys.exit(main())"""
GRACE = 5.0  # seconds between a request to stop and a kill
NICER = 10  # pages come first
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
CHILDREN: list[subprocess.Popen[bytes]] = []  # of this process, until they have ended


@contextlib.contextmanager
def hold_job_lock(folder: Path) -> Iterator[int]:
    """Takes the lock that marks a training as alive; yields its descriptor, which the process inherits. Unlike
    `hold_lock`, it raises OSError on a disk without locks: there, nobody could tell whether the training is alive."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Waits, since a check whether the training is alive holds the lock for a moment.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def start(job: Job, home: Home, lock: int) -> None:
    """Starts the training; its process holds the lock until it ends, however it ends."""
    CHILDREN[:] = [child for child in CHILDREN if child.poll() is None]
    with (job.folder / "log.txt").open("ab") as log:
        command = job.request.command(job.request.out(home))
        arguments = ("-m", "attrec_core", *command, "--job", str(job.folder))
        child = python(*arguments, stdout=log, stderr=log, pass_fds=(lock,), ATTREC_JOB_LOCK=str(lock))
    CHILDREN.append(child)


def python(
    *arguments: str, stdout: IO[bytes], stderr: IO[bytes] | int, pass_fds: tuple[int, ...] = (), **env: str
) -> subprocess.Popen[bytes]:
    """Starts this Python in a new process, which outlives a terminal. env: additional variables. Raises OSError."""
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
    """A command and its answer as JSON. Its output is kept in an unnamed file."""

    def __init__(self, arguments: Sequence[str]) -> None:
        """arguments: after `python -m attrec_core`, without --json. Raises InputError if no process can be started."""
        self.began, self.stop_requested = time.monotonic(), 0.0
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 - the process writes to it
        with disk_errors("not_started", "This cannot be started: {why}."):
            self.process = python("-c", PROGRAM, *arguments, "--json", stdout=self.output, stderr=subprocess.DEVNULL)
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, NICER)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def running(self) -> bool:
        """Whether the process runs. Kills it if it was asked to stop and has not stopped after GRACE seconds."""
        running = self.process.poll() is None
        if running and self.stop_requested and time.monotonic() - self.stop_requested > GRACE:
            self.process.kill()
        return running

    def stop(self) -> None:
        """Stops the process like Ctrl-C; it removes what it has half written."""
        if self.process.poll() is None and not self.stop_requested:
            self.stop_requested = time.monotonic()
            self.process.send_signal(signal.SIGINT)

    @property
    def was_stopped(self) -> bool:
        """Whether the process ended early because it was asked to stop."""
        return bool(self.stop_requested) and self.process.poll() not in (None, 0)

    def answer(self) -> dict[str, Any]:
        """Returns the JSON of a process that has ended. Raises InputError with its error."""
        self.output.seek(0)
        try:
            content = json.loads(self.output.read())
        except ValueError:  # killed, or a bug in this program
            content = {}
        if self.process.returncode == 0 and content:
            return content
        if "error" in content:
            raise InputError.from_dict(content["error"])
        raise InputError("no_answer", "It ended unexpectedly, perhaps because it ran out of memory.")
