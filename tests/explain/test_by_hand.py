"""Attention set by hand: m is linear in it, so the results are exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import SUMS, moments

from attrec_core.errors import InputError
from attrec_core.explain.moment import Moment


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
