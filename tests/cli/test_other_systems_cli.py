"""Commands on a run of another system than AttRec: the right answer, or one sentence that names the system."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import Cli
from other_runs import NAMES, saved

from attrec_core.models.registry import model_in
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.runs.systems import SYSTEMS


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, small_run: Run) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("others")
    save(small_run, folder / "attrec")
    return {"attrec": folder / "attrec"} | {name: saved(name, folder) for name in NAMES}


def first_items(run: Run, user: str, window: np.ndarray | None = None) -> list[str]:
    """Returns the three nearest unseen items, by the distances of the model itself."""
    index = run.user_index[user]
    history = run.interactions.history(index)
    window = history[-run.model_config.window :] if window is None else window
    distances = model_in(run).ranker()(np.array([index]), window[None])[0]
    unseen = [item for item in range(len(distances)) if item not in {*history.tolist(), *window.tolist()}]
    return [run.interactions.item_ids[item] for item in sorted(unseen, key=lambda item: (distances[item], item))[:3]]


@pytest.mark.parametrize("name", NAMES)
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
    assert "so attention and score splits are not compared." in cli.told(*command)[0]
