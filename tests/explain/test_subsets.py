"""Every subset of a window: credits, the sets that are enough and those that are needed, for every option."""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import factorial

import numpy as np
import pytest
from conftest import mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from test_explain import run_of

from attrec_core.config import ModelConfig
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.subsets import LONGEST, Subsets, members_of, sentence, subsets
from attrec_core.runs.run import Run

OPTIONS = mixed(
    ("after", "before", "none"), ("mean", "sum", "max", "min"), ("nothing", "itself"), ("vector", "items", "both"),
    together=2,
)  # fmt: skip


def run_with(mask: str, aggregation: str, lone_item: str, taste: str, window: int = 4) -> Run:
    kind = {"mask": mask, "aggregation": aggregation, "lone_item": lone_item, "taste": taste}
    return run_of(ModelConfig(dim=6, window=window, long_weight=0.3, half_life=3.0, **kind))[0]


def slowly(moment: Moment, item: int, chosen: tuple[int, ...]) -> tuple[float, float]:
    """Distance and rank with these places alone (from 0), as a page shows them after the edit."""
    after = moment.with_window(moment.window[list(chosen)])
    return after.ranking.distance(item), after.ranking.rank(item)


@pytest.mark.parametrize(("mask", "aggregation", "lone_item", "taste"), OPTIONS)
def test_each_subset_is_what_the_edit_shows_and_credits_sum_to_the_whole(
    mask: str, aggregation: str, lone_item: str, taste: str
) -> None:
    run = run_with(mask, aggregation, lone_item, taste)
    for user, item in ((0, 3), (1, 0), (2, 5)):
        moment = moment_of(run, user)
        found = subsets(moment, item)
        assert found is not None and found.count == len(moment.window)
        for number, chosen in enumerate(members_of(found.count)):
            if number:
                distance, rank = slowly(moment, item, tuple(np.flatnonzero(chosen)))
                assert found.distances[number] == pytest.approx(distance, abs=1e-6)
                assert found.ranks[number] == rank
        credit = found.credit
        assert credit.sum() == pytest.approx(found.distances[0] - found.distances[-1], abs=1e-12)
        assert credit == pytest.approx(by_orders(found), abs=1e-12)
        sentence(moment, found)


def by_orders(found: Subsets) -> list[float]:
    """The credits by their meaning: the mean change over all orders in which the items come."""
    total = np.zeros(found.count)
    for order in itertools.permutations(range(found.count)):
        number = 0
        for j in order:
            total[j] += found.distances[number] - found.distances[number | 1 << j]
            number |= 1 << j
    return (total / factorial(found.count)).tolist()


@settings(deadline=None)
@given(st.integers(1, 5), st.data())
def test_equal_items_have_equal_credit_and_one_that_changes_nothing_none(count: int, data: st.DataObject) -> None:
    numbers = st.floats(-3, 3, allow_nan=False).map(lambda value: round(value, 3))
    values = data.draw(st.lists(numbers, min_size=1 << count, max_size=1 << count))
    distances, members = np.array(values), members_of(count)
    idle = data.draw(st.integers(0, count - 1))
    distances = distances[np.arange(1 << count) & ~(1 << idle)]  # the item at this place changes nothing
    found = Subsets(0, count, distances, np.ones(1 << count))
    assert found.credit[idle] == pytest.approx(0, abs=1e-12)
    by_size = np.array([distances[members.sum(1) == size].mean() for size in range(count + 1)])[members.sum(1)]
    equal = Subsets(0, count, by_size, np.ones(1 << count)).credit  # only the number of items counts
    assert equal == pytest.approx([(by_size[0] - by_size[-1]) / count] * count, abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 5), st.data())
def test_the_smallest_sets_are_those_of_a_search_from_the_smallest_on(count: int, data: st.DataObject) -> None:
    ranks = np.array(data.draw(st.lists(st.integers(1, 6), min_size=1 << count, max_size=1 << count)), float)
    found = Subsets(0, count, np.zeros(1 << count), ranks)
    for k in (None, 1, 3):
        bound = ranks[-1] if k is None else k

        def ranked(places: tuple[int, ...]) -> float:
            return float(ranks[sum(1 << place - 1 for place in places)])

        every = [sets for size in range(count + 1) if (sets := list(itertools.combinations(range(1, count + 1), size)))]
        enough = next((kept for sets in every if (kept := [one for one in sets if ranked(one) <= bound])), [])
        rest = [[(one, tuple(set(range(1, count + 1)) - set(one))) for one in sets] for sets in every]
        needed = next((kept for sets in rest if (kept := [one for one, left in sets if ranked(left) > bound])), [])
        assert sorted(found.sufficient(k)) == sorted(enough)
        assert sorted(found.necessary(k)) == (sorted(needed) if ranks[-1] <= bound else [])


def test_an_edited_window_has_the_candidates_of_the_edit(small_run: Run) -> None:
    """Items that an edit has added are candidates again where a subset lacks them; the actual next item always is."""
    moment = moment_of(small_run, 1)
    target = moment.target
    assert target is not None
    for window in ([target, *moment.window[:2]], [0, 1, 2], [5, 5, 6]):
        edited = moment.with_window(np.array(window))
        for item in (target, 0, 7):
            found = subsets(edited, item)
            assert found is not None
            for number, chosen in enumerate(members_of(3)):
                if number:
                    assert found.ranks[number] == slowly(edited, item, tuple(np.flatnonzero(chosen)))[1]


def test_longer_windows_have_no_subsets_here() -> None:
    run = run_with("after", "mean", "nothing", "vector", window=LONGEST + 1)
    moment = moment_of(run, 0, np.arange(LONGEST + 1))
    assert subsets(moment, 20) is None
    assert subsets(replace(moment, window=moment.window[1:]), 20) is not None
