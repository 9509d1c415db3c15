"""How near a point can be to two items: the numbers hold in geometry, and the sentences agree with them."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from app_pages import checked
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core.errors import InputError, number
from attrec_core.explain.two_items import farthest_pair, two_items
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.metric_space.panels import TWO_ITEMS
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

worlds = st.builds(
    lambda seed, dim: np.random.default_rng(seed).normal(size=(20, dim)).astype(np.float32),
    st.integers(0, 10_000),
    st.integers(1, 7),
)


@functools.cache
def sample() -> Run:
    return load(ROOT / "sample_data" / "run")


def world(vectors: np.ndarray | list[list[float]]) -> Run:
    """Returns the sample with other rows of V, for its first items, and as many rows of X."""
    table = np.asarray(vectors, np.float32)
    return replace(sample(), arrays={**sample().arrays, "item_long": table, "item_short": table})


def known(*ends: list[float], rest: list[list[float]]) -> Scene:
    """P and Q at these points, then the other items; all further items are at 0."""
    vectors = np.zeros((sample().interactions.n_items, 64))
    vectors[: 2 + len(rest), :2] = [*ends, *rest]
    ids = sample().interactions.item_ids
    return scene(world(vectors), View(window=ids[:2], apart=ids[:2]))


@given(worlds, st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_the_distances_to_p_and_q_say_how_far_anything_is_from_u(vectors: np.ndarray, share: float) -> None:
    record = two_items(world(vectors), (3, 5), share, vectors[7])
    u = (1 - share) * vectors[3].astype(float) + share * vectors[5].astype(float)
    rest = np.setdiff1d(np.arange(20), [3, 5])
    assert np.allclose(record.to_u[rest], np.linalg.norm(vectors - u, axis=1)[rest], atol=1e-6)
    assert np.isinf(record.to_u[[3, 5]]).all()
    assert record.u == pytest.approx([np.linalg.norm(u - vectors[end]) for end in (3, 5)], abs=1e-6)
    assert record.taste == pytest.approx((record.to_p[7], record.to_q[7]))
    # The triangle inequality: nothing is in the shaded corner.
    assert (record.to_p + record.to_q >= record.apart - 1e-6).all()


@given(worlds)
@settings(max_examples=40, deadline=None)
def test_a_longer_vector_is_near_both_by_dot_product_and_the_default_pair_is_the_farthest(vectors: np.ndarray) -> None:
    record = two_items(world(vectors), (3, 5), 0.5, None)
    p, q = vectors[[3, 5]].astype(float)
    if record.longer is None:
        assert min(record.products) <= 1e-3 * record.own
    else:
        longer = record.longer * (p + q) / 2
        assert min(longer @ p, longer @ q) > max(p @ p, q @ q)
    items = [7, 2, 11, 2, 5]
    distances = {(a, b): np.linalg.norm(vectors[a] - vectors[b]) for at, a in enumerate(items) for b in items[at + 1 :]}
    pair = farthest_pair(world(vectors), np.array(items))
    assert distances[pair] == pytest.approx(max(distances.values()), rel=1e-5)
    assert items.index(pair[0]) < items.index(pair[1])  # the earlier one first
    assert farthest_pair(world(vectors), np.array([7, 2, 7])) == (7, 2)


def test_no_pair_where_everything_lies_in_one_place() -> None:
    assert farthest_pair(world(np.ones((5, 3))), np.arange(5)) is None
    with pytest.raises(InputError, match="two items at different points"):
        TWO_ITEMS.of(scene(sample(), View(window=("alien",))))


def test_the_sentence_says_the_numbers() -> None:
    shown = TWO_ITEMS.of(known([1, 0], [0, 1], rest=[[0.5, 0.4], [3, 3]]))
    title = shown.about.title(2)
    assert "are 1.41 apart: no point is nearer than .71 to both." in shown.sentence
    assert f"“{title}” is nearest to u, the point between them: .64 from P and .78 from Q." in shown.sentence
    # u is (.5, .5) and has .5 with both; P and Q have 1 with themselves.
    assert "3 times as long as u, a vector scores 1.50 with P and 1.50 with Q" in shown.sentence
    opposite = TWO_ITEMS.of(known([1, 0], [-1, 0], rest=[[0, 1]]))
    assert opposite.sentence.endswith("it grows with the length of a vector.")


def test_the_chart_draws_p_q_u_the_user_and_every_item() -> None:
    page_scene = scene(sample(), View(user=sample().interactions.user_ids[0]))
    shown = TWO_ITEMS.of(page_scene)
    figure = checked(shown.figure)
    ids = [item for trace in figure.data for item in (trace.customdata if trace.customdata is not None else ())]
    assert sorted(ids) == sorted(sample().interactions.item_ids)
    assert {"P", "Q", "u"} <= {text for trace in figure.data for text in (trace.text or ())}
    assert page_scene.who in {trace.name for trace in figure.data}
    assert f"{page_scene.who} is {number(shown.record.taste[0])} from P" in shown.sentence


def test_the_distances_of_a_pair_are_computed_once() -> None:
    view = View(user="Bilal Weber", apart=("rocky", "alien"))
    first, again = (TWO_ITEMS.of(scene(sample(), view)).record for _ in range(2))
    assert first is again
    moved = TWO_ITEMS.of(scene(sample(), replace(view, between=30))).record
    assert (first.share, moved.share) == (0.5, 0.3)
