"""The lesson and the presenter mode through app.py: links open them; only what the page shows completes a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from app_pages import opened_page as opened
from app_pages import page_links, page_text, sent, with_plain_controls
from streamlit.testing.v1 import AppTest

from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import prepared_scenes
from attrec_core.views.lesson import lesson
from attrec_core.views.lesson.lesson import LessonProgress, from_parts, to_parts
from attrec_core.views.view import to_query
from pages.frame import runs
from pages.frame.page_list import BY_KEY

NUMBERS = range(1, len(lesson.STEPS) + 1)


@pytest.fixture(scope="module")
def sample() -> Run:
    return runs.opened().runs["sample_data"]


def links(app: AppTest) -> list[str]:
    return [link.label for link in page_links(app)]


def answers(app: AppTest, number: int) -> AppTest:
    app.button(key=f"lesson_answer_{number}_0").click().run()
    assert not app.exception
    return app


def buttons(app: AppTest) -> list[str]:
    return [str(button.key) for button in app.button]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_short_link_opens_a_step_with_its_items_and_the_first_answer_opens_the_page(number: int, sample: Run) -> None:
    app, before, prepared = (
        opened(lesson=str(number)),
        *(at(sample, number) for at in (lesson.beginning, lesson.prepared)),
    )
    options, view = lesson.texts(sample, number).options, app.session_state["view"]
    assert f"Step {number} of 9: {lesson.step(number).title}" in page_text(app)
    assert (view.user, view.item, view.projection) == (prepared.user, prepared.item, prepared.projection)
    assert (f"This step uses another user: {view.user}. " in page_text(app)) == (number == 7)
    assert (f"Back to {view.user}." in page_text(app)) == (number == 8)
    titles = [before.title(int(item)) for item in before.window]
    if lesson.step(number).page == "attention":
        assert matrix(app)["titles"] == titles
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
    assert not [
        key for key in buttons(app) if key.startswith(("lesson_answer_", "lesson_again"))
    ]  # nothing was changed
    assert f"Your answer: “{options[0]}”." in page_text(app)
    assert "Not done yet" in " ".join(text.value for text in app.caption)
    late.click().run()  # a click that was made before the page had run
    assert app.session_state["lesson_progress"]["sample_data"].answers == {number: 0}


def test_what_answers_the_seventh_step_comes_after_it(sample: Run) -> None:
    """The table alone answers its question: neither the headline, its button, the smallest edit, the sentence nor the
    chart below do."""
    before = lesson.beginning(sample, 7)
    best = lesson.step(7).best(before)[0]
    parts = (
        "helps it most",
        "has the most attention, but removing",
        "Order of the items",
        f"Remove {before.title(best)}",
    )

    def shown(app: AppTest) -> str:
        labels = [button.label for button in app.button]
        return " ".join([page_text(app), *(head.value.replace("\\", "") for head in app.header), *labels])

    app = answers(opened(lesson="7"), 7)
    assert not [part for part in (*parts, "Smallest edit") if part in shown(app)]
    assert "The main reason is shown after step 7 of the lesson." in shown(app)
    app.session_state["view"] = replace(app.session_state["view"], selected=before.item_id(best))
    app.run()
    app.run()
    assert not [part for part in (*parts, "✓ Done.") if part not in shown(app)]


def test_undo_does_not_bring_back_what_an_earlier_step_asked_for() -> None:
    """The second and the third step have the same user and the same window."""
    app = answers(opened(lesson="2"), 2)
    app.segmented_control(key="mask").set_value("none").run()
    assert "✓ Done." in page_text(app)
    app.query_params.clear()
    app.query_params["lesson"] = "3"  # as the link “Next” does
    answers(app.switch_page(BY_KEY["attention"].script).run(), 3)
    assert app.session_state["view"].mask is None
    assert app.button(key="undo").disabled


def test_the_removal_counts_when_the_real_control_did_it_and_stays_done(sample: Run) -> None:
    app = with_plain_controls(answers(opened(lesson="4"), 4))
    position = int(lesson.beginning(sample, 4).trace.column_weights.argmax())
    for place in (position - 1 if position else 1, position):
        assert "✓ Done." not in page_text(app)
        app.selectbox(key="plain_place").set_value(place)
        app.run()
        app.button(key="plain_remove").click().run()
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
    assert "of 9: Short term or long term" not in page_text(app)
    app.switch_page(BY_KEY["lesson"].script).run()
    assert not app.exception
    assert "1 of 9 steps done" in page_text(app)
    assert "Continue with step 1" in links(app)
    app.button(key="lesson_restart").click().run()
    assert "0 of 9 steps done" in page_text(app)
    assert "Start the lesson" in links(app)


def test_the_lesson_ends_with_what_was_seen_and_where_to_go_on(sample: Run) -> None:
    parts = [f"{number}.{lesson.texts(sample, number).right[0]}d" for number in NUMBERS]
    app = opened("lesson", progress=",".join(["9", *parts]))
    assert "You have finished: 9 of 9 steps done.** 9 of 9 predictions right." in page_text(app)
    assert all(lesson.texts(sample, number).seen in page_text(app) for number in NUMBERS)
    assert not [label for label in links(app) if label.startswith(("Start the", "Resume", "Continue"))]
    assert {"Try it yourself", "Use your own data", "1. What a row says"} <= set(links(app))
    queries = " ".join(f"{link.query_string}&" for link in page_links(app))
    assert all(f"lesson={number}&" in queries for number in NUMBERS)
    assert all(f"scene={scene.number}&" in queries for scene in prepared_scenes(sample))


def test_a_run_that_cannot_show_the_first_steps_starts_at_the_first_that_it_can(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_run: Run
) -> None:
    config = replace(small_run.model_config, window=1)
    run = replace(small_run, model_config=config, maps=None, across_users=None, replay=None)
    runs_run.save(run, tmp_path / "alone")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path / "alone")])
    app = opened("lesson")
    assert "0 of 3 steps done. This run cannot show the other 6." in page_text(app)
    (start,) = [link for link in page_links(app) if link.label == "Start the lesson"]
    assert "lesson=6" in start.query_string
    assert "1. What a row says" not in links(app)
    app = opened(lesson="6")
    assert "Back" not in " ".join([*links(app), *(button.label for button in app.button)])
    assert "Skip ›" in links(app)


@pytest.mark.parametrize(
    ("number", "progress", "shown"),
    [
        (3, "3", None),  # the fourth step asks what removing an item does
        (1, "4,4.0d", False),  # of the matrix only the first row is open
        (1, "4,3.0d,4.0d", False),  # the second step asks what the matrix without the mask shows
        (5, "4,4.0d", False),
        (1, "4,2.0d,4.0d", False),
        (1, "4,2.0d,3.0d,4.0d", True),
        (5, "4,2.0d,4.0d", True),
    ],
)
def test_experiments_do_not_show_what_a_step_still_asks(number: int, progress: str, shown: bool | None) -> None:
    app = opened(lesson=str(number), progress=progress)
    assert not sent(app, "experiments")  # before the prediction
    answers(app, number)
    found = [
        (bool(data["rows"]), data["effect"] is not None, bool(data["effects"])) for data in sent(app, "experiments")
    ]
    assert found == ([] if shown is None else [(True, shown, shown)])
    assert ("This part opens after step 4 of the lesson" in page_text(app)) == (shown is None)
    app.button(key="lesson_leave").click().run()
    assert sent(app, "experiments")[0]["effect"]


def test_a_reload_goes_on_where_one_was(sample: Run) -> None:
    """The address alone restores the answers, the finished steps and the last step; the numbers are computed again."""
    app = answers(opened(lesson="6"), 6)
    app.select_slider(key="omega").set_value(1.0).run()
    app = answers(opened(lesson="4", progress=to_query(app.session_state["view"])["progress"]), 4)
    query = to_query(app.session_state["view"])
    assert query["progress"] == "4,4.0,6.0d"
    reloaded = opened("attention", **query)
    assert f"Your answer: “{lesson.texts(sample, 4).options[0]}”." in page_text(reloaded)
    query.pop("lesson")
    reloaded = opened("lesson", **query)
    assert "1 of 9 steps done" in page_text(reloaded)
    assert "Resume step 4" in [link.proto.label for link in reloaded.get("page_link")]


def test_a_session_that_has_begun_knows_better_than_a_link() -> None:
    app = answers(opened(lesson="3"), 3)
    app.session_state["view"] = replace(app.session_state["view"], progress=("1", "1.0d"))
    app.run()
    assert app.session_state["view"].progress == ("3", "3.0")
    app.button(key="lesson_leave").click().run()
    assert app.session_state["view"].progress == ("3", "3.0")


@pytest.mark.parametrize("part", ["10", "10.0", "1.99d", "x", "1.0dd", "0", "1.0,1.0", ""])
def test_progress_comes_back_from_its_parts_and_what_this_lesson_does_not_have_is_said(sample: Run, part: str) -> None:
    progress, sentences = from_parts(sample, [part, "2.1d"])
    assert (progress.answers, progress.done, progress.last) == ({2: 1}, {2}, None)
    assert len(sentences) == 1
    progress = LessonProgress().answered(1, 0).answered(6, 2).finished(6).at(4)
    assert (to_parts(LessonProgress()), to_parts(progress)) == (None, ("4", "1.0", "6.2d"))
    assert from_parts(sample, to_parts(progress)) == (progress, ())


def test_steps_on_one_page_follow_by_a_button_and_elsewhere_the_panel_leads_back() -> None:
    app = opened(lesson="3")
    app.button(key="lesson_next_3").click().run()
    assert "Step 4 of 9" in page_text(app)
    app.button(key="lesson_back_4").click().run()
    assert "Step 3 of 9" in page_text(app)
    app.switch_page(BY_KEY["score-split"].script).run()
    assert not app.exception
    assert "This step is on" in page_text(app)
    assert "Attention" in [link.proto.label for link in app.get("page_link")]


@pytest.mark.parametrize(("with_maps", "numbers"), [(True, (8, 9)), (False, NUMBERS)])
def test_every_step_and_scene_opens_on_a_tiny_run(
    with_maps: bool, numbers: Sequence[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_run: Run
) -> None:
    runs_run.save(small_run if with_maps else replace(small_run, maps=None), tmp_path / "tiny")
    monkeypatch.setattr("sys.argv", ["app.py", "--run", str(tmp_path / "tiny")])
    for number in numbers:
        assert f"Step {number} of 9" in page_text(answers(opened(lesson=str(number)), number))
    for scene in () if with_maps else prepared_scenes(load(tmp_path / "tiny")):
        assert sent(opened(scene=str(scene.number)), "presenter")[0]["scene"] == scene.number


def matrix(app: AppTest) -> dict:
    """Returns the data of the attention matrix, as the browser gets it."""
    return sent(app, "attention_map")[0]


def test_the_first_step_shows_of_the_matrix_only_what_no_later_step_asks() -> None:
    """No number before the prediction; then only the first row, whatever else is done, until the third step is."""
    veiled = [None] * 5
    app = opened(lesson="1")
    assert matrix(app)["weights"] == [veiled] * 5
    assert matrix(app)["column_weights"] == veiled
    answers(app, 1)
    assert None not in matrix(app)["weights"][0]
    assert matrix(app)["weights"][1:] == [veiled] * 4
    assert matrix(app)["column_weights"] == veiled
    assert "The other rows are hidden" in page_text(app)
    assert matrix(app)["ahead"] == "", "the matrix that the browser would get ahead of the page is a whole one"
    assert app.toggle(key="by_hand").disabled, "the switch would put the hidden averages into the address"
    app = answers(opened(lesson="1", progress="3,3.0d"), 1)
    assert not app.toggle(key="by_hand").disabled
    assert matrix(app)["ahead"]
    assert not [row for row in (*matrix(app)["weights"], matrix(app)["column_weights"]) if None in row]
    assert None not in matrix(answers(opened(lesson="3"), 3))["column_weights"]


@pytest.mark.parametrize("mask", [None, "none", "before"])
def test_the_second_step_shows_of_the_attention_only_what_the_third_does_not_ask(mask: str | None, sample: Run) -> None:
    """Only the first row of the attention, without a mask also the diagonal, and no formula that holds another row."""
    query = to_query(replace(lesson.prepared(sample, 2), lesson=2, mask=mask))
    app = answers(opened("step-by-step", **query), 2)
    stages = {stage["stage"]: stage for stage in sent(app, "matrix_place")}
    pairs = [stages[name] for name in ("scores", "softmax", "mask") if name in stages]
    assert len(pairs) == (2 if mask == "none" else 3)
    for stage in pairs:
        hidden = [[value is None for value in row] for row in stage["values"]]
        masked = stage["masked"]
        closed = [[r > 0 and (r != c or mask != "none") for c in range(5)] for r in range(5)]
        assert all(hidden[r][c] == closed[r][c] or (r == c and masked[r][c]) for r in range(5) for c in range(5))
        # The browser shows a masked cell without a number as −∞.
        infinite = mask == "before" and stage["stage"] == "mask"
        assert all(hidden[r][r] == infinite for r in range(5) if masked[r][r])
        sums = stage["end_texts"]  # 1 − a sum is what the mask removes, which the step asks
        assert not sums or sums[1:] == ["?"] * 4 or mask == "none"
    assert stages["column_weights"]["values"] == [[None] * 5]
    text = page_text(app)
    assert ("only the first row and the diagonal are shown" in text) == (mask == "none")
    assert ("only the first row is shown" in text) == (mask != "none")
    assert "tilde s_{1,1} =" in text or "s_{1,1} =" in text
    assert not [symbol for symbol in ("w_{1} =", "m_{1} =") if symbol in text]
    app.session_state["view"] = replace(app.session_state["view"], cell=(3, 2))
    app.run()
    assert not [symbol for symbol in ("s_{3,2} =", "score_{3,2} =", "w_{2} =", "a_{3,") if symbol in page_text(app)]
    assert "x_{3," in page_text(app)
    app = answers(opened("step-by-step", **query, progress="3,3.0d"), 2)
    assert None not in sent(app, "matrix_place")[-3]["values"][0]
    assert "only the first row" not in page_text(app)


def test_before_and_after_an_edit_do_not_give_away_what_the_third_step_asks(sample: Run) -> None:
    before = lesson.beginning(sample, 1)
    query = to_query(replace(before.view, lesson=1, window=before.ids(before.window[1:])))
    app = answers(opened("attention", **query), 1)
    assert len(sent(app, "attention_map")) == 1
    assert not sent(app, "attention_change")
    assert "This part opens after step 3 of the lesson" in page_text(app)
    app = answers(opened("attention", **query, progress="3,3.0d"), 1)
    assert len(sent(app, "attention_map")) == 3
    assert sent(app, "attention_change")
    assert "This part opens after step 3" not in page_text(app)


def test_a_wrong_answer_says_the_right_one_and_why(sample: Run) -> None:
    texts = lesson.texts(sample, 6)
    wrong = next(option for option in range(len(texts.options)) if option not in texts.right)
    app = opened(lesson="6", progress=f"6,6.{wrong}d")
    assert f"Not quite; the answer is “{texts.options[texts.right[0]]}”**, because {texts.because}." in page_text(app)
    app = opened(lesson="6", progress=f"6,6.{texts.right[0]}d")
    assert f"Your prediction is right**, because {texts.because}." in page_text(app)
