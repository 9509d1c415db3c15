"""A file written so that neither a kill nor a power cut leaves half of it: beside its place, fsync, rename, fsync.

Nothing that is older is removed before what replaces it is on the disk. What a killed writer leaves has a hidden name
that ends with one of LEFTOVERS; a writer that lives holds a lock on it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

from attrec_core.storage.locks import claimed, taken

LEFTOVERS = (".partial", ".trial", ".gone")
NAME_BYTES = 220  # of the 255 that a name may have: the rest is what `beside` adds

Content = bytes | memoryview | Callable[[IO[bytes]], object]  # what to write, or a function that writes it


def atomic_write(file: Path, content: Content, *, overwrite: bool = True) -> None:
    """The file has its old content or all of the new one, whenever the process or the machine stops.

    A link stays a link; a device or a pipe is written as it is. Raises OSError for whatever the disk refuses, and
    FileExistsError, unless `overwrite`, for a file that is there; then nothing has changed.
    """
    if file.exists() and not file.is_file():
        with file.open("wb") as device:
            fill(device, content)
        return
    file = file.resolve()
    remove_leftovers(file.parent, of=file.name)
    partial, stream = new_partial(file)
    try:
        with stream:
            fill(stream, content)
            stream.flush()
            os.fsync(stream.fileno())
            if not overwrite and file.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
            move(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def fill(stream: IO[bytes], content: Content) -> None:
    if callable(content):
        content(stream)
    else:
        stream.write(content)


def write_synced(file: Path, content: Content) -> None:
    """A new file in a folder that nobody sees yet, on the disk when this returns. Raises OSError."""
    with file.open("xb") as stream:
        fill(stream, content)
        stream.flush()
        os.fsync(stream.fileno())


def new_partial(file: Path) -> tuple[Path, IO[bytes]]:
    """A new file beside `file`, open and locked by this process as long as it is open."""
    while True:
        partial = beside(file, "partial")
        stream = partial.open("xb")
        if taken(stream.fileno()) and partial.exists():
            return partial, stream
        stream.close()  # somebody who removes leftovers was quicker than the lock


def move(old: Path, new: Path) -> Path:
    """Renames a file or folder, and returns its new path when the disk has it."""
    old.rename(new)
    sync(new.parent)
    if old.parent != new.parent:
        sync(old.parent)
    return new


def sync(path: Path) -> None:
    """Waits until the disk has a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks sync no folders
            raise
    finally:
        os.close(descriptor)


def beside(path: Path, suffix: str) -> Path:
    """A new name in the same folder, and so on the same disk: a rename within it is one step."""
    name = path.name.encode()[:NAME_BYTES].decode(errors="ignore")
    return path.with_name(f".{name}.{uuid.uuid4().hex[:8]}.{suffix}")


def remove(path: Path) -> None:
    """Removes a file, a link or a folder with all that is in it. A folder loses its name first: nobody ever sees half
    of it. Raises OSError."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    gone = move(path, beside(path, "gone"))
    with contextlib.suppress(FileNotFoundError):  # somebody else removes it as well
        shutil.rmtree(gone)


def remove_leftovers(folder: Path, of: str = "") -> None:
    """Removes what killed writers have left in a folder. of: only of a file or folder of that name."""
    try:
        hidden = [
            entry
            for entry in folder.iterdir()
            if entry.name.startswith(f".{of}." if of else ".") and entry.name.endswith(LEFTOVERS)
        ]
    except OSError:
        return
    for path in hidden:
        with contextlib.suppress(OSError), claimed(path) as free:
            if free:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
