"""Maps computed after the training: equal to those computed with it, written completely or not at all; by a click."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from app_pages import opened_page
from commands import Cli
from shelf_worlds import everything, sentence
from streamlit.testing.v1 import AppTest

from attrec_core.cli import main
from attrec_core.explain import maps
from attrec_core.explain.maps import add_maps
from attrec_core.runs import run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home, home
from attrec_core.views.texts import text
from pages.lab import runs_list
from pages.widgets import background


@pytest.fixture(autouse=True)
def quick_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces UMAP, which compiles for half a minute. Where it puts the points does not matter for the files."""
    monkeypatch.setattr(maps, "umap_coordinates", lambda points, seed: maps.pca(points).place(points)[:, ::-1].copy())


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_run: Run) -> Home:
    """A home with two runs: `mine` was trained without maps, `stopped` was interrupted."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    bare = dataclasses.replace(small_run, maps=None, replay=None)
    run.save(bare, home().runs / "mine")
    history = {**small_run.history, "ended": "interrupted"}
    run.save(dataclasses.replace(bare, history=history, across_users=None), home().runs / "stopped")
    return home()


def test_they_are_those_of_the_training_and_nothing_else_changes(own_home: Home, small_run: Run) -> None:
    folder = own_home.runs / "mine"
    before = everything(own_home.runs)
    assert set(add_maps(folder)) == set(small_run.maps)
    opened = load(folder)
    expected = maps.make_maps(small_run.arrays, small_run.train_config.seed)
    assert all(np.array_equal(opened.maps[name], array) for name, array in expected.items())
    after = everything(own_home.runs)
    configs = [json.loads(files.pop("mine/config.json")) for files in (before, after)]
    assert set(configs[1].pop("sha256")) - set(configs[0].pop("sha256")) == {"maps.npz"}
    assert configs[0] == configs[1]
    assert after == {**before, "mine/maps.npz": (folder / "maps.npz").read_bytes()}


def test_what_cannot_be_is_a_sentence_and_leaves_the_run_as_it_was(
    own_home: Home, small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_home.runs / "mine"
    run.save(small_run, own_home.runs / "whole")
    assert "overwrite" in sentence(lambda: add_maps(own_home.runs / "whole"))
    before = everything(own_home.path)

    def replaced(points: np.ndarray, seed: int) -> np.ndarray:
        """Meanwhile, another training writes its run to the same folder."""
        arrays = {name: array + 1 for name, array in small_run.arrays.items()}
        run.save(dataclasses.replace(small_run, arrays=arrays, maps=None), folder, overwrite=True)
        return np.zeros((len(points), 2), np.float32)

    def stopped(points: np.ndarray, seed: int) -> np.ndarray:
        raise KeyboardInterrupt

    monkeypatch.setattr(maps, "umap_coordinates", stopped)
    with pytest.raises(KeyboardInterrupt):
        add_maps(folder)
    with monkeypatch.context() as patch:
        patch.setattr(maps, "FEWEST_POINTS", 26)
        assert "too small for UMAP" in sentence(lambda: add_maps(folder))
    assert everything(own_home.path) == before
    monkeypatch.setattr(maps, "umap_coordinates", replaced)
    assert "was replaced" in sentence(lambda: add_maps(folder))
    assert load(folder).maps is None
    assert not [path for path in folder.iterdir() if path.name.endswith("partial")]
    monkeypatch.setenv("ATTREC_READONLY", "1")
    assert "read-only" in sentence(lambda: add_maps(folder))


def test_the_command_takes_a_name_of_the_shelf_and_mends_damaged_maps(
    own_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = own_home.runs / "mine"
    (folder / "maps.npz").write_bytes(b"no maps")
    assert list(Cli(capsys).answer("info", folder)["damaged"]) == ["maps.npz"]
    assert "long_umap" in Cli(capsys).answer("maps", "mine")["maps"]
    assert load(folder).damaged == {}
    assert main(["maps", "mine"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["maps", "mine", "--overwrite"]) == 0


class Done:
    """Replaces the background process: computes the maps at once."""

    def __init__(self, words: list[str]) -> None:
        self.words, self.stop_requested, self.seconds, self.was_stopped = words, 0.0, 0.0, False

    def running(self) -> bool:
        return False

    def answer(self) -> dict[str, object]:
        command, folder, *_ = self.words
        assert command == "maps"
        return {"maps": list(add_maps(Path(folder)))}


def said(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.warning, *app.success, *app.error, *app.info]
    return " ".join(element.value for element in elements).replace("\\", "")


def test_the_metric_space_says_why_there_is_no_umap_and_the_page_of_runs_lays_it_out(
    own_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "BackgroundCommand", Done)
    app = opened_page("explore/metric_space", run="stopped")
    assert "its training was stopped before maps were computed" in said(app)
    assert "Compute maps on Runs →" in [link.proto.label for link in app.get("page_link")]
    assert "for this run yet: it was trained without" in said(opened_page("explore/metric_space", run="mine"))
    app.switch_page("pages/lab/runs.py").run()
    app.session_state[runs_list.CHOSEN] = own_home.runs / "stopped"
    app.run()
    app.button(key="make_maps").click().run()
    app.run()
    assert not app.exception and not app.error
    assert "Computed the maps of stopped." in said(app)
    assert not [button for button in app.button if button.key == "make_maps"]
    app.switch_page("pages/explore/metric_space.py").run()
    assert app.segmented_control(key="projection").value == "umap"


@pytest.mark.parametrize(
    ("name", "page"),
    [("maps.npz", "explore/metric_space"), ("at_large.npz", "learn/at_large"), ("replay.npz", "lab/replay")],
)
def test_a_damaged_part_is_said_where_it_is_missing_and_on_the_page_of_runs(
    own_home: Home, small_run: Run, name: str, page: str
) -> None:
    run.save(small_run, own_home.runs / "whole")
    (own_home.runs / "whole" / name).write_bytes(b"damage")
    app = opened_page(page, run="whole")
    assert text("caveats", f"without {name}") in said(app)
    assert f"{name} is damaged" in said(app)
    app.switch_page("pages/lab/runs.py").run()
    app.session_state[runs_list.CHOSEN] = own_home.runs / "whole"
    app.run()
    assert text("caveats", f"without {name}") in said(app)
    assert bool([button for button in app.button if button.key == "make_maps"]) == (name == "maps.npz")
