"""What the tests of the shelf share: a place of its own, and a run on it."""

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
from attrec_core.runs.library.pack import pack_to, zip_of
from attrec_core.runs.library.unpack import unpack_zip
from attrec_core.runs.run import Run
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.workspace import Home


def sentence(action: Callable[[], object]) -> str:
    """What the action is refused with: one sentence."""
    with pytest.raises(InputError) as caught:
        action()
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def without_checksums(folder: Path) -> Path:
    """The run or data set as one of before, which has none: what is wrong inside of a file is found all the same."""
    for file in (folder / "config.json", folder / "data.json"):
        if file.exists():
            content = json.loads(file.read_bytes())
            del content["sha256"]
            file.write_bytes(json_bytes(content))
    return folder


def everything(folder: Path) -> Mapping[str, bytes]:
    """All files below a folder, hidden ones too, by their place in it."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def names(home: Home) -> set[str]:
    """What lies in the folder of runs, hidden or not."""
    return {path.name for path in home.runs.iterdir()} if home.runs.exists() else set()


def forbid(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """As if the rights to a folder had been taken: root, as whom tests may run, would be let in all the same."""

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
    """Everything that writes to the shelf; each must end in a sentence where there is no room."""
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
