"""Run by test_kill.py: kills an action before its 1st, 2nd, 3rd … call that changes the disk, until it survives;
outside `make soak` only before every third call, beginning at another call for the next action.

Each try is a separate process, forked from this one, on a fresh copy of a workspace. Prints, as JSON, the number of
tries of each action, and every state that was neither the old one nor the new one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from attrec_core.data import data_sets
from attrec_core.data.importing import import_data
from attrec_core.errors import InputError
from attrec_core.runs import run as runs_run
from attrec_core.runs import unfinished
from attrec_core.runs.library.listing import list_data_sets, list_runs
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.rename_and_trash import delete, empty_trash, list_trash, rename, restore, tidy
from attrec_core.runs.library.zips import pack_to, unpack_zip
from attrec_core.runs.load import load, load_whole, open_run
from attrec_core.storage import atomic_write
from attrec_core.storage.atomic_folder import DATA_SET
from attrec_core.storage.atomic_write import remove_leftovers
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.workspace import Home

CHANGING = ("rename", "replace", "link", "unlink", "remove", "rmdir", "mkdir", "fsync")
TRIES = 400
STEP = 1 if os.environ.get("SOAK") else 3


def kill_at(number: int) -> None:
    """Makes the process kill itself before the `number`-th call that changes the disk; a call that writes a file is
    killed in the middle, so that half of the file is there."""
    count = 0

    def due() -> bool:
        nonlocal count
        count += 1
        return count == number

    def hooked(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            if due():
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        return call

    def fill(stream: IO[bytes], content: atomic_write.Content) -> None:
        if due():
            stream.write(bytes(content)[: len(content) // 2] if isinstance(content, bytes) else b"PK")
            stream.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        real_fill(stream, content)

    real_fill = atomic_write.fill
    atomic_write.fill = fill
    for name in CHANGING:
        setattr(os, name, hooked(getattr(os, name)))


def content(folder: Path) -> str:
    """Returns the files of a folder as one value, without its description, which fits both while a part is replaced."""
    files = [file for file in sorted(folder.iterdir()) if file.name not in ("config.json", "data.json")]
    return json.dumps({file.name: file.read_bytes().hex() for file in files if not file.name.startswith(".")})


def state(home: Home) -> str:
    """Returns all that a user sees of a workspace; opens each run and data set whole. Raises InputError for damage."""
    content_by_name: dict[str, object] = {}
    for entry in list_runs(home):
        load_whole(entry.path)
        content_by_name[f"run {entry.name}"] = content(entry.path)
    for entry in list_data_sets(home):
        content_by_name[f"data set {entry.name}"] = [data_sets.load(entry.path).name, content(entry.path)]
    content_by_name["trash"] = sorted([trashed.name, content(trashed.path)] for trashed in list_trash(home))
    content_by_name["files"] = {file.name: len(file.read_bytes()) for file in home.path.glob("[!.]*.zip")}
    # A training kept after its run was written continues to the same end; without a run it must exist.
    content_by_name["trained"] = "run trained" in content_by_name or unfinished.is_kept(home.runs / "trained")
    return json.dumps(content_by_name, sort_keys=True)


def actions(template: Home) -> Mapping[str, Callable[[Home], object]]:
    first, second = load(template.runs / "first"), load(template.runs / "second")
    table, report = import_data(template.path.parent / "ratings.csv")
    packed = template.path.parent / "packed.zip"

    def training_ends(home: Home) -> None:
        runs_run.save(second, home.runs / "trained")
        unfinished.discard(home.runs / "trained")

    def maps(home: Home) -> None:
        with hold_lock(home.runs):
            open_run(home.runs / "second").replace("maps.npz", (home.runs / "first" / "maps.npz").read_bytes())

    # Neighbours begin at different calls, so that actions which end alike are killed at different calls of that end.
    return {
        "save": lambda home: runs_run.save(first, home.runs / "new"),
        "overwrite": lambda home: runs_run.save(second, home.runs / "first", overwrite=True),
        "import over": lambda home: data_sets.save(table, report, home.data / "films", overwrite=True),
        "import": lambda home: data_sets.save(table, report, home.data / "set"),
        "pack": lambda home: pack_to(home.runs / "first", home.path / "a.zip"),
        "unpack": lambda home: unpack_zip(packed, home),
        "rename": lambda home: rename(home, "first", "other"),
        "rename data": lambda home: rename(home, "films", "cinema", DATA_SET),
        "delete": lambda home: delete(home, "first"),
        "restore": lambda home: restore(home, "thrown-away"),
        "notes": lambda home: write_notes(home, "first", note="new"),
        "maps": maps,
        "empty trash": lambda home: empty_trash(home),
        "training ends": training_ends,
    }


def prepare(source: Path, place: Path) -> Home:
    """Returns a workspace whose runs and data set have checksums, with an unfinished training and a packed run."""
    template = Home(place / "template")
    shutil.copytree(source / "home", template.path)
    shutil.copy(source / "ratings.csv", place)
    for name in ("first", "second"):
        runs_run.save(load(template.runs / name), template.runs / name, overwrite=True)
    opened = data_sets.load(template.data / "films")
    data_sets.save(opened.interactions, opened.report, template.data / "films", opened.name, overwrite=True)
    shutil.rmtree(template.runs / "queued-run")
    shutil.rmtree(template.jobs)
    (template.runs / ".unfinished.training").rename(template.runs / ".trained.training")
    pack_to(template.runs / "second", place / "packed.zip")
    return template


def loop(template: Home, action: Callable[[Home], object], first: int) -> dict[str, object]:
    """Kills the action again and again, from its `first`-th call on, and returns the outcome."""
    home, wrong, outcomes = Home(template.path.parent / "home"), [], {}
    for number in range(first, TRIES, STEP):
        shutil.rmtree(home.path, ignore_errors=True)
        shutil.copytree(template.path, home.path)
        child = os.fork()
        if child == 0:
            try:
                kill_at(number)
                action(home)
            finally:
                os._exit(1 if sys.exc_info()[0] else 0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        try:
            outcomes[number] = state(home)  # as a running server sees it
            if status == 0:
                break
            if status != -signal.SIGKILL:
                wrong.append(f"{number}: it ended with {status}")
            tidy(home)  # as a starting server does
            remove_leftovers(home.path, of="a.zip")  # as packing to the same name does
        except InputError as error:
            wrong.append(f"{number}: {error}")
        leftovers = [str(path) for path in home.path.rglob(".*") if path.name != ".trained.training"]
        if leftovers:
            wrong.append(f"{number}: left {leftovers}")
    old, new = state(template), outcomes[number]
    wrong += [f"{tried}: neither old nor new" for tried, outcome in outcomes.items() if outcome not in (old, new)]
    return {"tries": len(outcomes), "wrong": wrong, "changed": old != new}


if __name__ == "__main__":
    prepared = prepare(Path(sys.argv[1]), Path(sys.argv[2]))
    tried = enumerate(actions(prepared).items())
    print(json.dumps({name: loop(prepared, action, 1 + turn % STEP) for turn, (name, action) in tried}))
