"""Writes a file so that neither a kill nor a power cut leaves half of it: beside its path, fsync, rename, fsync.

An old file is not removed before its replacement is on the disk. What a killed writer leaves behind has a hidden name
that ends with one of LEFTOVERS; a living writer holds a lock on its file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from attrec_core.storage.locks import opened, try_lock

LEFTOVERS = (".partial", ".trial", ".gone")
OLD = 24 * 3600  # seconds after which nobody is assumed to write a file any more, on a disk without locks
NAME_BYTES = 220  # of the 255 that a name may have; `beside` adds the rest

Content = bytes | memoryview | Callable[[IO[bytes]], object]  # what to write, or a function that writes it


def atomic_write(file: Path, content: Content, *, overwrite: bool = True) -> None:
    """Writes a file that has its old content or all of the new content, whenever the process or the machine stops. A
    link stays a link; a device or a pipe is written directly. Raises OSError for whatever the disk refuses, and
    FileExistsError if the file exists (unless `overwrite`); then nothing has changed."""
    if file.exists() and not file.is_file():
        with file.open("wb") as device:
            fill(device, content)
        return
    file = file.resolve()
    remove_leftovers(file.parent, of=file.name)
    with new_partial(file, Path.touch) as partial:
        write_synced(partial, content)
        if not overwrite and file.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
        move(partial, file)


def fill(stream: IO[bytes], content: Content) -> None:
    if callable(content):
        content(stream)
    else:
        stream.write(content)


def write_synced(file: Path, content: Content) -> None:
    """Writes a file that nobody else sees yet. It is on the disk when this returns. Raises OSError."""
    with file.open("wb") as stream:
        fill(stream, content)
        stream.flush()
        os.fsync(stream.fileno())


@contextlib.contextmanager
def new_partial(path: Path, make: Callable[[Path], object]) -> Iterator[Path]:
    """Yields a new file or folder beside `path`, to be filled and renamed to it. It is removed if it is not renamed. It
    is locked inside the block, so that nobody takes it for the leftover of a killed writer. Raises OSError."""
    while True:
        partial = beside(path, "partial")
        make(partial)
        with contextlib.suppress(FileNotFoundError):  # another writer removed it first, as a leftover
            descriptor = os.open(partial, os.O_RDONLY)
            if try_lock(descriptor) and partial.exists():
                break
            os.close(descriptor)  # or is removing it now
    try:
        yield partial
    finally:
        with contextlib.suppress(OSError):
            erase(partial)
        os.close(descriptor)


def move(old: Path, new: Path) -> Path:
    """Renames a file or folder, and returns its new path once the new name is on the disk."""
    old.rename(new)
    sync(new.parent)
    if old.parent != new.parent:
        sync(old.parent)
    return new


def sync(path: Path) -> None:
    """Waits until the disk has a file, or the names in a folder."""
    with opened(path) as descriptor:
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks sync no folders
                raise


def beside(path: Path, suffix: str) -> Path:
    """Returns a new name in the same folder, and so on the same disk, where a rename is one step."""
    return path.with_name(f".{shortened(path.name)}.{uuid.uuid4().hex[:8]}.{suffix}")


def shortened(name: str) -> str:
    return name.encode()[:NAME_BYTES].decode(errors="ignore")


def remove(path: Path) -> None:
    """Removes a file, a link or a folder with all that is in it. A folder is renamed first, so that nobody ever sees
    half of it. Raises OSError."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    gone = move(path, beside(path, "gone"))
    with contextlib.suppress(FileNotFoundError):  # somebody else removes it, too
        shutil.rmtree(gone)


def erase(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def remove_leftovers(folder: Path, of: str = "") -> None:
    """Removes what killed writers have left in a folder. of: only those of a file or folder of this name."""
    start = f".{shortened(of)}." if of else "."
    with contextlib.suppress(OSError):
        for path in [path for path in folder.iterdir() if path.name.startswith(start) and path.suffix in LEFTOVERS]:
            with contextlib.suppress(OSError), opened(path) as descriptor:
                # Inside the block nobody begins to write it.
                if try_lock(descriptor, without_locks=path.stat().st_mtime < time.time() - OLD):
                    erase(path)
