"""The path of m: equal to m computed one window at a time, and its position on the maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import moments

from attrec_core.explain import maps, neighbours
from attrec_core.explain.forward import trace
from attrec_core.explain.moment import Moment
from attrec_core.explain.neighbours import intent_path, nearest, truly_near
from attrec_core.runs.run import Run
from attrec_core.views.metric_space.path import largest, path_of, path_on_map, path_sentence, path_traces
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View


def seen(run: Run, user: int = 0, **view: object) -> Scene:
    return scene(run, View(user=run.interactions.user_ids[user], **view))


@given(moments(), st.data())
def test_m_of_all_windows_at_once_is_m_of_each(moment: Moment, data: st.DataObject) -> None:
    """With every mask, pooling and time signal, from the first item on, also for short histories."""
    items = data.draw(st.lists(st.integers(0, moment.run.interactions.n_items - 1), min_size=1, max_size=12))
    history, length = np.array(items), moment.config.window
    intents = intent_path(moment.run, history, moment.config).points
    assert intents.shape == (len(items), moment.config.dim)
    for step, intent in enumerate(intents, 1):
        alone = trace(moment.run, history[max(0, step - length) : step], moment.config)
        assert np.allclose(intent, alone.intent, atol=1e-5)


def test_the_path_knows_how_far_each_step_moved_m_and_what_is_near(sample: Run) -> None:
    history = sample.interactions.history(3)
    path = intent_path(sample, history)
    assert path.moved[0] == 0
    assert path.moved[5] == pytest.approx(((path.points[5] - path.points[4]) ** 2).sum(), rel=1e-4)
    rows, distances = neighbours.nearest(sample.arrays["item_short"], path.points[9], 15)
    assert path.nearest[9].tolist() == rows.tolist()
    assert np.allclose(path.distances[9], distances, atol=1e-5)


@pytest.mark.parametrize("step", [2, 20])
@pytest.mark.parametrize("projection", ["pca", "umap"])
def test_on_a_map_the_path_goes_through_the_m_that_is_shown(projection: str, step: int, sample: Run) -> None:
    current = seen(sample, step=step)
    path = path_on_map(current, "short", projection)
    assert path.step == step
    stored, table = sample.maps[f"short_{projection}"], sample.arrays["item_short"]
    exact = maps.stored_pca(sample.maps, "short").place(current.trace.intent)
    expected = exact if projection == "pca" else maps.place(current.trace.intent, table, stored)
    assert np.allclose(path.points[step - 1], expected, atol=1e-4)
    assert np.array_equal(path.items[step - 1], stored[current.history[step - 1]])


def test_in_the_user_space_the_items_come_and_m_does_not_lie_there(sample: Run) -> None:
    current = seen(sample, step=20)
    path, users = path_on_map(current, "long", "pca"), len(sample.maps["users"])
    assert path.points is None
    assert np.array_equal(path.items, sample.maps["long_pca"][users:][current.history])
    assert path.near[19] == current.title(current.history[19])
    assert path.letters == tuple("ABCDE")
    assert len(path.colours) == sample.model_config.window


def test_a_what_if_has_its_own_path_and_who_has_no_history_has_none(sample: Run) -> None:
    assert not np.allclose(path_of(seen(sample), "short").points, path_of(seen(sample, mask="none"), "short").points)
    item = sample.interactions.item_ids[0]
    nobody = scene(sample, View(window=(item,)))
    assert path_of(nobody, "short") is path_on_map(nobody, "short", "pca") is None
    assert "no path" in path_sentence(scene(sample, View(likes=(item,))), "short")


def test_places_are_said_as_people_say_them_and_one_step_is_no_line() -> None:
    said = [largest(place, 40).removeprefix("the ") for place in (1, 2, 11, 23, 40)]
    assert said == ["largest", "2nd largest", "11th largest", "23rd largest", "smallest"]
    assert list(path_traces(np.zeros((1, 2)))) == []


def test_a_point_is_no_neighbour_of_its_own() -> None:
    points = np.random.default_rng(4).normal(size=(40, 5)).astype(np.float32)
    coordinates = points[:, :2]
    for row in (0, 17, 39):
        rest = np.delete(np.arange(40), row)
        found_rows, distances = nearest(points, points[row], 7, row)
        expected, expected_distances = nearest(points[rest], points[row], 7)
        assert found_rows.tolist() == rest[expected].tolist()
        assert distances == pytest.approx(expected_distances, rel=1e-5)  # among 40 points and 39: another shape
        shared = np.intersect1d(rest[expected], rest[nearest(coordinates[rest], coordinates[row], 7)[0]])
        assert truly_near(points, points[row], coordinates, coordinates[row], 7, row) == len(shared)
    assert len(nearest(points, points[3], 100, 3)[0]) == 39
    assert truly_near(points, points[3], coordinates, coordinates[3], 100, 3) == 39
