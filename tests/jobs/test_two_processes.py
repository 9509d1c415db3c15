"""Two servers, or a server and a terminal, on the same folder: they wait for each other, and nothing is lost."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from shelf_worlds import names, sentence

from attrec_core.runs import run
from attrec_core.runs.library.listing import list_runs
from attrec_core.runs.library.rename_and_trash import list_trash, rename
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.workspace import Home
from tests.processes import PATIENCE

pytestmark = pytest.mark.long

# Each process changes the same names at random. It may only be refused in a sentence, and never for a broken run.
HAMMER = """
import random, sys
from pathlib import Path
from attrec_core.runs import run as runs
from attrec_core.cli import main
from attrec_core.errors import InputError
from attrec_core.storage.workspace import home
from attrec_core.runs.library.rename_and_trash import delete, rename, restore
from attrec_core.runs.library.listing import list_runs
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.load import load

seed, rounds = int(sys.argv[1]), int(sys.argv[2])
random.seed(seed)
place, written = home(), home().runs / "written"
template = [load(Path(folder)) for folder in sys.argv[3:]]
whole = {run.train_config.seed: run.fingerprint for run in template}
fine = ("called", "in the trash", "in use", "There is no run")

def look():
    for one in list_runs(place):
        assert one.fault is None and one.remark is None, (one.fault, one.remark)

def open_written():
    found = load(written)
    assert whole[found.train_config.seed] == found.fingerprint, "half of one run and half of another"

acts = [
    look,
    open_written,
    lambda a, b: rename(place, a, b),
    lambda a: delete(place, a),
    lambda a, b: restore(place, a, b),
    lambda a, b: main(["rename", a, b]),
    lambda: runs.save(random.choice(template), written, overwrite=True),
    lambda a: write_notes(place, a, note=str(seed)),
]
for _ in range(rounds):
    act = random.choice(acts)
    try:
        act(*random.choices("abcd", k=act.__code__.co_argcount))
    except InputError as error:
        said = str(error)
        overtaken = "written" in said and ("not a folder" in said or "again and again" in said)
        assert overtaken or any(words in said for words in fine), said
print("done")
"""


@pytest.fixture
def home(small_run: Run, tmp_path: Path) -> Home:
    """Four runs with different seeds and weights."""
    workspace = Home(tmp_path / "home")
    for seed, name in enumerate("abcd"):
        arrays = {**small_run.arrays, "projection": small_run.arrays["projection"] + seed}
        config = dataclasses.replace(small_run.train_config, seed=seed)
        run.save(dataclasses.replace(small_run, arrays=arrays, train_config=config), workspace.runs / name)
    return workspace


def started(program: str, home: Home, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "ATTREC_HOME": str(home.path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_that_change_the_same_names_lose_nothing(home: Home, tmp_path: Path) -> None:
    templates = []
    for name in "ab":
        templates.append(tmp_path / f"template-{name}")
        run.save(load(home.runs / name), templates[-1])
    run.save(load(templates[0]), home.runs / "written")
    before = sorted(load(home.runs / name).fingerprint for name in "abcd")
    workers = [started(HAMMER, home, seed, 50, *templates) for seed in range(4)]
    for worker in workers:
        out, err = worker.communicate(timeout=PATIENCE)
        assert worker.returncode == 0, err[-3000:]
        assert out.endswith("done\n")
    trashed = [entry.path for entry in list_trash(home)]
    remaining = [entry.path for entry in list_runs(home) if entry.name != "written"]
    assert sorted(load(path).fingerprint for path in [*trashed, *remaining]) == before
    assert not [name for name in names(home) if name.startswith(".")], "something half-written is left"


def test_a_lock_is_waited_for_and_said_when_it_is_not_let_go(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attrec_core.runs.library.names.hold_lock", lambda folder: hold_lock(folder, wait=0.05))
    with hold_lock(home.runs):
        assert "in use by another program" in sentence(lambda: rename(home, "a", "z"))
    assert rename(home, "a", "z").name == "z"
    with hold_lock(home.runs, shared=True), hold_lock(home.runs, shared=True):
        assert len(list_runs(home)) == 4
