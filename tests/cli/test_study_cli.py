"""`study`: the command, what it writes, what it refuses, and `make study-smoke`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from commands import Cli
from conftest import ROOT, data_file
from shelf_worlds import everything

from attrec_core.data.offers import path_of
from attrec_core.runs.studies import load_study
from attrec_core.views.does_it_hold.tables import rows_of
from attrec_core.views.does_it_hold.words import in_figures

HISTORIES = {f"u{user}": [f"i{(user * 3 + step) % 9}" for step in range(6)] for user in range(12)}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return data_file(tmp_path / "rows.csv", HISTORIES)


QUICK = ("--seeds", 2, "--budget", 2, "--systems", "popularity,markov")


def test_a_study_writes_its_tables_and_goes_on(cli: Cli, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    response = cli.answer("study", "table2", table, "--out", out, *QUICK)
    assert {path.name for path in out.iterdir()} == {
        "study.json", "results.json", "table.md", "table.html",
        "markov.json", "markov.npz", "popularity.json", "popularity.npz",
    }  # fmt: skip
    assert response == {"study": str(out), **json.loads((out / "results.json").read_text(encoding="utf-8"))}
    assert response["protocol"]["data"] == "rows"
    assert [entry["key"] for entry in response["entries"]] == ["markov", "popularity"]
    text, page = (out / "table.md").read_text(encoding="utf-8"), (out / "table.html").read_text(encoding="utf-8")
    for part in ("Popularity", "Markov counts", "rows: 12 users"):
        assert part in text and part in page
    times = [(out / f"{key}.json").stat().st_mtime_ns for key in ("markov", "popularity")]
    assert cli.told("study", "table2", table, "--out", out, *QUICK)[0] == f"{text}\n"
    assert [(out / f"{key}.json").stat().st_mtime_ns for key in ("markov", "popularity")] == times


@pytest.mark.long
def test_a_study_shows_its_time_before_it_starts_and_what_is_done(cli: Cli, table: Path, tmp_path: Path) -> None:
    command = ("study", "table2", table, "--out", tmp_path / "study")
    estimate = cli.answer(*command, *QUICK, "--estimate")
    assert estimate["trainings"] == 4  # two settings of the Markov counts; each line once, as both are counted
    assert estimate["sentence"].startswith("2 lines, 4 trainings: ")
    assert not (tmp_path / "study").exists()
    _, first = cli.told(*command, *QUICK, "--jobs", 1)
    assert "2 lines, 4 trainings.\n" in first and "Mean of 2 seeds" in first
    assert re.search(r"It takes (about|less than) \S+ s\.", first)
    assert first.index("It takes") < first.index("study:")  # the bar
    _, other = cli.told(*command, "--seeds", 1, "--budget", 2, "--systems", "popularity")
    assert "1 line, 1 training, of which 1 is done; the study has 1 other line already.\n" in other
    assert "Mean of 2 seeds" in other and "One seed" not in other and "It takes" not in other
    assert "holds a study with another order" in cli.failed(*command, "--order", "shuffled")
    assert "chooses the loss with the other settings" in cli.refusal(*command, "--loss", "softmax")


def test_a_folder_of_something_else_is_refused_before_a_training(cli: Cli, table: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    cli.answer("study", "table2", table, "--out", tmp_path / "empty", *QUICK)
    shipped, run = tmp_path / "shipped", tmp_path / "run"
    shipped.mkdir()
    run.mkdir()
    shutil.copy(tmp_path / "empty" / "results.json", shipped)
    (run / "config.json").write_text("{}", encoding="utf-8")
    before = everything(tmp_path)
    for folder, part in [
        (shipped, "holds only the results of a study"),
        (run, "is not empty, and it holds no study; choose another folder."),
        (table, "is a file; name a folder for the study."),
    ]:
        assert part in cli.refusal("study", "table2", table, "--out", folder, *QUICK)
    assert everything(tmp_path) == before


@pytest.mark.long
def test_another_preset_is_not_called_the_papers(cli: Cli, table: Path, tmp_path: Path) -> None:
    for kind, systems, label in [
        ("table2", "attrec,popularity", "AttRec, preset quick"),
        ("omega", "omega-0.2", "ω = 0.2"),
    ]:
        out = tmp_path / kind
        arguments = ("study", kind, table, "--out", out, "--seeds", 1, "--budget", 2, "--systems", systems)
        cli.answer(*arguments, "--preset", "quick")
        text = (out / "table.md").read_text(encoding="utf-8")
        assert label in text and "the preset quick" in text and "paper’s" not in text and "of the paper" not in text
        assert "another preset (quick, not paper)" in cli.refusal(*arguments)
        protocol = json.loads((out / "study.json").read_text(encoding="utf-8"))
        del protocol["preset"], protocol["sha256"]  # as of an older version
        (out / "study.json").write_text(json.dumps(protocol), encoding="utf-8")
        cli.answer(*arguments, "--preset", "quick")
        study = load_study(out)
        in_paper = replace(study.protocol, paper="ML-100K")
        assert not any(row.paper for row in rows_of(replace(study, protocol=in_paper)))
        paper_too = replace(in_paper, preset="paper")
        assert any(row.paper for row in rows_of(replace(study, protocol=paper_too)))
        assert "paper" not in in_figures(study, "mrr")


@pytest.mark.long
@pytest.mark.usefixtures("own_cache")
def test_with_paper_each_downloaded_data_set_has_a_folder(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "all"
    command = ("study", "table2", "--paper", "--out", out)
    assert "None of the paper's data sets has been downloaded" in cli.refusal(*command)
    for name, step in (("garden", 3), ("instant-video", 5)):
        downloaded(name, step)
    estimate = cli.answer(*command, *QUICK, "--estimate")
    assert list(estimate["studies"]) == ["garden", "instant-video"] and not out.exists()
    response = cli.answer(*command, *QUICK)
    assert list(response["studies"]) == ["garden", "instant-video"]
    for name, title in (("garden", "Garden"), ("instant-video", "Instant Video")):
        protocol = response["studies"][name]["protocol"]
        assert (protocol["paper"], protocol["users"]) == (title, USERS)  # no users with fewer than 10 interactions
        assert (out / name / "results.json").is_file()
    study = load_study(out / "garden")
    assert {row.key: row.paper for row in rows_of(study)} == {"markov": {}, "popularity": {}}
    text, _ = cli.told(*command, *QUICK)
    assert text.strip() == (out / "table2.md").read_text(encoding="utf-8").strip()
    starts = ("", "Garden", "Instant Video")
    heads, garden, video = ([line for line in text.splitlines() if line.startswith(f"| {name}")] for name in starts)
    for metric in ("HR@50", "MRR"):
        assert f"| {metric} | Markov counts | Popularity |" in heads
    metrics = {row.key: row.cells["mrr"].mean for row in rows_of(study)}
    assert garden[1] == f"| Garden | {metrics['markov']:.4f} | {metrics['popularity']:.4f} |"
    assert len(garden) == len(video) == 2


@pytest.mark.long
@pytest.mark.usefixtures("own_cache")
def test_a_data_set_of_the_paper_that_cannot_be_read_stops_no_other(cli: Cli, tmp_path: Path) -> None:
    for name, step in (("garden", 3), ("instant-video", 5)):
        downloaded(name, step)
    path_of("garden").write_text("neither rows\nnor a table", encoding="utf-8")
    for more in (("--estimate",), ()):
        arguments = ("study", "table2", "--paper", "--out", tmp_path / "all", *QUICK, *more)
        told, remarks = cli.told(*arguments, "--json", code=2)
        response = json.loads(told)
        assert list(response["studies"]) == ["instant-video"] and list(response["left_out"]) == ["garden"]
        assert "garden is left out: " in remarks and "Left out, since they cannot be read: garden." in remarks
    path_of("instant-video").write_text("neither rows\nnor a table", encoding="utf-8")
    assert "None of these data sets can be read: garden, instant-video." in cli.failed(*arguments)


USERS = 8


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTREC_CACHE", str(tmp_path / "cache"))


def downloaded(name: str, step: int) -> None:
    """Writes a small file like the publisher's: no header, and one user whom the paper's filter drops."""
    users = range(USERS)
    rows = [f"A1USER{user},B00{(user + step * k) % 14:07},5.0,{1400000000 + k}" for user in users for k in range(12)]
    file = path_of(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([*rows, "A1FEW,B000000001,5.0,1400000000", "A1FEW,B000000002,5.0,1400000001"]))


@pytest.mark.long
def test_a_study_smoke_of_every_system_is_interrupted_and_resumed() -> None:
    """`make study-smoke`, in a world that is smaller still."""
    smaller = "import study_smoke as s; s.USERS, s.ITEMS, s.LENGTH = 12, 10, 6; raise SystemExit(s.main())"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "benchmarks")}
    command = [sys.executable, "-c", smaller]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "16 of 16 lines" in ended.stdout
