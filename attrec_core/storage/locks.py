"""Locks on folders and files, of threads and processes alike.

The kernel lets go of a lock when its holder dies, however it dies. No lock file is left behind, and none has to be
written on a full disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from attrec_core.errors import InputError

WAIT = 20.0  # seconds; what is done under a lock takes milliseconds
PAUSE = 0.01  # seconds between two tries
OLD = 24 * 3600  # seconds after which nobody writes a file any more, on a disk that has no locks


class Busy(InputError):  # noqa: N818 - what the folder is
    """Somebody else has the lock, and kept it."""


@contextlib.contextmanager
def held(folder: Path, wait: float = WAIT, *, shared: bool = False) -> Iterator[None]:
    """Nobody else holds the folder meanwhile, or, `shared`, only others who share it: those who just look.

    Not to be taken twice by one holder. Raises Busy when somebody has it for longer than `wait` seconds (0: asks once),
    OSError when there is no such folder or it may not be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        until = time.monotonic() + wait
        while not taken(descriptor, shared=shared):
            if time.monotonic() >= until:
                text = "{folder} is in use by another program or page; try again in a moment."
                raise Busy("busy", text, folder=folder)
            time.sleep(PAUSE)
        yield
    finally:
        os.close(descriptor)  # and lets go of the lock


def taken(descriptor: int, *, shared: bool = False, without_locks: bool = True) -> bool:
    """Whether the lock was to be had. without_locks: the answer on a disk that has none, as some network disks are.
    Each step under a lock is a single rename, and holds there, too."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return without_locks
    return True


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Whether nobody writes a file or folder; if so, nobody begins to as long as this lasts."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield taken(descriptor, without_locks=path.stat().st_mtime < time.time() - OLD)
    finally:
        os.close(descriptor)
