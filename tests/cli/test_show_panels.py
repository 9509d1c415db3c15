"""`attrec show` with the panels that are about a study, a data set or a run."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
from commands import Cli
from conftest import ROOT


def test_a_flag_that_only_import_takes_is_not_advised_for_show(tmp_path: Path, cli: Cli) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("user,item\nu,i\n")
    sentence = cli.failed("show", "lengths", tmp_path).strip()
    advice = "`show` takes no such flag: `import` takes it, and makes a data set to name here."
    assert "--member" in sentence and sentence.endswith(advice)


def test_a_run_is_named_by_its_folder_or_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    shutil.copytree(ROOT / "sample_data" / "run", tmp_path / "runs" / "mine")
    by_name, by_folder = (cli.told("show", "attention", run)[0] for run in ("mine", SAMPLE))
    assert by_name == by_folder != ""


SAMPLE = str(ROOT / "sample_data" / "run")


def test_choices_reach_the_panel_and_figure_and_table_are_files(tmp_path: Path, cli: Cli) -> None:
    facts = partial(cli.answer, "show")
    assert len(facts("ranking", SAMPLE, "--user", "Ada Abe", "--set", "top=5")["rows"]) == 6  # and the actual next item
    assert facts("training", SAMPLE, "--set", "what=loss")["title"] == "Training curve: loss"
    drawing, table = tmp_path / "x.svg", tmp_path / "x.csv"
    shown = facts("attention", SAMPLE, "--step", "9", "--user", "Ada Abe", "--out", drawing, "--csv", table)
    assert drawing.read_text().startswith("<svg")
    assert len(table.read_text().splitlines()) == len(shown["rows"]) + 1
    file = tmp_path / "dots.html"
    listed, _ = cli.told("show", "study_dots", "ml-100k", "--set", "shuffled=shuffled", "--out", file)
    assert "EASE" in listed.splitlines()[2]
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
