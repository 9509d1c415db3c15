"""The process of a training: the command line itself, out of reach of the server's end and of its terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from attrec_core.jobs.job import Job
from attrec_core.storage.workspace import PACKAGE, Home

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
CHILDREN: list[subprocess.Popen[bytes]] = []  # of this process, until they have ended


def train_arguments(job: Job, home: Home) -> list[str]:
    """`train …` as it would be typed. It resumes: without anything kept that is a beginning."""
    run = str(home.runs / job.request.name)
    return ["train", str(job.request.data), "--out", run, "--resume", "--job", str(job.folder), *job.request.arguments]


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
        arguments = ("-m", "attrec_core", *train_arguments(job, home))
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
