"""The process of a training: the command line itself, out of reach of the server's end and of its terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from attrec_core.jobs.job import Job
from attrec_core.storage.workspace import Home

ROOT = Path(__file__).resolve().parent.parent.parent
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
        child = subprocess.Popen(
            [sys.executable, "-m", "attrec_core", *train_arguments(job, home)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(lock,),
            env=dict(os.environ) | ONE_THREAD | {"ATTREC_JOB_LOCK": str(lock)},
        )
    CHILDREN.append(child)
