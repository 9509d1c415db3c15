"""`attrec show` with the panels that are about a study, a data set or a run."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from commands import answer, told
from conftest import ROOT

from attrec_core.cli import main
from attrec_core.views import PANELS


@pytest.mark.parametrize("panel", [panel.key for panel in PANELS.values() if panel.subject in ("study", "data", "run")])
def test_each_panel_has_rows_or_says_what_is_lacking(panel: str, capsys: pytest.CaptureFixture[str]) -> None:
    about = {
        "study": "sample-ablation-softmax" if panel == "study_causes" else "ml-100k",
        "data": str(ROOT / "sample_data"),
        "run": str(ROOT / "sample_data" / "run"),
    }
    code = main(["show", panel, about[PANELS[panel].subject], "--json"])
    facts = json.loads(capsys.readouterr().out)
    if code:
        assert panel in ("ties", "gaps", "beside", "trials") and facts["error"]["code"] == "nothing_to_show"
        return
    assert facts["title"] and facts["rows"]
    assert all(len(row) == len(facts["columns"]) for row in facts["rows"])


def test_the_choices_of_the_page_are_set_and_the_figure_is_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dots.html"
    listed, _ = told(capsys, "show", "study_dots", "ml-100k", "--set", "shuffled=shuffled", "--out", file)
    assert "EASE" in listed.splitlines()[2]
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["study_dots"], "study_dots is about a study: name it."),
        (["lengths"], "lengths is about a data set: name it."),
        (["study_dots", "nowhere"], "There is no study at nowhere."),
        (["study_causes", "ml-100k"], "The true causes are known for the bundled sample alone."),
        (["study_dots", "sample-ablation-softmax", "--set", "split=temporal"], "has not been run with the split"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", *words]) != 0
    assert text in capsys.readouterr().err


def test_a_flag_that_only_import_takes_is_not_advised_for_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("user,item\nu,i\n")
    assert main(["show", "lengths", str(tmp_path)]) == 2
    sentence = capsys.readouterr().err.strip()
    assert "--member" in sentence and sentence.endswith(
        "`show` takes no such flag: `import` takes it, and makes a data set to name here."
    )


def test_a_run_is_named_by_its_folder_or_in_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    shutil.copytree(ROOT / "sample_data" / "run", tmp_path / "runs" / "mine")
    by_name, by_folder = (told(capsys, "show", "attention", run)[0] for run in ("mine", SAMPLE))
    assert by_name == by_folder != ""


SAMPLE = str(ROOT / "sample_data" / "run")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", "nosuch", SAMPLE], "no_panel"),
        (["show", "runs", SAMPLE], "no_panel"),  # only its page has what it is about
        (["show", "attention", SAMPLE, "--step", "3"], "no_user"),
        (["show", "attention", SAMPLE, "--user", "nobody"], None),
        (["show", "attention", SAMPLE, "--set", "fish=5"], "unknown_choice"),
        (["show", "attention", SAMPLE, "--beside", SAMPLE], "not_taken"),
        (["show", "replay_attention", SAMPLE, "--user", "Ada Abe"], "not_taken"),
        (["show", "training", SAMPLE, "--user", "Ada Abe"], "not_taken"),
        (["show", "training", SAMPLE, "--set", "nosuch=1"], "unknown_setting"),
        (["show", "training", SAMPLE, "--set", "what=beauty"], "out_of_range"),
        (["show", "lists", SAMPLE], "no_run"),
        (["show", "lengths", "nowhere"], "no_entry"),
        (["show", "around", SAMPLE, "--user", "Ada Abe"], "nothing_to_show"),
        (["show", "attention", SAMPLE, "--csv", "nowhere/x.csv"], "not_written"),
        (["show", "attention", SAMPLE, "--out", "x.png"], "unknown_ending"),
    ],
)
def test_what_show_cannot_answer_is_one_sentence(
    words: list[str], code: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--json"]) == 2
    out, said = capsys.readouterr()
    assert len(said.splitlines()) == 1
    assert code is None or json.loads(out)["error"]["code"] == code
    assert "link" not in said and "*" not in said


def test_choices_reach_the_panel(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    facts = partial(answer, capsys, "show")
    assert len(facts("ranking", SAMPLE, "--user", "Ada Abe", "--set", "top=5")["rows"]) == 6  # and the actual next item
    assert facts("training", SAMPLE, "--set", "what=loss")["title"] == "Training curve: loss"
    drawing, table = tmp_path / "x.svg", tmp_path / "x.csv"
    shown = facts("attention", SAMPLE, "--step", "9", "--user", "Ada Abe", "--out", drawing, "--csv", table)
    assert drawing.read_text().startswith("<svg")
    assert len(table.read_text().splitlines()) == len(shown["rows"]) + 1
