"""A split at one time for all users."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import interactions_of
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.cli.output import flag
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import temporal
from attrec_core.errors import InputError


def timed(histories: list[list[int]]) -> Interactions:
    """Returns interactions at each user's ascending times; the items are numbered by their position in the history."""
    data = interactions_of({f"u{user}": [f"i{k}" for k in range(len(times))] for user, times in enumerate(histories)})
    return replace(data, times=np.concatenate([np.array(times, np.int64) for times in histories]), time_unit="s")


def test_a_split_by_hand() -> None:
    # The split is at time 8: user 1 has one later item; user 2 has two, and the first is the test item.
    data = timed([[1, 2, 3, 4], [1, 2, 8, 9], [3, 8, 10, 11], [5, 6, 7, 8], [7, 7, 7, 7]])
    split = temporal(data, share=0.85)
    assert split.evaluated.tolist() == [1, 2]
    assert split.lengths.tolist() == [4, 2, 1, 4, 4]
    assert np.diff(split.interactions.starts).tolist() == [4, 4, 3, 4, 4]
    assert [data.item_ids[item] for item in split.held_out("test")[1]] == ["i3", "i2"]
    assert [data.item_ids[item] for item in split.held_out("validation")[1]] == ["i2", "i1"]


def test_who_came_after_the_moment_has_no_window_that_trains() -> None:
    split = temporal(timed([[1, 2, 3, 8], [1, 2, 3, 3], [9, 10, 11]]), share=0.6)
    assert split.lengths.tolist() == [2, 4, 0]
    assert split.windows == 1 + 3


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=8).map(sorted), min_size=3, max_size=8))
def test_nothing_is_learned_of_what_comes_after_the_moment(histories: list[list[int]]) -> None:
    data = timed(histories)
    try:
        split = temporal(data)
    except InputError as error:
        assert error.code == "nobody_to_test"
        return
    moment = np.quantile(data.times, 0.9, method="lower")
    for part in (split, split.with_validation()):
        assert (part.interactions.times[part.train_mask()] <= moment).all()
    ends = split.interactions.starts[split.evaluated + 1] - 1
    assert (split.interactions.times[ends] > moment).all()
    assert (split.interactions.times[ends - 1] <= moment).all()


def test_times_that_only_give_an_order_are_refused() -> None:
    with pytest.raises(InputError) as error:
        temporal(interactions_of({name: ["x", "y", "z"] for name in "ab"}))
    assert "If its numbers are times that all users share, use --time-unit s, or" in error.value.sentence(flag)
