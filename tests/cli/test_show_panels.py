"""`attrec show` with the panels that are about a study, a data set or a run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
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
    assert main(["show", "study_dots", "ml-100k", "--set", "shuffled=shuffled", "--out", str(file)]) == 0
    assert "EASE" in capsys.readouterr().out.splitlines()[2]
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["study_dots"], "study_dots is about a study: name it."),
        (["lengths"], "lengths is about a data set: name it."),
        (["runs"], "runs is about what only its page in the app has; it is shown there."),
        (["study_dots", "nowhere"], "There is no study at nowhere."),
        (["study_causes", "ml-100k"], "The true causes are known for the bundled sample alone."),
        (["study_dots", "sample-ablation-softmax", "--set", "split=temporal"], "has not been run with the split"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", *words]) != 0
    assert text in capsys.readouterr().err


def test_a_run_is_named_by_its_folder_or_in_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    shutil.copytree(ROOT / "sample_data" / "run", tmp_path / "runs" / "mine")
    said = []
    for run in ("mine", str(ROOT / "sample_data" / "run")):
        assert main(["show", "attention", run]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] != ""
