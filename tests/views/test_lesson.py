"""The lesson: each step has a scene in every run, is done only after its task, and says what the model computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from conftest import interactions_of, random_histories

from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import prepared_scenes
from attrec_core.views.lesson import lesson
from attrec_core.views.lesson.lesson import LessonProgress
from attrec_core.views.lesson.step import largest
from attrec_core.views.page_context import Scene, example_user, scene

NUMBERS = range(1, len(lesson.STEPS) + 1)
BY_TITLE = {step.title: number for number, step in enumerate(lesson.STEPS, 1)}


def world(run: Run, histories: dict[str, list[str]] | None = None, **settings: object) -> Run:
    """A model of random weights, large enough that attention is uneven, without maps or stored statistics."""
    data = run.interactions if histories is None else interactions_of(histories)
    config = replace(run.model_config, **settings)
    random, d = np.random.default_rng(5), config.dim
    shapes = {"item_short": data.n_items, "item_long": data.n_items, "user_long": data.n_users, "projection": d}
    arrays = {name: random.normal(0, 0.6, (rows, d)).astype(np.float32) for name, rows in shapes.items()}
    return replace(run, model_config=config, interactions=data, arrays=arrays, maps=None, across_users=None)


WORLDS: dict[str, Callable[[Run], Run]] = {
    "small": lambda run: run,
    "mask before": lambda run: world(run, mask="before"),
    "no mask": lambda run: world(run, mask="none"),
    "sum, no time signal": lambda run: world(run, aggregation="sum", time_signal=False),
    "max": lambda run: world(run, aggregation="max"),
    "window of two": lambda run: world(run, window=2),
    "window of one": lambda run: world(run, window=1),
    "long term alone": lambda run: world(run, long_weight=1.0),
    "one item each but for one": lambda run: world(run, {"u": list("abc")} | {f"u{k}": ["abcde"[k]] for k in range(5)}),
    "the same item again": lambda run: world(run, {f"u{k}": ["a", "a", "a", "bcd"[k % 3]] for k in range(6)}),
    "four items": lambda run: world(run, {f"u{k}": [*"abcd"[k % 3 :], "a"] for k in range(6)}),
    "two users": lambda run: world(run, {"one": list("abcdef"), "two": list("fa")}),
}


@pytest.fixture(params=[*WORLDS, "sample"])
def run(request: pytest.FixtureRequest, small_run: Run) -> Run:
    if request.param == "sample":
        return request.getfixturevalue("sample")
    return WORLDS[request.param](small_run)


def after(number: int, before: Scene) -> Scene:
    """Returns the scene after the task of a step, by a change of the view alone, as a page would make it."""
    window, weights = [before.item_id(item) for item in before.window], before.trace.weights
    best = int(before.trace.column_weights.argmax())
    changes: dict[str, Callable[[], dict[str, object]]] = {
        "What a row says": lambda: {"selected": window[int(weights[0].argmax())]},
        "The mask": lambda: {"mask": "after" if before.run.model_config.mask == "none" else "none"},
        "One item dominates": lambda: {"selected": window[best]},
        "Remove an item": lambda: {"window": (*window[:best], *window[best + 1 :])},
        "Order matters": lambda: {"window": (*window[1:], window[0])},
        "Short term or long term": lambda: {"omega": 0.0 if before.run.model_config.long_weight == 1 else 1.0},
        "Attention is not influence": lambda: {"selected": window[int(np.argmax(distances_without(before)))]},
        "The metric space": lambda: {"selected": before.item_id(int(before.ranking.short.argmin()))},
    }
    return scene(before.run, replace(before.view, **changes[lesson.step(number).title]()))


def distances_without(before: Scene) -> list[float]:
    """Returns the distance y of the explained item when each position of the window is deleted."""
    windows = (np.delete(before.window, place) for place in range(len(before.window)))
    return [float(before.moment.with_window(window).ranking.blended[before.explained]) for window in windows]


def test_every_step_asks_a_question_with_an_answer_and_what_stays_of_it_has_a_number(run: Run) -> None:
    for number in lesson.possible(run):
        step, texts = lesson.step(number), lesson.texts(run, number)
        assert len(set(texts.options)) == len(texts.options) >= 2, number
        assert texts.right and set(texts.right) <= set(range(len(texts.options))), number
        assert all(text.strip() for text in (step.about(run), step.keys, texts.task, texts.because)), number
        assert "nan" not in f"{texts.task}{texts.because}{texts.reveal}{texts.seen}", number
        assert any(sign.isdigit() for sign in texts.seen), number
        if step.title == "The metric space":
            ranking = lesson.beginning(run, number).ranking
            assert ranking.candidates[ranking.short.argmin()] == ("so it is not recommended" not in texts.seen)


def test_a_step_is_not_done_before_and_done_after_its_task_in_the_scene_of_its_own_person(run: Run) -> None:
    for number in lesson.possible(run):
        before = lesson.beginning(run, number)
        now = after(number, before)
        assert not lesson.done(run, number, before), number
        assert lesson.done(run, number, now), number
        other = next(user for user in run.interactions.user_ids if user != before.view.user)
        elsewhere = scene(run, replace(now.view, user=other, step=None))
        assert not lesson.done(run, number, elsewhere), number


def test_nobody_is_asked_about_of_whom_the_app_has_told_before(sample: Run) -> None:
    told = {sample.interactions.user_ids[example_user(sample)], *(one.view.user for one in prepared_scenes(sample))}
    assert not told & {lesson.prepared(sample, number).user for number in NUMBERS}


def test_what_was_done_since_stands_over_what_was_kept() -> None:
    stored = LessonProgress({1: 2, 2: 0}, frozenset({1}), 2)
    both = LessonProgress({1: 2, 2: 1, 3: 0}, frozenset({1, 3}), 3)
    assert LessonProgress({2: 1, 3: 0}, frozenset({3}), 3).after(stored) == both
    assert LessonProgress().after(stored) == stored


def test_the_right_answers_of_removing_and_of_order_are_what_they_do(run: Run) -> None:
    remove, turn = BY_TITLE["Remove an item"], BY_TITLE["Order matters"]
    if lesson.obstacle(run, remove):
        pytest.skip("a window of one item loses none and has one order")
    lists = {
        number: [now.ranking.top(10).tolist() for now in (before, after(number, before))]
        for number, before in ((number, lesson.beginning(run, number)) for number in (remove, turn))
    }
    (right,) = lesson.texts(run, remove).right
    least, most = [(0, 2), (3, 5), (6, 10)][right]
    assert least <= len(set(lists[remove][1]) - set(lists[remove][0])) <= most
    texts, same = lesson.texts(run, turn), lists[turn][0] == lists[turn][1]
    assert (2 in texts.right) == (not same) == ("none of" not in texts.because)
    if not run.model_config.time_signal:
        assert 0 in texts.right


def test_more_than_one_answer_is_right_where_the_screen_shows_the_same() -> None:
    assert largest(np.array([0.204, 0.196, 0.1])).tolist() == [0, 1]
    assert largest(np.array([0.21, 0.2, 0.1])).tolist() == [0]


def test_the_prepared_scenes_do_not_depend_on_what_was_looked_at(small_run: Run) -> None:
    run = world(small_run, random_histories(7))
    first, again = ([lesson.prepared(one, number) for number in NUMBERS] for one in (run, replace(run)))
    assert first == again
