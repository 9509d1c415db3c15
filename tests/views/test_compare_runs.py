"""Two runs side by side: the same user and window by their ids, and no verdict on figures that cannot be compared."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of, random_histories
from hypothesis import given
from hypothesis import strategies as st
from shelf_worlds import sentence

from attrec_core.cli import main
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.explain.evaluate import ranks_of_test_items
from attrec_core.runs import run as runs_run
from attrec_core.runs.library.records import SettingPair
from attrec_core.runs.library.words import compare_settings
from attrec_core.runs.run import Run
from attrec_core.training.train_run import train_run
from attrec_core.views.compare import learning, words
from attrec_core.views.compare.learning import GAINS
from attrec_core.views.compare.sides import sides
from attrec_core.views.compare.words import rank_biased_overlap
from attrec_core.views.runs.panels import settings_table
from attrec_core.views.runs.words import settings_sentence
from attrec_core.views.view import View

HISTORIES = random_histories(1)
# The user with the longest history, so that every window is full.
USER = max(HISTORIES, key=lambda user: len(HISTORIES[user]))


def trained(data: Interactions, name: str, **settings: object) -> Run:
    config = ModelConfig(dim=8, window=settings.pop("window", 4), long_weight=settings.pop("long_weight", 0.2))
    run = train_run(data, config, TrainConfig(epochs=2, targets=1, **settings), with_maps=False)
    return replace(run, path=Path(f"/shelf/{name}"))


@pytest.fixture(scope="module")
def a() -> Run:
    return trained(interactions_of(HISTORIES), "first")


@pytest.fixture(scope="module")
def b() -> Run:
    """Other settings, the same data."""
    return trained(interactions_of(HISTORIES), "second", window=3, long_weight=0.7, seed=5)


@pytest.fixture(scope="module")
def c() -> Run:
    """Other data: without five users and the items that only they have; one item has another name."""
    users = list(HISTORIES)[5:]
    histories = {user: [item.replace("item 7", "item VII") for item in HISTORIES[user]] for user in users}
    return trained(interactions_of(histories), "third")


def test_a_run_is_called_better_only_where_it_is_beyond_chance_and_visible(a: Run, b: Run) -> None:
    def said(mrr_of_a: float, mrr_of_b: float, error: float | None, *others: learning.MetricBeside) -> str:
        mrr = learning.MetricBeside("mrr", "MRR", mrr_of_a, mrr_of_b, error)
        return learning.verdict(a, b, (mrr, *others), ())

    assert said(0.1, 0.2, 0.01).startswith("second ranks better than first: MRR .2000 against .1000, .1000 more")
    for error in (0.3, None):  # the interval contains 0; none is known
        assert said(0.1, 0.2, error).startswith("second may rank better than first: MRR .2000 against .1000")
    assert "no interval is known, so it may be chance" in said(0.1, 0.2, None)
    assert said(0.12341, 0.12342, 1e-7) == "Both runs have an MRR of .1234."
    assert "MRR .1235 against .1234, less than .0001 more" in said(0.12344, 0.12346, 0.01)
    hits = learning.MetricBeside("hr@50", "HR@50", 0.5, 0.3, 0.01)
    assert said(0.1, 0.1, 0.0, hits) == "Both runs have an MRR of .1000. first is better on HR@50, by .2000."


def test_a_window_that_was_put_together_is_the_same_for_both(a: Run, b: Run) -> None:
    window = ("item 3", "item 9", "item 3", "item 4")
    pair = sides(a, b, View(window=window))
    assert [pair.a.item_id(item) for item in pair.a.window] == list(window)
    assert [pair.b.item_id(item) for item in pair.b.window] == list(window[-3:])
    assert pair.remarks == ("second has room for only the last 3 items of the window.",)
    assert words.split(pair).long_a is None


def test_what_only_one_run_knows_is_said_and_left_out_there(a: Run, c: Run) -> None:
    pair = sides(a, c, View(window=("item 7", "item 9", "item 4")))
    assert pair.remarks == ("third does not know 'item 7'; left out of the window there.",)
    assert len(pair.b.window) == 2
    (row,) = [row for row in words.lists(pair, 20).rows if row.item == "item VII"]
    assert (row.rank_a, row.title) == (None, "item VII")
    assert "knows none of the items" in sentence(lambda: sides(a, c, View(window=("item 7",))))
    gone = sides(a, c, View(user="user 0", step=1))
    assert "third does not know the user 'user 0'" in gone.remarks[0]
    assert gone.b.user is None
    user = next(name for name in list(HISTORIES)[5:] if "item 7" in HISTORIES[name][-4:] and len(HISTORIES[name]) > 4)
    pair = sides(a, c, View(user=user, step=len(HISTORIES[user])))
    assert "differs between the runs" in pair.remarks[0]  # the history; the window is shared
    assert "'item 7'" in pair.remarks[1]
    assert pair.b.who == user


def test_figures_of_other_data_are_not_called_better(a: Run, b: Run, c: Run) -> None:
    metrics = learning.metrics(a, c)
    assert not metrics.comparable
    assert "Neither run ranks better, because their data differ." in metrics.sentence
    assert all(row.error is None and row.beyond_chance is None for row in metrics.rows)
    assert list(learning.metrics_table(metrics, "x", "y").columns) == ["metric", "A: x", "B: y"]
    assert "25 are in both" in metrics.remarks[0]
    assert "first has 30 users and third 25" in metrics.remarks[0]
    turned = replace(a, interactions=interactions_of(HISTORIES, tie_rule="file-first"))
    assert learning.metrics(a, turned).comparable  # without times, nothing ties
    timed = replace(turned, interactions=replace(turned.interactions, time_unit="s"))
    assert "tie rule" in learning.metrics(a, timed).remarks[0]
    swapped = replace(a, interactions=interactions_of({**HISTORIES, USER: HISTORIES[USER][::-1]}))
    assert "histories" in learning.metrics(a, swapped).remarks[0]
    assert learning.metrics(a, b).comparable
    # Both runs have few candidates, and one sentence says so for both.
    assert learning.metrics(a, b).sentence.count("HR@50 says nothing about the model here") == 1


def test_the_standard_error_is_that_of_the_paired_difference(a: Run, b: Run) -> None:
    metrics = learning.metrics(a, b)
    for row in metrics.rows:
        gains = [GAINS[row.key](run.across_users.ranks.astype(float)).astype(float) for run in (a, b)]
        assert [gain.mean() for gain in gains] == pytest.approx([row.a, row.b], abs=1e-6)
        assert row.error == pytest.approx(np.std(gains[1] - gains[0], ddof=1) / np.sqrt(len(gains[0])))
    assert learning.metrics_table(metrics, "x", "x").shape == (4, 5)
    without = replace(b, across_users=None)  # as in a run whose training was stopped
    again = learning.metrics(a, without).rows
    assert [row.error for row in again] == pytest.approx([row.error for row in metrics.rows])


def test_a_difference_has_an_error_only_over_two_users_or_more(a: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for users in (1, 2):
        monkeypatch.setattr(learning, "ranks_of_test_items", lambda run, users=users: (np.arange(users), [7] * users))
        assert (learning.paired_ranks(a, a) is None) == (users == 1)


def test_ranks_are_computed_where_they_are_not_stored_and_only_at_once(
    a: Run, b: Run, c: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in (a, b, c):
        users, ranks = ranks_of_test_items(replace(run, across_users=None, ranks=None))
        np.testing.assert_array_equal(users, run.across_users.users)
        np.testing.assert_allclose(ranks, run.across_users.ranks)
    monkeypatch.setattr("attrec_core.explain.evaluate.CHEAP", 10)
    metrics = learning.metrics(a, replace(b, across_users=None, ranks=None))
    assert all(row.error is None for row in metrics.rows)
    assert list(learning.metrics_table(metrics, "x", "y").columns) == ["metric", "A: x", "B: y", "B − A"]


def test_settings_that_differ_are_marked_and_those_of_one_system_counted_apart(a: Run, b: Run) -> None:
    settings = settings_table(compare_settings(a, b), a.name, b.name)
    assert settings[settings["differs"] != ""]["setting"].tolist() == ["window", "long_weight", "seed"]
    alone = [SettingPair(name, "", 2, None) for name in ("heads", "layers")]
    rows = [SettingPair("window", "L", 5, 5), SettingPair("dim", "d", 8, 16)]
    assert settings_sentence(rows) == "1 of 2 settings differs."
    said = "1 of 2 settings differs. 3 other settings belong to one system alone."
    assert settings_sentence([*rows, *alone, SettingPair("long_weight", "ω", None, 0.5)]) == said


@given(st.permutations(range(8)), st.integers(1, 8))
def test_rank_biased_overlap_is_within_bounds_and_one_for_the_same_list(order: list[int], k: int) -> None:
    left, right = [str(n) for n in range(k)], [str(n) for n in order[:k]]
    assert rank_biased_overlap(left, left) == pytest.approx(1)
    assert 0 <= rank_biased_overlap(left, right) <= 1 + 1e-12
    assert rank_biased_overlap(left, right) == pytest.approx(rank_biased_overlap(right, left))
    assert rank_biased_overlap(left, ["x" + item for item in left]) == 0


def test_rank_biased_overlap_by_hand_and_of_swaps() -> None:
    """The first places weigh more: a swap at the end changes less than one at the beginning."""
    # A_1 = 0, A_2 = 1: X_2/2 p² + (1 − p)/p (0 p + 1 p²) with p = .9
    assert rank_biased_overlap(["a", "b"], ["b", "a"]) == pytest.approx(0.81 + 0.1 / 0.9 * 0.81)
    assert rank_biased_overlap("abcdefgh", "bacdefgh") < rank_biased_overlap("abcdefgh", "abcdefhg") < 1


def test_the_command_says_the_same(
    a: Run, b: Run, c: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: str) -> str:
        assert main(["compare-runs", "first", *arguments]) == 0
        return capsys.readouterr().out

    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    for run in (a, b, c):
        runs_run.save(run, tmp_path / "runs" / run.name)
    output = json.loads(said(str(tmp_path / "runs" / "second"), "--user", USER, "--json"))
    pair = sides(a, b, View(user=USER, step=len(HISTORIES[USER])))
    assert output["lists"] == json.loads(json.dumps(asdict(words.lists(pair))))
    assert output["not_the_same"] == list(pair.remarks)
    assert [row["key"] for row in output["settings"] if row["differs"]] == ["window", "long_weight", "seed"]
    assert output["comparable"]
    text = said("third")
    assert "Neither run ranks better" in text and "B − A" not in text and "standard error" not in text
    assert json.loads(said("third", "--json"))["metrics"]["mrr"]["difference"] is None
    for arguments in (["nothing"], ["second", "--user", "nobody"], ["second", "--step", "2"]):
        assert main(["compare-runs", "first", *arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1
