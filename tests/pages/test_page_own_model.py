"""The app with a run of a model of one's own, with its class and without it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_pages import opened_page, said
from conftest import ROOT
from streamlit.testing.v1 import AppTest

from attrec_core.cli import main
from attrec_core.explain.other_systems import WORKER
from attrec_core.models.registry import TRAINED
from attrec_core.runs.library.open_runs import RunCache
from pages.frame import runs as frame_runs
from pages.frame.page_list import PAGES

EXAMPLE = f"{ROOT / 'examples' / 'my_model.py'}:Fading"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    rows = [f"u{u},i{(u + step) % 12:02},{step}" for u in range(40) for step in range(9)]
    (folder / "data.csv").write_text("\n".join(["user,item,time", *rows]), encoding="utf-8")
    command = ["train", str(folder / "data.csv"), "--model", EXAMPLE, "--out", str(folder / "fading")]
    assert main([*command, "--epochs", "1", "--set", "window=3"]) == 0
    TRAINED.pop("own")
    return folder / "fading"


@pytest.fixture
def command_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The words that start the app; a test may add some before it opens a page."""
    words = [str(ROOT / "app.py"), "--run", str(folder)]
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(WORKER, "own", "")
    monkeypatch.setattr(frame_runs, "CACHE", RunCache())  # a run keeps its rankings
    WORKER.end()
    yield words
    WORKER.end()
    frame_runs.cached_runs.cache_clear()
    frame_runs.asked_for.cache_clear()


def opened(page: str, **query: str) -> AppTest:
    return opened_page(page, run="fading", user="u3", **query)


def test_without_its_class_the_pages_say_what_is_not_known(command_line: list[str]) -> None:
    text = said(opened("explore/attention"))
    assert f"; python -m attrec_core app --model {EXAMPLE} opens the app with it." in text
    assert " -- " not in text  # Streamlit would draw a dash
    unknown = "The app does not know which of its tables hold item vectors, so it draws no map."
    assert unknown in said(opened("explore/metric_space"))


@pytest.mark.long
def test_every_page_opens_without_the_class(command_line: list[str]) -> None:
    for page in PAGES:
        opened(page.script.removeprefix("pages/").removesuffix(".py"))
