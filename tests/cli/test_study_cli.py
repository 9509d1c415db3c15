"""`study`: the command, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_cli import ROWS, answer, refusal

from attrec_core.cli import main
from attrec_core.data import paper


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


QUICK = ("--seeds", 2, "--budget", 2, "--systems", "popularity,markov")


def test_a_study_writes_its_tables_and_goes_on(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    found = answer(capsys, "study", "table2", table, "--out", out, *QUICK)
    assert {path.name for path in out.iterdir()} == {
        "study.json", "results.json", "table.md", "table.html",
        "markov.json", "markov.npz", "popularity.json", "popularity.npz",
    }  # fmt: skip
    assert found == {"study": str(out), **json.loads((out / "results.json").read_text(encoding="utf-8"))}
    assert found["protocol"]["data"] == "rows"
    assert [entry["key"] for entry in found["entries"]] == ["markov", "popularity"]
    text, page = (out / "table.md").read_text(encoding="utf-8"), (out / "table.html").read_text(encoding="utf-8")
    for part in ("Popularity", "Markov counts", "rows: 12 users"):
        assert part in text and part in page
    times = [(out / f"{key}.json").stat().st_mtime_ns for key in ("markov", "popularity")]
    assert main([*map(str, ("study", "table2", table, "--out", out, *QUICK))]) == 0
    assert capsys.readouterr().out == f"{text}\n"
    assert [(out / f"{key}.json").stat().st_mtime_ns for key in ("markov", "popularity")] == times


def test_a_study_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    for arguments, part in [
        ((table, "--seeds", 0), "--seeds must be 1 or more, not 0"),
        ((table, "--budget", -1), "--budget must be 1 or more, not -1"),
        ((table, "--systems", "popularity,nobody"), "--systems 'nobody' is no line of this study"),
        ((), "Name either DATA or --paper"),
        ((table, "--paper"), "Name either DATA or --paper"),
        ((tmp_path / "nothing",), "nothing"),
    ]:
        assert part in refusal(capsys, "study", "table2", *arguments, "--out", out)
    sentence = refusal(capsys, "study", "omega", table, "--systems", "ease", "--out", out)
    assert "'ease' is no line of this study; there are: omega-0, omega-0.2" in sentence
    assert not out.exists()


def test_another_kind_in_the_same_folder_is_refused(
    capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path
) -> None:
    answer(capsys, "study", "table2", table, "--out", tmp_path / "study", *QUICK)
    assert main([*map(str, ("study", "table2", table, "--out", tmp_path / "study", "--order", "shuffled"))]) == 2
    assert "holds a study with another order" in capsys.readouterr().err


def test_with_paper_each_downloaded_data_set_has_a_folder(
    capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "in_cache", dict)
    assert "None of the paper's data sets has been downloaded" in refusal(
        capsys, "study", "table2", "--paper", "--out", tmp_path / "all"
    )
    monkeypatch.setattr(paper, "in_cache", lambda: {"ml-100k": table, "ml-1m": table})
    found = answer(capsys, "study", "table2", "--paper", "--out", tmp_path / "all", *QUICK)
    assert list(found["studies"]) == ["ml-100k", "ml-1m"]
    assert (tmp_path / "all" / "ml-1m" / "results.json").is_file()
    assert found["studies"]["ml-1m"]["protocol"]["paper"] == "ML-1M"
