"""Locks on folders and files, for threads and processes alike.

The kernel releases a lock when its holder dies, however it dies. No lock file is left behind, and none has to be
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


class Busy(InputError):  # noqa: N818 - what the folder is
    """Raised when another holder keeps the lock for too long."""


@contextlib.contextmanager
def hold_lock(folder: Path, wait: float = WAIT, *, shared: bool = False) -> Iterator[None]:
    """Holds the lock of a folder inside the block: alone, or, if `shared`, together with others who only read. A holder
    must not take it twice. Raises Busy when somebody else has it for longer than `wait` seconds (0: tries once), and
    OSError when there is no such folder or it may not be opened."""
    with opened(folder, os.O_RDONLY | os.O_DIRECTORY) as descriptor:  # closing it releases the lock
        deadline = time.monotonic() + wait
        while not try_lock(descriptor, shared=shared):
            if time.monotonic() >= deadline:
                text = "{folder} is in use by another program or page; try again in a moment."
                raise Busy("busy", text, folder=folder)
            time.sleep(PAUSE)
        yield


@contextlib.contextmanager
def opened(path: Path, flags: int = os.O_RDONLY) -> Iterator[int]:
    """Yields a descriptor of a file or folder. Raises OSError."""
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def try_lock(descriptor: int, *, shared: bool = False, without_locks: bool = True) -> bool:
    """Tries to take the lock and returns whether it succeeded. without_locks: the answer on a disk without locks, as
    some network disks are. Each step under a lock is a single rename, so it is safe there, too."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return without_locks
    return True
