"""What people bring to a server: files that a session uploads, and files that lie there, in folders that it allows."""

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
from attrec_core.storage.locks import Busy, held
from attrec_core.storage.workspace import Home

FOLDERS = "ATTREC_DATA_FOLDERS"
LETTERS = 120  # of an uploaded file's name


class Uploads:
    """The folder of one session. It goes when it is closed, or, if the server was killed, with the next session's
    coming: like a training, a session holds a lock as long as it lives."""

    def __init__(self, home: Home) -> None:
        """Raises InputError where the folder cannot be made."""
        self.closing, self.closed = contextlib.ExitStack(), False
        self.timer: threading.Timer | None = None
        try:
            home.uploads.mkdir(parents=True, exist_ok=True)
            with held(home.uploads):  # else another session might take it for one that was left behind
                for left in [path for path in home.uploads.iterdir() if path.is_dir() and not path.is_symlink()]:
                    with contextlib.suppress(Busy, OSError), held(left, wait=0):  # its session has gone
                        shutil.rmtree(left, ignore_errors=True)
                made = tempfile.TemporaryDirectory(dir=home.uploads, ignore_cleanup_errors=True)
                self.folder = Path(self.closing.enter_context(made))
                self.closing.enter_context(held(self.folder))
        except OSError as error:
            raise InputError("cannot_write", "Nothing can be uploaded: {why}", why=sentence_of(error)) from None

    def put(self, name: str, content: memoryview | bytes) -> Path:
        """Writes a file, whole or not at all, in the place of what was uploaded before under the same name."""
        path = self.folder / file_name(name)
        with disk_errors("cannot_write", "{file} cannot be kept on this server: {why}.", file=shown(path.name)):
            atomic_write(path, content)
        return path

    def drop(self, path: Path) -> None:
        """A file that is not wanted any more."""
        if path.parent == self.folder:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        self.closed = True
        self.closing.close()

    def close_after(self, seconds: float) -> None:
        """The session has gone; it may come back soon, as after a break of the network, and then says `stay`."""
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
    """The last part of a name that a browser gave, as a file of ours may bear it; its ending stays."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = re.sub(r"[^\w .()+,-]", "_", last).lstrip(". -")[-LETTERS:].strip()
    return clean or "upload"


def data_folders() -> tuple[Path, ...]:
    """The folders of this server from which data may be read, by ATTREC_DATA_FOLDERS; none unless it names some."""
    named = os.environ.get(FOLDERS, "").split(os.pathsep)
    return tuple(Path(name).expanduser().resolve() for name in map(str.strip, named) if name)


def path_on_server(text: str) -> Path:
    """The file or folder of that path, wherever links lead, if it lies in an allowed folder.

    A path without a slash in front is looked for in each of them. Raises InputError; what lies elsewhere is not even
    told from what does not exist.
    """
    allowed = data_folders()
    if not allowed:
        text = "This server reads no files by their path. Whoever runs it can name folders for that in {variable}."
        raise InputError("no_data_folders", text, variable=FOLDERS)
    wanted = text.strip()
    if not wanted or "\0" in wanted:
        raise InputError("no_path", "The path is empty; give the path of a file or folder on this server.")
    for folder in allowed:
        with contextlib.suppress(OSError, RuntimeError):  # no permission, or links that lead in a circle
            path = (folder / wanted).resolve(strict=True)
            if is_inside(path, allowed):
                return path
    text = "There is no file or folder {wanted} in the folders that this server allows: {folders}."
    raise InputError("no_path", text, wanted=shown(wanted), folders=", ".join(map(str, allowed)))


def is_inside(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def check_stays(path: Path, files: Iterable[Path]) -> None:
    """The files of a path in an allowed folder. Raises InputError where one is a link that leads out of all of them."""
    allowed = data_folders()
    if is_inside(path.absolute(), allowed):
        for file in files:
            if not is_inside(file.resolve(), allowed):
                text = "{file} is a link that leads out of the folders that this server allows."
                raise InputError("leads_out", text, file=shown(file.name))
