"""The four real data sets, from their files to a run that opens; a missing data set is skipped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import SHARED_DATA

from attrec_core.cli import main
from attrec_core.runs.load import load


@dataclass(frozen=True)
class Known:
    path: str
    format: str
    counts: tuple[int, int, int]  # users, items, interactions
    tied: float  # share of users with several rows at their latest time


# As counted by hand when the files were downloaded.
KNOWN = [
    Known("ml-100k", "movielens-100k", (943, 1682, 100_000), 0.44),
    Known("ml-latest-small", "movielens-csv", (610, 9724, 100_836), 0.15),
    Known("movietweetings-100k", "movietweetings", (16_554, 10_506, 100_000), 0.0),
    Known("amazon-musical-instruments/Musical_Instruments_5.json.gz", "amazon-json", (1429, 900, 10_261), 0.44),
]


def path_of(known: Known) -> Path:
    path = SHARED_DATA / known.path
    if not path.exists():
        pytest.skip(f"the data set {known.path} is not on this machine")
    return path


def report_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main(["import", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.format)
def test_a_real_data_set_is_imported_trained_and_opened(
    known: Known, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = tmp_path / "data", tmp_path / "run"
    report = report_of(capsys, str(path_of(known)), "--out", str(data))
    assert report["format"] == known.format
    assert (report["users"], report["items"], report["interactions"]) == known.counts
    assert report["kept"] + sum(report["dropped"].values()) == report["read"] == known.counts[2]
    assert report["tied_last"] == pytest.approx(known.tied, abs=0.006)
    settings = ["--epochs", "1", "--no-maps", "--set", "dim=8", "--set", "refit=false"]
    assert main(["train", str(data), "--out", str(run), *settings]) == 0
    trained = load(run)
    assert (trained.interactions.n_users, trained.interactions.n_items) == known.counts[:2]
    assert 0 < trained.metrics["hr@50"] < 1
    assert all(np.isfinite(array).all() for array in trained.arrays.values())


def test_the_filter_for_ten_actions_leaves_the_known_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Users with fewer than 10 interactions are dropped, and so are items that no other user has."""
    tweets = KNOWN[2]
    report = report_of(capsys, str(path_of(tweets)), "--out", str(tmp_path / "data"), "--paper-filter")
    assert (report["users"], report["items"], report["interactions"]) == (2583, 9111, 67_040)
