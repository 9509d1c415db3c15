"""Explanations on the command line: the engine's numbers, with the ids of users and items."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import other_runs
import pandas as pd
import pytest
from commands import Cli
from conftest import ROOT

import attrec_core as attrec
from attrec_core.models.registry import model_in
from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.runs.systems import SYSTEMS
from attrec_core.views.drawing import scripts
from attrec_core.views.page_context import scene
from attrec_core.views.saved_view import state_of, to_json
from attrec_core.views.view import View


@pytest.fixture
def run(saved: Path) -> Run:
    return load(saved)


@pytest.fixture
def user(run: Run) -> int:
    return int(np.diff(run.interactions.starts).argmax())


@pytest.fixture
def name(run: Run, user: int) -> str:
    return run.interactions.user_ids[user]


def test_of_a_taste_from_items_the_json_has_every_part_and_the_lines_few(
    cli: Cli, small_run: Run, user: int, name: str, tmp_path: Path
) -> None:
    config = replace(small_run.model_config, taste="both", half_life=20.0)
    arrays = {**small_run.arrays, "own_share": np.array([0.5], np.float32)}
    runs_run.save(replace(small_run, model_config=config, arrays=arrays, maps=None), tmp_path / "run")
    argv = ("explain", tmp_path / "run", "--user", name, "--step", "all", "--item", "item 3", "--against", "item 4")
    facts = cli.answer(*argv)
    earlier = [part for part in facts["parts"] if part["kind"] == "earlier"]
    assert len(earlier) == len(small_run.interactions.history(user)) - 4 > 5
    assert sum(part["value"] for part in facts["parts"]) == pytest.approx(facts["distance"], rel=1e-5)
    for row in facts["leave_one_out"]["delete"]:
        assert row["direct"] + row["reweighting"] + row["long"] == pytest.approx(row["delta_distance"])
    sums, _, whys = (part.splitlines() for part in cli.told(*argv)[0].split("\n\n")[1:])
    assert len(sums) == 1 + 1 + 4 + 4 + 3 and len(whys) == 2 + 1 + 4 + 4 + 1 + 1  # of the earlier items, four
    values = [float(line.split()[0]) for line in whys[2:]]
    assert sum(values[:-1]) == pytest.approx(values[-1], abs=1e-3)  # of four decimals each


def test_a_saved_view_is_asked_as_it_stands(cli: Cli, saved: Path, run: Run, name: str, tmp_path: Path) -> None:
    view = View(user=name, window=("item 1", "item 2"), omega=0.7, mask="none", item="item 3")
    file = tmp_path / "state.json"
    file.write_text(to_json(state_of(view, "explore/why", run)))
    response, expected = cli.answer("explain", saved, "--state", file), scene(run, view)
    assert (response["user"], response["item"], response["long_weight"]) == (name, "item 3", 0.7)
    assert response["distance"] == expected.ranking.blended[expected.explained]
    compared = cli.answer("compare", saved, "--state", file)
    assert compared["window_a"] == [run.interactions.item_ids[item] for item in expected.real_window]
    assert compared["window_b"] == ["item 1", "item 2"]
    assert cli.answer("omega", saved, "--state", file)["long_weight"] == 0.7
    assert "omit --user" in cli.refusal("omega", saved, "--state", file, "--user", name)
    assert "cannot be read" in cli.refusal("omega", saved, "--state", tmp_path / "nothing.json")
    large = tmp_path / "large.json"
    with large.open("wb") as sparse:
        sparse.truncate(10**12)  # more than fits into memory
    assert "larger than 1 MB" in cli.refusal("omega", saved, "--state", large)
    file.write_text(to_json(state_of(replace(view, user="somebody else"), "explore/why", run)))
    assert "somebody else" in cli.told("omega", saved, "--state", file)[1]


def test_a_view_finds_its_run(cli: Cli, run: Run, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is found by its weights, because a run of the workspace may have any name."""
    home = tmp_path / "home"
    monkeypatch.setenv("ATTREC_HOME", str(home))
    file = tmp_path / "state.json"
    file.write_text(to_json(state_of(View(user=name, item="item 3"), "why", run)))
    assert "no run here has its weights" in cli.refusal("explain", "--state", file)
    runs_run.save(run, home / "runs" / "called otherwise")
    response = cli.answer("explain", "--state", file)
    assert response == cli.answer("explain", run.path, "--state", file)
    assert "Name a run" in cli.refusal("explain", "--user", name)


@pytest.mark.parametrize("step", [None, 5, "all"])
def test_every_command_and_python_stand_at_one_step_with_the_same_numbers(
    cli: Cli, saved: Path, user: int, name: str, tmp_path: Path, step: int | None
) -> None:
    flags = ["--user", name, *(["--step", step] if step else [])]
    moment = attrec.load(saved).user(name) if step is None else attrec.load(saved).user(name).at(step=step)
    of = len(moment.scene.history)
    assert moment.step == {None: of - 1, "all": of}.get(step, step)
    more: dict[str, list[str]] = {"compare": ["--window", "item 1"], "show": [], "compare-runs": []}
    places = {"show": ["attention", saved], "compare-runs": [saved, saved]}
    for command in ("recommend", "attention", "explain", "omega", "experiments", "show", "compare", "compare-runs"):
        argv = (command, *places.get(command, [saved]), *flags, *more.get(command, []))
        facts = cli.answer(*argv)
        assert (facts["step"], facts["steps"]) == (moment.step, of), command
        when = f"{name}, after {moment.step} of {of} items{', edited' * (command == 'compare')}"
        assert cli.told(*argv)[0].startswith(f"{when}.\n"), command
        assert facts.get("window", moment.window) == moment.window
    assert f"step={moment.step} of {of}" in repr(moment) and f"step={moment.step} of {of}" in repr(moment.why())
    assert f"{name}, after {moment.step} of {of} items" in moment._repr_html_()
    listed = pd.DataFrame(cli.answer("recommend", saved, *flags)["items"])
    assert listed["rank"].dtype == moment.recommend()["rank"].dtype == "int64"
    np.testing.assert_allclose(listed["short"] + listed["long"], listed["distance"], rtol=1e-5)
    pd.testing.assert_frame_equal(listed[[*moment.recommend()]], moment.recommend())
    why, panel = cli.answer("explain", saved, *flags), cli.answer("show", "ranking", saved, *flags)
    first = listed.iloc[0]
    assert [why[key] for key in ("item", "rank", "distance")] == [first["item"], 1, first["distance"]]
    assert [why["short"], why["long"]] == [first["short"], first["long"]]
    assert panel["rows"][0][0] == 1 and isinstance(panel["rows"][0][0], int)
    if step != 5:
        assert cli.answer("recommend", saved, "--all-users", "--out", tmp_path / "all.csv", *flags[2:])["rows"]
        lists = pd.read_csv(tmp_path / "all.csv", dtype={"user": str})
        rows = lists[lists["user"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows[[*listed]], listed, rtol=1e-4)


# `attrec show` with the panels that are about a study, a data set or a run.


def test_a_flag_that_only_import_takes_is_not_advised_for_show(tmp_path: Path, cli: Cli) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("user,item\nu,i\n")
    sentence = cli.failed("show", "lengths", tmp_path).strip()
    advice = "`show` takes no such flag: `import` takes it, and makes a data set to name here."
    assert "--member" in sentence and sentence.endswith(advice)


def test_a_run_is_named_by_its_folder_or_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    shutil.copytree(ROOT / "sample_data" / "run", tmp_path / "runs" / "mine")
    by_name, by_folder = (cli.told("show", "attention", run)[0] for run in ("mine", SAMPLE))
    assert by_name == by_folder != ""


SAMPLE = str(ROOT / "sample_data" / "run")


def test_choices_reach_the_panel_and_figure_and_table_are_files(tmp_path: Path, cli: Cli) -> None:
    facts = partial(cli.answer, "show")
    assert len(facts("ranking", SAMPLE, "--user", "Ada Abe", "--set", "top=5")["rows"]) == 6  # and the actual next item
    assert facts("training", SAMPLE, "--set", "what=loss")["title"] == "Training curve: loss"
    drawing, table = tmp_path / "x.svg", tmp_path / "x.csv"
    shown = facts("attention", SAMPLE, "--step", "9", "--user", "Ada Abe", "--out", drawing, "--csv", table)
    assert drawing.read_text().startswith("<svg")
    assert len(table.read_text().splitlines()) == len(shown["rows"]) + 1
    file = tmp_path / "dots.html"
    listed, _ = cli.told("show", "study_dots", "ml-100k", "--set", "shuffled=shuffled", "--out", file)
    assert "EASE" in listed.splitlines()[2]
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_without_quickjs_the_story_has_its_table_and_a_picture_says_what_it_needs(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "_draw", scripts._draw.__wrapped__)  # as in a new process
    monkeypatch.setitem(sys.modules, "quickjs", None)
    about = ("show", "story", SAMPLE, "--user", "Ada Abe")
    assert cli.answer(*about)["rows"]
    assert cli.error(*about, "--out", tmp_path / "x.svg").code == "no_quickjs"
    assert not any(tmp_path.iterdir())


# Commands on a run of another system than AttRec: the right answer, or one sentence that names the system.


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, small_run: Run) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("others")
    save(small_run, folder / "attrec")
    return {"attrec": folder / "attrec"} | {name: other_runs.saved(name, folder) for name in other_runs.NAMES}


def first_items(run: Run, user: str, window: np.ndarray | None = None) -> list[str]:
    """Returns the three nearest unseen items, by the distances of the model itself."""
    index = run.user_index[user]
    history = run.interactions.history(index)[:-1]
    window = history[-run.model_config.window :] if window is None else window
    distances = model_in(run).ranker()(np.array([index]), window[None])[0]
    unseen = [item for item in range(len(distances)) if item not in {*history.tolist(), *window.tolist()}]
    return [run.interactions.item_ids[item] for item in sorted(unseen, key=lambda item: (distances[item], item))[:3]]


@pytest.mark.parametrize("name", other_runs.NAMES)
def test_recommend(name: str, folders: dict[str, Path], tmp_path: Path, cli: Cli) -> None:
    run, command = load(folders[name]), ("recommend", folders[name], "--top", 3)
    nearest, (edited, liked) = first_items(run, "user 3"), run.interactions.item_ids[4:6]
    listed = cli.answer(*command, "--user", "user 3")["items"]
    assert [row["item"] for row in listed] == nearest
    assert all(row["short"] is None and row["long"] is None for row in listed)
    scores = [row["score"] for row in listed]
    assert scores == sorted(scores, reverse=True)
    what_if = cli.answer(*command, "--user", "user 3", "--window", edited)["items"]
    assert [row["item"] for row in what_if] == first_items(run, "user 3", np.array([4]))
    line, _ = cli.told(*command, "--user", "user 3")
    assert "short" not in line and "score" in line
    # New users.
    assert len(cli.answer(*command, "--likes", f"{edited},{liked}")["items"]) == 3
    if SYSTEMS[name].needs_user:
        assert cli.error(*command, "--window", edited).code == "no_user"
    else:
        assert len(cli.answer(*command, "--window", edited)["items"]) == 3
    # All users.
    cli.answer(*command, "--all-users", "--out", tmp_path / "lists.csv")
    lists = pd.read_csv(tmp_path / "lists.csv")
    assert list(lists) == ["user", "rank", "item", "title", "score"]
    assert lists["item"][lists["user"] == "user 3"].tolist() == nearest


@pytest.mark.parametrize("other", ["attrec", "popularity"])
def test_compare_runs(other: str, folders: dict[str, Path], cli: Cli) -> None:
    command = ("compare-runs", folders["sasrec"], folders[other], "--user", "user 3")
    facts = cli.answer(*command)
    assert facts["attention"] is None and facts["split"] is None
    assert {row["item"] for row in facts["lists"]["rows"]} >= set(first_items(load(folders["sasrec"]), "user 3"))
    keys = {setting["key"] for setting in facts["settings"]}
    assert "heads" in keys and "ridge" not in keys
    (rate,) = [setting for setting in facts["settings"] if setting["key"] == "learning_rate"]
    assert (rate["b"] is None) == (other == "popularity") and rate["a"] is not None
    without = "the parts of each distance (sasrec has none)" if other == "attrec" else "attention (popularity has none)"
    assert f"but not {without}" in cli.told(*command)[0]
