"""Comparison of before and after, exact rank curves over ω, experiments, and the position of a new user."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import items_of, moments, run_of

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.errors import ordinal
from attrec_core.explain import rank_curves as rank_curves_module
from attrec_core.explain import ranking as ranking_module
from attrec_core.explain.compare import Slot, compare, pairs
from attrec_core.explain.experiments import experiments
from attrec_core.explain.forward import trace
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.neighbours import intent_path, taste_path
from attrec_core.explain.rank_curves import RankCurve, intervals, near_somewhere, rank_curves
from attrec_core.explain.ranking import half_ranks
from attrec_core.explain.vectors import fold_in
from attrec_core.runs.run import Run
from attrec_core.views.maps import layout
from attrec_core.views.metric_space.path import path_of, path_on_map, path_sentence
from attrec_core.views.metric_space.words import space_record
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

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
        assert move.delta_distance == -again.delta_distance
        changes = [change.rank_b and change.rank_a and change.rank_b - change.rank_a for change in (move, again)]
        assert [move.delta_rank, again.delta_rank] == changes


@given(edited())
def test_the_sentence_says_how_the_actual_next_item_moves(both: tuple[Moment, Moment]) -> None:
    a, b = both
    result = compare(a, b, 5)
    assert ("actual next item" in result.sentence) == (b.target is not None)
    if result.target is not None:
        ranked_a, ranked_b = result.target.candidate_a, result.target.candidate_b
        before, after = (rank and ordinal(rank) for rank in (result.target.rank_a, result.target.rank_b))
        assert (before is not None, after is not None) == (ranked_a, ranked_b)
        assert (f", moves from {before} to {after};" in result.sentence) == (ranked_a and ranked_b and before != after)
        assert (", is in the window and not ranked;" in result.sentence) == (not ranked_b)
        assert (f", was in the window and is now {after};" in result.sentence) == (ranked_b and not ranked_a)
        assert ranked_a == ranked_b or result.target.kind == ("entered" if ranked_b else "left")
        assert (f", stays {after};" in compare(b, b, 5).sentence) == ranked_b


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


# The paths of m and U: equal to the points computed one step at a time, and their position on the maps.


def seen_by(run: Run, user: int = 0, **view: object) -> Scene:
    return scene(run, View(user=run.interactions.user_ids[user], **view))


@given(moments(), st.data())
def test_m_of_all_windows_at_once_is_m_of_each(moment: Moment, data: st.DataObject) -> None:
    """With every mask, pooling and time signal, from the first item on, also for short histories."""
    items = data.draw(st.lists(st.integers(0, moment.run.interactions.n_items - 1), min_size=1, max_size=12))
    history, length = np.array(items), moment.config.window
    intents = intent_path(moment.run, history, moment.config).points
    assert intents.shape == (len(items), moment.config.dim)
    for step, intent in enumerate(intents, 1):
        alone = trace(moment.run, history[max(0, step - length) : step], moment.config)
        assert np.allclose(intent, alone.intent, atol=1e-5)


@pytest.mark.parametrize("taste", ["items", "both"])
def test_a_taste_from_items_moves_through_the_user_space(taste: str) -> None:
    """At each step it is the U of that moment, and on a map the path goes through the mark, also with UMAP. An edit of
    the window moves it, a what-if of the attention does not."""
    run = run_of(ModelConfig(dim=6, window=3, taste=taste, half_life=3.0))
    user = int(np.diff(run.interactions.starts).argmax())
    path = taste_path(run, user)
    for step, point in enumerate(path.points, 1):
        assert np.allclose(point, moment_of(run, user, step=step).taste, atol=1e-6)
    # Any coordinates do for a map by UMAP.
    stored = dict(layout(run))
    points = len(stored["users"]) + run.interactions.n_items
    stored["long_umap"] = np.random.default_rng(0).normal(size=(points, 2)).astype(np.float32)
    stored["short_umap"] = stored["long_umap"][: run.interactions.n_items]
    run = replace(run, maps=stored)
    for step, projection in ((1, "pca"), (4, "pca"), (4, "umap")):
        record = space_record(seen_by(run, user, step=step), "long", projection)
        assert record.path is not None and record.path.points is not None and record.path.mark == "U"
        assert np.allclose(record.path.points[step - 1], record.marks["user"].coordinates[0], atol=1e-5)
        assert "user" not in record.staying
    edited = seen_by(run, user, step=4, window=tuple(run.interactions.item_ids[:2]))
    assert space_record(edited, "long", "pca").before is not None and "moved U by" in path_sentence(edited, "long")
    what_if = seen_by(run, user, step=4, mask="none")
    assert space_record(what_if, "long", "pca").before is None
    assert "baseline" in path_sentence(what_if, "short") and "baseline" not in path_sentence(what_if, "long")


def test_a_what_if_has_its_own_path_and_who_has_no_history_has_none(sample: Run) -> None:
    assert not np.allclose(
        path_of(seen_by(sample), "short").points, path_of(seen_by(sample, mask="none"), "short").points
    )
    item = sample.interactions.item_ids[0]
    nobody = scene(sample, View(window=(item,)))
    assert path_of(nobody, "short") is path_on_map(nobody, "short", "pca") is None
    assert "no path" in path_sentence(scene(sample, View(likes=(item,))), "short")
