"""One item at one moment: the exact sum, leave-one-out, attention against influence, the smallest edit."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import assume, given
from hypothesis import strategies as st
from moments import SUMS, items_of, moments, run_of

from attrec_core.config import ModelConfig
from attrec_core.errors import InputError
from attrec_core.explain import ranking as ranking_module
from attrec_core.explain.exact_sum import exact_sum, why_above
from attrec_core.explain.explanation import explanation
from attrec_core.explain.forward import trace
from attrec_core.explain.influence import SHOWS, influence, sentence, verdict
from attrec_core.explain.leave_one_out import Effect, LeaveOneOut, leave_one_out
from attrec_core.explain.main_reason import main_reason
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.ranking import rankings
from attrec_core.explain.smallest_edit import smallest_edit, swaps
from attrec_core.explain.wording import amount
from attrec_core.runs.load import load

ANY = st.data()
SAMPLE = load(ROOT / "sample_data" / "run")


@given(moments(pools=SUMS), ANY)
def test_the_parts_sum_to_the_distance(moment: Moment, data: st.DataObject) -> None:
    item = data.draw(items_of(moment))
    found = exact_sum(moment, item)
    distance = moment.ranking.blended[item]
    # m itself is float32: very near to m, its rounding is more than 1e-5 of a distance of almost nothing.
    assert found.residual <= 1e-5 * distance + 1e-6 * (moment.trace.intent**2).sum()
    assert sum(part.value for part in found.parts) == pytest.approx(distance, rel=1e-5, abs=1e-5)
    kinds = [part.kind for part in found.parts]
    long = [] if moment.taste is None else ["long"]
    assert kinds == [*long, *["item"] * len(moment.window), "origin", "constant"]
    items = [(part.place, part.item) for part in found.parts if part.kind == "item"]
    assert items == list(enumerate(moment.window.tolist(), start=1))
    weights = [part.weight for part in found.parts if part.kind in ("item", "origin")]
    assert sum(weights) == pytest.approx(1)


@given(
    user=st.integers(0, 999),
    item=st.integers(0, 417),
    mask=st.sampled_from(["after", "before", "none"]),
    pool=st.sampled_from(SUMS),
    step=st.none() | st.integers(1, 20),
)
def test_for_every_person_of_the_sample_the_sum_is_off_by_less_than_a_hundred_thousandth(
    user: int, item: int, mask: str, pool: str, step: int | None
) -> None:
    moment = moment_of(SAMPLE, user, step=step)
    found = exact_sum(replace(moment, config=replace(moment.config, mask=mask, aggregation=pool)), item)
    assert found.residual < 1e-5 * found.distance


@given(moments(pools=SUMS), ANY)
def test_the_constant_is_the_same_for_all_items(moment: Moment, data: st.DataObject) -> None:
    above, below = data.draw(items_of(moment)), data.draw(items_of(moment))
    constants = {exact_sum(moment, item).parts[-1].value for item in (above, below)}
    assert len(constants) == 1


@given(moments(pools=SUMS), ANY)
def test_why_above_is_the_difference_of_the_distances(moment: Moment, data: st.DataObject) -> None:
    above, below = data.draw(items_of(moment)), data.draw(items_of(moment))
    found, opposite = why_above(moment, above, below), why_above(moment, below, above)
    blended = moment.ranking.blended
    assert found.total == float(blended[above]) - float(blended[below])
    scale = float(blended.max() + (moment.trace.intent**2).sum())
    assert sum(part.value for part in found.parts) == pytest.approx(found.total, abs=1e-5 * scale)
    assert [part.value for part in opposite.parts] == [-part.value for part in found.parts]
    assert "constant" not in {part.kind for part in found.parts}


@given(moments(pools=SUMS), ANY)
def test_attraction_is_zero_on_average_over_the_catalogue(moment: Moment, data: st.DataObject) -> None:
    pull = np.array([exact_sum(moment, item).attraction for item in range(moment.run.interactions.n_items)])
    np.testing.assert_allclose(pull.mean(0), 0, atol=1e-5 * (1 + np.abs(pull).max()))
    parts = np.array(
        [[part.value for part in exact_sum(moment, item).parts if part.kind == "item"] for item in range(2)]
    )
    np.testing.assert_allclose(pull[0] - pull[1], parts[1] - parts[0], atol=1e-8)


@given(moments(pools=("max", "min")), ANY)
def test_no_sum_exists_for_max_and_min_and_it_is_said(moment: Moment, data: st.DataObject) -> None:
    item = data.draw(items_of(moment))
    found, difference = exact_sum(moment, item), why_above(moment, item, (item + 1) % moment.run.interactions.n_items)
    assert not found.exists
    assert not difference.exists
    assert found.parts == ()
    assert "no exact sum" in found.sentence
    assert {part.kind for part in difference.parts} <= {"long"}
    everything = explanation(moment, item)
    assert len(everything.leave_one_out.mask) == len(everything.leave_one_out.delete)
    assert all(effect.direct is None and effect.reweighting is None for effect in everything.leave_one_out.delete)
    assert everything.influence.tau_exact is None


@given(moments(least=2), ANY)
def test_deleting_is_the_same_as_looking_at_the_shorter_window(moment: Moment, data: st.DataObject) -> None:
    item = data.draw(items_of(moment))
    found = leave_one_out(moment, item)
    for place, effect in enumerate(found.delete):
        shorter = moment.with_window(np.delete(moment.window, place)).ranking
        assert found.distance + effect.delta_distance == pytest.approx(float(shorter.blended[item]), rel=1e-12)
        assert found.rank + effect.delta_rank == shorter.ranks[item]
        assert (effect.place, effect.item) == (place + 1, moment.window[place])
    most = max(abs(effect.delta_distance) for effect in found.delete)
    assert f"most, by {amount(most, 3)};" in found.sentence or most == 0


@given(moments(least=2), ANY)
def test_masking_in_place_is_attention_with_a_row_and_a_column_struck_out(moment: Moment, data: st.DataObject) -> None:
    """By the definition, cell by cell, in float64."""
    item = data.draw(items_of(moment))
    found, steps, config = leave_one_out(moment, item), moment.trace, moment.config
    pool = {"mean": np.mean, "sum": np.sum, "max": np.max, "min": np.min}[config.aggregation]
    for place, effect in enumerate(found.mask):
        rows = [row for row in range(len(steps.window)) if row != place]
        attended = []
        for row in rows:
            looked_at = [column for column in rows if config.mask != "before" or column != row or len(rows) == 1]
            raised = {column: math.exp(steps.scores[row, column] - steps.scores[row].max()) for column in looked_at}
            total = sum(raised.values())
            shares = {c: r / total for c, r in raised.items() if config.mask != "after" or c != row}
            attended.append(sum((w * steps.values[c].astype(float) for c, w in shares.items()), np.zeros(config.dim)))
        intent = pool(np.array(attended), axis=0)
        short = ((moment.run.arrays["item_short"][item] - intent) ** 2).sum()
        change = (1 - moment.ranking.long_weight) * (short - float(moment.ranking.short[item]))
        assert effect.delta_distance == pytest.approx(change, rel=1e-4, abs=1e-5)


@given(moments(pools=SUMS, least=2), ANY)
def test_direct_and_reweighting_sum_to_the_whole_effect(moment: Moment, data: st.DataObject) -> None:
    item = data.draw(items_of(moment))
    found, weights = leave_one_out(moment, item), moment.trace.column_weights.astype(float)
    for one, other in zip(found.delete, found.mask, strict=True):
        assert one.direct + one.reweighting == pytest.approx(one.delta_distance, abs=1e-9)
        assert other.direct + other.reweighting == pytest.approx(other.delta_distance, abs=1e-9)
        assert one.direct == other.direct
        rest = weights.copy()
        rest[one.place - 1] = 0
        if rest.sum() > 1e-6:
            point = rest * weights.sum() / rest.sum() @ moment.trace.values
            short = ((moment.run.arrays["item_short"][item] - point) ** 2).sum()
            direct = (1 - moment.ranking.long_weight) * (short - moment.ranking.short[item])
            rounding = 1e-5 * (1 + float(moment.ranking.short[item]))  # of the distances, which are float32
            assert one.direct == pytest.approx(direct, rel=1e-4, abs=rounding)


def test_without_the_item_that_has_all_attention_the_others_share_it() -> None:
    moment = replace(moment_of(run_of(ModelConfig(dim=6, window=5)), 0, np.array([0, 3, 4])), shares=(1.0, 0.0, 0.0))
    item = 7
    point, values = moment.run.arrays["item_short"][item].astype(float), moment.trace.values.astype(float)
    total = float(moment.trace.column_weights.sum())
    long, short = moment.ranking.long_weight, ((point - total * values[1:].mean(0)) ** 2).sum()
    direct = leave_one_out(moment, item).delete[0].direct
    assert direct == pytest.approx((1 - long) * (short - moment.ranking.short[item]), abs=1e-5)


@pytest.mark.parametrize(
    ("tau", "said"),
    [
        *((1, "agrees with"), (0.6, "agrees with"), (0.59, "partly agrees with"), (0.2, "partly agrees with")),
        *((0.19, "says little about"), (-0.19, "says little about"), (-0.2, "contradicts"), (-1, "contradicts")),
    ],
)
def test_a_correlation_in_words(tau: float, said: str) -> None:
    assert verdict(tau) == said


@given(moments(least=2, repeats=False), ANY)
def test_without_a_time_signal_and_a_mask_after_both_ways_are_one(moment: Moment, data: st.DataObject) -> None:
    """Then a place means nothing, so whether the others move up makes no difference."""
    moment = replace(moment, config=replace(moment.config, time_signal=False))
    found = leave_one_out(moment, data.draw(items_of(moment)))
    ways = [[effect.delta_distance for effect in effects] for effects in (found.delete, found.mask)]
    np.testing.assert_allclose(*ways, atol=1e-5 * (1 + np.abs(ways).max()))


@given(moments(least=2), ANY)
def test_with_one_item_left_the_other_is_all_there_is(moment: Moment, data: st.DataObject) -> None:
    moment = moment.with_window(moment.window[:2])
    item = data.draw(items_of(moment))
    for effect in leave_one_out(moment, item).mask:
        rest = moment.run.arrays["item_short"][moment.window[2 - effect.place]].astype(float)
        intent = rest * (moment.config.mask != "after")
        short = ((moment.run.arrays["item_short"][item] - intent) ** 2).sum()
        change = (1 - moment.ranking.long_weight) * (short - moment.ranking.short[item])
        assert effect.delta_distance == pytest.approx(change, rel=1e-4, abs=1e-5)


@given(moments(), ANY)
def test_a_single_item_has_nothing_left_without_it_and_nothing_is_nan(moment: Moment, data: st.DataObject) -> None:
    moment = moment.with_window(moment.window[:1])
    found = explanation(moment, data.draw(items_of(moment)))
    assert found.leave_one_out.delete == found.leave_one_out.mask == ()
    assert "single item" in found.leave_one_out.sentence
    assert found.influence.tau_delete is found.influence.tau_mask is found.influence.tau_exact is None
    text = json.dumps(found.as_dict(moment.run.interactions.item_ids), allow_nan=False)
    assert json.loads(text)["distance"] == found.distance


@pytest.mark.parametrize("block", [1, 2, 512])
@given(moments(), ANY)
def test_screening_gives_the_very_ranks_of_the_ranking(block: int, moment: Moment, data: st.DataObject) -> None:
    """One item by the product that puts all in order, against all distances by differences, sorted; and many m by one
    product."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking_module, "BLOCK", block)
        item, other = data.draw(items_of(moment)), moment.with_window(moment.window[::-1])
        both = (moment, other)
        intents = np.array([one.trace.intent for one in both])
        by_one_product = rankings(moment.ranking, intents, [one.excluded for one in both])
        for screened, one in zip(by_one_product, both, strict=True):
            candidates = np.flatnonzero(one.ranking.candidates)
            first = candidates[np.argsort(one.ranking.blended[candidates], kind="stable")]
            for found in (screened, one.ranking):
                assert found.distance(item) == one.ranking.blended[item]
                assert found.rank(item) == one.ranking.ranks[item]
                assert found.top(6).tolist() == first[:6].tolist()
                nearest, distances, ranks = found.nearest(6)
                assert distances.tolist() == one.ranking.blended[nearest].tolist()
                assert ranks.tolist() == one.ranking.ranks[nearest].tolist()
                exact = one.ranking.blended - found.constant
                assert (np.abs(found.rough - exact)[candidates] <= found.slack).all()


@given(moments(least=2), ANY)
def test_tau_is_kendalls_tau_b(moment: Moment, data: st.DataObject) -> None:
    from scipy.stats import kendalltau

    found = influence(moment, data.draw(items_of(moment)))
    for effects, tau in (
        (found.delete, found.tau_delete),
        (found.mask, found.tau_mask),
        (found.exact, found.tau_exact),
    ):
        expected = kendalltau(found.weights, effects).statistic if len(effects) else math.nan
        assert (tau is None) == math.isnan(expected)
        assert tau is None or tau == pytest.approx(expected)


@given(moments(least=2), ANY)
def test_misleading_items_are_favoured_and_push_away(moment: Moment, data: st.DataObject) -> None:
    found = influence(moment, data.draw(items_of(moment)))
    for place in range(1, len(moment.window) + 1):
        favoured = found.weights[place - 1] > found.even + 1e-6
        assert (place in found.favoured) == favoured
        assert (place in found.misleading) == (favoured and found.delete[place - 1] <= -SHOWS)


@pytest.mark.parametrize(("change", "is_misleading"), [(SHOWS, False), (-SHOWS / 2, False), (-SHOWS, True)])
def test_only_what_is_seen_in_three_digits_misleads(change: float, is_misleading: bool) -> None:
    moment = moment_of(run_of(ModelConfig(dim=6, window=5)), 0, np.array([0, 3, 4]))
    effects = tuple(Effect(place, 0, change, 0.0, None, None) for place in (1, 2, 3))
    found = influence(moment, 7, LeaveOneOut(7, 0.5, 2.0, effects, effects, ""))
    assert found.favoured and found.misleading == (found.favoured if is_misleading else ())


@pytest.mark.parametrize(
    ("most", "misleading", "said"),
    [
        (0.0, (), "removing any single item does not raise the distance."),
        (SHOWS / 2, (), "removing any single item hardly raises the distance."),
        (SHOWS, (2,), " has more than the average attention, yet removing it lowers the distance."),
        (SHOWS, (1, 2), " have more than the average attention, yet removing any one of them lowers the distance."),
    ],
)
def test_influence_in_words(most: float, misleading: tuple[int, ...], said: str) -> None:
    moment = moment_of(run_of(ModelConfig(dim=6, window=5)), 0, np.array([0, 3, 4]))
    text = sentence(moment, 7, np.array([0.3, 0.4, 0.1]), np.array([-0.2, -0.1, most]), misleading)
    assert text.endswith(said)
    assert ("raises the distance most" in text) == (most >= SHOWS)


def test_of_items_that_change_the_rank_alike_the_one_that_changes_the_distance_most_is_named_first() -> None:
    moment = moment_of(run_of(ModelConfig(dim=6, window=5)), 0, np.array([0, 3, 4]))
    changes = ((1, 0.1, 4.0), (2, 0.5, 1.0), (3, -0.2, 4.0))
    effects = tuple(Effect(place, 0, distance, rank, None, None) for place, distance, rank in changes)
    found = main_reason(moment, LeaveOneOut(7, 0.5, 2.0, effects, (), ""))
    assert (found.places, found.new_rank) == ((3, 1), 6.0)


def all_edits(window: list[int]) -> dict[tuple[int, ...], int]:
    """Every window that a removal or swap (size 1) or two removals (size 2) make, with its size."""
    n, found = len(window), {}
    for gone in itertools.combinations(range(n), 2):
        found[tuple(item for place, item in enumerate(window) if place not in gone)] = 2
    for place in range(n):
        found[tuple(window[:place] + window[place + 1 :])] = 1
    for place in range(n - 1):
        found[(*window[:place], window[place + 1], window[place], *window[place + 2 :])] = 1
    return {edit: size for edit, size in found.items() if edit and edit != tuple(window)}


@given(moments(), ANY, st.integers(1, 6))
def test_no_edit_is_smaller_than_the_smallest(moment: Moment, data: st.DataObject, k: int) -> None:
    item = data.draw(items_of(moment))
    assume(moment.ranking.candidates[item])
    found, before = smallest_edit(moment, item, k), float(moment.ranking.ranks[item])
    into = before > k
    assert found.direction == ("into" if into else "out of")
    works: dict[int, list[float]] = {1: [], 2: []}
    for edit, size in all_edits(moment.window.tolist()).items():
        after = moment.with_window(np.array(edit)).ranking
        if after.candidates[item] and (after.ranks[item] <= k) == into:
            works[size].append(float(after.ranks[item]))
    fewest = next((size for size in (1, 2) if works[size]), None)
    if fewest is None:
        assert (found.kind, found.window, found.new_rank) == ("none", tuple(moment.window), before)
        assert found.sentence.startswith("No removal of one")
        return
    assert found.sentence.startswith({"remove": "Removing", "swap": "Swapping"}[found.kind])
    assert found.new_rank == (min if into else max)(works[fewest])
    assert moment.with_window(np.array(found.window)).ranking.ranks[item] == found.new_rank
    assert [moment.window[place - 1] for place in found.places] == list(found.items)
    after, places = moment.window.copy(), np.array(found.places) - 1
    after[places] = after[places[::-1]]
    assert list(found.window) == (after if found.kind == "swap" else np.delete(moment.window, places)).tolist()


def test_a_swap_names_the_two_places_that_it_swaps() -> None:
    found = [(edit.places, edit.window.tolist()) for edit in swaps(np.array([5, 6, 7]))]
    assert found == [((0, 1), [6, 5, 7]), ((1, 2), [5, 7, 6])]


def test_an_item_that_is_no_candidate_has_no_edit() -> None:
    moment = moment_of(run_of(ModelConfig(dim=6, window=5)), 3)
    found = smallest_edit(moment, int(moment.window[0]), 10)
    assert (found.kind, found.tried) == ("none", 0)
    assert "is not a candidate" in found.sentence


def test_a_user_is_explained_after_any_step() -> None:
    run = run_of(ModelConfig(dim=6, window=5))
    user = int(np.diff(run.interactions.starts).argmax())
    history = run.interactions.history(user)
    found = explanation(moment_of(run, user, step=4), 3)
    assert list(found.window) == history[:4].tolist()
    assert found.distance == moment_of(run, user, None, 4).ranking.blended[3]
    assert explanation(moment_of(run, None, [1, 2]), 3).long is None
    with pytest.raises(InputError, match="takes 1 to 5"):
        explanation(moment_of(run, user, range(6)), 3)
    with pytest.raises(InputError, match="does not exist"):
        explanation(moment_of(run, user, step=99), 3)


def test_the_next_item_is_a_candidate_even_where_it_comes_again_but_not_in_the_window() -> None:
    run = run_of(ModelConfig(dim=6, window=5))
    moment = moment_of(run, int(np.diff(run.interactions.starts).argmax()), step=8)
    again = replace(moment, target=int(moment.seen[0]))
    assert again.ranking.candidates[again.target]
    assert not again.with_window(moment.seen[:2]).ranking.candidates[again.target]
    assert not moment.ranking.candidates[moment.seen].any()


def test_what_is_explained_is_the_trace() -> None:
    run = run_of(ModelConfig(dim=6, window=5))
    found = explanation(moment_of(run, 2, [4, 9, 4]), 7)
    steps = trace(run, [4, 9, 4])
    assert [part.weight for part in found.sum.parts if part.kind == "item"] == pytest.approx(steps.column_weights)
    assert found.distance == pytest.approx(found.long_weight * found.long + (1 - found.long_weight) * found.short)


@given(moments(least=2), ANY)
def test_the_sentence_names_what_attracts_only_if_something_does(moment: Moment, data: st.DataObject) -> None:
    found = influence(moment, data.draw(items_of(moment)))
    if found.tau_delete is not None:
        assert ("raises the distance most" in found.sentence) == (max(found.delete) >= SHOWS)
        assert ("yet removing" in found.sentence) == bool(found.misleading)
