"""The triangle lesson: its pictures are exact, its claims hold in geometry, its sentences agree with the numbers."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from app_pages import checked
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core.errors import InputError
from attrec_core.explain.product_or_distance import Apart, apart, farthest_pair, upright
from attrec_core.explain.ranking import half_ranks
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.metric_space import triangle_words
from attrec_core.views.metric_space.tables import two_rules
from attrec_core.views.metric_space.triangle import half_disc, half_plane, rule_figure
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View

shares = st.floats(0, 1)
worlds = st.builds(
    lambda seed, dim: np.random.default_rng(seed).normal(size=(20, dim)).astype(np.float32),
    st.integers(0, 10_000),
    st.integers(2, 7),
)
WIDE = ((-9.0, 9.0), (-9.0, 9.0))


@functools.cache
def sample() -> Run:
    return load(ROOT / "sample_data" / "run")


def world(vectors: np.ndarray | list[list[float]]) -> Run:
    """Returns the sample with other rows of V, for its first items, and as many rows of X."""
    table = np.asarray(vectors, np.float32)
    return replace(sample(), arrays={**sample().arrays, "item_long": table, "item_short": table})


@given(worlds, shares)
@settings(max_examples=60, deadline=None)
def test_both_pictures_are_exact_in_all_dimensions(vectors: np.ndarray, share: float) -> None:
    """The distances follow from (along, off), the products from the plane through P, Q and the origin."""
    taste = 2 * vectors[7]
    line = apart(world(vectors), 3, 5, share, taste)
    u = (1 - share) * vectors[3].astype(float) + share * vectors[5].astype(float)
    assert np.allclose(line.distances, np.linalg.norm(vectors - u, axis=1), atol=1e-6)
    assert np.allclose(np.hypot(line.along - line.u, line.off), line.distances)
    assert np.allclose(line.products, vectors @ u, atol=1e-6)
    flat = np.stack([line.along, line.outward], 1) - line.origin
    assert np.allclose(flat @ (np.array([line.u, 0]) - line.origin), line.products, atol=1e-5)
    assert np.hypot(line.taste[0] - line.u, line.taste[2]) == pytest.approx(np.linalg.norm(taste - u), abs=1e-5)
    assert line.origin[1] <= 1e-12  # below the line


@given(worlds, shares)
@settings(max_examples=60, deadline=None)
def test_what_lies_in_the_shaded_part_is_what_beats_both(vectors: np.ndarray, share: float) -> None:
    line = apart(world(vectors), 3, 5, share)
    rest = [item for item in range(20) if item not in (3, 5)]
    disc = half_disc(line)
    radius = np.hypot(*(disc[0] - [line.u, 0]))
    inside = {item for item in rest if np.hypot(line.along[item] - line.u, line.off[item]) < radius - 1e-9}
    assert inside == set(line.beaten_by("distance").tolist())
    edge = half_plane(line, WIDE)
    if edge is None:
        return
    ahead = edge[3] - edge[0]
    points = np.stack([line.along, line.outward], 1)
    beyond = {item for item in rest if (points[item] - edge[0]) @ ahead > 0}
    # On the edge itself rounding decides.
    sure = np.abs(line.products - line.products[[3, 5]].max()) > 1e-6
    assert {item for item in beyond if sure[item]} == {
        item for item in line.beaten_by("product").tolist() if sure[item]
    }


@given(worlds, st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_half_way_no_vector_of_that_length_fits_both_better_and_no_point_is_nearer(
    vectors: np.ndarray, seed: int
) -> None:
    a, b = vectors[3].astype(float), vectors[5].astype(float)
    u = (a + b) / 2
    for vector in np.random.default_rng(seed).normal(size=(50, len(a))):
        scaled = vector / np.linalg.norm(vector) * np.linalg.norm(u)
        assert scaled @ a + scaled @ b <= u @ a + u @ b + 1e-9
        assert ((vector - a) ** 2).sum() + ((vector - b) ** 2).sum() >= ((u - a) ** 2).sum() + ((u - b) ** 2).sum()


@given(worlds, shares)
@settings(max_examples=40, deadline=None)
def test_the_ways_to_a_and_b_are_never_shorter_than_from_a_to_b(vectors: np.ndarray, share: float) -> None:
    line = apart(world(vectors), 3, 5, share, vectors[0])
    assert line.distances[3] + line.distances[5] == pytest.approx(line.apart)
    to_a, to_b = (np.linalg.norm(vectors[0] - vectors[item]) for item in (3, 5))
    assert to_a + to_b >= line.apart - 1e-5


@given(worlds)
@settings(max_examples=40, deadline=None)
def test_the_default_pair_is_the_farthest_the_earlier_one_first(vectors: np.ndarray) -> None:
    items = [7, 2, 11, 2, 5]
    distances = {(a, b): np.linalg.norm(vectors[a] - vectors[b]) for at, a in enumerate(items) for b in items[at + 1 :]}
    pair = farthest_pair(world(vectors), np.array(items))
    assert distances[pair] == pytest.approx(max(distances.values()), rel=1e-5)
    assert items.index(pair[0]) < items.index(pair[1])
    assert farthest_pair(world(vectors), np.array([7, 2, 7])) == (7, 2)


@given(worlds, shares)
@settings(max_examples=40, deadline=None)
def test_the_best_and_their_ranks_are_those_of_sorting_everything(vectors: np.ndarray, share: float) -> None:
    line = apart(world(np.vstack([vectors, vectors[:6]])), 3, 5, share)  # with tied items
    for rule, values in (("product", -line.products), ("distance", line.distances)):
        order = np.argsort(values, kind="stable")
        assert line.best(rule, 10).tolist() == order[:10].tolist()
        assert line.best(rule, 1000).tolist() == order.tolist()
        expected = half_ranks(values, np.ones(len(values), bool))
        assert line.ranks(rule, range(len(values))).tolist() == expected.tolist()


def test_the_distances_of_a_line_are_computed_once() -> None:
    view = View(run="sample_data", user="Bilal Weber", apart=("rocky", "alien"))
    first, again = (triangle_words.between(scene(sample(), view)) for _ in range(2))
    assert first is again
    moved = triangle_words.between(scene(sample(), replace(view, between=30)))
    assert (first.share, moved.share) == (0.5, 0.3)


def test_on_a_line_through_the_origin_outward_is_any_way_at_right_angles() -> None:
    along = np.array([3.0, 4.0, 12.0]) / 13
    outward = upright(2 * along, along)
    assert [np.linalg.norm(outward), outward @ along] == pytest.approx([1, 0], abs=1e-12)


def test_no_pair_where_everything_lies_in_one_place() -> None:
    run = world(np.ones((5, 3)))
    assert farthest_pair(run, np.arange(5)) is None
    assert farthest_pair(run, np.array([2, 2])) is None
    with pytest.raises(InputError, match="same point"):
        apart(run, 0, 1, 0.5)


@pytest.mark.parametrize("vectors", [[[1, 0], [-1, 0], [0, 1]], [[1], [-1], [0.5]], [[1, 1], [3, 3], [0, 0]]])
def test_a_line_through_the_origin_is_a_line_too(vectors: list[list[float]]) -> None:
    """Opposite or parallel vectors, and a single dimension."""
    line = apart(world(vectors), 0, 1, 0.5)
    u = np.mean(np.array(vectors[:2], float), 0)
    assert np.allclose(line.products, np.array(vectors) @ u)
    assert np.allclose(line.distances, np.linalg.norm(np.array(vectors) - u, axis=1))
    assert np.isfinite(line.outward).all()


def known() -> tuple[Scene, Apart]:
    """P and Q at right angles, a long vector in between, a short vector half-way."""
    vectors = np.zeros((sample().interactions.n_items, 64))
    vectors[:4, :2] = [[1, 0], [0, 1], [3, 3], [0.5, 0.4]]
    ids = sample().interactions.item_ids
    page_scene = scene(world(vectors), View(window=ids[:2], apart=ids[:2]))
    return page_scene, triangle_words.between(page_scene)


def test_a_long_vector_wins_by_product_and_what_is_near_by_distance() -> None:
    page_scene, line = known()
    assert line.beaten_by("product").tolist() == [2]
    assert line.beaten_by("distance")[0] == 3
    assert 2 not in line.beaten_by("distance")
    sentence = triangle_words.product_sentence(page_scene, line)
    assert "u · P = .50 and u · Q = .50: P and Q are tied 2nd" in sentence
    assert f"1 item beats both. “{page_scene.title(2)}” is first with length 4.24 (P 1.00, Q 1.00)" in sentence
    assert f"“{page_scene.title(3)}” is first at .10, with length .64" in triangle_words.distance_sentence(
        page_scene, line
    )
    assert "P and Q are 1.41 apart. u is .71 from P and .71 from Q, 1.41 in total." in triangle_words.triangle_sentence(
        page_scene, line
    )


def test_the_factor_that_would_make_an_item_win_does() -> None:
    page_scene = scene(sample(), View(user=sample().interactions.user_ids[0]))
    line = triangle_words.between(page_scene)
    assert len(line.beaten_by("product")) == 0
    longer, times = triangle_words.nearly_first(line)
    assert times == line.products[list(line.pair)].max() / line.products[longer] > 1
    assert f"{times:.2f} times as long" in triangle_words.product_sentence(page_scene, line)
    assert triangle_words.longer_by(1.002) == "hardly longer"
    assert triangle_words.longer_by(1.3) == "1.3 times as long"
    table = sample().arrays["item_long"].astype(float)
    u = (table[line.first] + table[line.second]) / 2
    assert triangle_words.distance_of_longer(line, longer, times) == pytest.approx(
        np.linalg.norm(u - times * table[longer])
    )


def test_the_note_names_a_picture_by_its_order_because_a_phone_has_one_below_the_other() -> None:
    text = triangle_words.note(*known())
    assert text.index("(first picture)") < text.index("(second picture)")
    assert "(left)" not in text and "(right)" not in text


def test_the_sentence_on_agreement_counts_what_both_rules_put_first() -> None:
    page_scene = scene(sample(), View(user=sample().interactions.user_ids[0]))
    line = triangle_words.between(page_scene)
    shared = set(np.argsort(-line.products)[:10]) & set(np.argsort(line.distances)[:10])
    assert f"The two rules share {len(shared)} of their top 10." in triangle_words.agreement_sentence(line)
    assert "nearly equal in length" in triangle_words.agreement_sentence(line)
    assert "Lengths run from .00 to 4.24" in triangle_words.agreement_sentence(known()[1])


def test_each_picture_draws_a_b_u_and_every_item_once() -> None:
    page_scene = scene(sample(), View(user=sample().interactions.user_ids[0]))
    line = triangle_words.between(page_scene)
    for rule in triangle_words.RULES:
        figure = checked(rule_figure(page_scene, line, rule))
        ids = [item for trace in figure.data for item in (trace.customdata if trace.customdata is not None else ())]
        assert sorted(ids) == sorted(sample().interactions.item_ids)
        assert {"P", "Q", "u"} <= {text for trace in figure.data for text in (trace.text or ())}


def test_the_table_has_a_b_and_the_first_of_both_rules() -> None:
    page_scene, line = known()
    table = two_rules(page_scene, line)
    assert table["item"].tolist()[:2] == ["P", "Q"]
    assert {page_scene.title(2), page_scene.title(3)} <= set(table["title"])
    assert table["‖u − item‖"][0] == pytest.approx(np.sqrt(0.5), abs=1e-4)
