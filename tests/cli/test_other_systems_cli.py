"""Commands on a run of another system than AttRec: the right answer, or one sentence that names the system."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import Cli
from other_runs import NAMES, saved

from attrec_core.cli.output import flag
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


@pytest.mark.parametrize("name", NAMES)
def test_what_explains_attrec_says_what_this_is_and_reads(name: str, folders: dict[str, Path], cli: Cli) -> None:
    system, folder = SYSTEMS[name], folders[name]
    for command in ("explain", "omega", "experiments"):
        error = cli.error(command, folder, "--user", "user 3")
        assert error.code == "not_attrec"
        assert system.label in str(error) and system.sentence[:-1] in str(error)
    if system.attends:
        assert cli.error("at-large", folder, "--causes", "causes.csv").code == "not_attrec"
        return
    for command in ("attention --user user_3", "compare --window 1 --window 2", "at-large"):
        error = cli.error(command.split()[0], folder, *command.split()[1:])
        assert error.code == "no_attention"
        assert system.label in str(error) and system.reading(load(folder).model_config) in str(error)


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SASRec run with several attention matrices."""
    return saved("sasrec", tmp_path_factory.mktemp("deep"), layers="2", heads="2", window="5")


@pytest.mark.parametrize("command", ["attention --user user_3", "at-large", "compare --window 1 --window 2"])
def test_a_layer_or_head_that_lacks_is_a_sentence(command: str, deep: Path, folders: dict[str, Path], cli: Cli) -> None:
    name, *arguments = command.split()
    for folder, part, count in ((deep, "layer", 2), (deep, "head", 2), (folders["attrec"], "head", 1)):
        error = cli.error(name, folder, *arguments, f"--{part}", count + 1)
        assert error.code == "no_such_matrix"
        assert f"--{part} {count + 1} does not exist" in error.sentence(flag) and f"is {count}." in str(error)


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
