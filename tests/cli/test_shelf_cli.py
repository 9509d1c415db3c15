"""The run library on the command line: the same names and the same sentences."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from commands import Cli
from shelf_worlds import names

from attrec_core.runs import run
from attrec_core.runs.library.notes import write_notes
from attrec_core.runs.library.rename_and_trash import delete, list_trash
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home


@pytest.fixture
def home(small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    workspace = Home(tmp_path / "home")
    run.save(small_run, workspace.runs / "mine")
    return workspace


def test_list_rename_delete_restore(home: Home, small_run: Run, cli: Cli) -> None:
    (entry,) = cli.answer("runs")["found"]
    assert (entry["name"], entry["metrics"]["mrr"]) == ("mine", small_run.metrics["mrr"])
    assert entry["fingerprint"] == load(home.runs / "mine").fingerprint
    assert entry["sizes"] == {"users": 30, "items": 25, "interactions": small_run.interactions.n_interactions}
    assert cli.answer("rename", "mine", "yours") == {"folder": str(home.runs / "yours")}
    assert f"There is no run in {home.runs} that matches 'zzz'." in cli.told("runs", "--search", "zzz")[0]
    trashed = cli.answer("delete", "yours")
    assert cli.answer("runs")["found"] == []
    assert "no run in" in cli.told("runs")[0]
    assert [row["id"] for row in cli.answer("runs", "--trash")["trash"]] == [trashed["id"]]
    assert "yours" in cli.told("runs", "--trash")[0]
    assert "leave out --search" in cli.refusal("runs", "--trash", "--search", "yours")
    cli.answer("restore", "yours", "--name", "ours")
    assert names(home) == {"ours"}
    assert "The bundled run is called 'sample_data'" in cli.refusal("rename", "ours", "sample_data")
    cli.answer("delete", "ours")
    run.save(small_run, home.runs / "ours")
    assert "Restored ours as ours 2: its name is taken." in cli.told("restore", "ours")[0]
    cli.answer("delete", "ours 2")
    (home.runs / "ours").rename(home.path / "aside")
    assert "use --yes" in cli.refusal("empty-trash")
    assert cli.answer("empty-trash", "--yes") == {"removed": 1}
    assert cli.answer("empty-trash") == {"removed": 0}  # an empty trash needs no confirmation
    assert "no run 'ours 2' in the trash" in cli.refusal("restore", "ours 2")


@pytest.mark.parametrize(("said", "left"), [("y\n", 0), ("YES\n", 0), ("\n", 1), ("no\n", 1), ("", 1)])
def test_a_terminal_is_asked_before_the_trash_is_emptied(
    home: Home, said: str, left: int, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(home, "mine")
    terminal = io.StringIO(said)
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    assert "1 run will be deleted permanently" in cli.told("empty-trash", code=2 if left else 0)[1]
    assert len(list_trash(home)) == left


def test_a_list_is_searched_and_sorted_and_says_what_is_broken(home: Home, small_run: Run, cli: Cli) -> None:
    run.save(small_run, home.runs / "alpha")
    write_notes(home, "alpha", tags=["for the talk"])
    (home.runs / "broken").mkdir()
    listed, said = cli.told("runs", "--sort", "name")
    lines = [line.partition("items  ")[2].split("  ") for line in listed.splitlines()]
    assert lines == [["test", "alpha", "#for the talk"], ["test", "mine"]]
    assert said == f"attrec: {home.runs / 'broken'} is not a complete run: config.json is missing.\n"
    assert [row["name"] for row in cli.answer("runs", "--search", "talk dim=8")["found"]] == ["alpha"]


def test_pack_and_unpack(home: Home, tmp_path: Path, cli: Cli) -> None:
    file = tmp_path / "mine.zip"
    assert cli.answer("pack", "mine", "--out", file) == {"file": str(file), "size": file.stat().st_size}
    assert "exists already" in cli.refusal("pack", "mine", "--out", file)
    assert cli.answer("unpack", file)["name"] == "mine 2"
    assert "Imported given into the workspace" in cli.told("unpack", file, "--name", "given")[0]
    assert "called 'given' already" in cli.refusal("unpack", file, "--name", "given")
    assert "not a file of a data set" in cli.refusal("unpack", file, "--data")
    assert "none of that name" in cli.refusal("pack", "nothing", "--out", tmp_path / "b.zip")
    assert "not a .zip" in cli.refusal("unpack", home.runs / "mine" / "items.csv")
