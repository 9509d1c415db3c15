"""Two runs side by side: the same user and window by their ids, and no verdict on figures that cannot be compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import interactions_of, random_histories
from other_runs import made
from shelf_worlds import sentence

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.explain.evaluate import ranks_of_test_items
from attrec_core.runs.history import per_user
from attrec_core.runs.run import Run
from attrec_core.training.train_run import train_run
from attrec_core.views.compare import learning, words
from attrec_core.views.compare.panels import ATTENTION, CURVES
from attrec_core.views.compare.sides import reading, sides
from attrec_core.views.compare.words import rank_biased_overlap
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


def test_what_only_one_run_knows_is_said_and_left_out_there(a: Run, c: Run) -> None:
    pair = sides(a, c, View(window=("item 7", "item 9", "item 4")))
    assert pair.remarks == ("third does not know “item 7”; left out of the window there.",)
    assert len(pair.b.window) == 2
    (row,) = [row for row in words.lists(pair, 20).rows if row.item == "item VII"]
    assert (row.rank_a, row.title) == (None, "item VII")
    assert "knows none of the items" in sentence(lambda: sides(a, c, View(window=("item 7",))))
    gone = sides(a, c, View(user="user 0", step=1))
    assert "third does not know the user “user 0”" in gone.remarks[0]
    assert gone.b.user is None
    user = next(name for name in list(HISTORIES)[5:] if "item 7" in HISTORIES[name][-4:] and len(HISTORIES[name]) > 4)
    pair = sides(a, c, View(user=user, step=len(HISTORIES[user])))
    assert "differs between the runs" in pair.remarks[0]  # the history; the window is shared
    assert "“item 7”" in pair.remarks[1]
    assert pair.b.who == user


def test_each_run_reads_its_own_window_of_a_new_persons_picks(a: Run, b: Run) -> None:
    picks = tuple(dict.fromkeys(HISTORIES[USER]))[:6]
    for first, second in ((a, b), (b, a)):
        pair = sides(first, second, View(likes=picks))
        for side in pair.scenes:
            assert tuple(side.ids(side.window)) == picks[-side.run.model_config.window :]
        assert pair.remarks == (f"{reading(first)} {reading(second)}",)
        edited = sides(first, second, View(likes=picks, window=picks[:2]))
        assert [tuple(side.ids(side.window)) for side in edited.scenes] == [picks[:2]] * 2


def test_a_run_that_reads_more_than_the_window_says_so_also_after_an_edit(a: Run) -> None:
    ease = made("ease")
    user = next(name for name in HISTORIES if len(HISTORIES[name]) > 6)
    step = len(HISTORIES[user]) - 2
    removed = sides(a, ease, View(user=user, step=step, window=tuple(HISTORIES[user][step - 1 : step])))
    assert removed.remarks == (reading(ease),)
    # A training item that the edit removes still counts.
    whole = sides(a, ease, View(user=user, step=step)).b.ranking.blended
    np.testing.assert_array_equal(removed.b.ranking.blended, whole)


def test_figures_of_other_data_are_not_called_better(a: Run, b: Run, c: Run) -> None:
    metrics = learning.metrics(a, c)
    assert not metrics.comparable
    assert "The data differ, so no metric says which run ranks better" in metrics.sentence
    assert all(row.error is None and row.beyond_chance is None for row in metrics.rows)
    assert "neither the losses nor the metrics" in CURVES.lacks((a, c))
    assert "first has 30 users and third 25; 25 are in both" in metrics.remarks[0]
    turned = replace(a, interactions=interactions_of(HISTORIES, tie_rule="file-first"))
    assert learning.metrics(a, turned).comparable  # without times, nothing ties
    timed = replace(turned, interactions=replace(turned.interactions, time_unit="s"))
    assert "when timestamps tie" in learning.metrics(a, timed).remarks[0]
    swapped = replace(a, interactions=interactions_of({**HISTORIES, USER: HISTORIES[USER][::-1]}))
    assert "histories" in learning.metrics(a, swapped).remarks[0]
    assert learning.metrics(a, b).comparable
    # Both runs have few candidates, and one sentence says so for both.
    assert learning.metrics(a, b).sentence.count("HR@50 says nothing about the model here") == 1


@pytest.mark.parametrize("changes", [{}, {"loss": "softmax"}, {"negatives": 7}])
def test_losses_are_drawn_where_they_can_be_compared_and_the_sentence_says_where_not(
    a: Run, changes: dict[str, object]
) -> None:
    b = replace(a, train_config=replace(a.train_config, **changes))
    lines = learning.learning_curves(a, b)["data"]
    axes = {line["yaxis"] for line in lines}
    assert len(axes) == (2 if changes else 3)
    assert all([line["name"][0] for line in lines if line["yaxis"] == axis] == ["A", "B"] for axis in axes)
    assert sum(line["showlegend"] for line in lines) == 2
    sentence = learning.curves_sentence(a, b)
    assert ("cannot be compared" in sentence) == bool(changes)
    assert all(f"{name} {value}." in sentence for name, value in changes.items())


def test_the_sentence_says_what_can_be_compared_and_the_page_has_panels_of_that_alone(a: Run, c: Run) -> None:
    assert " but " not in words.scope_sentence(a, a, same_data=True)
    assert "not metrics (the data differ)" in words.scope_sentence(a, c, same_data=False)
    ease = made("ease")
    both = sides(a, ease, View(user=USER))
    assert f"not attention and the parts of each distance ({ease.name} has none)" in words.scope_sentence(
        a, ease, same_data=True
    )
    assert ATTENTION.lacks(both) and not ATTENTION.lacks(sides(a, a, View(user=USER)))
    alone = words.scope_sentence(a, c, same_data=False, same_moment=False)
    assert alone.startswith("What can be compared: settings, but not metrics")


def test_the_standard_error_is_that_of_the_paired_difference(a: Run, b: Run) -> None:
    metrics = learning.metrics(a, b)
    for row in metrics.rows:
        gains = [per_user(run.across_users.ranks[None].astype(float), row.key) for run in (a, b)]
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


def test_rank_biased_overlap_by_hand_and_of_swaps() -> None:
    """The first places weigh more: a swap at the end changes less than one at the beginning."""
    # A_1 = 0, A_2 = 1: X_2/2 p² + (1 − p)/p (0 p + 1 p²) with p = .9
    assert rank_biased_overlap(["a", "b"], ["b", "a"]) == pytest.approx(0.81 + 0.1 / 0.9 * 0.81)
    assert rank_biased_overlap("abcdefgh", "bacdefgh") < rank_biased_overlap("abcdefgh", "abcdefhg") < 1
