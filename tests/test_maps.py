"""Maps: exact where there is a formula, among the true neighbours where there is none."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core import maps
from attrec_core.runs import Run


def cloud(seed: int, count: int = 60, dim: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)


def test_pca_keeps_a_plane_exactly() -> None:
    axes = np.linalg.qr(cloud(0, 5, 2))[0].T
    flat = cloud(1, 50, 2) @ axes
    fitted = maps.pca(flat)
    coordinates = fitted.place(flat)
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    assert np.allclose(np.linalg.norm(coordinates[:, None] - coordinates[None], axis=-1), apart, atol=1e-5)
    assert np.isclose(fitted.share.sum(), 1, atol=1e-5)


@given(st.integers(0, 1000), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_pca_axes_are_those_of_the_singular_values(seed: int, dim: int) -> None:
    points = cloud(seed, 30, dim)
    fitted = maps.pca(points)
    values = np.linalg.svd(points - points.mean(0), compute_uv=False) ** 2
    expected = np.append(values, 0)[:2] / values.sum()
    assert np.allclose(fitted.share, expected, atol=1e-4)


def test_nearest_is_the_sorted_list_of_distances() -> None:
    points, vector = cloud(2), cloud(3, 1)[0]
    rows, distances = maps.nearest(points, vector, 7)
    everything = ((points - vector) ** 2).sum(1)
    assert rows.tolist() == np.argsort(everything)[:7].tolist()
    assert np.allclose(distances, np.sort(everything)[:7])
    assert len(maps.nearest(points, vector, 500)[0]) == len(points)


def test_a_new_vector_is_placed_on_one_of_its_true_neighbours() -> None:
    points, coordinates = cloud(4), cloud(5, dim=2)
    found = maps.place(points[11] + 1e-4, points, coordinates)
    rows, _ = maps.nearest(points, points[11], maps.NEIGHBOURS)
    assert any(np.array_equal(found, coordinates[row]) for row in rows)


def test_stored_maps_cover_users_and_items_and_place_by_pca(small_run: Run) -> None:
    stored, arrays = small_run.maps, small_run.arrays
    users, items = len(arrays["user_long"]), len(arrays["item_long"])
    for kind in ("pca", "umap"):
        assert stored[f"long_{kind}"].shape == (users + items, 2)
        assert stored[f"short_{kind}"].shape == (items, 2)
        assert np.isfinite(stored[f"long_{kind}"]).all()
    again = maps.stored_pca(stored, "short").place(arrays["item_short"])
    assert np.allclose(again, stored["short_pca"], atol=1e-6)


def test_too_many_users_are_sampled_and_items_never() -> None:
    drawn = maps.drawn_users(50_000, 15_000, seed=0)
    assert len(drawn) == maps.MOST_POINTS - 15_000
    assert len(np.unique(drawn)) == len(drawn)
    assert len(maps.drawn_users(100, 90_000, seed=0)) == 100


def test_too_few_points_have_pca_and_no_umap() -> None:
    made = maps.make_maps({"user_long": cloud(0, 3), "item_long": cloud(1, 4), "item_short": cloud(2, 4)}, seed=0)
    assert "long_pca" in made
    assert "short_umap" not in made
