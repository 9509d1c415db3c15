"""What became of a run whose folder has gone while it was known."""

from __future__ import annotations

from pathlib import Path

from attrec_core.errors import InputError
from attrec_core.runs.library.opening import OpenRuns, same_run, version_of
from attrec_core.runs.library.records import Trashed
from attrec_core.runs.library.rename_and_trash import trash
from attrec_core.storage.workspace import Home


def in_trash(home: Home, runs: OpenRuns, path: Path) -> Trashed | None:
    """What lies in the trash of a run that stood there: the folder with the very same files, or, where they were never
    read, the latest that was called so."""
    if path.parent.resolve() != home.runs.resolve():
        return None
    try:
        gone = trash(home)
    except InputError:
        return None
    left = runs.shelf.left(path)
    if left is None:
        return next((one for one in gone if one.name == path.name), None)
    return next((one for one in gone if same_run(version_of(one.path), left.version)), None)
