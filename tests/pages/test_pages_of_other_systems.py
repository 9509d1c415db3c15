"""Runs of other systems, and of AttRec with the weights of another trainer: a page shows what the run has, or says in
one sentence what it lacks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import component, opened_page, said
from other_runs import saved
from streamlit.testing.v1 import AppTest

import attrec_core as attrec
from attrec_core.config import TrainConfig
from attrec_core.explain.moment import moment_of
from attrec_core.runs.library.listing import entry_at
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.storage.workspace import SAMPLE_RUN
from attrec_core.training.train_run import run_of_weights
from attrec_core.views.runs.panels import runs_table
from pages.frame.page_list import PAGES, Page
from pages.lab import runs_list

pytestmark = pytest.mark.usefixtures("opened_runs")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, small_run: Run, sample: Run) -> dict[str, Path]:
    """Among them `elsewhere`: the sample's weights, as if from another trainer."""
    folder = tmp_path_factory.mktemp("others")
    save(small_run, folder / "attrec")
    config = replace(sample.model_config, window=4)
    save(
        run_of_weights(sample.arrays, sample.interactions, config, TrainConfig(), with_maps=False), folder / "elsewhere"
    )
    of_attrec = {name: folder / name for name in ("attrec", "elsewhere")}
    return of_attrec | {"bprmf": saved("bprmf", folder), "sasrec": saved("sasrec", folder, heads="2", window="6")}


def opened(page: str, name: str, **query: str) -> AppTest:
    return opened_page(page.removeprefix("pages/").removesuffix(".py"), run=name, **query)


def headings(app: AppTest) -> list[str]:
    return [header.value.replace("\\", "") for header in app.header]


def matrices(app: AppTest) -> list[dict]:
    parts = [part.proto for part in app.get("bidi_component")]
    return [json.loads(part.json) for part in parts if part.component_name.endswith("attention_map")]


def ranking(app: AppTest) -> list[dict]:
    return component(app, "ranking")["rows"]


@pytest.mark.parametrize(
    ("name", "page"),
    [*(("bprmf", page) for page in PAGES if not page.needs), *(("elsewhere", page) for page in PAGES)],
    ids=lambda part: getattr(part, "key", part) or "start",
)
def test_every_other_page_opens(page: Page, name: str) -> None:
    app = opened(page.script, name)
    assert not app.error, [error.value for error in app.error]
    assert app.session_state["view"].run == name


def test_compare_shows_the_layer_and_head_of_the_address(folders: dict[str, Path]) -> None:
    run = load(folders["sasrec"])
    app = opened("lab/compare", "sasrec", beside="attrec", user="user 3", layer="1", head="2")
    moment = replace(moment_of(run, run.user_index["user 3"], step=app.session_state["view"].step), layer=1, head=2)
    assert np.array(matrices(app)[0]["weights"]) == pytest.approx(moment.attention.weights, abs=1e-4)
    assert "Attention matrix, A: sasrec, layer 1, head 2" in headings(app)
    app.button(key="swap").click().run()
    assert "asks for" not in said(app) and not app.exception
    assert "Attention matrix, B: sasrec, layer 2, mean of the heads" in headings(app)


def test_a_run_that_was_not_trained_here_has_no_epochs_and_every_page_about_training_says_why(
    folders: dict[str, Path],
) -> None:
    app = opened("lab/runs", "elsewhere")
    app.session_state[runs_list.CHOSEN] = SAMPLE_RUN
    app.run()
    row = next(row for row in component(app, "run_list")["rows"] if row["name"] == "elsewhere")
    assert row["epochs"] == "–"
    assert "not trained here" in row["differs"] and "window 4" in row["differs"]
    app.session_state[runs_list.CHOSEN] = folders["elsewhere"]
    assert "Not trained here: its weights come from another trainer" in said(app.run())
    assert "Training took" not in said(app)
    line = runs_table([entry_at(folders["elsewhere"])]).iloc[0]
    assert line[["best epoch", "epochs", "seconds"]].isna().all()
    compared = said(opened("lab/compare", "sample_data", beside="elsewhere"))
    assert "elsewhere: not trained here, so it has no epochs" in compared
    replay = said(opened("lab/replay", "elsewhere"))
    assert "its weights come from another trainer, so no epochs were seen here" in replay
    assert "its epochs were not kept" not in replay
    run = attrec.load(folders["elsewhere"])
    assert len(run.history) == 0 and [*run.history.columns] == [*attrec.load().history.columns]
    assert attrec.plot.training(run).title == "Training curve: mrr"
