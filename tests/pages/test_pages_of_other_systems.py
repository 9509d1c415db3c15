"""Runs of other systems, and of AttRec with the weights of another trainer: a page shows what the run has, or says in
one sentence what it lacks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import component, opened_page, said, sent
from conftest import ROOT
from other_runs import made, saved
from streamlit.testing.v1 import AppTest

import attrec_core as attrec
from attrec_core.cli import main
from attrec_core.config import TrainConfig
from attrec_core.errors import InputError
from attrec_core.explain.moment import moment_of
from attrec_core.explain.other_systems import WORKER, other_ranking
from attrec_core.explain.vectors import fold_in
from attrec_core.models.registry import TRAINED
from attrec_core.runs.library.listing import entry_at
from attrec_core.runs.library.open_runs import RunCache
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.workspace import SAMPLE_RUN
from attrec_core.training.train_run import run_of_weights
from attrec_core.views.page_context import scene
from attrec_core.views.runs.panels import runs_table
from attrec_core.views.try_it_yourself.panels import how_estimated
from attrec_core.views.view import View
from pages.frame import runs as frame_runs
from pages.frame.page_list import PAGES, Page
from pages.lab import runs_list

pytestmark = pytest.mark.usefixtures("opened_runs")
NAMES = [name for name in SYSTEMS if name != "own"]
PICKS = [2, 5, 7, 11]


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
    heads = {"sasrec": {"heads": "2", "window": "6"}}
    return of_attrec | {name: saved(name, folder, **heads.get(name, {})) for name in NAMES if name != "attrec"}


def opened(page: str, name: str, **query: str) -> AppTest:
    return opened_page(page.removeprefix("pages/").removesuffix(".py"), run=name, **query)


def headings(app: AppTest) -> list[str]:
    return [header.value.replace("\\", "") for header in app.header]


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
    assert np.array(sent(app, "attention_map")[0]["weights"]) == pytest.approx(moment.attention.weights, abs=1e-4)
    assert "**A: sasrec, layer 1, head 2**" in said(app)
    app.button(key="swap").click().run()
    assert "asks for" not in said(app) and not app.exception
    assert "**B: sasrec, layer 2, mean of the heads**" in said(app)


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
    app.run()
    (facts,) = (table.value for table in app.table if "of the run" in table.value)
    training = facts.set_index("of the run")["value"]["training"]
    assert training.startswith("Not trained here") and "Training took" not in training
    line = runs_table([entry_at(folders["elsewhere"])]).iloc[0]
    assert line[["best epoch", "epochs", "seconds"]].isna().all()
    assert "Training curves" not in said(opened("lab/compare", "sample_data", beside="elsewhere"))
    replay = said(opened("lab/replay", "elsewhere"))
    assert "its weights come from another trainer, so no epochs were seen here" in replay
    assert "its epochs were not kept" not in replay
    run = attrec.load(folders["elsewhere"])
    assert len(run.history) == 0 and [*run.history.columns] == [*attrec.load().history.columns]
    assert attrec.plot.training(run).title == "Training curve: mrr"


# “Try it yourself” with each of the fifteen systems: its recommendations for a new user, whose vector (if the system
# needs one) is estimated from the picks.


def ids(run: Run) -> tuple[str, ...]:
    return tuple(run.interactions.item_ids[item] for item in PICKS)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_the_list_of_the_picks(name: str, folders: dict[str, Path]) -> None:
    run = load(folders[name])
    expected = scene(run, View(likes=ids(run))).ranking.top(10).tolist()
    assert len(expected) == 10 and not set(expected) & set(PICKS)
    if name in ("popularity", "bprmf", "lstm"):  # without users, and with vectors of an inner product and a distance
        app = opened_page("learn/try_it_yourself", run=name, likes=",".join(ids(run)))
        assert not app.error and not app.info and how_estimated(run) in said(app)
        assert [row["id"] for row in ranking(app)] == [run.interactions.item_ids[item] for item in expected]


@pytest.mark.parametrize("name", ["bprmf", "fpmc", "hrm", "transrec", "caser"])
def test_no_vector_of_that_length_has_larger_inner_products_with_the_picks(name: str, folders: dict[str, Path]) -> None:
    run = load(folders[name])
    users, vector = run.arrays["user"], fold_in(run, PICKS)
    items = run.arrays[SYSTEMS[name].tastes.items][PICKS][:, -users.shape[1] :].astype(float)
    length = np.median(np.linalg.norm(users, axis=1))
    random_vectors = np.random.default_rng(0).normal(size=(500, len(vector)))
    random_vectors *= length / np.linalg.norm(random_vectors, axis=1, keepdims=True)
    assert np.linalg.norm(vector) == pytest.approx(length, rel=1e-5)
    one = np.array(PICKS[:1])
    expected = other_ranking(run, None, one, one, fold_in(run, one)).blended
    assert replace(moment_of(run, None, one), seen=one).ranking.blended.tolist() == expected.tolist()
    assert (items @ vector).sum() >= (random_vectors @ items.T).sum(1).max()


def test_in_a_metric_space_the_vector_is_the_mean_of_the_picks_and_transrec_projects_it(
    folders: dict[str, Path],
) -> None:
    for name in ("prme", "lstm"):
        run = load(folders[name])
        assert fold_in(run, PICKS) == pytest.approx(run.arrays["item_long"][PICKS].mean(0), abs=1e-6)
    run = made("transrec", projected="true")
    table, mean = run.arrays["projection"], run.arrays["item"][PICKS].mean(0)
    assert not np.allclose(table, np.eye(len(table)))
    vector = fold_in(run, PICKS)
    assert vector / np.linalg.norm(vector) == pytest.approx(mean @ table / np.linalg.norm(mean @ table), abs=1e-5)


def test_a_user_that_nobody_describes_is_refused_with_what_to_do(folders: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="pick items as a new user"):
        moment_of(load(folders["bprmf"]), None, np.array(PICKS[:2])).ranking  # noqa: B018


# The app with a run of a model of one's own, with its class and without it.


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


def opened_fading(page: str, **query: str) -> AppTest:
    return opened_page(page, run="fading", user="u3", **query)


@pytest.mark.long
def test_without_its_class_the_pages_say_what_is_not_known(command_line: list[str]) -> None:
    text = said(opened_fading("explore/attention"))
    assert f"; python -m attrec_core app --model {EXAMPLE} opens the app with it; attrec.use_model in Python." in text
    assert " -- " not in text  # Streamlit would draw a dash
    unknown = "The app does not know which of its tables hold item vectors, so it draws no map."
    assert unknown in said(opened_fading("explore/metric_space"))


@pytest.mark.long
def test_every_page_opens_without_the_class(command_line: list[str]) -> None:
    for page in PAGES:
        opened_fading(page.script.removeprefix("pages/").removesuffix(".py"))
