"""The paths of m and U: equal to the points computed one step at a time, and their position on the maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import moments, run_of

from attrec_core.config import ModelConfig
from attrec_core.explain import maps, neighbours
from attrec_core.explain.forward import trace
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.neighbours import intent_path, nearest, taste_path, truly_near
from attrec_core.runs.run import Run
from attrec_core.views.maps import layout
from attrec_core.views.metric_space.path import largest, path_of, path_on_map, path_sentence, path_traces
from attrec_core.views.metric_space.words import space_record
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


@pytest.mark.parametrize("taste", ["items", "both"])
def test_a_taste_from_items_moves_through_the_user_space(taste: str) -> None:
    """At each step it is the U of that moment, and on a map the path goes through the mark, also with UMAP. An edit of
    the window moves it, a what-if of the attention does not."""
    run = run_of(ModelConfig(dim=6, window=3, taste=taste, half_life=3.0))
    user = int(np.diff(run.interactions.starts).argmax())
    path = taste_path(run, user)
    for step, point in enumerate(path.points, 1):
        assert np.allclose(point, moment_of(run, user, step=step).taste, atol=1e-6)
    # Any coordinates do for a map by UMAP.
    stored = dict(layout(run))
    points = len(stored["users"]) + run.interactions.n_items
    stored["long_umap"] = np.random.default_rng(0).normal(size=(points, 2)).astype(np.float32)
    stored["short_umap"] = stored["long_umap"][: run.interactions.n_items]
    run = replace(run, maps=stored)
    for step, projection in ((1, "pca"), (4, "pca"), (4, "umap")):
        record = space_record(seen(run, user, step=step), "long", projection)
        assert record.path is not None and record.path.points is not None and record.path.mark == "U"
        assert np.allclose(record.path.points[step - 1], record.marks["user"].coordinates[0], atol=1e-5)
        assert "user" not in record.staying
    edited = seen(run, user, step=4, window=tuple(run.interactions.item_ids[:2]))
    assert space_record(edited, "long", "pca").before is not None and "moved U by" in path_sentence(edited, "long")
    what_if = seen(run, user, step=4, mask="none")
    assert space_record(what_if, "long", "pca").before is None
    assert "baseline" in path_sentence(what_if, "short") and "baseline" not in path_sentence(what_if, "long")


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
