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
from attrec_core.views.drawing.labels import Label, arrange, box_at, merge, overlap


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


def test_nearest_is_the_sorted_list_of_distances() -> None:
    points, vector = cloud(2), cloud(3, 1)[0]
    rows, distances = neighbours.nearest(points, vector, 7)
    all_distances = ((points - vector) ** 2).sum(1)
    assert rows.tolist() == np.argsort(all_distances)[:7].tolist()
    assert np.allclose(distances, np.sort(all_distances)[:7])
    assert len(neighbours.nearest(points, vector, 500)[0]) == len(points)
    rows, products = neighbours.nearest(points, vector, 7, by_product=True)
    assert rows.tolist() == np.argsort(-(points @ vector))[:7].tolist()
    assert np.allclose(products, -(points[rows] @ vector))


def test_a_new_vector_is_placed_on_one_of_its_true_neighbours() -> None:
    points, coordinates = cloud(4), cloud(5, dim=2)
    position = maps.place(points[11] + 1e-4, points, coordinates)
    rows, _ = neighbours.nearest(points, points[11], neighbours.NEIGHBOURS)
    assert any(np.array_equal(position, coordinates[row]) for row in rows)


@pytest.mark.long
def test_maps_cover_users_and_items_and_place_by_pca(small_run: Run) -> None:
    arrays = small_run.arrays
    stored = maps.make_maps(arrays, small_run.train_config.seed)  # by UMAP itself; the map in small_run is made up
    users, items = len(arrays["user_long"]), len(arrays["item_long"])
    for kind in ("pca", "umap"):
        assert stored[f"long_{kind}"].shape == (users + items, 2)
        assert stored[f"short_{kind}"].shape == (items, 2)
        assert np.isfinite(stored[f"long_{kind}"]).all()
    recomputed = maps.stored_pca(stored, "short").place(arrays["item_short"])
    assert np.allclose(recomputed, stored["short_pca"], atol=1e-6)


def test_too_many_users_are_sampled_and_items_never() -> None:
    drawn = maps.drawn_users(50_000, 15_000, seed=0)
    assert len(drawn) == maps.MOST_POINTS - 15_000
    assert len(np.unique(drawn)) == len(drawn)
    assert len(maps.drawn_users(100, 90_000, seed=0)) == 100
    assert len(maps.drawn_users(50_000, 90_000, seed=0)) == 1000


@pytest.mark.parametrize(("items", "dim", "has_umap"), [(9, 2, False), (10, 2, True), (10, 1, False)])
def test_umap_takes_ten_points_and_two_dimensions(
    items: int, dim: int, has_umap: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps, "umap_coordinates", lambda points, seed: points[:, :2])
    stored = maps.make_maps({"item": cloud(1, items, dim)}, seed=0, model="sasrec")
    assert ("short_umap" in stored) == has_umap
    assert stored["users"].tolist() == []


def test_too_few_points_have_pca_and_no_umap() -> None:
    stored = maps.make_maps({"user_long": cloud(0, 3), "item_long": cloud(1, 4), "item_short": cloud(2, 4)}, seed=0)
    assert "long_pca" in stored
    assert "short_umap" not in stored


def test_the_nearest_of_many_vectors_are_those_of_each() -> None:
    points, vectors = cloud(2), cloud(3, 300)  # more than one block
    rows, distances = neighbours.nearest_of_all(points, vectors, 7)
    for vector, row, distance in zip(vectors, rows, distances, strict=True):
        expected, exact = neighbours.nearest(points, vector, 7)
        assert row.tolist() == expected.tolist()
        assert np.allclose(distance, exact)
    assert neighbours.nearest_of_all(points, vectors, 500)[0].shape == (300, len(points))


def test_a_medoid_has_the_smallest_summed_distance() -> None:
    coordinates = cloud(5, dim=2)
    rows = np.random.default_rng(0).integers(0, len(coordinates), (20, 9))
    for row, medoid in zip(rows, maps.medoids(rows, coordinates), strict=True):
        around = coordinates[row]
        sums = [np.linalg.norm(around - point, axis=1).sum() for point in around]
        assert np.array_equal(medoid, around[int(np.argmin(sums))])


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


def test_a_map_that_bends_nothing_has_all_trust() -> None:
    flat = cloud(6, 200, 2)
    assert neighbours.trust(flat, 3 * flat + 7).value == 1


def test_a_random_layout_has_the_trust_of_chance() -> None:
    points, random = cloud(7, 120), np.random.default_rng(0)
    trusts = [neighbours.trust(points, random.normal(size=(120, 2))) for _ in range(60)]
    assert np.mean([trust.value for trust in trusts]) == pytest.approx(trusts[0].chance, abs=0.005)


def test_the_trust_of_a_large_map_is_estimated_from_a_sample_of_its_points() -> None:
    points = cloud(8, 900)
    coordinates = maps.pca(points).place(points)
    whole = neighbours.trust(points, coordinates)
    sampled = neighbours.trust(points, coordinates, most_pairs=300 * 900)
    assert (sampled.measured, sampled.points) == (300, 900)
    assert sampled.value == pytest.approx(whole.value, abs=0.02)
    assert neighbours.trust(points, coordinates, most_pairs=300 * 900) == sampled


@pytest.mark.parametrize("count", range(1, 8))
def test_a_handful_of_points_has_trust_or_none(count: int) -> None:
    trust = neighbours.trust(cloud(9, count), cloud(10, count, 2))
    assert trust is None if count < 3 else 0 <= trust.value <= 1


def test_the_true_neighbours_on_a_map_are_counted_without_the_point_itself() -> None:
    points, coordinates = cloud(11), cloud(12, dim=2)
    row, k = 17, 10
    near = {
        name: set(np.argsort(((positions - positions[row]) ** 2).sum(1))[1 : k + 1])
        for name, positions in (("t", points), ("m", coordinates))
    }
    count = neighbours.truly_near(points, points[row], coordinates, coordinates[row], k, row)
    assert count == len(near["t"] & near["m"])
    assert neighbours.truly_near(points, points[row], points[:, :2] * 0 + points[row, :2], points[row, :2], 60) == 60


def test_marks_in_one_place_share_their_letters() -> None:
    places = np.array([[0, 0], [50, 50], [3, 4], [1, 1]], float)
    assert merge(places, ["A", "C", "E", ""]) == ["A, E", "C", "", ""]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=6))
def test_labels_of_a_few_marks_in_a_heap_do_not_hide_each_other(heap: list[tuple[int, int]]) -> None:
    labels = [Label(300.0 + x, 200.0 + y, 8, "12") for x, y in heap]
    arrange(labels, [])
    boxes = [box_at(label, label.place) for label in labels]
    assert all(label.radius >= 8 for label in labels)
    hidden = sum(overlap(box, earlier) for index, box in enumerate(boxes) for earlier in boxes[:index])
    at_top = [box_at(label, "top center") for label in labels]
    assert hidden <= sum(overlap(box, earlier) for index, box in enumerate(at_top) for earlier in at_top[:index])
    assert len(heap) > 4 or hidden == 0


def test_a_label_at_the_edge_turns_inward() -> None:
    label = Label(878.0, 200.0, 8, "a long title of a film")
    arrange([label], [])
    assert label.place.endswith("left")


def test_what_umap_compiles_is_kept_for_the_next_process() -> None:
    maps.umap_coordinates(cloud(0), 0)
    for module, name in maps.COMPILED:
        stats = getattr(sys.modules[module], name).stats
        assert sum(stats.cache_hits.values()) + sum(stats.cache_misses.values()) >= 1, name
    assert maps.is_compiled()
    for module, name in maps.COMPILED_FOR_MANY:
        assert isinstance(getattr(sys.modules[module], name)._cache, FunctionCache), name


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
