"""The paths of m and U: equal to the points computed one step at a time, and their position on the maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import moments, run_of

from attrec_core.config import ModelConfig
from attrec_core.explain.forward import trace
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.neighbours import intent_path, taste_path
from attrec_core.runs.run import Run
from attrec_core.views.maps import layout
from attrec_core.views.metric_space.path import path_of, path_on_map, path_sentence
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
