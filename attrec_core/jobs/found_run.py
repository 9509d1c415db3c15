"""Finds the run that a training wrote: by its name or, once the run was renamed, by marks that both record."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from attrec_core.runs.library.open_runs import folders_in
from attrec_core.storage.read_errors import BROKEN
from attrec_core.storage.workspace import Home

# Loss and seconds of each epoch, because no two trainings take the same seconds; without epochs, when it was trained.
Marks = tuple[tuple[float, float] | str, ...]


def find_run(home: Home, name: str, marks: Marks, *, is_written: bool) -> Path | None:
    """Returns the folder of the run; None if the run is no longer in the workspace. is_written: whether a run of that
    name exists. Its marks, if it has any, tell whether it is a different run by now.
    """
    out = home.runs / name
    if is_written and (came_of(out, marks) or not marks_of(out)):
        return out
    return next((path for path in folders_in(home.runs) if came_of(path, marks)), None)


def came_of(run: Path, marks: Marks) -> bool:
    """Whether a run has the marks that its training recorded; a run that was stopped early may hold fewer epochs."""
    run_marks = marks_of(run)
    return bool(run_marks) and all(run_mark == mark for run_mark, mark in zip(run_marks, marks, strict=False))


def marks_of(run: Path) -> Marks:
    """Returns the marks of a run; nothing if they cannot be read."""
    file = run / "history.json"
    try:
        stat = file.stat()
        return read_marks(file, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    except OSError:
        return ()


@functools.lru_cache(maxsize=1000)
def read_marks(file: Path, *version: int) -> Marks:
    """Reads a history.json, cached until the file changes; nothing if it is damaged."""
    try:
        history = json.loads(file.read_bytes())
        epochs = tuple((float(epoch["loss"]), float(epoch["seconds"])) for epoch in history["epochs"])
        return epochs or (str(history["trained"]),)
    except BROKEN:
        return ()
