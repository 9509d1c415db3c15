"""Open runs: the runs of the workspace as it is now, each read once as long as its files stay. Cached answers."""

from __future__ import annotations

import gc
import os
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from app_pages import opened_page, warnings

from attrec_core.runs import run as runs_run
from attrec_core.runs.cached_on_owner import cached, cached_latest
from attrec_core.runs.library import open_runs
from attrec_core.runs.library.notes import read_notes
from attrec_core.runs.library.open_runs import OpenRuns
from attrec_core.runs.library.rename_and_trash import delete, rename
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home, home
from attrec_core.views import PANELS
from attrec_core.views.page_context import Scene, scene, set_by_hand
from attrec_core.views.view import View
from pages.frame import runs


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    return home()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the folders that are read, in order."""
    names: list[str] = []

    def counted(path: Path) -> Run:
        names.append(path.name)
        return load(path)

    monkeypatch.setattr(open_runs, "load", counted)
    return names


@pytest.fixture
def shelf(small_run: Run, tmp_path: Path) -> OpenRuns:
    """A shelf of one run, which is not read yet."""
    runs_run.save(small_run, tmp_path / "one")
    return OpenRuns({"one": tmp_path / "one"}, open_runs.RunCache(4))


def test_a_run_is_read_when_it_is_looked_at_once_for_all_threads(shelf: OpenRuns, reads: list[str]) -> None:
    assert list(shelf) == ["one"] and "two" not in shelf
    assert not reads and not shelf.at_hand("one")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shelf["one"], range(8)))
    assert reads == ["one"] and shelf.at_hand("one")
    assert len({id(run) for run in found}) == 1
    with pytest.raises(KeyError):
        shelf["two"]


def test_a_replaced_run_is_read_again(shelf: OpenRuns, small_run: Run, tmp_path: Path, reads: list[str]) -> None:
    before = shelf["one"]
    read_notes(tmp_path / "one")
    (tmp_path / "one" / "notes.json").write_text("{}")  # notes are not part of the model
    assert shelf["one"] is before
    runs_run.save(small_run, tmp_path / "one", overwrite=True)
    assert shelf["one"] is not before
    assert reads == ["one", "one"]


def test_names_follow_the_shelf_are_unique_and_are_kept_while_it_rests(own_home: Home, small_run: Run) -> None:
    assert list(runs.opened().runs) == ["sample_data"]
    runs_run.save(small_run, own_home.runs / "one")
    assert list(runs.opened().runs) == ["sample_data", "one"]
    rename(own_home, "one", "Two")
    runs_run.save(small_run, own_home.runs / "sample_data")
    (own_home.runs / ".half.partial").mkdir()
    opened = runs.opened().runs
    assert list(opened) == ["sample_data", "runs/sample_data", "Two"]
    assert [opened[name].name for name in opened] == list(opened)
    assert opened["runs/sample_data"] is opened["runs/sample_data"]
    assert opened.name_of(own_home.runs / "sample_data") == "runs/sample_data"
    delete(own_home, "Two")
    assert "Two" not in runs.opened().runs
    assert runs.opened() is not runs.opened()  # it may change again without a change of its timestamp
    long_ago = time.time() - 60
    os.utime(own_home.runs, (long_ago, long_ago))
    assert runs.opened() is runs.opened()
    folders = [own_home.path / parent / "mine" for parent in ("a", "b", "b/b")] + [own_home.runs / "mine (2)"]
    named = open_runs.folders_by_name([(path, path.name) for path in folders])
    assert named == dict(zip(("mine", "b/mine", "b/b/mine", "mine (2)"), folders, strict=True))


def test_a_run_appears_and_goes_while_the_server_runs(own_home: Home, small_run: Run) -> None:
    app = opened_page("explore/attention")
    assert not [box for box in app.selectbox if box.key == "run"]
    runs_run.save(small_run, own_home.runs / "mine")
    app.run()
    assert app.selectbox(key="run").options == ["run: sample_data", "run: mine"]
    app.selectbox(key="run").set_value("mine").run()
    assert app.session_state["view"].run == "mine"
    selected_user = app.selectbox(key="user").value
    delete(own_home, "mine")
    app.run()
    assert not app.exception
    assert (app.session_state["view"].run, app.selectbox(key="user").value) == ("mine", selected_user)
    assert "“mine” is gone: it was moved to the trash" in warnings(app)
    app.switch_page("pages/explore/why.py").run()
    assert len(app.warning) == 1
    app.selectbox(key="run").set_value("sample_data").run()
    assert app.session_state["view"].run == "sample_data"
    assert not app.warning


# Cached answers: each is computed once and freed together with its owner.
@dataclass(frozen=True, eq=False)
class Owner:
    size: int


def test_an_answer_is_computed_once_for_each_question_and_of_few_the_last_asked_stay() -> None:
    calls: list[int] = []

    def answer(owner: Owner, number: int = 2) -> int:
        calls.append(number)
        return owner.size + number

    once, owner = cached(answer), Owner(3)
    assert [once(owner), once(owner), once(owner, number=5), once(owner, number=5)] == [5, 5, 8, 8]
    assert once(replace(owner, size=4)) == 6  # a copy begins without answers
    assert calls == [2, 5, 2]
    for number in (1, 2, 1, 3, 1, 2):
        assert cached_latest(owner, answer, number, key=number, most=2) == 3 + number
    assert calls[3:] == [1, 2, 3, 2]


def test_owner_and_answers_go_together() -> None:
    owner = Owner(1)
    cached_latest(owner, lambda argument: [argument], key=0)
    reference = weakref.ref(owner)
    del owner
    gc.collect()
    assert reference() is None


def test_scenes_that_are_no_longer_kept_are_freed_at_once(sample: Run) -> None:
    """Without waiting for a collection: each holds arrays as long as the catalogue."""
    gc.collect()
    gc.disable()
    try:
        made = [weakref.ref(shown(sample, user)) for user in sample.interactions.user_ids[:40]]
        assert sum(scene() is not None for scene in made) <= 16
    finally:
        gc.enable()


def shown(run: Run, user: str) -> Scene:
    asked = set_by_hand(scene(run, View(user=user)))
    assert PANELS["attention"].of(asked).sentence and PANELS["ranking"].of(asked).sentence
    return asked
