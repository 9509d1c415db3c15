"""Comparison of before and after, exact rank curves over ω, experiments, and the position of a new user."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import L, items_of, moments, run_of

from attrec_core.config import Aggregation, Mask, ModelConfig, TrainConfig
from attrec_core.errors import number, ordinal
from attrec_core.explain import rank_curves as rank_curves_module
from attrec_core.explain import ranking as ranking_module
from attrec_core.explain.attention import uniform
from attrec_core.explain.compare import Slot, compare, pairs, side_by_side
from attrec_core.explain.experiments import experiments
from attrec_core.explain.forward import attention, column_weights, masked_cells
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.rank_curves import (
    Crossing,
    RankCurve,
    intervals,
    meeting,
    near_somewhere,
    rank_curves,
    sentence,
)
from attrec_core.explain.ranking import half_ranks
from attrec_core.explain.vectors import fold_in, highest

ANY = st.data()


@st.composite
def edited(draw: st.DrawFn) -> tuple[Moment, Moment]:
    """Draws a moment, and the same user with any other window, of any overlap."""
    a = draw(moments())
    items = draw(st.lists(st.sampled_from([*a.window.tolist(), 0, 1]), min_size=1, max_size=5))
    return a, a.with_window(np.array(items))


@given(edited())
def test_each_item_of_both_windows_has_a_slot_and_the_attention_of_its_window(both: tuple[Moment, Moment]) -> None:
    a, b = both
    comparison = compare(a, b, 5)
    assert [slot.place_b for slot in comparison.slots if slot.place_b] == list(range(1, len(b.window) + 1))
    assert sorted(slot.place_a for slot in comparison.slots if slot.place_a) == list(range(1, len(a.window) + 1))
    for slot in comparison.slots:
        assert slot.place_a is None or a.window[slot.place_a - 1] == slot.item
        assert slot.place_b is None or b.window[slot.place_b - 1] == slot.item
    matched = Counter(slot.item for slot in comparison.slots if slot.place_a and slot.place_b)
    assert matched == Counter(a.window.tolist()) & Counter(b.window.tolist())
    masked = np.zeros_like(comparison.masked)
    for (i, row), (j, column) in itertools.product(enumerate(comparison.slots), repeat=2):
        for moment, cells, places in (
            (a, comparison.attention_a, (row.place_a, column.place_a)),
            (b, comparison.attention_b, (row.place_b, column.place_b)),
        ):
            if None in places:
                assert np.isnan(cells[i, j])
            else:
                assert cells[i, j] == moment.trace.weights[places[0] - 1, places[1] - 1]
                masked[i, j] |= moment.trace.masked[places[0] - 1, places[1] - 1]
    np.testing.assert_array_equal(comparison.masked, masked)


@given(edited())
def test_comparing_the_other_way_round_gives_the_opposite(both: tuple[Moment, Moment]) -> None:
    forth, back = compare(*both, 5), compare(*both[::-1], 5)
    turned = [Slot(slot.item, slot.place_b, slot.place_a) for slot in back.slots]
    order = [turned.index(slot) for slot in forth.slots]
    assert sorted(order) == list(range(len(turned)))
    np.testing.assert_array_equal(forth.attention_change, -back.attention_change[np.ix_(order, order)])
    assert forth.shift == pytest.approx(back.shift)
    moves_back = {move.item: move for move in back.moves}
    assert moves_back.keys() == {move.item for move in forth.moves}
    opposite = {"up": "down", "down": "up", "entered": "left", "left": "entered", "same": "same"}
    for move in forth.moves:
        again = moves_back[move.item]
        assert move.kind == opposite[again.kind]
        assert (move.delta_rank, move.delta_distance) == (-again.delta_rank, -again.delta_distance)


@given(moments())
def test_nothing_changes_without_a_change(moment: Moment) -> None:
    comparison = compare(moment, moment, 5)
    np.testing.assert_array_equal(comparison.attention_change, np.zeros((len(moment.window),) * 2))
    assert {move.kind for move in comparison.moves} <= {"same"}
    assert [move.item for move in comparison.moves] == moment.ranking.top(5).tolist()
    assert comparison.shift == 0


@given(edited())
def test_the_sentence_says_how_the_actual_next_item_moves(both: tuple[Moment, Moment]) -> None:
    a, b = both
    result = compare(a, b, 5)
    assert ("actual next item" in result.sentence) == (b.target is not None)
    if result.target is not None:
        before, after = ordinal(result.target.rank_a), ordinal(result.target.rank_b)
        ranked_a, ranked_b = result.target.candidate_a, result.target.candidate_b
        assert (f", moves from {before} to {after};" in result.sentence) == (ranked_a and ranked_b and before != after)
        assert (", is in the window and not ranked;" in result.sentence) == (not ranked_b)
        assert (f", was in the window and is now {after};" in result.sentence) == (ranked_b and not ranked_a)
        assert ranked_a == ranked_b or result.target.kind == ("entered" if ranked_b else "left")
        assert (f", stays {after};" in compare(b, b, 5).sentence) == ranked_b


def test_an_item_that_is_only_in_a_stands_behind_the_one_that_it_followed_there() -> None:
    slots = side_by_side(np.array([5, 1, 6, 7, 2]), np.array([1, 8, 2]))
    assert [(slot.item, slot.place_a, slot.place_b) for slot in slots] == [
        *((5, 1, None), (1, 2, 1), (6, 3, None), (7, 4, None), (8, None, 2), (2, 5, 3))
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("xyx", "yx", {(2, 1), (3, 2)}),  # the first x was removed
        ("xyx", "xy", {(1, 1), (2, 2)}),  # the last x was removed
        ("abcde", "bcdef", {(2, 1), (3, 2), (4, 3), (5, 4)}),  # one step in time
        ("xyx", "abxc", {(3, 3)}),  # equally far from the latest, but at the same place counted from the oldest
        ("ab", "cd", set()),
    ],
)
def test_repeated_items_meet_the_nearest_of_themselves(before: str, after: str, expected: set) -> None:
    a, b = (np.array([ord(letter) for letter in window]) for window in (before, after))
    assert set(pairs(a, b)) == expected
    assert set(pairs(b, a)) == {(place_b, place_a) for place_a, place_b in expected}


def blended(moment: Moment, omega: float) -> np.ndarray:
    long = moment.ranking.long
    short = moment.ranking.short.astype(float)
    return short if long is None else omega * long.astype(float) + (1 - omega) * short


@given(moments(), st.integers(1, 6))
def test_rank_curves_are_the_brute_force_ranks_between_all_edges_of_all_items_that_come_first(
    moment: Moment, k: int
) -> None:
    result = rank_curves(moment, k)
    for curve in result.curves:
        assert np.all(np.diff(curve.edges) > 0) and (curve.edges[0], curve.edges[-1]) == (0, 1)
        assert len(curve.ranks) == len(curve.edges) - 1
        assert curve.ranks.min() < k + 1  # no item that is never in the top k has a curve
        if np.abs(curve.edges - result.long_weight).min() > 1e-5:
            assert curve.at(result.long_weight) == moment.ranking.ranks[curve.item]
    edges = np.unique(np.concatenate([[0.0, 1.0], *[curve.edges for curve in result.curves]]))
    middles = ((edges[1:] + edges[:-1]) / 2)[np.diff(edges) > 1e-9]
    in_top_k: set[int] = set()
    for omega in (*middles, *np.linspace(0.003, 0.997, 40)):
        ranks = half_ranks(blended(moment, omega), moment.ranking.candidates)
        if omega in middles:
            assert all(curve.at(omega) == ranks[curve.item] for curve in result.curves)
        in_top_k |= set(np.flatnonzero((ranks <= k) & moment.ranking.candidates).tolist())
    assert in_top_k <= {curve.item for curve in result.curves}


@pytest.mark.parametrize("seed", range(8))
def test_a_first_glance_at_many_items_leaves_out_none_that_may_be_first(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = np.random.default_rng(seed).normal(3, 1, (2, 2000)).astype(np.float32) ** 2
    monkeypatch.setattr(rank_curves_module, "FEW", 0)
    monkeypatch.setattr(ranking_module, "BLOCK", 50)
    near = near_somewhere(lines, 5)
    assert len(near) < 1000
    for omega in np.linspace(0, 1, 101):
        assert set(np.argsort((1 - omega) * lines[0] + omega * lines[1])[:5]) <= set(near.tolist())


def test_items_that_are_as_near_at_one_end_do_not_cross_and_others_cross_between() -> None:
    lines = np.array([[1, 2, 3], [3, 3, 3]], np.float32)
    for ordered in (lines, lines[::-1]):
        edges, ranks = intervals(ordered, ordered[:, 1])
        assert (edges.tolist(), ranks.tolist()) == ([0, 1], [2])
    omega = meeting(np.array([1.0, 1e-300, 1.0]), np.array([-1.0, -1.0, -1e-300]))
    assert omega[0] == 0.5 and ((omega > 0) & (omega < 1)).all()


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_a_curve_is_exact_where_its_rank_is_not_deep_and_at_both_ends_of_each_part_where_it_is(
    seed: int, is_turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(seed)
    lines = random.normal(3, 1, (2, 500)).astype(np.float32) ** 2
    line = lines[:, int(lines[1].argmin())]  # 1st for ω = 1, and
    line[0] = np.quantile(lines[0], 0.6)  # 300th for ω = 0
    if is_turned:
        lines, line = lines[::-1], line[::-1]
    exact = RankCurve(0, *intervals(lines, line))
    monkeypatch.setattr(rank_curves_module, "DEEP", 20)
    monkeypatch.setattr(rank_curves_module, "PARTS", 16)
    fewer = RankCurve(0, *intervals(lines, line))
    assert len(fewer.edges) < len(exact.edges) and exact.ranks.max() > 20
    assert (fewer.ranks[0], fewer.ranks[-1]) == (exact.ranks[0], exact.ranks[-1])
    assert (np.diff(fewer.edges) > 0).all() and fewer.edges[-1] == 1
    for omega in random.random(300):
        rank, ends = exact.at(omega), np.array([np.floor(omega * 16), np.floor(omega * 16) + 1]) / 16
        if rank <= 20:
            assert fewer.at(omega) == rank
        assert all(fewer.at(end) == exact.at(end) for end in ends)


@given(moments(), st.integers(1, 6))
def test_items_are_as_near_where_they_cross_and_change_places(moment: Moment, k: int) -> None:
    result = rank_curves(moment, k)
    curves = {curve.item: curve for curve in result.curves}
    assert list(result.crossings) == sorted(result.crossings, key=lambda crossing: crossing.omega)
    for crossing in result.crossings:
        distances = blended(moment, crossing.omega)
        assert distances[crossing.above] == pytest.approx(distances[crossing.below])
        earlier, later = blended(moment, 0.0), blended(moment, 1.0)
        assert earlier[crossing.above] < earlier[crossing.below]
        assert later[crossing.above] > later[crossing.below]
        assert crossing.rank <= k
        assert crossing.omega in curves[crossing.above].edges or crossing.omega in curves[crossing.below].edges


@pytest.mark.parametrize(
    ("omega", "lower", "upper"), [(0.1, 0, 0.2), (0.2, 0.2, 0.6), (0.4, 0.2, 0.6), (0.6, 0.6, 1), (1, 0.6, 1)]
)
def test_the_order_stays_from_one_crossing_to_the_next(omega: float, lower: float, upper: float) -> None:
    text = sentence((), (Crossing(0.2, 0, 1, 1.0), Crossing(0.6, 1, 2, 2.0)), omega, 3)
    assert text.endswith(f"stays the same from {number(lower, 3)} to {number(upper, 3)}.")


@given(moments())
def test_without_a_taste_every_curve_is_flat(moment: Moment) -> None:
    moment = replace(moment, vector=None, long_weight=0.0, config=replace(moment.config, taste="vector"))
    result = rank_curves(moment, 4)
    assert [curve.item for curve in result.curves] == moment.ranking.top(4).tolist()
    assert all(curve.at(omega) == moment.ranking.ranks[curve.item] for curve in result.curves for omega in (0, 0.4, 1))
    assert all(curve.edges.tolist() == [0, 1] for curve in result.curves)
    assert (result.crossings, result.long_weight) == ((), 0)


@given(moments(), ANY)
def test_each_experiment_is_what_its_change_does(moment: Moment, data: st.DataObject) -> None:
    item, mean = data.draw(items_of(moment)), moment.trace.values.mean(0)
    for experiment in experiments(moment, k=5, item=item):
        if experiment.window is not None:
            changed = moment.with_window(np.array(experiment.window))
            assert experiment.window != tuple(moment.window)
        elif experiment.changes:
            changed = replace(moment, config=replace(moment.config, **experiment.changes))
            assert changed.config != moment.config
        else:  # Uniform attention takes the mean of the window. With the mask `after`, each row loses 1/n.
            assert experiment.key == "uniform" and not experiment.can_apply
            if moment.config.aggregation == "mean":
                count, config = len(moment.window), moment.config
                is_lone = count == 1 and config.lone_item == "itself"
                share = 1 - 1 / count if config.mask == "after" and not is_lone else 1
                shift = np.linalg.norm(share * mean - moment.trace.intent)
                assert experiment.shift == pytest.approx(shift, rel=1e-5, abs=1e-5)
            continue
        ranks = changed.ranking.ranks[item], moment.ranking.ranks[item]
        assert (experiment.rank, experiment.rank_before) == ranks
        assert experiment.overlap == len(set(moment.ranking.top(5)) & set(changed.ranking.top(5)))
        shift = np.linalg.norm(changed.trace.intent - moment.trace.intent)
        assert experiment.shift == pytest.approx(shift, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("mask", get_args(Mask))
@pytest.mark.parametrize("pool", get_args(Aggregation))
def test_uniform_is_what_equal_scores_give_under_the_mask(mask: str, pool: str) -> None:
    config = ModelConfig(mask=mask, aggregation=pool)
    for count in (2, 3, 5):
        _, weights = attention(np.zeros((count, count)), config)
        cell, column = uniform(config, count)
        assert weights[~masked_cells(count, config)] == pytest.approx(cell)
        assert column_weights(weights, config) == pytest.approx(column)
    assert uniform(config, 1) == (1, 1)
    assert uniform(ModelConfig(model="sasrec", mask=mask, aggregation=pool), 8) == (1 / 8, 1 / 8)


@given(moments(), st.integers(0, 3))
def test_the_experiments_are_all_there_and_a_seed_gives_the_same_shuffle_again(moment: Moment, seed: int) -> None:
    count, trials = len(moment.window), experiments(moment, seed)
    assert trials == experiments(moment, seed)
    windows = {trial.key: trial.window for trial in trials}
    assert len(windows) == len(trials)
    assert ("shuffle" in windows) == (len(set(moment.window.tolist())) > 1)
    assert Counter(windows.get("shuffle", moment.window.tolist())) == Counter(moment.window.tolist())
    backwards = tuple(moment.window[::-1])
    assert windows.get("reverse") == (None if backwards == tuple(moment.window) else backwards)
    assert {"uniform", "signal"} <= set(windows)
    numbers = {kind: sum(key.startswith(kind) for key in windows) for kind in ("drop", "mask", "pool")}
    assert numbers == {"drop": count if count > 1 else 0, "mask": 2, "pool": 3}
    assert [key for key in windows if key.startswith("last")] == ["last 1", "last 2"][: count // 2]


@pytest.mark.parametrize("regularisation", ["clip", "l2"])
@given(picks=st.lists(st.integers(0, 24), min_size=1, max_size=8), scale=st.sampled_from([0.1, 1.0]))
def test_a_new_person_lies_where_brute_force_puts_them(regularisation: str, picks: list[int], scale: float) -> None:
    from scipy.optimize import minimize

    run = run_of(ModelConfig(dim=6, window=5), scale, TrainConfig(regularisation=regularisation))
    picks = [pick % run.interactions.n_items for pick in picks]
    rows = run.arrays["item_long"][picks].astype(float)
    constraints = [{"type": "ineq", "fun": lambda point: 1 - point @ point}] if regularisation == "clip" else []
    options = {"constraints": constraints, "method": "SLSQP", "options": {"ftol": 1e-12, "maxiter": 300}}
    optimum = minimize(lambda point: ((point - rows) ** 2).sum(), np.zeros(6), **options)
    point = fold_in(run, picks)
    assert point.dtype == np.float32
    np.testing.assert_allclose(point, optimum.x, atol=1e-4)
    assert regularisation == "l2" or np.linalg.norm(point) <= 1 + 1e-6


def test_who_is_ranked_by_products_is_as_long_as_the_median_user() -> None:
    users = np.array([[3, 4], [6, 8], [0, 1]])
    assert highest(np.array([0.3, -0.4]), users) == pytest.approx([3, -4])
    assert highest(np.zeros(2), users).tolist() == [0, 0]


def test_an_item_that_only_leaves_the_list_is_not_called_the_same_list() -> None:
    """The case where B puts an item that A recommends into the window, and no other item takes its place."""
    run = run_of(ModelConfig(dim=6, window=L))
    a = replace(moment_of(run, None, np.array([0, 1])), seen=np.arange(5, run.interactions.n_items))
    b = a.with_window(np.array([0, 1, 2]))
    assert (a.ranking.candidates.sum(), b.ranking.candidates.sum()) == (3, 2)
    assert compare(a, b, 10).sentence.startswith(f"“{run.interactions.titles[2]}” leaves the top 3")
    assert compare(a, a, 10).sentence.startswith("The top 3 holds the same items;")
