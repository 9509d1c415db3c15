"""Files that people give to a server: uploads of a session, and files on the server in folders that it allows."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from attrec_core.errors import InputError, disk_errors, sentence_of, shown
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.locks import Busy, hold_lock
from attrec_core.storage.workspace import Home

FOLDERS = "ATTREC_DATA_FOLDERS"
BYTES = 200  # of an uploaded file's name; file systems allow 255


class Uploads:
    """The upload folder of one session. It is removed when it is closed, or, if the server was killed, when the next
    session begins: like a training, a session holds a lock as long as it lives."""

    def __init__(self, home: Home) -> None:
        """Raises InputError where the folder cannot be made."""
        self.closing, self.closed = contextlib.ExitStack(), False
        self.timer: threading.Timer | None = None
        try:
            home.uploads.mkdir(parents=True, exist_ok=True)
            with hold_lock(home.uploads):  # else another session might take the new folder for an abandoned one
                for folder in [path for path in home.uploads.iterdir() if path.is_dir() and not path.is_symlink()]:
                    with contextlib.suppress(Busy, OSError), hold_lock(folder, wait=0):  # its session has ended
                        shutil.rmtree(folder, ignore_errors=True)
                temporary = tempfile.TemporaryDirectory(dir=home.uploads, ignore_cleanup_errors=True)
                self.folder = Path(self.closing.enter_context(temporary))
                self.closing.enter_context(hold_lock(self.folder))
        except OSError as error:
            raise InputError("cannot_write", "Nothing can be uploaded: {why}", why=sentence_of(error)) from None

    def put(self, name: str, content: memoryview | bytes, folder: str = "") -> Path:
        """Writes a file, whole or not at all. It replaces an earlier upload of the same name in the same folder. The
        folder is hidden: no upload can have its name."""
        path = self.folder / (f".{folder}" if folder else "") / file_name(name)
        with disk_errors("cannot_write", "{file} cannot be kept on this server: {why}.", file=shown(path.name)):
            path.parent.mkdir(exist_ok=True)
            atomic_write(path, content)
        return path

    def drop(self, path: Path) -> None:
        """Removes an uploaded file that is no longer needed."""
        if path.is_relative_to(self.folder):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        self.closed = True
        self.closing.close()

    def close_after(self, seconds: float) -> None:
        """Closes the folder later, unless the session returns in time, as after a network failure, and calls `stay`."""
        self.stay()
        self.timer = threading.Timer(seconds, self.close)
        self.timer.daemon = True
        self.timer.start()

    def stay(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def __del__(self) -> None:
        self.close()


def file_name(name: str) -> str:
    """Returns the last part of a name from a browser, as a safe file name with the same ending."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = re.sub(r"[^\w .()+,-]", "_", last).lstrip(". -")
    return clean.encode()[-BYTES:].decode(errors="ignore").strip() or "upload"


def data_folders() -> tuple[Path, ...]:
    """Returns the folders of this server from which data may be read: those that ATTREC_DATA_FOLDERS names, if any."""
    named = os.environ.get(FOLDERS, "").split(os.pathsep)
    return tuple(Path(name).expanduser().resolve() for name in map(str.strip, named) if name)


def path_on_server(typed: str) -> Path:
    """Returns the file or folder at a path, with links resolved, if it is in an allowed folder. A relative path is
    searched in each of these folders. Raises InputError, which does not tell whether something exists elsewhere."""
    allowed = data_folders()
    if not allowed:
        text = "This server does not read files by their path. Whoever runs it can allow folders in {variable}."
        raise InputError("no_data_folders", text, variable=FOLDERS)
    requested = typed.strip()
    if not requested or "\0" in requested:
        raise InputError("no_path", "The path is empty; give the path of a file or folder on this server.")
    for folder in allowed:
        with contextlib.suppress(OSError, RuntimeError):  # no permission, or links that lead in a circle
            path = (folder / requested).resolve(strict=True)
            if is_inside(path, allowed):
                return path
    text = "There is no file or folder {wanted} in the folders that this server allows: {folders}."
    raise InputError("no_path", text, wanted=shown(requested), folders=", ".join(map(str, allowed)))


def is_inside(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def check_stays(path: Path, files: Iterable[Path]) -> None:
    """Raises InputError if a path is in an allowed folder, but one of its files is a link out of all these folders."""
    allowed = data_folders()
    if is_inside(path.absolute(), allowed):
        for file in files:
            if not is_inside(file.resolve(), allowed):
                text = "{file} is a link that leads out of the folders that this server allows."
                raise InputError("leads_out", text, file=shown(file.name))
