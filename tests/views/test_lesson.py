"""The lesson: each step has a scene in every run, is done only after its task, and says what the model computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from conftest import interactions_of, random_histories

from attrec_core.errors import percent
from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import prepared_scenes
from attrec_core.views.lesson import lesson
from attrec_core.views.lesson.lesson import LessonProgress, go_on
from attrec_core.views.lesson.step import largest
from attrec_core.views.page_context import Scene, example_user, scene
from attrec_core.views.view import View

NUMBERS = range(1, len(lesson.STEPS) + 1)
BY_TITLE = {step.title: number for number, step in enumerate(lesson.STEPS, 1)}
WITHOUT_A_WINDOW = ("Short term or long term", "The metric space", "Distance, not dot product")


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


def possible(run: Run) -> list[int]:
    return [number for number in NUMBERS if lesson.obstacle(run, number) is None]


def after(number: int, before: Scene) -> Scene:
    """Returns the scene after the task of a step, by a change of the view alone, as a page would make it."""
    step, window = lesson.step(number), [before.item_id(item) for item in before.window]
    best = int(before.trace.column_weights.argmax())
    changes: dict[str, Callable[[], dict[str, object]]] = {
        "What a row says": lambda: {"selected": window[int(before.trace.weights[0].argmax())]},
        "The mask": lambda: {"mask": "after" if before.run.model_config.mask == "none" else "none"},
        "One item dominates": lambda: {"selected": window[best]},
        "Remove an item": lambda: {"window": (*window[:best], *window[best + 1 :])},
        "Order matters": lambda: {"window": (*window[1:], window[0])},
        "Short term or long term": lambda: {"omega": 0.0 if before.run.model_config.long_weight == 1 else 1.0},
        "Attention is not influence": lambda: {
            "selected": window[
                int(
                    np.argmax(
                        [
                            distance_without(before, position) - before.ranking.blended[before.explained]
                            for position in range(len(window))
                        ]
                    )
                )
            ]
        },
        "The metric space": lambda: {"selected": before.item_id(int(before.ranking.short.argmin()))},
        "Distance, not dot product": lambda: {"selected": before.item_id(nearest_to_both(before))},
    }
    return scene(before.run, replace(before.view, **changes[step.title]()))


def nearest_to_both(before: Scene) -> int:
    """Returns the item nearest to the point half-way between P and Q, besides these."""
    table = before.run.weights["item_long"].astype(float)
    ends = [before.run.item_index[item] for item in before.view.apart]
    away = ((table - table[ends].mean(0)) ** 2).sum(1)
    away[ends] = np.inf
    return int(away.argmin())


def distance_without(before: Scene, place: int) -> float:
    """Returns the distance y of the explained item when one position of the window is deleted."""
    shortened = before.moment.with_window(np.delete(before.window, place))
    return float(shortened.ranking.blended[before.explained])


def test_the_lesson_has_nine_steps_on_pages_of_the_app() -> None:
    assert len(lesson.STEPS) == 9
    assert {step.page for step in lesson.STEPS} <= {"attention", "step-by-step", "score-split", "why", "metric-space"}


def test_every_step_begins_somewhere_and_asks_a_question_with_an_answer(run: Run) -> None:
    for number in possible(run):
        question = lesson.texts(run, number)
        assert len(question.options) >= 2, number
        assert len(set(question.options)) == len(question.options), number
        assert question.right, number
        assert set(question.right) <= set(range(len(question.options))), number


def test_a_step_is_not_done_before_and_done_after_its_task(run: Run) -> None:
    for number in possible(run):
        before = lesson.beginning(run, number)
        assert not lesson.done(run, number, before), number
        assert lesson.done(run, number, after(number, before)), number


def test_a_step_says_something_before_and_after(run: Run) -> None:
    for number in possible(run):
        step, texts = lesson.step(number), lesson.texts(run, number)
        for text in (step.about, step.keys, texts.task, texts.because):
            assert text.strip(), number
            assert "nan" not in f"{text}{texts.reveal}", (number, text)


def test_what_stays_of_a_step_is_a_sentence_with_its_number(run: Run) -> None:
    for number in possible(run):
        sentence = lesson.texts(run, number).seen
        assert any(sign.isdigit() for sign in sentence), (number, sentence)
        assert "nan" not in sentence, (number, sentence)


def test_nobody_is_asked_about_of_whom_the_app_has_told_before(sample: Run) -> None:
    shown_users = {
        sample.interactions.user_ids[example_user(sample)],
        *(example.view.user for example in prepared_scenes(sample)),
    }
    assert not shown_users & {lesson.prepared(sample, number).user for number in NUMBERS}


def test_the_answers_offered_for_a_rank_can_all_come_true(run: Run) -> None:
    number = BY_TITLE["Short term or long term"]
    before, options = lesson.beginning(run, number), lesson.texts(run, number).options
    rank, count = before.ranking.ranks[lesson.step(number).item(before)], before.ranking.candidates.sum()
    if count > 1:
        assert ("nearer to 1st" in options) == (rank > 1)
        assert ("farther from 1st" in options) == (rank < count)
    assert "the same rank" in options


def test_the_item_that_the_step_on_omega_asks_about_is_selected_so_that_the_page_shows_it(run: Run) -> None:
    number = BY_TITLE["Short term or long term"]
    before = lesson.beginning(run, number)
    assert before.selected == lesson.step(number).item(before)


def test_the_mask_step_asks_what_its_page_shows(sample: Run) -> None:
    """The diagonal of the softmax without a mask: a number for each item, and its mean, which the mask removes."""
    number = BY_TITLE["The mask"]
    before, texts = lesson.beginning(sample, number), lesson.texts(sample, number)
    own = after(number, before).trace.softmax.diagonal()
    assert texts.right == (int(own.argmax()),)
    assert f"{percent(own.max())} of its attention" in texts.because
    assert f"{percent(before.moment.attention.missing)} of all attention" in texts.reveal


def test_only_one_uniform_level_is_said_while_the_first_step_shows_the_bars(sample: Run) -> None:
    texts = lesson.texts(sample, BY_TITLE["What a row says"])
    assert "uniform" not in " ".join((texts.because, texts.reveal, texts.seen))


def test_each_rank_of_the_step_on_omega_is_said_once(run: Run) -> None:
    texts = lesson.texts(run, BY_TITLE["Short term or long term"])
    for part in ("by the short-term distance alone", "by the long-term distance alone"):
        assert f"{texts.because} {texts.reveal}".lower().count(part) == 1


def test_in_the_sample_the_followed_item_can_go_up_and_down(sample: Run) -> None:
    assert len(lesson.texts(sample, BY_TITLE["Short term or long term"]).options) == 3


@pytest.mark.parametrize(
    ("done", "last", "number"),
    [
        ([], None, 1),
        ([], 3, 3),
        ([7, 8], 8, 1),
        ([1, 2, 3], 3, 4),
        ([1, 2], 1, 3),
        ([1, 2], 5, 5),
        (range(1, 9), 8, 9),
        (NUMBERS, 9, None),
    ],
)
def test_one_goes_on_where_something_is_left_to_do(
    done: list[int], last: int | None, number: int | None, sample: Run
) -> None:
    assert go_on(sample, LessonProgress(dict.fromkeys(done, 0), frozenset(done), last)) == number


def test_steps_that_a_run_cannot_show_are_passed_over(small_run: Run) -> None:
    run = world(small_run, window=1)
    weight, space, both = (BY_TITLE[title] for title in WITHOUT_A_WINDOW)
    assert lesson.possible(run) == (weight, space, both)
    assert go_on(run, LessonProgress()) == go_on(run, LessonProgress(last=1)) == weight
    assert (lesson.following(run, weight), lesson.preceding(run, space)) == (space, weight)
    assert lesson.following(run, both) is None
    assert lesson.preceding(run, weight) is None
    done = dict.fromkeys((weight, space, both), 0)
    assert go_on(run, LessonProgress(done, frozenset(done))) is None


def test_what_was_done_since_stands_over_what_was_kept() -> None:
    stored = LessonProgress({1: 2, 2: 0}, frozenset({1}), 2)
    assert LessonProgress({2: 1, 3: 0}, frozenset({3}), 3).after(stored) == LessonProgress(
        {1: 2, 2: 1, 3: 0}, frozenset({1, 3}), 3
    )
    assert LessonProgress().after(stored) == stored


def test_another_persons_scene_does_not_count(small_run: Run) -> None:
    run = world(small_run)
    for number in possible(run):
        before = lesson.beginning(run, number)
        now = after(number, before)
        other_users = [user for user in run.interactions.user_ids if user != before.view.user]
        elsewhere = scene(run, replace(now.view, user=other_users[0], step=None))
        assert not lesson.done(run, number, elsewhere), number


def test_another_item_or_another_edit_does_not_count(small_run: Run) -> None:
    run = world(small_run)
    for title in ("What a row says", "One item dominates", "Attention is not influence", "The metric space"):
        number = BY_TITLE[title]
        before = lesson.beginning(run, number)
        right = after(number, before).selected
        wrong = [item for item in range(run.interactions.n_items) if item != right and item not in before.window]
        assert not lesson.done(run, number, scene(run, replace(before.view, selected=before.item_id(wrong[0]))))
    before = lesson.beginning(run, BY_TITLE["Remove an item"])
    ids = tuple(before.item_id(item) for item in before.window)
    worst = int(before.trace.column_weights.argmin())
    edits = [(*ids[:worst], *ids[worst + 1 :]), ids[::-1], ids[-1:]]
    for edit in edits:
        now = scene(run, replace(before.view, window=edit))
        assert not lesson.done(run, BY_TITLE["Remove an item"], now)
        assert not lesson.done(run, BY_TITLE["Order matters"], now)
    half = scene(run, replace(before.view, omega=0.5))
    assert not lesson.done(run, BY_TITLE["Short term or long term"], half)


def test_an_impossible_step_says_why_and_is_never_done(small_run: Run) -> None:
    run = world(small_run, window=1)
    stuck = [number for number in NUMBERS if lesson.obstacle(run, number)]
    assert stuck
    assert "window" in lesson.obstacle(run, stuck[0])
    for number in stuck:
        assert not lesson.done(run, number, lesson.beginning(run, number))
    assert lesson.obstacle(run, BY_TITLE["Short term or long term"]) is None


def test_where_the_window_has_no_say_there_is_no_influence_to_see(small_run: Run) -> None:
    number = BY_TITLE["Attention is not influence"]
    assert lesson.obstacle(world(small_run), number) is None
    assert "ω = 1" in lesson.obstacle(world(small_run, long_weight=1.0), number)


def test_without_a_time_signal_order_does_not_matter(small_run: Run) -> None:
    run = world(small_run, time_signal=False)
    question = lesson.texts(run, BY_TITLE["Order matters"])
    assert 0 in question.right


def test_a_short_history_is_filled_but_neither_with_the_target_nor_twice(small_run: Run) -> None:
    before = lesson.beginning(WORLDS["the same item again"](small_run), 1)
    assert len(np.unique(before.real_window)) == 1
    assert before.edited
    assert len(np.unique(before.window)) == len(before.window) >= 2
    assert before.real_window[-1] == before.window[-1]
    assert before.target not in before.window


def test_the_right_answer_of_removing_is_what_removing_does(run: Run) -> None:
    number = BY_TITLE["Remove an item"]
    if lesson.obstacle(run, number):
        pytest.skip("a window of one item loses none")
    before = lesson.beginning(run, number)
    now = after(number, before)
    new = len(set(now.ranking.top(10).tolist()) - set(before.ranking.top(10).tolist()))
    bounds = [(0, 2), (3, 5), (6, 10)]
    (right,) = lesson.texts(run, number).right
    assert bounds[right][0] <= new <= bounds[right][1]


def test_the_right_answer_of_order_says_whether_the_list_changes(run: Run) -> None:
    number = BY_TITLE["Order matters"]
    if lesson.obstacle(run, number):
        pytest.skip("a window of one item has one order")
    before = lesson.beginning(run, number)
    same = np.array_equal(after(number, before).ranking.top(10), before.ranking.top(10))
    texts = lesson.texts(run, number)
    assert (2 in texts.right) == (not same) == ("none of" not in texts.because)


def test_a_list_of_the_same_items_in_another_order_has_changed(sample: Run) -> None:
    texts = lesson.texts(sample, BY_TITLE["Order matters"])
    assert texts.right == (2,)
    assert "7 of the 10 recommendations change rank" in texts.because


def test_the_sample_shows_attention_that_is_not_influence(sample: Run) -> None:
    before = lesson.beginning(sample, BY_TITLE["Attention is not influence"])
    effects = np.array([distance_without(before, position) for position in range(len(before.window))])
    assert before.trace.column_weights.argmax() not in largest(effects, 3)
    assert lesson.texts(sample, BY_TITLE["Attention is not influence"]).right == (int(effects.argmax()),)


def test_more_than_one_answer_is_right_where_the_screen_shows_the_same() -> None:
    assert largest(np.array([0.204, 0.196, 0.1])).tolist() == [0, 1]
    assert largest(np.array([0.21, 0.2, 0.1])).tolist() == [0]


def test_the_prepared_scenes_do_not_depend_on_what_was_looked_at(small_run: Run) -> None:
    run = world(small_run, random_histories(7))
    assert [lesson.prepared(run, number) for number in NUMBERS] == [
        lesson.prepared(replace(run), number) for number in NUMBERS
    ]
    assert all(isinstance(lesson.prepared(run, number), View) for number in NUMBERS)


def test_settings_of_a_model_change_what_the_mask_step_asks(small_run: Run) -> None:
    tasks = {mask: lesson.texts(world(small_run, mask=mask), 2).task for mask in ("after", "before", "none")}
    assert "no mask" in tasks["after"] and "no mask" in tasks["before"]
    assert "after the softmax" in tasks["none"]
