"""Open runs: the runs of the workspace as it is now, each read once as long as its files do not change."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from app_pages import opened_page, warnings
from conftest import ROOT
from streamlit.testing.v1 import AppTest

from attrec_core.runs import run as runs_run
from attrec_core.runs.library import open_runs
from attrec_core.runs.library.notes import read_notes
from attrec_core.runs.library.open_runs import OpenRuns, in_trash
from attrec_core.runs.library.rename_and_trash import delete, rename
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home, home
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


def open_shelf(folders: dict[str, Path], most: int = 4) -> OpenRuns:
    return OpenRuns(folders, open_runs.RunCache(most))


def test_a_run_is_read_when_it_is_looked_at_and_once(small_run: Run, tmp_path: Path, reads: list[str]) -> None:
    runs_run.save(small_run, tmp_path / "one")
    shelf = open_shelf({"one": tmp_path / "one"})
    assert list(shelf) == ["one"]
    assert not reads
    assert not shelf.at_hand("one")
    assert shelf["one"] is shelf["one"]
    assert shelf.at_hand("one")
    assert reads == ["one"]
    assert "two" not in shelf
    with pytest.raises(KeyError):
        shelf["two"]


def test_only_those_that_were_looked_at_last_stay_in_memory(small_run: Run, tmp_path: Path, reads: list[str]) -> None:
    folders = {name: tmp_path / name for name in "abcdef"}
    for folder in folders.values():
        runs_run.save(small_run, folder)
    shelf = open_shelf(folders, most=2)
    shelf.cache.stay.add(folders["a"])
    for name in "abcdabcd":
        assert shelf[name].path == folders[name]
    assert "".join(reads) == "abcdbcd"
    assert len(shelf.cache.outcomes) == 3


def test_a_run_that_was_replaced_is_read_again(small_run: Run, tmp_path: Path, reads: list[str]) -> None:
    runs_run.save(small_run, tmp_path / "one")
    shelf = open_shelf({"one": tmp_path / "one"})
    before = shelf["one"]
    read_notes(tmp_path / "one")
    (tmp_path / "one" / "notes.json").write_text("{}")  # notes are not part of the model
    assert shelf["one"] is before
    runs_run.save(small_run, tmp_path / "one", overwrite=True)
    assert shelf["one"] is not before
    assert reads == ["one", "one"]


def test_a_run_that_has_gone_can_be_finished_and_is_not_listed(small_run: Run, tmp_path: Path) -> None:
    runs_run.save(small_run, tmp_path / "one")
    before = open_shelf({"one": tmp_path / "one"})
    run = before["one"]
    shutil.rmtree(tmp_path / "one")
    assert before["one"] is run
    after = OpenRuns({}, before.cache)
    assert "one" not in after
    assert after.get("one") is run
    before.cache.outcomes.clear()
    assert after.get("one") is None


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors", "users.csv"])
def test_a_broken_run_says_why_and_opens_when_it_is_mended(name: str, small_run: Run, tmp_path: Path) -> None:
    runs_run.save(small_run, tmp_path / "one")
    whole = (tmp_path / "one" / name).read_bytes()
    (tmp_path / "one" / name).write_bytes(whole[: len(whole) // 3])
    shelf = open_shelf({"one": tmp_path / "one"})
    assert shelf.get("one") is None
    assert name in str(shelf.fault("one"))
    (tmp_path / "one" / name).write_bytes(whole)
    assert shelf["one"].fingerprint == shelf.fingerprint("one")
    assert shelf.fault("one") is None


def test_threads_that_come_together_read_once(small_run: Run, tmp_path: Path, reads: list[str]) -> None:
    runs_run.save(small_run, tmp_path / "one")
    shelf, thread_runs = open_shelf({"one": tmp_path / "one"}), []
    threads = [threading.Thread(target=lambda: thread_runs.append(shelf["one"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reads == ["one"]
    assert len({id(run) for run in thread_runs}) == 1


def test_names_follow_the_shelf(own_home: Home, small_run: Run) -> None:
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


def test_a_shelf_that_rests_is_not_listed_again(own_home: Home, small_run: Run) -> None:
    runs_run.save(small_run, own_home.runs / "one")
    assert runs.opened() is not runs.opened()  # it may change again without a change of its timestamp
    long_ago = time.time() - 60
    os.utime(own_home.runs, (long_ago, long_ago))
    assert runs.opened() is runs.opened()


def start(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_a_run_appears_and_goes_while_the_server_runs(own_home: Home, small_run: Run) -> None:
    app = opened_page("explore/attention")
    assert not [box for box in app.selectbox if box.key == "run"]
    runs_run.save(small_run, own_home.runs / "mine")
    app.run()
    assert app.selectbox(key="run").options == ["run: sample_data", "run: mine"]
    app.selectbox(key="run").set_value("mine").run()
    assert app.session_state["view"].run == "mine"
    assert not app.exception
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


def test_a_run_that_is_gone_and_forgotten_is_said_to_be(own_home: Home, small_run: Run) -> None:
    runs_run.save(small_run, own_home.runs / "mine")
    app = opened_page("explore/attention", run="mine")
    delete(own_home, "mine")
    runs.CACHE.outcomes.pop(own_home.runs / "mine")
    app.run()
    assert not app.exception
    assert app.session_state["view"].run == "sample_data"
    assert "“mine” is gone: it was moved to the trash" in warnings(app)
    assert "Another run is shown" in warnings(app)


def test_names_beside_each_other_are_those_of_no_other_folder(tmp_path: Path) -> None:
    folders = [tmp_path / parent / "mine" for parent in ("a", "b", "b/b")] + [tmp_path / "runs" / "mine (2)"]
    named = open_runs.folders_by_name([(path, path.name) for path in folders])
    assert list(named) == ["mine", "b/mine", "b/b/mine", "mine (2)"]
    assert list(named.values()) == folders


def test_a_link_to_a_run_on_the_shelf_opens_it(own_home: Home, small_run: Run) -> None:
    runs_run.save(small_run, own_home.runs / "mine")
    app = start(run="mine", user=small_run.interactions.user_ids[3])
    assert not app.exception
    assert not app.warning
    assert app.selectbox(key="user").value == small_run.interactions.user_ids[3]


def test_a_link_to_a_broken_run_says_its_sentence_and_shows_another(own_home: Home) -> None:
    (own_home.runs / "broken").mkdir(parents=True)
    app = start(run="broken")
    assert not app.exception
    assert "The run 'broken' cannot be opened" in warnings(app)
    assert "config.json" in warnings(app)
    assert app.session_state["view"].run == "sample_data"


def test_the_command_lines_runs_come_first_and_the_sample_stays(
    own_home: Home, small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = own_home.path / "elsewhere"
    runs_run.save(small_run, elsewhere / "given")
    runs_run.save(small_run, own_home.runs / "mine")
    arguments = ["app.py", "--run", str(elsewhere / "given"), "--run", str(elsewhere / "nothing")]
    monkeypatch.setattr("sys.argv", arguments)
    assert list(runs.opened().runs) == ["given", "sample_data", "mine"]
    assert "nothing" in str(runs.opened().faults[0])
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(own_home.runs / "mine")])
    assert list(runs.opened().runs) == ["mine", "sample_data"]


def test_maps_that_were_laid_out_since_make_no_other_run(small_run: Run, own_home: Home) -> None:
    runs_run.save(small_run, own_home.runs / "one")
    runs.opened().runs["one"]
    (own_home.runs / "one" / "maps.npz").write_bytes(b"laid out meanwhile")
    rename(own_home, "one", "two")
    assert runs.opened().runs.new_name_of(own_home.runs / "one") == "two"
    delete(own_home, "two")
    assert in_trash(own_home, runs.opened().runs, own_home.runs / "one").name == "two"


def test_a_run_of_the_command_line_that_was_mended_is_offered(
    small_run: Run, own_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere" / "own"
    runs_run.save(small_run, folder)
    config = (folder / "config.json").read_bytes()
    (folder / "config.json").write_bytes(b"{")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(folder)])
    assert "own" not in runs.opened().runs and runs.opened().faults
    (folder / "config.json").write_bytes(config)
    assert "own" in runs.opened().runs and not runs.opened().faults
