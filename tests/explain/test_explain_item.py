"""One item at one moment: the exact sum, leave-one-out, attention versus influence, the smallest edit; attention set
by hand, in which m is linear."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import assume, given
from hypothesis import strategies as st
from moments import SUMS, items_of, moments, run_of

from attrec_core.config import ModelConfig, memory_weights
from attrec_core.errors import InputError
from attrec_core.explain import ranking as ranking_module
from attrec_core.explain.attention import HIGH
from attrec_core.explain.exact_sum import ROUNDING, exact_sum, why_above
from attrec_core.explain.explanation import explanation
from attrec_core.explain.influence import influence, leave_one_out, visible
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.ranking import rankings
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.explain.taste import own_share
from attrec_core.explain.wording import amount
from attrec_core.runs.across_users import SAME
from attrec_core.runs.load import load

ANY = st.data()
SAMPLE = load(ROOT / "sample_data" / "run")


@given(moments(pools=SUMS), ANY)
def test_the_parts_sum_to_the_distance(moment: Moment, data: st.DataObject) -> None:
    item = data.draw(items_of(moment))
    exact = exact_sum(moment, item)
    distance = moment.ranking.blended[item]
    # m is float32: for an item very near to m, the rounding of m is more than 1e-5 of the tiny distance.
    assert exact.residual <= 1e-5 * distance + 1e-6 * (moment.trace.intent**2).sum()
    assert sum(part.value for part in exact.parts) == pytest.approx(distance, rel=1e-5, abs=1e-5)
    kinds = [part.kind for part in exact.parts]
    memory, count = moment.memory, len(moment.window)
    long = [] if memory is None or memory.own is None else ["long"]
    earlier = [] if memory is None else memory.items[memory.ages >= count].tolist()
    origin = ["origin"] if abs(1 - moment.trace.column_weights.astype(float).sum()) > ROUNDING else []
    assert kinds == [*long, *["earlier"] * len(earlier), *["item"] * count, *origin, "constant"]
    assert [part.item for part in exact.parts if part.kind == "earlier"] == earlier
    if memory is not None:  # an item's bar shows its two parts
        gaps = ((moment.run.arrays["item_long"][moment.window] - moment.run.arrays["item_long"][item]) ** 2).sum(1)
        shares = dict(zip(memory.ages.tolist(), memory.shares.tolist(), strict=True))
        longs = [moment.ranking.long_weight * shares.get(count - 1 - place, 0) * gaps[place] for place in range(count)]
        assert [part.long for part in exact.parts if part.kind == "item"] == pytest.approx(longs, rel=1e-4, abs=1e-6)
    items = [(part.place, part.item) for part in exact.parts if part.kind == "item"]
    assert items == list(enumerate(moment.window.tolist(), start=1))
    weights = [part.weight for part in exact.parts if part.kind in ("item", "origin")]
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
    exact = exact_sum(replace(moment, config=replace(moment.config, mask=mask, aggregation=pool)), item)
    assert exact.residual < 1e-5 * exact.distance


@given(moments(pools=SUMS), ANY)
def test_why_above_is_the_difference_of_the_distances(moment: Moment, data: st.DataObject) -> None:
    above, below = data.draw(items_of(moment)), data.draw(items_of(moment))
    difference, opposite = why_above(moment, above, below), why_above(moment, below, above)
    blended = moment.ranking.blended
    assert difference.total == float(blended[above]) - float(blended[below])
    scale = float(blended.max() + (moment.trace.intent**2).sum())
    assert sum(part.value for part in difference.parts) == pytest.approx(difference.total, abs=1e-5 * scale)
    assert [part.value for part in opposite.parts] == [-part.value for part in difference.parts]
    assert "constant" not in {part.kind for part in difference.parts}


@given(moments(pools=SUMS))
def test_attraction_is_zero_on_average_over_the_catalogue_and_the_constant_is_the_same(moment: Moment) -> None:
    sums = [exact_sum(moment, item) for item in range(moment.run.interactions.n_items)]
    assert len({exact.parts[-1].value for exact in sums}) == 1
    pull = np.array([exact.attraction for exact in sums])
    np.testing.assert_allclose(pull.mean(0), 0, atol=1e-5 * (1 + np.abs(pull).max()))
    parts = np.array([[part.value for part in exact.parts if part.kind == "item"] for exact in sums[:2]])
    np.testing.assert_allclose(pull[0] - pull[1], parts[1] - parts[0], atol=1e-8)


@given(moments(pools=("max", "min")), ANY)
def test_no_sum_exists_for_max_and_min_and_it_is_said(moment: Moment, data: st.DataObject) -> None:
    item = data.draw(items_of(moment))
    exact, difference = exact_sum(moment, item), why_above(moment, item, (item + 1) % moment.run.interactions.n_items)
    assert not exact.exists and not difference.exists
    assert exact.parts == () and "no exact sum" in exact.sentence
    assert {part.kind for part in difference.parts} <= {"long", "earlier"}
    long = moment.ranking.parts([difference.above, difference.below])[1]
    assert sum(part.value for part in difference.parts) == pytest.approx(float(long[0] - long[1]), abs=1e-5)
    explained = explanation(moment, item)
    assert len(explained.leave_one_out.mask) == len(explained.leave_one_out.delete)
    assert all(effect.direct is None and effect.reweighting is None for effect in explained.leave_one_out.delete)
    assert explained.influence.tau_exact is None


@given(moments(least=2), ANY)
def test_deleting_is_the_same_as_looking_at_the_shorter_window(moment: Moment, data: st.DataObject) -> None:
    item = data.draw(items_of(moment))
    left_out = leave_one_out(moment, item)
    for place, effect in enumerate(left_out.delete):
        shorter = moment.with_window(np.delete(moment.window, place)).ranking
        assert left_out.distance + effect.delta_distance == pytest.approx(float(shorter.blended[item]), rel=1e-12)
        assert left_out.rank + effect.delta_rank == shorter.ranks[item]
        assert (effect.place, effect.item) == (place + 1, moment.window[place])
    largest = max(abs(effect.delta_distance) for effect in left_out.delete)
    assert f" by {amount(largest, 3)}" in left_out.sentence or largest <= SAME


def test_rounding_alone_changes_no_distance() -> None:
    """With equal items and neither mask nor positions, m is that item, whatever is removed."""
    run = load(ROOT / "sample_data" / "run")
    alien = run.item_index["alien"]
    moment = moment_of(run, None, np.full(5, alien))
    moment = replace(moment, config=replace(moment.config, mask="none", time_signal=False))
    left_out = leave_one_out(moment, alien)
    assert any(effect.delta_distance for effect in left_out.delete)
    assert left_out.sentence == "No removal changes the distance of “Alien”."


@given(moments(least=2), ANY)
def test_masking_in_place_is_attention_with_a_row_and_a_column_struck_out(moment: Moment, data: st.DataObject) -> None:
    """Computes the definition cell by cell, in float64."""
    item = data.draw(items_of(moment))
    left_out, steps, config = leave_one_out(moment, item), moment.trace, moment.config
    pool = {"mean": np.mean, "sum": np.sum, "max": np.max, "min": np.min}[config.aggregation]
    for place, effect in enumerate(left_out.mask):
        rows = [row for row in range(len(steps.window)) if row != place]
        attended = []
        for row in rows:
            keys = [column for column in rows if config.mask != "before" or column != row or len(rows) == 1]
            exponentials = {column: math.exp(steps.scores[row, column] - steps.scores[row].max()) for column in keys}
            total = sum(exponentials.values())
            loses = config.mask == "after" and (len(rows) > 1 or config.lone_item == "nothing")
            shares = {c: r / total for c, r in exponentials.items() if not loses or c != row}
            attended.append(sum((w * steps.values[c].astype(float) for c, w in shares.items()), np.zeros(config.dim)))
        intent = pool(np.array(attended), axis=0)
        short = ((moment.run.arrays["item_short"][item] - intent) ** 2).sum()
        change = (1 - moment.ranking.long_weight) * (short - float(moment.ranking.short[item]))
        assert effect.delta_distance == pytest.approx(change + effect.long, rel=1e-4, abs=1e-5)


@given(moments(least=2), ANY)
def test_removing_an_item_changes_a_taste_from_items_by_its_definition(moment: Moment, data: st.DataObject) -> None:
    """The taste is computed anew from its formula, in float64; a vector of the user's own stays."""
    item, config = data.draw(items_of(moment)), moment.config
    left_out, table = leave_one_out(moment, item), moment.run.arrays["item_long"].astype(float)
    long_now = float(moment.ranking.parts([item])[1][0])
    for effects, shifts in ((left_out.delete, True), (left_out.mask, False)):
        for effect in effects:
            if not config.remembers:
                assert effect.long == 0
                continue
            # A shorter window is not full, so that nothing has been pushed out of it.
            before = [*moment.earlier, *(() if shifts else moment.pushed)]
            history, gone = [*before, *moment.window.tolist()], len(before) + effect.place - 1
            places = [place for place in range(len(history)) if place != gone]
            ages = {place: len(history) - 1 - place - (shifts and place < gone) for place in places}
            most, half = len(memory_weights(config.half_life)), config.half_life
            weights = {place: 2 ** (-age / half) for place, age in ages.items() if age < most}
            total = sum(weights.values())
            point = sum(weight / total * table[history[place]] for place, weight in weights.items())
            if config.taste == "both" and moment.user is not None:
                beta = own_share(moment.run.arrays)
                point = (1 - beta) * point + beta * moment.run.arrays["user_long"][moment.user]
            after = moment.ranking.long_weight * ((table[item] - point) ** 2).sum()
            assert effect.long == pytest.approx(after - long_now, abs=1e-5 * (1 + after))


@given(moments(pools=SUMS, least=2), ANY)
def test_direct_and_reweighting_sum_to_the_whole_effect(moment: Moment, data: st.DataObject) -> None:
    item = data.draw(items_of(moment))
    left_out, weights = leave_one_out(moment, item), moment.trace.column_weights.astype(float)
    for deleted, masked in zip(left_out.delete, left_out.mask, strict=True):
        for effect in (deleted, masked):
            assert effect.direct + effect.reweighting + effect.long == pytest.approx(effect.delta_distance, abs=1e-9)
        assert deleted.direct == masked.direct
        rest = weights.copy()
        rest[deleted.place - 1] = 0
        if rest.sum() > 1e-6:
            point = rest * weights.sum() / rest.sum() @ moment.trace.values
            short = ((moment.run.arrays["item_short"][item] - point) ** 2).sum()
            direct = (1 - moment.ranking.long_weight) * (short - moment.ranking.short[item])
            rounding = 1e-5 * (1 + float(moment.ranking.short[item]))  # the distances are float32
            assert deleted.direct == pytest.approx(direct, rel=1e-4, abs=rounding)


@pytest.mark.parametrize("block", [1, 2, 512])
@given(moments(), ANY)
def test_screening_gives_the_very_ranks_of_the_ranking(block: int, moment: Moment, data: st.DataObject) -> None:
    """Compares the ranking by one matrix product, for one m and for many m at once, with all distances computed by
    differences and sorted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking_module, "BLOCK", block)
        item, reverse = data.draw(items_of(moment)), moment.with_window(moment.window[::-1])
        both_moments = (moment, reverse)
        intents = np.array([current.trace.intent for current in both_moments])
        excluded, tastes = ([getattr(each, name) for each in both_moments] for name in ("excluded", "taste"))
        by_one_product = rankings(moment.ranking, intents, excluded, tastes)
        for screened, current in zip(by_one_product, both_moments, strict=True):
            candidates = np.flatnonzero(current.ranking.candidates)
            first = candidates[np.argsort(current.ranking.blended[candidates], kind="stable")]
            for ranking in (screened, current.ranking):
                assert ranking.distance(item) == current.ranking.blended[item]
                assert ranking.rank(item) == current.ranking.ranks[item]
                assert ranking.top(6).tolist() == first[:6].tolist()
                nearest, distances, ranks = ranking.nearest(6)
                assert distances.tolist() == current.ranking.blended[nearest].tolist()
                assert ranks.tolist() == current.ranking.ranks[nearest].tolist()
                exact = current.ranking.blended - ranking.constant
                assert (np.abs(ranking.rough - exact)[candidates] <= ranking.slack).all()


@given(moments(least=2), ANY)
def test_misleading_items_are_favoured_and_push_away_and_the_sentence_says_so(
    moment: Moment, data: st.DataObject
) -> None:
    result = influence(moment, data.draw(items_of(moment)))
    for place in range(1, len(moment.window) + 1):
        favoured = result.weights[place - 1] > HIGH * np.mean(result.weights) + 1e-6
        assert (place in result.favoured) == favoured
        assert (place in result.misleading) == (favoured and visible(result.delete)[place - 1] < 0)
    if result.tau_delete is not None:
        assert (" most." in result.sentence) == (max(visible(result.delete)) > 0)
        assert ("misleads" in result.sentence) == bool(result.misleading)


def all_edits(window: list[int]) -> dict[tuple[int, ...], int]:
    """Returns each window that a removal or swap (size 1) or two removals (size 2) give, with its size."""
    n, sizes = len(window), {}
    for removed in itertools.combinations(range(n), 2):
        sizes[tuple(item for place, item in enumerate(window) if place not in removed)] = 2
    for place in range(n):
        sizes[tuple(window[:place] + window[place + 1 :])] = 1
    for place in range(n - 1):
        sizes[(*window[:place], window[place + 1], window[place], *window[place + 2 :])] = 1
    return {edit: size for edit, size in sizes.items() if edit and edit != tuple(window)}


@given(moments(), ANY, st.integers(1, 6))
def test_no_edit_is_smaller_than_the_smallest(moment: Moment, data: st.DataObject, k: int) -> None:
    item = data.draw(items_of(moment))
    assume(moment.ranking.candidates[item])
    smallest, before = smallest_edit(moment, item, k), float(moment.ranking.ranks[item])
    into = before > k
    assert smallest.direction == ("into" if into else "out of")
    ranks_by_size: dict[int, list[float]] = {1: [], 2: []}
    possible = all_edits(moment.window.tolist())
    for edit, size in possible.items():
        after = moment.with_window(np.array(edit)).ranking
        if after.candidates[item] and (after.ranks[item] <= k) == into:
            ranks_by_size[size].append(float(after.ranks[item]))
    fewest = next((size for size in (1, 2) if ranks_by_size[size]), None)
    if fewest is None:
        assert (smallest.kind, smallest.window, smallest.new_rank) == ("none", tuple(moment.window), before)
        assert smallest.sentence.startswith("No removal of one" if possible else "An edit needs at least two")
        return
    assert smallest.sentence.startswith({"remove": "Removing", "swap": "Swapping"}[smallest.kind])
    assert smallest.new_rank == (min if into else max)(ranks_by_size[fewest])
    assert moment.with_window(np.array(smallest.window)).ranking.ranks[item] == smallest.new_rank
    assert [moment.window[place - 1] for place in smallest.places] == list(smallest.items)
    after, places = moment.window.copy(), np.array(smallest.places) - 1
    after[places] = after[places[::-1]]
    assert list(smallest.window) == (after if smallest.kind == "swap" else np.delete(moment.window, places)).tolist()


def test_the_next_item_is_a_candidate_even_where_it_comes_again_unless_an_edit_puts_it_into_the_window() -> None:
    run = run_of(ModelConfig(dim=6, window=5))
    moment = moment_of(run, int(np.diff(run.interactions.starts).argmax()), step=8)
    again = replace(moment, target=int(moment.seen[0]))
    assert again.ranking.candidates[again.target]
    assert not again.with_window(moment.seen[:2]).ranking.candidates[again.target]
    stands = replace(moment, target=int(moment.window[-1]))  # before any edit, too
    assert stands.with_window(moment.window[1:]).ranking.candidates[stands.target]
    assert not moment.ranking.candidates[moment.seen].any()


def with_shares(moment: Moment, shares: np.ndarray | list[float]) -> Moment:
    return replace(moment, shares=tuple(map(float, shares)))


@given(moments(pools=SUMS))
def test_uniform_shares_give_the_mean_of_the_values(moment: Moment) -> None:
    """Times 1 − ρ, the attention that the mask leaves."""
    total = float(moment.trace.column_weights.sum())
    edited = with_shares(moment, [1.0] * len(moment.window)).trace
    np.testing.assert_allclose(edited.intent, total * moment.trace.values.mean(0), rtol=1e-6, atol=1e-6)
    assert edited.column_weights.sum() == pytest.approx(total, abs=1e-6)


@given(moments(pools=SUMS))
def test_the_models_own_shares_give_its_own_m_distances_and_ranks(moment: Moment) -> None:
    if not moment.trace.column_weights.any():  # a single item: the mask removes all attention
        return
    again = with_shares(moment, moment.trace.column_weights)
    np.testing.assert_allclose(again.trace.intent, moment.trace.intent, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(again.ranking.blended, moment.ranking.blended, rtol=1e-6, atol=1e-5)


@given(moments(pools=SUMS), st.data())
def test_only_the_ratios_of_the_shares_count_and_m_is_linear(moment: Moment, data: st.DataObject) -> None:
    count = len(moment.window)
    numbers = st.lists(st.integers(1, 9), min_size=count, max_size=count)
    a, b = (np.array(data.draw(numbers), float) for _ in range(2))
    m_a, m_b, m_sum = (
        with_shares(moment, shares).trace.intent for shares in (a / a.sum(), 7 * b, a / a.sum() + b / b.sum())
    )
    np.testing.assert_allclose(m_sum, (m_a + m_b) / 2, rtol=1e-6, atol=1e-6)


@given(moments())
def test_an_extreme_and_shares_of_another_length_are_refused_and_an_edit_leaves_them(moment: Moment) -> None:
    count, is_sum = len(moment.window), moment.config.aggregation in SUMS
    with pytest.raises(InputError) as refused:
        with_shares(moment, [1.0] * (count + is_sum)).trace  # noqa: B018
    assert refused.value.code == ("not_shares" if is_sum else "no_sum")
    assert with_shares(moment, [1.0] * count).with_window(moment.window[:1]).shares is None
