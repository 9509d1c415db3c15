"""“Try it yourself”: a few picks make a new user, whose point and recommendations are what the model computes."""

from __future__ import annotations

import numpy as np
import pytest
from app_pages import opened_page, said
from hypothesis import given, settings
from hypothesis import strategies as st
from moments import run_of
from streamlit.testing.v1 import AppTest

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.runs.run import Run
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.try_it_yourself import panels
from attrec_core.views.view import View


def opened(**query: str) -> AppTest:
    return opened_page("learn/try_it_yourself", **query)


def likes(app: AppTest) -> tuple[str, ...]:
    return app.session_state["view"].likes or ()


def new_person(run: Run, items: list[int]) -> Scene:
    return scene(run, View(likes=tuple(run.interactions.item_ids[item] for item in items)))


def test_each_pick_can_be_taken_back_and_all_of_them_and_all_brought_back(sample: Run) -> None:
    user = sample.interactions.user_ids[17]
    app = opened(user=user)
    for _ in range(4):
        app.button(key="suggested_1" if len(likes(app)) < 3 else "unpick_1").click().run()
    first, second = likes(app)
    app.button(key="unpick_1").click().run()
    assert likes(app) == (second,) != (first,)
    app.button(key="clear_picks").click().run()
    assert likes(app) == () and "likes" not in app.query_params
    assert app.session_state["view"].user == user  # the user shown before
    app.button(key="unclear_picks").click().run()
    assert likes(app) == (second,)
    assert not [button for button in app.button if button.key == "unclear_picks"]


def test_no_more_than_ten_can_be_picked(sample: Run) -> None:
    ten = ",".join(sample.interactions.item_ids[:10])
    app = opened(likes=ten)
    assert "10 picks, the maximum" in said(app)
    assert not [part for part in app.get("bidi_component") if part.proto.component_name.endswith("pick_search")]
    twelve = opened(likes=",".join(sample.interactions.item_ids[:12]))
    assert likes(twelve) == tuple(sample.interactions.item_ids[2:12])
    assert "the newest 10 stay" in said(twelve)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_no_point_has_a_smaller_sum_of_distances_to_the_picks(data: st.DataObject, small_run: Run) -> None:
    item = st.integers(0, small_run.interactions.n_items - 1)
    items = data.draw(st.lists(item, min_size=1, max_size=10, unique=True))
    landing = panels.landing(new_person(small_run, items))
    shift = np.random.default_rng(len(items)).normal(0, 0.05, small_run.model_config.dim)
    point = small_run.arrays["item_long"][items].mean(0) + shift
    if landing.at_the_edge:
        return
    assert sum(landing.to_picks) <= ((small_run.arrays["item_long"][items] - point) ** 2).sum() + 1e-6


@pytest.mark.parametrize("taste", ["items", "both"])
def test_a_taste_from_items_is_not_estimated_and_no_point_is_moved(taste: str) -> None:
    """U is the model's weighted mean of the picks, wherever it lies. Before the latest pick it was that of the others,
    also where that pick has pushed one out of the window."""
    config, train = ModelConfig(dim=6, window=3, taste=taste, half_life=2.0), TrainConfig(regularisation="clip")
    run = run_of(config, 2.0, train)
    picks, table = [2, 3, 4, 5, 6], run.arrays["item_long"].astype(float)
    page_scene, weights = new_person(run, picks), 2.0 ** -np.array([2, 1.5, 1, 0.5, 0])
    landing = panels.landing(page_scene)
    assert not landing.at_the_edge
    assert landing.length == pytest.approx(np.linalg.norm(weights @ table[picks] / weights.sum()), rel=1e-5)
    before = new_person(run, picks[:-1]).ranking
    for move in panels.last_pick(page_scene).moves:
        assert move.distance_a == pytest.approx(before.distance(move.item), rel=1e-5)
    assert "estimated: it is the mean" not in panels.how_estimated(run)


def test_before_the_latest_pick_an_estimated_taste_was_that_of_the_other_picks(small_run: Run) -> None:
    picks = [2, 3, 4, 5, 6, 7]
    before = new_person(small_run, picks[:-1]).ranking
    for move in panels.last_pick(new_person(small_run, picks)).moves:
        assert move.distance_a == pytest.approx(before.distance(move.item), rel=1e-5)
