"""Helpers of the tests of a workspace: refusals, files, rights, and all actions that write to it."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from attrec_core.data import data_sets
from attrec_core.data.importing import import_data
from attrec_core.errors import InputError
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.zips import pack_to, unpack_zip, zip_of
from attrec_core.runs.run import Run
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.workspace import Home


def sentence(action: Callable[[], object]) -> str:
    """Returns the message with which the action is refused, and checks that it is one sentence."""
    with pytest.raises(InputError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def without_checksums(folder: Path) -> Path:
    """Removes the checksums, which older folders lack; a fault inside a file is found without them, too."""
    for file in folder.glob("*.json"):
        content = json.loads(file.read_bytes())
        if content.pop("sha256", None):
            file.write_bytes(json_bytes(content))
    return folder


def everything(folder: Path) -> Mapping[str, bytes]:
    """Returns the contents of all files below a folder, also of hidden ones, by their relative paths."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def names(home: Home) -> set[str]:
    """Returns the names in the folder of runs, also hidden ones."""
    return {path.name for path in home.runs.iterdir()} if home.runs.exists() else set()


def forbid(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Imitates a folder without rights of access: root, as whom tests may run, could access a real one all the same."""

    def inside(path: object, itself: bool) -> bool:
        if not isinstance(path, str | os.PathLike):
            return False
        path = Path(os.fspath(path)).absolute()
        return folder in path.parents or (itself and path == folder)

    for module, name in ((os, "stat"), (os, "lstat"), (os, "open"), (io, "open"), (os, "listdir"), (os, "scandir")):
        real = getattr(module, name)

        def guarded(path: Any, *more: Any, real: Any = real, name: str = name, **named: Any) -> Any:
            if inside(path, itself=name not in ("stat", "lstat")):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return real(path, *more, **named)

        monkeypatch.setattr(module, name, guarded)


def writers(home: Home, run: Run, table: Path) -> dict[str, Callable[[], object]]:
    """Returns all actions that write to the workspace; each must fail with a sentence where there is no room."""
    packed = io.BytesIO(zip_of(home.runs / "mine"))
    data, report = import_data(table)
    return {
        "a new run": lambda: runs_run.save(run, home.runs / "new"),
        "a run over another": lambda: runs_run.save(run, home.runs / "mine", overwrite=True),
        "notes": lambda: write_notes(home, "mine", note="x" * 20_000),
        "a zip imported": lambda: unpack_zip(packed, home),
        "a zip written": lambda: pack_to(home.runs / "mine", home.path / "a.zip"),
        "a data set": lambda: data_sets.save(data, report, home.data / "set"),
    }
