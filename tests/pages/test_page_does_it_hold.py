"""The page "Does it hold?": what it says of a study is computed from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import opened_page

from attrec_core.runs.studies import Entry, Protocol, SeedResult, load_study, save_entry, save_protocol, save_results
from attrec_core.storage.workspace import home
from attrec_core.views.does_it_hold import figures, words
from pages.lab import _does_it_hold

PROTOCOL = Protocol(
    "table2", "films", 943, 1682, 100_000, "file-first", "as it is", seeds=2, budget=4, fingerprint="x", paper="ML-100K"
)


def seed(number: int, ranks: np.ndarray) -> SeedResult:
    figures = {
        "hr@10": float((ranks <= 10).mean()), "hr@50": float((ranks <= 50).mean()), "ndcg@10": 0.1,
        "mrr": float((1 / ranks).mean()),
    }  # fmt: skip
    return SeedResult(number, 3, figures, figures, figures, coverage=0.5, popularity=0.2, seconds=1.0)


def written(folder: Path, **entries: list[int]) -> Path:
    """A study of two seeds; for each key the ranks of its users' test items."""
    folder.mkdir(parents=True)
    save_protocol(folder, PROTOCOL)
    for key, ranks in entries.items():
        both = [np.array(ranks, float)] * 2
        model, train = {"model": "attrec" if key == "auto" else key}, {"loss": "softmax" if key == "auto" else "bpr"}
        save_entry(folder, Entry(key, key.upper(), model, train, (), tuple(map(seed, (0, 1), both))), both)
    save_results(folder)
    return folder


def test_the_verdict_names_the_first_the_closest_and_the_interval(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", auto=[1, 2] * 50, fpmc=[2, 4] * 50, bprmf=[9, 9] * 50))
    text = words.verdict(study, "mrr")
    assert text.startswith(
        "AUTO (softmax loss, not the paper's) is above every other system of this study on MRR, .7500; "
    )
    assert "the closest is FPMC, .3750 below" in text
    assert "may be chance" not in text
    assert text.endswith("Of 2 figures that the paper has, 0 are lower here and 2 are not.")
    other = load_study(written(tmp_path / "b", auto=[1, 2, 9, 30] * 5, fpmc=[2, 1, 8, 30] * 5))
    assert words.verdict(other, "mrr").startswith("FPMC beats AttRec on MRR")
    assert "so it may be chance" in words.verdict(other, "mrr")


def test_a_dot_an_interval_and_the_papers_figure(tmp_path: Path) -> None:
    study = load_study(written(tmp_path / "a", auto=[1, 2] * 50, fpmc=[2, 4] * 50))
    ours, paper = figures.dots(study, "mrr")["data"]
    assert ours["x"] == pytest.approx([0.75, 0.375])
    low, high = study.interval("auto", "mrr")
    assert (0.75 - ours["error_x"]["arrayminus"][0], 0.75 + ours["error_x"]["array"][0]) == pytest.approx((low, high))
    assert (paper["x"], paper["y"]) == ([0.0925], [1])
    assert len(figures.dots(study, "hr@10")["data"]) == 1  # which the paper does not report


def test_the_page_shows_the_studies_of_the_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    written(home().path / "studies" / "mine", auto=[1, 2] * 50, fpmc=[2, 4] * 50)
    app = opened_page("lab/does_it_hold")
    assert app.selectbox(key="study").value == "mine"
    assert any("AUTO" in one.value and "on MRR" in one.value for one in app.markdown)
    app.selectbox(key="study_metric").select("hr@50").run()
    assert any("on HR" in one.value for one in app.markdown)


def test_a_damaged_study_and_none_are_sentences(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    monkeypatch.setattr(_does_it_hold, "SHIPPED", tmp_path / "nothing")
    app = opened_page("lab/does_it_hold")
    assert any(one.value == words.EMPTY for one in app.markdown)
    folder = written(home().path / "studies" / "mine", auto=[1, 2] * 50)
    (folder / "auto.json").write_text("{", encoding="utf-8")
    app = opened_page("lab/does_it_hold")
    assert ["is damaged or not part of a study" in one.value for one in app.error] == [True]


def test_a_study_that_has_just_begun_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    save_protocol(tmp_path / "a", replace(PROTOCOL, kind="omega"))
    assert words.verdict(load_study(tmp_path / "a"), "mrr") == "No training of this study is done yet."
