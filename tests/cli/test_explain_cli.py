"""The explanations on the command line: the engine's numbers, under the ids that people know."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_cli import answer, refusal

from attrec_core.cli import main
from attrec_core.explain.experiments import experiments
from attrec_core.explain.explanation import explanation
from attrec_core.explain.moment import moment_of
from attrec_core.explain.rank_curves import rank_curves
from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.page_context import scene
from attrec_core.views.saved_view import state_of, to_json
from attrec_core.views.view import View


@pytest.fixture(scope="module")
def saved(small_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "run-a"
    runs_run.save(small_run, path)
    return path


@pytest.fixture
def run(saved: Path) -> Run:
    return load(saved)


@pytest.fixture
def user(run: Run) -> int:
    return int(np.diff(run.interactions.starts).argmax())


@pytest.fixture
def name(run: Run, user: int) -> str:
    return run.interactions.user_ids[user]


def test_explain(capsys: pytest.CaptureFixture[str], saved: Path, run: Run, user: int, name: str) -> None:
    found = answer(capsys, "explain", saved, "--user", name, "--item", "item 3")
    moment, item = moment_of(run, user), run.item_index["item 3"]
    assert found["distance"] == moment.ranking.blended[item]
    assert found["rank"] == moment.ranking.ranks[item]
    assert sum(part["value"] for part in found["parts"]) == pytest.approx(found["distance"], rel=1e-5)
    assert found["residual"] < 1e-5 * found["distance"]
    kinds = [part["kind"] for part in found["parts"]]
    assert kinds == ["long", "item", "item", "item", "item", "origin", "constant"]
    for way in ("delete", "mask"):
        rows = found["leave_one_out"][way]
        assert [row["item"] for row in rows] == found["window"]
        assert [row["place"] for row in rows] == [1, 2, 3, 4]
        for row in rows:
            assert row["direct"] + row["reweighting"] == pytest.approx(row["delta_distance"])
    expected = explanation(moment, item)
    assert (found["tau_attention"], found["tau_exact"]) == (expected.influence.tau_delete, expected.influence.tau_exact)
    assert found["sentence"] == expected.sentence
    assert found["smallest_edit"]["item"] == "item 3"


def test_explain_without_an_item_takes_the_first_of_the_list(
    capsys: pytest.CaptureFixture[str], saved: Path, name: str
) -> None:
    first = answer(capsys, "recommend", saved, "--user", name, "--step", 3)["items"][0]
    found = answer(capsys, "explain", saved, "--user", name, "--step", 3)
    assert (found["item"], found["rank"], found["distance"]) == (first["item"], 1, first["distance"])


def test_explain_nobody_in_particular(capsys: pytest.CaptureFixture[str], saved: Path) -> None:
    found = answer(capsys, "explain", saved, "--window", "item 1", "--item", "item 2")
    assert (found["user"], found["long"]) == (None, None)
    assert found["leave_one_out"] == {"delete": [], "mask": []}
    assert found["tau_attention"] is None


def test_compare(capsys: pytest.CaptureFixture[str], saved: Path, run: Run, user: int, name: str) -> None:
    ids = [run.interactions.item_ids[item] for item in run.interactions.history(user)[-4:]]
    shorter = ",".join(ids[1:])
    found = answer(capsys, "compare", saved, "--user", name, "--window", shorter, "--top", 3)
    assert (found["window_a"], found["window_b"]) == (ids, ids[1:])
    assert [slot["item"] for slot in found["items"]] == ids
    assert found["items"][0] == {"item": ids[0], "place_a": 1, "place_b": None}
    assert found["attention_b"][0] == [None] * 4
    assert found["weight_change"][1] == pytest.approx(found["weights_b"][1] - found["weights_a"][1])
    again = answer(capsys, "compare", saved, "--user", name, "--window", ",".join(ids), "--window", shorter, "--top", 3)
    assert again == found
    assert found["shift"] == pytest.approx(np.linalg.norm(np.subtract(found["m_b"], found["m_a"])))
    nobody = answer(capsys, "compare", saved, "--window", "item 1", "--window", "item 2")
    assert nobody["window_a"] == ["item 1"]


def test_omega(capsys: pytest.CaptureFixture[str], saved: Path, run: Run, user: int, name: str) -> None:
    found = answer(capsys, "omega", saved, "--user", name, "--top", 4)
    expected = rank_curves(moment_of(run, user), 4)
    assert [run.item_index[curve["item"]] for curve in found["curves"]] == [curve.item for curve in expected.curves]
    assert [curve["edges"] for curve in found["curves"]] == [curve.edges.tolist() for curve in expected.curves]
    assert len(found["crossings"]) == len(expected.crossings)
    assert found["trained"] == run.model_config.long_weight


def test_experiments(capsys: pytest.CaptureFixture[str], saved: Path, run: Run, user: int, name: str) -> None:
    found = answer(capsys, "experiments", saved, "--user", name, "--step", 3, "--seed", 5)["experiments"]
    expected = experiments(moment_of(run, user, step=3), seed=5)
    assert [row["key"] for row in found] == [one.key for one in expected]
    assert [row["rank"] for row in found] == [one.rank for one in expected]
    assert found[0]["item"] == run.interactions.item_ids[run.interactions.history(user)[3]]
    other = answer(capsys, "experiments", saved, "--user", name, "--item", "item 3")["experiments"]
    assert {row["item"] for row in other} == {"item 3"}


def test_a_saved_view_is_asked_as_it_stands(
    capsys: pytest.CaptureFixture[str], saved: Path, run: Run, name: str, tmp_path: Path
) -> None:
    view = View(user=name, window=("item 1", "item 2"), omega=0.7, mask="none", item="item 3")
    file = tmp_path / "state.json"
    file.write_text(to_json(state_of(view, "explore/why", run)))
    found, shown = answer(capsys, "explain", saved, "--state", file), scene(run, view)
    assert (found["user"], found["item"], found["long_weight"]) == (name, "item 3", 0.7)
    assert found["distance"] == shown.ranking.blended[shown.explained]
    compared = answer(capsys, "compare", saved, "--state", file)
    assert compared["window_a"] == [run.interactions.item_ids[item] for item in shown.real_window]
    assert compared["window_b"] == ["item 1", "item 2"]
    assert answer(capsys, "omega", saved, "--state", file)["long_weight"] == 0.7
    assert "omit --user" in refusal(capsys, "omega", saved, "--state", file, "--user", name)
    assert "cannot be read" in refusal(capsys, "omega", saved, "--state", tmp_path / "nothing.json")
    large = tmp_path / "large.json"
    with large.open("wb") as sparse:
        sparse.truncate(10**12)  # more than there is memory for
    assert "larger than 1 MB" in refusal(capsys, "omega", saved, "--state", large)
    file.write_text(to_json(state_of(replace(view, user="somebody else"), "explore/why", run)))
    assert main(["omega", str(saved), "--state", str(file), "--json"]) == 0
    assert "somebody else" in capsys.readouterr().err


def test_a_saved_view_finds_its_run(
    capsys: pytest.CaptureFixture[str],
    saved: Path,
    run: Run,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the weights: a run of the workspace may bear any name."""
    home = tmp_path / "home"
    monkeypatch.setenv("ATTREC_HOME", str(home))
    file = tmp_path / "state.json"
    file.write_text(to_json(state_of(View(user=name, item="item 3"), "why", run)))
    assert "no run here has its weights" in refusal(capsys, "explain", "--state", file)
    runs_run.save(run, home / "runs" / "called otherwise")
    found = answer(capsys, "explain", "--state", file)
    assert found == answer(capsys, "explain", saved, "--state", file)
    assert "Name a run" in refusal(capsys, "explain", "--user", name)


def test_why_one_item_stands_above_another(
    capsys: pytest.CaptureFixture[str], saved: Path, run: Run, user: int, name: str
) -> None:
    found = answer(capsys, "explain", saved, "--user", name, "--item", "item 3", "--against", "item 5")["why_above"]
    blended = moment_of(run, user).ranking.blended
    above, below = (run.item_index[found[which]] for which in ("above", "below"))
    assert found["total"] == pytest.approx(float(blended[above] - blended[below]))
    assert found["total"] <= 0
    assert sum(part["value"] for part in found["parts"]) == pytest.approx(found["total"], abs=1e-6)
    itself = refusal(capsys, "explain", saved, "--user", name, "--item", "item 3", "--against", "item 3")
    assert "name another one" in itself
    assert main(["explain", str(saved), "--user", name, "--against", "item 5"]) == 0
    assert "its largest advantage is" in capsys.readouterr().out


def test_a_new_person_is_folded_in(capsys: pytest.CaptureFixture[str], saved: Path, run: Run) -> None:
    likes = ("item 1", "item 4", "item 7")
    shown = scene(run, View(likes=likes))
    found = answer(capsys, "recommend", saved, "--likes", ",".join(likes), "--top", 3)
    assert [row["item"] for row in found["items"]] == [shown.item_id(item) for item in shown.ranking.top(3)]
    assert found["items"][0]["long"] == pytest.approx(float(shown.ranking.long[shown.ranking.top(1)[0]]))
    assert found["likes"] == list(likes)
    asked = answer(capsys, "explain", saved, "--likes", ",".join(likes), "--item", "item 9")
    assert asked["distance"] == pytest.approx(float(shown.ranking.blended[run.item_index["item 9"]]))
    assert "--likes is empty" in refusal(capsys, "recommend", saved, "--likes", "")
    assert "--step cannot be given" in refusal(capsys, "explain", saved, "--likes", "item 1", "--user", "user 1")
    assert "no history to compare" in refusal(capsys, "compare", saved, "--likes", "item 1", "--window", "item 2")


@pytest.mark.parametrize("command", ["explain", "compare", "omega", "experiments"])
def test_the_text_answers_name_titles(capsys: pytest.CaptureFixture[str], saved: Path, name: str, command: str) -> None:
    for more in (["--window", "item 1,item 2,item 1"], ["--window", "item 4"]):
        assert main([command, str(saved), "--user", name, *more]) == 0
        assert "item " in capsys.readouterr().out


def test_numbers_in_json_are_numbers(capsys: pytest.CaptureFixture[str], saved: Path) -> None:
    for command in ("explain", "omega", "experiments"):
        assert main([command, str(saved), "--window", "item 1", "--json"]) == 0

        def unknown(name: str) -> None:
            raise AssertionError(name)

        json.loads(capsys.readouterr().out, parse_constant=unknown)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("explain", "--window", "item 1", "--item", "item 99"), "no item 'item 99'"),
        (("explain", "--user", "nobody"), "no user 'nobody'"),
        (("explain",), "Give a user"),
        (("explain", "--window", ""), "takes 1 to 4"),
        (("omega", "--window", "item 1", "--top", "0"), "at least 1"),
        (("omega", "--window", "item 1", "--top", "many"), "invalid"),
        (("experiments", "--window", "item 1", "--seed", "-1"), "at least 0"),
        (("compare", "--window", "item 1"), "Give two windows to compare, --window A --window B"),
        (("compare", "--user", "user 1"), "Give two windows to compare"),
        (("compare", *["--window", "item 1"] * 3), "Give two windows to compare"),
        (("compare", "--window", "item 1", "--window", "item 2", "--step", "1"), "give the user with --user"),
        (("compare", "--user", "user 1", "--window", "item 1", "--step", "99"), "Step 99 does not exist"),
    ],
)
def test_wrong_questions_get_a_sentence(
    capsys: pytest.CaptureFixture[str], saved: Path, arguments: tuple[str, ...], expected: str
) -> None:
    assert expected in refusal(capsys, arguments[0], saved, *arguments[1:])
