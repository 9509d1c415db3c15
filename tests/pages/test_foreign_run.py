"""A run with another trainer's weights has no epochs: every page opens it, and pages about training say why."""

from __future__ import annotations

import dataclasses
import json

import pytest
from app_pages import opened_page
from conftest import ROOT
from streamlit.testing.v1 import AppTest

import attrec_core as attrec
from attrec_core.config import TrainConfig
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.listing import entry_at
from attrec_core.runs.load import load
from attrec_core.storage.workspace import Home, home
from attrec_core.training.train_run import run_of_weights
from attrec_core.views.runs.panels import runs_table
from pages.frame.page_list import PAGES
from pages.lab import runs_list


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A workspace with the run `elsewhere`: the sample's weights, as if from another trainer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("home")))
        sample = load(ROOT / "sample_data" / "run")
        config = dataclasses.replace(sample.model_config, window=4)
        run = run_of_weights(sample.arrays, sample.interactions, config, TrainConfig(), with_maps=False)
        runs_run.save(run, home().runs / "elsewhere")
        yield home()


def page_text(app: AppTest) -> str:
    texts = [*app.markdown, *app.info, *app.warning, *app.error, *app.caption]
    return " ".join(text.value for text in texts).replace("\\", "")


@pytest.mark.parametrize("script", [page.script for page in PAGES])
def test_every_page_opens_it(own_home: Home, script: str) -> None:
    app = opened_page(script.removeprefix("pages/").removesuffix(".py"), run="elsewhere")
    assert not app.error, app.error


def test_the_list_of_runs_has_no_epochs_of_it_and_its_sentence_says_why(own_home: Home) -> None:
    app = opened_page("lab/runs", run="elsewhere")
    app.session_state[runs_list.CHOSEN] = ROOT / "sample_data" / "run"
    app.run()
    (proto,) = (element.proto for element in app.get("bidi_component") if element.proto.id.endswith("-run_list"))
    row = next(row for row in json.loads(proto.json)["rows"] if row["name"] == "elsewhere")
    assert row["epochs"] == "–"
    assert "not trained here" in row["differs"] and "window 4" in row["differs"]
    app.session_state[runs_list.CHOSEN] = own_home.runs / "elsewhere"
    app.run()
    assert "Not trained here: its weights come from another trainer" in page_text(app)
    assert "Training took" not in page_text(app)
    line = runs_table([entry_at(own_home.runs / "elsewhere")]).iloc[0]
    assert line[["best epoch", "epochs", "seconds"]].isna().all()


def test_compare_and_replay_say_that_it_has_no_epochs(own_home: Home) -> None:
    app = opened_page("lab/compare", run="sample_data", beside="elsewhere")
    assert not app.exception and not app.error
    assert "elsewhere: not trained here, so it has no epochs" in page_text(app)
    replay = page_text(opened_page("lab/replay", run="elsewhere"))
    assert "its weights come from another trainer, so no epochs were seen here" in replay
    assert "its epochs were not kept" not in replay


def test_the_door_has_an_empty_history_with_its_columns(own_home: Home) -> None:
    run = attrec.load(own_home.runs / "elsewhere")
    assert len(run.history) == 0
    assert run.history.columns.tolist() == attrec.load().history.columns.tolist()
    assert attrec.plot.training(run).title == "Training curve: mrr"
