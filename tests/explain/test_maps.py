"""Maps: exact where there is a formula, otherwise at one of the true neighbours."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.caching import FunctionCache

from attrec_core.explain import maps, neighbours
from attrec_core.runs.run import Run
from attrec_core.views.drawing.labels import Label, arrange, merge


def cloud(seed: int, count: int = 60, dim: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)


def test_pca_keeps_a_plane_exactly() -> None:
    axes = np.linalg.qr(cloud(0, 5, 2))[0].T
    points = cloud(1, 50, 2) @ axes
    fitted = maps.pca(points)
    coordinates = fitted.place(points)
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    assert np.allclose(np.linalg.norm(coordinates[:, None] - coordinates[None], axis=-1), distances, atol=1e-5)
    assert np.isclose(fitted.share.sum(), 1, atol=1e-5)


@given(st.integers(0, 1000), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_pca_axes_are_those_of_the_singular_values(seed: int, dim: int) -> None:
    points = cloud(seed, 30, dim)
    fitted = maps.pca(points)
    values = np.linalg.svd(points - points.mean(0), compute_uv=False) ** 2
    expected = np.append(values, 0)[:2] / values.sum()
    assert np.allclose(fitted.share, expected, atol=1e-4)


def test_nearest_is_the_sorted_list_of_distances_also_of_many_vectors_at_once() -> None:
    points, vectors = cloud(2), cloud(3, 300)  # more than one block
    for vector, row, distance in zip(vectors, *neighbours.nearest_of_all(points, vectors, 7), strict=True):
        rows, distances = neighbours.nearest(points, vector, 7)
        all_distances = ((points - vector) ** 2).sum(1)
        assert row.tolist() == rows.tolist() == np.argsort(all_distances)[:7].tolist()
        assert np.allclose(distances, np.sort(all_distances)[:7]) and np.allclose(distance, distances)
    assert neighbours.nearest_of_all(points, vectors, 500)[0].shape == (300, len(points))
    assert len(neighbours.nearest(points, vectors[0], 500)[0]) == len(points)
    rows, products = neighbours.nearest(points, vectors[0], 7, by_product=True)
    assert rows.tolist() == np.argsort(-(points @ vectors[0]))[:7].tolist()
    assert np.allclose(products, -(points[rows] @ vectors[0]))


def test_a_new_vector_is_placed_on_the_medoid_of_its_true_neighbours() -> None:
    points, coordinates = cloud(4), cloud(5, dim=2)
    rows = neighbours.nearest_of_all(points, points[:20] + 1e-4, neighbours.NEIGHBOURS)[0]
    for point, row, medoid in zip(points, rows, maps.medoids(rows, coordinates), strict=False):
        around = coordinates[row]
        sums = [np.linalg.norm(around - other, axis=1).sum() for other in around]
        assert np.array_equal(medoid, around[int(np.argmin(sums))])
        assert np.array_equal(maps.place(point + 1e-4, points, coordinates), medoid)


@pytest.mark.long
def test_maps_cover_users_and_items_and_place_by_pca_and_what_umap_compiles_is_kept(small_run: Run) -> None:
    arrays = small_run.arrays
    stored = maps.make_maps(arrays, small_run.train_config.seed)  # by UMAP itself; the map in small_run is made up
    users, items = len(arrays["user_long"]), len(arrays["item_long"])
    for kind in ("pca", "umap"):
        assert stored[f"long_{kind}"].shape == (users + items, 2)
        assert stored[f"short_{kind}"].shape == (items, 2)
        assert np.isfinite(stored[f"long_{kind}"]).all()
    recomputed = maps.stored_pca(stored, "short").place(arrays["item_short"])
    assert np.allclose(recomputed, stored["short_pca"], atol=1e-6)
    for module, name in maps.COMPILED:
        stats = getattr(sys.modules[module], name).stats
        assert sum(stats.cache_hits.values()) + sum(stats.cache_misses.values()) >= 1, name
    assert maps.is_compiled()
    for module, name in maps.COMPILED_FOR_MANY:
        assert isinstance(getattr(sys.modules[module], name)._cache, FunctionCache), name


def test_too_many_users_are_sampled_and_items_never() -> None:
    drawn = maps.drawn_users(50_000, 15_000, seed=0)
    assert len(drawn) == maps.MOST_POINTS - 15_000
    assert len(np.unique(drawn)) == len(drawn)
    assert len(maps.drawn_users(100, 90_000, seed=0)) == 100
    assert len(maps.drawn_users(50_000, 90_000, seed=0)) == 1000


@pytest.mark.parametrize(("items", "dim", "has_umap"), [(4, 5, False), (9, 2, False), (10, 2, True), (10, 1, False)])
def test_umap_takes_ten_points_and_two_dimensions(
    items: int, dim: int, has_umap: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps, "umap_coordinates", lambda points, seed: points[:, :2])
    stored = maps.make_maps({"item": cloud(1, items, dim)}, seed=0, model="sasrec")
    assert "short_pca" in stored and ("short_umap" in stored) == has_umap
    assert stored["users"].tolist() == []


@given(st.integers(0, 1000), st.integers(32, 300), st.integers(2, 8))
@settings(max_examples=25, deadline=None)
def test_trust_is_the_trustworthiness_of_venna_and_kaski(seed: int, count: int, dim: int) -> None:
    from sklearn.manifold import trustworthiness

    points = cloud(seed, count, dim)
    coordinates = maps.pca(points).place(points)
    # In single precision, either of two equally distant points may be the last neighbour.
    points, coordinates = points.astype(np.float64), coordinates.astype(np.float64)
    trust = neighbours.trust(points, coordinates)
    assert (trust.neighbours, trust.measured, trust.points) == (15, count, count)
    assert trust.value == pytest.approx(trustworthiness(points, coordinates, n_neighbors=15), abs=1e-9)


def test_the_trust_of_a_large_map_is_estimated_from_a_sample_and_a_handful_has_trust_or_none() -> None:
    points = cloud(8, 900)
    coordinates = maps.pca(points).place(points)
    whole = neighbours.trust(points, coordinates)
    sampled = neighbours.trust(points, coordinates, most_pairs=300 * 900)
    assert (sampled.measured, sampled.points) == (300, 900)
    assert sampled.value == pytest.approx(whole.value, abs=0.02)
    assert neighbours.trust(points, coordinates, most_pairs=300 * 900) == sampled
    handfuls = [neighbours.trust(cloud(9, count), cloud(10, count, 2)) for count in range(1, 8)]
    assert handfuls[:2] == [None, None] and all(0 <= trust.value <= 1 for trust in handfuls[2:])


def test_marks_in_one_place_share_their_letters_and_a_label_at_the_edge_turns_inward() -> None:
    places = np.array([[0, 0], [50, 50], [3, 4], [1, 1]], float)
    assert merge(places, ["A", "C", "E", ""]) == ["A, E", "C", "", ""]
    label = Label(878.0, 200.0, 8, "a long title of a film")
    arrange([label], [])
    assert label.place.endswith("left")


def test_another_version_of_umap_or_no_folder_to_keep_it_in_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    class Unkept:
        def enable_caching(self) -> None:
            calls.append(self)
            raise RuntimeError("cannot cache function")

    monkeypatch.setattr(maps, "COMPILED_FOR_MANY", ())
    monkeypatch.setattr(maps, "COMPILED", (("umap.utils", "gone"), ("gone", "gone"), (__name__, "unkept")))
    monkeypatch.setattr(sys.modules[__name__], "unkept", Unkept(), raising=False)
    maps.keep_compiled.__wrapped__()
    assert len(calls) == 1
