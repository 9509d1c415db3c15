"""`study`: the command, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_cli import ROWS, answer, refusal

from attrec_core.cli import main
from attrec_core.data.offers import path_of
from attrec_core.runs.studies import load_study
from attrec_core.views.does_it_hold.tables import rows_of


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


QUICK = ("--seeds", 2, "--budget", 2, "--systems", "popularity,markov")


def test_a_study_writes_its_tables_and_goes_on(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    response = answer(capsys, "study", "table2", table, "--out", out, *QUICK)
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
    assert main([*map(str, ("study", "table2", table, "--out", out, *QUICK))]) == 0
    assert capsys.readouterr().out == f"{text}\n"
    assert [(out / f"{key}.json").stat().st_mtime_ns for key in ("markov", "popularity")] == times


def test_a_study_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    for arguments, part in [
        ((table, "--seeds", 0), "--seeds must be 1 or more, not 0"),
        ((table, "--budget", -1), "--budget must be 1 or more, not -1"),
        ((table, "--systems", "popularity,nobody"), "--systems 'nobody' is not a line of this study"),
        ((), "Name either DATA or --paper"),
        ((table, "--paper"), "Name either DATA or --paper"),
        ((tmp_path / "nothing",), "nothing"),
    ]:
        assert part in refusal(capsys, "study", "table2", *arguments, "--out", out)
    sentence = refusal(capsys, "study", "omega", table, "--systems", "ease", "--out", out)
    assert "'ease' is not a line of this study; there are: omega-0, omega-0.2" in sentence
    assert not out.exists()


def test_another_kind_in_the_same_folder_is_refused(
    capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path
) -> None:
    answer(capsys, "study", "table2", table, "--out", tmp_path / "study", *QUICK)
    assert main([*map(str, ("study", "table2", table, "--out", tmp_path / "study", "--order", "shuffled"))]) == 2
    assert "holds a study with another order" in capsys.readouterr().err


@pytest.mark.usefixtures("own_cache")
def test_with_paper_each_downloaded_data_set_has_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "all"
    assert "None of the paper's data sets has been downloaded" in refusal(
        capsys, "study", "table2", "--paper", "--out", out
    )
    for name, step in (("garden", 3), ("instant-video", 5)):
        downloaded(name, step)
    estimate = answer(capsys, "study", "table2", "--paper", "--out", out, *QUICK, "--estimate")
    assert list(estimate["studies"]) == ["garden", "instant-video"] and not out.exists()
    response = answer(capsys, "study", "table2", "--paper", "--out", out, *QUICK)
    assert list(response["studies"]) == ["garden", "instant-video"]
    for name, title in (("garden", "Garden"), ("instant-video", "Instant Video")):
        protocol = response["studies"][name]["protocol"]
        assert (protocol["paper"], protocol["users"]) == (title, USERS)  # no users with fewer than 10 interactions
        assert (out / name / "results.json").is_file()
    study = load_study(out / "garden")
    assert {row.key: row.paper for row in rows_of(study)} == {"markov": {}, "popularity": {}}
    assert main([*map(str, ("study", "table2", "--paper", "--out", out, *QUICK))]) == 0
    text = capsys.readouterr().out
    assert "## Garden" in text and "## Instant Video" in text


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


def test_a_study_says_what_it_costs_and_begins_nothing(
    capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    estimate = answer(capsys, "study", "table2", table, "--out", out, *QUICK, "--estimate")
    assert estimate["trainings"] == 4  # two settings of the Markov counts; each line once, as both are counted
    assert estimate["sentence"].startswith("2 lines, 4 trainings: ")
    assert not out.exists()


def test_the_loss_is_chosen_where_settings_are(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    arguments = ("study", "table2", table, "--out", tmp_path / "study", "--loss", "softmax")
    assert "chooses the loss with the other settings" in refusal(capsys, *arguments)
