"""The commands with a run of another system than AttRec: the right answer, or one sentence that names the system."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from other_runs import NAMES, saved

from attrec_core.cli import main
from attrec_core.errors import InputError
from attrec_core.models.registry import model_in
from attrec_core.runs.load import load
from attrec_core.runs.run import Run, save
from attrec_core.runs.systems import SYSTEMS


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, small_run: Run) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("others")
    save(small_run, folder / "attrec")
    return {"attrec": folder / "attrec"} | {name: saved(name, folder) for name in NAMES}


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> InputError:
    assert main([*map(str, arguments), "--json"]) == 2
    return InputError.from_dict(json.loads(capsys.readouterr().out)["error"])


def first_items(run: Run, user: str, window: np.ndarray | None = None) -> list[str]:
    """The three nearest unseen items, by the model itself."""
    place = run.user_index[user]
    history = run.interactions.history(place)
    window = history[-run.model_config.window :] if window is None else window
    distances = model_in(run).ranker()(np.array([place]), window[None])[0]
    unseen = [item for item in range(len(distances)) if item not in {*history.tolist(), *window.tolist()}]
    return [run.interactions.item_ids[item] for item in sorted(unseen, key=lambda item: (distances[item], item))[:3]]


@pytest.mark.parametrize("name", NAMES)
def test_recommend(name: str, folders: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    run = load(folders[name])
    listed = answer(capsys, "recommend", folders[name], "--user", "user 3", "--top", 3)["items"]
    assert [row["item"] for row in listed] == first_items(run, "user 3")
    assert all(row["short"] is None and row["long"] is None for row in listed)
    edited = run.interactions.item_ids[4]
    what_if = answer(capsys, "recommend", folders[name], "--user", "user 3", "--window", edited, "--top", 3)["items"]
    assert [row["item"] for row in what_if] == first_items(run, "user 3", np.array([4]))
    assert main(["recommend", str(folders[name]), "--user", "user 3", "--top", "1"]) == 0
    assert "short" not in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_recommend_to_a_new_user(name: str, folders: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    likes = ("recommend", folders[name], "--likes", ",".join(load(folders[name]).interactions.item_ids[:2]))
    if SYSTEMS[name].needs_user:
        assert refusal(capsys, *likes).code == "no_user"
    else:
        assert len(answer(capsys, *likes)["items"]) == 10


@pytest.mark.parametrize("name", NAMES)
def test_recommend_to_all_users(
    name: str, folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "lists.csv"
    answer(capsys, "recommend", folders[name], "--all-users", "--top", 3, "--out", out)
    lists = pd.read_csv(out)
    assert list(lists) == ["user", "rank", "item", "title", "distance"]
    assert lists["item"][lists["user"] == "user 3"].tolist() == first_items(load(folders[name]), "user 3")


@pytest.mark.parametrize("name", NAMES)
def test_evaluate_and_info(name: str, folders: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    metrics = load(folders[name]).metrics
    assert answer(capsys, "evaluate", folders[name])["mrr"] == pytest.approx(metrics["mrr"])
    facts = answer(capsys, "info", folders[name])
    assert facts["model"]["model"] == name
    assert set(facts["model"]) == {"model", *SYSTEMS[name].uses.split()}
    assert facts["preset"] is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "command",
    ["attention", "explain", "compare --window", "omega", "experiments", "at-large"],
)
def test_what_explains_attrec_says_what_this_is(
    command: str, name: str, folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    command, *window = command.split()
    items = load(folders[name]).interactions.item_ids
    about = [] if command == "at-large" else ["--user", "user 3"]
    error = refusal(capsys, command, folders[name], *about, *window, *items[: len(window)])
    assert error.code == "not_attrec"
    assert SYSTEMS[name].label in str(error) and SYSTEMS[name].sentence[:-1] in str(error)


@pytest.mark.parametrize("other", ["attrec", "popularity"])
def test_compare_runs(other: str, folders: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    facts = answer(capsys, "compare-runs", folders["sasrec"], folders[other], "--user", "user 3")
    assert facts["attention"] is None and facts["split"] is None
    assert {row["item"] for row in facts["lists"]["rows"]} >= set(first_items(load(folders["sasrec"]), "user 3"))
    keys = {setting["key"] for setting in facts["settings"]}
    assert "heads" in keys and "ridge" not in keys
    assert main(["compare-runs", str(folders["sasrec"]), str(folders[other]), "--user", "user 3"]) == 0
    assert "only the lists are compared" in capsys.readouterr().out


def test_a_run_is_packed_unpacked_and_listed(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path / "home"))
    answer(capsys, "pack", folders["gru4rec"], "--out", tmp_path / "packed.zip")
    answer(capsys, "unpack", tmp_path / "packed.zip", "--name", "again")
    (row,) = answer(capsys, "runs")["found"]
    data = load(folders["gru4rec"]).interactions
    counts = (data.n_users, data.n_items, data.n_interactions)
    assert tuple(row["sizes"][name] for name in ("users", "items", "interactions")) == counts
    assert row["settings"]["layers"] == 1 and "mask" not in row["settings"]
    assert answer(capsys, "recommend", tmp_path / "home" / "runs" / "again", "--user", "user 3")["items"]


# The door.


@pytest.mark.parametrize("name", NAMES)
def test_the_door_recommends_and_refuses_what_it_has_not(name: str, folders: dict[str, Path]) -> None:
    import attrec_core as attrec

    moment = attrec.load(folders[name]).user("user 3")
    assert moment.recommend(3).columns.tolist() == ["item", "title", "rank", "distance"]
    assert moment.sentence and "recommendations" in moment._repr_html_()
    assert "<svg" in attrec.plot.ranking(moment).svg
    assert len(moment.with_window(moment.window[:1]).recommend(2)) == 2
    with pytest.raises(InputError) as error:
        moment.why()
    assert error.value.code == "not_attrec"
    for question in (lambda: moment.attention, lambda: moment.average_attention, lambda: attrec.plot.attention(moment)):
        if SYSTEMS[name].attends:
            assert question() is not None
            continue
        with pytest.raises(InputError) as error:
            question()
        assert error.value.code == "no_attention"
    for picture in ("why", "influence", "score_split", "rank_curves", "path"):
        with pytest.raises(InputError) as error:
            getattr(attrec.plot, picture)(moment)
        assert error.value.code == "not_attrec", picture
    if SYSTEMS[name].spaces:
        assert attrec.plot.metric_space(moment).figure["data"]
        return
    with pytest.raises(InputError) as error:
        attrec.plot.metric_space(moment)
    assert error.value.code == "no_vectors"
