"""The lesson and the presenter mode through app.py: links open them; only what the page shows completes a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from app_pages import Clicks, clicks, component, page_links, page_text, sent
from app_pages import opened_page as opened
from conftest import few
from streamlit.testing.v1 import AppTest

from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import prepared_scenes
from attrec_core.views.lesson import lesson
from attrec_core.views.lesson.lesson import LessonProgress, from_parts, to_parts
from pages.frame import session
from pages.frame.page_list import BY_KEY
from pages.frame.plain_text import plain
from pages.widgets.components import SentEdit

__all__ = ["clicks"]  # a fixture
NUMBERS = range(1, len(lesson.STEPS) + 1)


def links(app: AppTest) -> list[str]:
    return [link.label for link in page_links(app)]


def answers(app: AppTest, number: int) -> AppTest:
    app.button(key=f"lesson_answer_{number}_0").click().run()
    assert not app.exception
    return app


def buttons(app: AppTest) -> list[str]:
    return [str(button.key) for button in app.button]


@pytest.mark.parametrize("number", few(NUMBERS, 3, 7))
def test_a_short_link_opens_a_step_with_its_items_and_the_first_answer_opens_the_page(number: int, sample: Run) -> None:
    app, before, prepared = (
        opened(lesson=str(number)),
        *(at(sample, number) for at in (lesson.beginning, lesson.prepared)),
    )
    options, view = lesson.texts(sample, number).options, app.session_state["view"]
    assert f"Step {number} of 8: {lesson.step(number).title}" in page_text(app)
    assert (view.user, view.item, view.projection) == (prepared.user, prepared.item, prepared.projection)
    assert (f"This step uses another user: {view.user}. " in page_text(app)) == (number == 7)
    assert (f"Back to {view.user}." in page_text(app)) == (number == 8)
    titles = [before.title(int(item)) for item in before.window]
    if lesson.step(number).page == "attention":
        assert sent(app, "attention_map")[0]["titles"] == titles
        (ranking,) = sent(app, "ranking")
        assert [row["title"] for row in ranking["rows"]] == [before.title(item) for item in before.ranking.top(10)]
    else:
        assert all(title in page_text(app) for title in titles)
    assert len([key for key in buttons(app) if key.startswith("lesson_answer_")]) == len(options)
    assert not [box for box in app.selectbox if box.key == "user"]
    app.run()
    assert app.query_params["lesson"] in (str(number), [str(number)])
    late = app.button(key=f"lesson_answer_{number}_1")
    answers(app, number)
    assert app.selectbox(key="user").value
    given = [button for button in app.button if str(button.key).startswith("lesson_answer_")]
    assert [button.disabled for button in given] == [True] * len(options)  # they stay where they are
    assert "lesson_again" not in buttons(app)
    assert f"You chose “{plain(options[0])}”. Not done yet." in " ".join(text.value for text in app.caption)
    late.click().run()  # a click that was made before the page had run
    assert [known.answers for known in app.session_state["lesson_progress"].values()] == [{number: 0}]


def test_the_removal_counts_when_the_list_was_edited_and_stays_done(sample: Run, clicks: Clicks) -> None:
    app = answers(opened(lesson="4"), 4)
    ids = [item[0] for item in component(app, "editor")["items"]]
    position = int(lesson.beginning(sample, 4).trace.column_weights.argmax())
    for place in (position - 1 if position else 1, position):
        assert "✓ Done." not in page_text(app)
        revision = component(app, "editor")["revision"] + 1
        clicks.append(partial(session.take_edit, SentEdit((*ids[:place], *ids[place + 1 :]), revision, "remove")))
        app.run()
        if place != position:
            assert "✓ Done." not in page_text(app)
            app.button(key="lesson_again").click().run()
            assert "lesson_again" not in buttons(app)
    assert "✓ Done." in page_text(app)
    assert "because" in page_text(app)
    app.button(key="reset").click().run()
    assert "✓ Done." in page_text(app)


def test_the_lesson_can_be_left_and_resumed_and_begun_again() -> None:
    app = answers(opened(lesson="6"), 6)
    for omega, is_done in ((0.9, False), (1.0, True)):
        app.select_slider(key="omega").set_value(omega).run()
        assert ("✓ Done." in page_text(app)) == is_done
    app.button(key="lesson_leave").click().run()
    assert "lesson" not in app.query_params
    assert "of 8: Short term or long term" not in page_text(app)
    app.switch_page(BY_KEY["lesson"].script).run()
    assert not app.exception
    assert "1 of 8 steps done" in page_text(app)
    assert "Continue with step 1" in links(app)
    app.button(key="lesson_restart").click().run()
    assert "0 of 8 steps done" in page_text(app)
    assert "Start the lesson" in links(app)


def test_a_run_that_cannot_show_the_first_steps_starts_at_the_first_that_it_can(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_run: Run
) -> None:
    config = replace(small_run.model_config, window=1)
    run = replace(small_run, model_config=config, maps=None, across_users=None, replay=None)
    runs_run.save(run, tmp_path / "alone")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path / "alone")])
    app = opened("lesson")
    assert "0 of 2 steps done. This run cannot show the other 6." in page_text(app)
    (start,) = [link for link in page_links(app) if link.label == "Start the lesson"]
    assert "lesson=6" in start.query_string
    assert "1. What a row says" not in links(app)
    app = opened(lesson="6")
    assert "Back" not in " ".join([*links(app), *(button.label for button in app.button)])
    assert "Skip ›" in links(app)


@pytest.mark.parametrize("part", ["10", "10.0", "1.99d", "x", "1.0dd", "0", "1.0,1.0", ""])
def test_progress_comes_back_from_its_parts_and_what_this_lesson_does_not_have_is_said(sample: Run, part: str) -> None:
    progress, sentences = from_parts(sample, [part, "2.1d"])
    assert (progress.answers, progress.done, progress.last) == ({2: 1}, {2}, None)
    assert len(sentences) == 1
    progress = LessonProgress().answered(1, 0).answered(6, 2).finished(6).at(4)
    assert (to_parts(LessonProgress()), to_parts(progress)) == (None, ("4", "1.0", "6.2d"))
    assert from_parts(sample, to_parts(progress)) == (progress, ())


@pytest.mark.parametrize(("with_maps", "numbers"), [(True, (8,)), (False, NUMBERS)])
def test_every_step_and_scene_opens_on_a_tiny_run(
    with_maps: bool, numbers: Sequence[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_run: Run
) -> None:
    runs_run.save(small_run if with_maps else replace(small_run, maps=None), tmp_path / "tiny")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path / "tiny")])
    for number in numbers:
        assert f"Step {number} of 8" in page_text(answers(opened(lesson=str(number)), number))
    for scene in () if with_maps else prepared_scenes(load(tmp_path / "tiny")):
        assert sent(opened(scene=str(scene.number)), "presenter")[0]["scene"] == scene.number


@pytest.mark.parametrize("number", few(NUMBERS, 1, 6))
def test_a_wrong_answer_says_what_the_model_does_with_it_the_right_one_and_why(number: int, sample: Run) -> None:
    texts = lesson.texts(sample, number)
    wrong = next(option for option in range(len(texts.options)) if option not in texts.right)
    page = page_text(opened(lesson=str(number), progress=f"{number},{number}.{wrong}d"))
    does = f": {texts.chosen[wrong]}" if texts.chosen else ""
    assert f"You chose “{texts.options[wrong]}”{does}. **The answer is “{texts.options[texts.right[0]]}”" in page
    assert f"because {texts.because}." in page
    right = texts.right[0]
    page = page_text(opened(lesson=str(number), progress=f"{number},{number}.{right}d"))
    assert f"Your prediction “{texts.options[right]}” is right**, because {texts.because}." in page
