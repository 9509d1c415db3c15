"""`attrec show` with the panels that are about a study, a data set or a run."""

from __future__ import annotations

import json
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


CODES = {
    f"nosuch {SAMPLE}": "no_panel",
    f"runs {SAMPLE}": "no_panel",  # only its page has what it is about
    f"attention {SAMPLE} --step 3": "no_user",
    f"attention {SAMPLE} --user nobody": "unknown_user",
    f"attention {SAMPLE} --set fish=5": "unknown_choice",
    f"attention {SAMPLE} --beside {SAMPLE}": "not_taken",
    f"replay_attention {SAMPLE} --user Ada_Abe": "not_taken",
    f"training {SAMPLE} --user Ada_Abe": "not_taken",
    f"training {SAMPLE} --set nosuch=1": "unknown_setting",
    f"training {SAMPLE} --set what=beauty": "out_of_range",
    f"lists {SAMPLE}": "no_run",
    "lengths nowhere": "no_entry",
    f"around {SAMPLE} --user Ada_Abe": "nothing_to_show",
    f"attention {SAMPLE} --csv nowhere/x.csv": "not_written",
    f"attention {SAMPLE} --out x.png": "unknown_ending",
}
TEXTS = {
    "study_dots": "study_dots is about a study: name it.",
    "lengths": "lengths is about a data set: name it.",
    "study_dots nowhere": "There is no study at nowhere.",
    "study_causes ml-100k": "The true causes are known for the bundled sample alone.",
    "study_dots sample-ablation-softmax --set split=temporal": "has not been run with the split",
}


@pytest.mark.parametrize("words", [*CODES, *TEXTS])
def test_what_show_cannot_answer_is_one_sentence(words: str, cli: Cli) -> None:
    out, said = cli.told("show", *(word.replace("_A", " A") for word in words.split()), "--json", code=2)
    assert len(said.splitlines()) == 1 and TEXTS.get(words, "") in said
    assert json.loads(out)["error"]["code"] == CODES.get(words) or words in TEXTS
    assert "link" not in said and "*" not in said


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
