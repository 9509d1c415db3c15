"""Which run came of a training: the one of its name, or, once that was renamed, the one that tells the same epochs."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path

from attrec_core.runs.history import Epoch
from attrec_core.storage.read_errors import BROKEN
from attrec_core.storage.workspace import Home

Told = tuple[tuple[float, float], ...]  # loss and seconds of each epoch; no two trainings take the very same seconds


def run_made(home: Home, name: str, epochs: Sequence[Epoch], *, written: bool) -> Path | None:
    """Where the run is now; None where it has left the shelf. written: whether a run of that name is there, which may
    be another one meanwhile: that is told by its epochs, if it has any.
    """
    out, told = home.runs / name, tuple((one.loss, one.seconds) for one in epochs)
    if written and (tells(out, told) or not epochs_of(out)):
        return out
    try:
        others = sorted(path for path in home.runs.iterdir() if not path.name.startswith("."))
    except OSError:
        others = []
    return next((path for path in others if tells(path, told)), None)


def tells(folder: Path, told: Told) -> bool:
    """Whether a run says of its epochs what its training told; a run that was stopped early may hold fewer."""
    found = epochs_of(folder)
    return bool(found) and all(one == other for one, other in zip(found, told, strict=False))


def epochs_of(folder: Path) -> Told:
    """What a run says of its epochs; nothing where that cannot be read."""
    file = folder / "history.json"
    try:
        stat = file.stat()
        return history(file, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    except OSError:
        return ()


@functools.lru_cache(maxsize=1000)
def history(file: Path, *version: int) -> Told:
    """Of a file as long as it stays as it is; nothing of one that is damaged."""
    try:
        return tuple((float(one["loss"]), float(one["seconds"])) for one in json.loads(file.read_bytes())["epochs"])
    except BROKEN:
        return ()
