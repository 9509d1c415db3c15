"""Files from before runs had checksums still open and mean the same: runs, data sets, notes, trash, jobs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import Cli
from conftest import ROOT

from attrec_core import data
from attrec_core.data import data_sets
from attrec_core.data.options import Options
from attrec_core.explain.maps import add_maps
from attrec_core.jobs.queue import Queue
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.listing import list_data_sets, list_runs
from attrec_core.runs.library.rename_and_trash import list_trash, rename, restore
from attrec_core.runs.library.zips import unpack_zip, zip_of
from attrec_core.runs.load import load, load_whole
from attrec_core.runs.unfinished import is_kept
from attrec_core.storage.atomic_folder import DATA_SET
from attrec_core.storage.workspace import Home

BEFORE = ROOT / "tests" / "fixtures" / "before"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A workspace that an earlier version wrote."""
    shutil.copytree(BEFORE / "home", tmp_path / "home")
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home")


def same(value: object, before: object) -> bool:
    """Returns whether the values are equal, floats to one part in a million."""
    if isinstance(before, dict):
        return all(same(value[key], inner) for key, inner in before.items())
    if isinstance(before, list):
        return len(value) == len(before) and all(map(same, value, before))
    if isinstance(before, float):
        return bool(np.isclose(value, before, rtol=1e-6, atol=1e-9))
    return value == before


def test_a_run_without_checksums_answers_as_before_and_info_says_that_it_is_unverified(home: Home, cli: Cli) -> None:
    answers = {name: json.loads((BEFORE / f"{name}.json").read_text()) for name in ("recommend", "attention")}
    for row in answers["recommend"]["items"]:  # of before: not weighted yet
        row |= {"short": 0.6 * row["short"], "long": 0.4 * row["long"]}
    for command, before in answers.items():  # of the whole history, where commands began then
        assert same(cli.answer(command, home.runs / "first", "--user", "u3", "--step", "all"), before)
    before = json.loads((BEFORE / "info.json").read_text())
    response = cli.answer("info", home.runs / "first")
    assert response["checksums"] == "unverified"
    assert same(response, before | {"run": str(home.runs / "first")})
    assert cli.answer("info", ROOT / "sample_data" / "run")["checksums"] == "verified"
    assert "checksums: unverified" in cli.told("info", home.runs / "first")[0]


def test_a_run_saved_again_has_checksums_one_table_and_else_the_same_bytes(home: Home, tmp_path: Path) -> None:
    before = load_whole(home.runs / "first")
    runs_run.save(before, tmp_path / "again")
    resaved = load_whole(tmp_path / "again")
    assert resaved.verified and resaved.arrays.keys() == before.arrays.keys()
    for run in (before, resaved):
        assert all(np.shares_memory(run.arrays[name], run.table) for name in ("item_short", "item_long"))
    for name, array in before.arrays.items():
        assert np.array_equal(resaved.arrays[name], array), name
    assert np.array_equal(resaved.table, before.table)
    for file in (home.runs / "first").iterdir():
        # The statistics of before hold three arrays that are no longer shown.
        if file.name not in ("config.json", "notes.json", "weights.safetensors", "at_large.npz"):
            assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_workspace_lists_what_it_did(home: Home) -> None:
    entries = {entry.name: entry for entry in list_runs(home)}
    assert set(entries) == {"first", "second", "queued-run"}
    assert all(entry.fault is None for entry in entries.values())
    assert (entries["first"].notes.tags, entries["first"].notes.note) == (("thesis", "small"), "Kept from before.")
    assert entries["first"].source == "My films"
    (films,) = list_data_sets(home)
    assert (films.name, films.fault, films.sizes.users) == ("films", None, 12)
    assert restore(home, list_trash(home)[0].id) == home.runs / "thrown-away"
    assert load_whole(home.runs / "thrown-away").history["best_epoch"] == 1
    (job,) = Queue(home).jobs()
    assert (job.state, job.run, len(job.epochs)) == ("done", home.runs / "queued-run", 2)


def test_data_sets_are_read_and_runs_packed_and_mapped(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = data_sets.load(home.data / "films")
    assert (opened.name, opened.report.read) == ("My films", 103)
    imported = data.read(BEFORE / "ratings.csv", Options(min_rating=2))
    assert np.array_equal(data.read(home.data / "films").items, imported.items)
    assert rename(home, "films", "cinema", DATA_SET) == home.data / "cinema"
    assert data_sets.load(home.data / "cinema").name == "cinema"
    (tmp_path / "a.zip").write_bytes(zip_of(home.runs / "second"))
    folder = unpack_zip(tmp_path / "a.zip", home, "unpacked")
    maps = load(home.runs / "first").maps
    monkeypatch.setattr("attrec_core.explain.maps.maps_of", lambda run: maps)
    add_maps(folder)
    assert load_whole(folder).maps.keys() == maps.keys()
    assert not load(folder).verified


def test_an_unfinished_training_is_resumed_to_its_end(home: Home, cli: Cli) -> None:
    state = json.loads((home.runs / ".unfinished.training" / "state.json").read_text())
    out = home.runs / "unfinished"
    assert is_kept(out)
    arguments = ["train", home.data / "films", "--out", out, "--resume", "--no-maps"]
    cli.answer(*arguments)
    run = load_whole(out)
    assert run.verified and run.train_config.epochs == 3
    # The earlier version counted the time of ranking the validation items with the steps.
    assert run.history["epochs"][0] == state["epochs"][0] | {"validation_seconds": 0.0}
    # Resuming a finished training again says that it is finished, and is no error.
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    assert "nothing to resume" in cli.told(*arguments)[1]
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert "exists already" in cli.failed(*arguments, "--set", "dim=5")
