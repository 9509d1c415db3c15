"""The lesson: its panel above a page (predict, do, see), and all its steps on its own page.

Predictions and finished steps are kept until the lesson is started again: the session knows the progress, the address
holds it, the browser stores it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from attrec_core.errors import Remark
from attrec_core.runs.run import Run
from attrec_core.views.attention.panels import MATRIX, RANKING
from attrec_core.views.lesson import lesson
from attrec_core.views.lesson.attention_steps import LISTED
from attrec_core.views.lesson.lesson import LessonProgress, from_parts, go_on, to_parts
from attrec_core.views.lesson.step import StepTexts, window_in_words
from attrec_core.views.moment.attention import VEILED, attention_record
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.step_by_step.grids import followed
from attrec_core.views.texts import text
from attrec_core.views.view import Fitted, View
from attrec_core.views.why.influence import ASKED
from pages.frame import address, fitting, page_list, session
from pages.frame.component import component, event
from pages.frame.plain_text import plain
from pages.frame.runs import opened
from pages.widgets import components, panels, widgets

KNOWN, HELD, MEMORY = "lesson_progress", "lesson_held", "lesson_memory"
MOST = 2 * len(lesson.STEPS)  # parts that are read of the progress that a browser has stored

_memory = component("lesson_memory", '<span class="attrec-lesson-memory" hidden></span>', isolate=False, parts=())
LAST = len(lesson.STEPS)
# Fields that are ignored when a view is compared with the prepared one. Its step is compared as a number.
ASIDE = dict.fromkeys(
    ("run", "lesson", "progress", "scene", "selected", "step", "data", "beside", "probe", "epoch", "space", "stage")
)
ONWARD = (
    ("try-it-yourself", "Try it yourself", "Pick a few items that you like and get your own recommendations."),
    ("data", "Use your own data", "Upload a file, check what was recognised, train a model and explore it here."),
    ("attention", "Explore freely", "Any user of this run, at any step of the history."),
)


def run_key(run: Run | None) -> str:
    """A run that is renamed stays the same one, and another run of the same name does not."""
    return "" if run is None else run.fingerprint


def progress() -> LessonProgress:
    return st.session_state.get(KNOWN, {}).get(run_key(session.open_run()), LessonProgress())


def keep(so_far: LessonProgress) -> None:
    st.session_state.setdefault(KNOWN, {})[run_key(session.open_run())] = so_far


def start_again() -> None:
    stored_progress()[run_key(session.open_run())] = ("begun again",)  # so that the browser drops its copy, too
    keep(LessonProgress())


def stored_progress() -> dict[str, tuple[str, ...] | None]:
    """Returns, for each run, the progress that need not be sent to the browser: it came with the link, or the browser
    has stored it itself. None: the browser has not been asked yet."""
    return st.session_state.setdefault(HELD, {})


def with_progress(view: View, run: Run) -> Fitted:
    """Returns the view with the progress in it, so that a reload resumes there. The session's progress has precedence
    over the progress in an address, such as the address of a link or of Back."""
    by_run, name = st.session_state.setdefault(KNOWN, {}), run_key(run)
    remarks: tuple[Remark, ...] = ()
    if name not in by_run:
        by_run[name], remarks = from_parts(run, view.progress or ())
        stored_progress()[name] = to_parts(by_run[name])
    so_far, number = by_run[name], view.lesson
    if number is not None:  # notes the present step, as done if the scene fulfils it and a prediction was made
        if number in so_far.answers and number not in so_far.done and lesson.done(run, number, scene(run, view)):
            so_far = so_far.finished(number)
        by_run[name] = so_far = so_far.at(number)
    return Fitted(replace(view, progress=to_parts(so_far)), remarks)


def remember() -> None:
    """Has the browser store the progress, and show the panel of a step that has just been done. Without progress in the
    link, the browser is first asked what it has stored.

    So progress in a link has precedence, and replaces the stored progress only when the visitor continues from there.
    """
    run, so_far = session.open_run(), to_parts(progress()) or ()
    if run is None:
        return
    before, step = stored_progress().get(run_key(run)), address.current().lesson
    data: dict[str, Any] = {"run": run.fingerprint, "step": step, "done": step in progress().done}
    data |= {"asks": before is None, "keeps": list(so_far) if before not in (None, so_far) else None}
    _memory(key=MEMORY, data=data, on_kept_change=lambda: recall(run, event(MEMORY, "kept")))


def recall(run: Run, sent: Mapping[str, Any]) -> None:
    """Takes over the progress that the browser has stored; what was done since has precedence."""
    shown, parts = run_key(session.open_run()), sent.get("progress")
    if stored_progress().get(shown) is not None or not sent.get("run") == run.fingerprint == shown:
        return
    earlier, _ = from_parts(run, [str(part) for part in parts[:MOST]] if isinstance(parts, list) else ())
    stored_progress()[shown] = to_parts(earlier) or ()
    keep(progress().after(earlier))


def begin(number: int) -> None:
    """For callbacks, on the page of the step: opens the step as it was prepared."""
    run = opened().runs[session.run_name()]
    address.replace_view(replace(lesson.prepared(run, number), **place(number)))


def place(number: int) -> dict[str, Any]:
    """The query of a link to a step; the rest is prepared. A lesson also works in presenter mode."""
    return {"run": session.run_name(), "lesson": number, "scene": None if address.current().scene is None else 0}


def step_button(
    label: str, number: int, key: str, page: str, kind: Literal["primary", "secondary"] = "secondary"
) -> None:
    """A button to a step on this page; a link that looks like a button to a step on another page."""
    if lesson.step(number).page == page:
        st.button(label, key=key, type=kind, on_click=begin, args=(number,))
        return
    with st.container(key=f"{key}_link_{kind}", width="content"):
        query = {name: str(value) for name, value in place(number).items() if value is not None}
        page_list.link(lesson.step(number).page, label, query)


def prediction_was_right(run: Run, number: int) -> bool:
    return progress().answers.get(number) in lesson.texts(run, number).right


def show(page: str) -> None:
    """Draws the panel while the view is in the lesson; the lesson's own page lists all steps instead."""
    number = address.current().lesson
    if page == "lesson" or number is not None:
        remember()
    if number is None or page == "lesson" or session.open_run() is None:
        return
    now = session.scene()
    with st.container(border=True, key="lesson_panel"):
        top_line(now.run, number, page)
        obstacle = lesson.obstacle(now.run, number)
        if obstacle:
            st.markdown(obstacle)
        elif page != lesson.step(number).page:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown("This step is on", width="content")
                page_list.link(lesson.step(number).page, query=address.query())
        else:
            st.markdown(f"{plain(lesson.user_sentence(now.run, number))} {lesson.step(number).about(now.run)}".strip())
            ask, do = st.columns(2, gap="large")
            with ask:
                predict(now.run, number)
            with do:
                act(now, number)
    # The rest of the page would give the answer away.
    if not obstacle and page == lesson.step(number).page and number not in progress().answers:
        beginning(lesson.beginning(now.run, number), page)
        st.caption("Choose an answer to see the rest of this page.")
        st.stop()


def beginning(before: Scene, page: str) -> None:
    """What the question is about, without its answer: the items of the window; on Attention also the matrix, without
    numbers that a step still asks about, and the recommendations."""
    if page != "attention":
        st.markdown(plain(window_in_words(before)))
        return
    left, right = st.columns(2, gap="large")
    with left:
        widgets.title_line(MATRIX, "lesson_matrix")
        record = replace(attention_record(before), selected=None)
        components.attention_map(record.veiled(0) if hidden_until("matrix") else record, key="lesson_matrix")
    with right:
        panels.show(RANKING.of(before, k=LISTED), on_select=session.select)


def cover(key: str) -> panels.Cover | None:
    """Returns what of a panel or another part of a page is hidden because a step of the lesson still asks about it."""
    rows, part = open_rows(), {"experiments": "experiments", "attention_before": "matrix"}.get(key)
    if key == "attention_before" and rows is None:
        return None
    if part and (step := hidden_until(part)):
        return panels.Cover(instead=f"This part opens after step {step} of the lesson: it shows that step's answer.")
    if key == "stages" and rows is not None:
        # The step on the mask asks about the diagonal. Its task is to switch the mask off, which shows it.
        now = session.scene()
        diagonal = now.moment.config.mask == "none" or hidden_until("diagonal") is None
        row = followed(now).row
        return panels.Cover(
            record=lambda steps: tuple(step.veiled(row, rows, diagonal) for step in steps),
            sentence=text("lesson", "veiled" if diagonal else "veiled diagonal"),
            table=False,
        )
    if key == "attention" and rows is not None:
        return panels.Cover(record=lambda record: record.veiled(rows), sentence=VEILED, table=False)
    if key in ("main_reason", "influence") and (step := hidden_until("reason")):
        return {
            "main_reason": panels.Cover(instead=f"The main reason is shown after step {step} of the lesson."),
            "influence": panels.Cover(sentence=ASKED),
        }[key]
    return None


panels.COVERS.append(cover)
fitting.SERIES["lesson"] = fitting.Series(
    lambda run: LAST, lesson.opened, "{source} asks for step {asked} of the lesson, which has {count}."
)
fitting.LAST.append(with_progress)


def open_rows() -> int | None:
    """The rows of the attention matrix that the step shows while the others are veiled; None: all of it."""
    number = address.current().lesson
    rows = None if number is None else lesson.step(number).open_rows
    return None if rows is None or hidden_until("matrix") is None else rows


def hidden_until(part: str) -> int | None:
    """The step whose answer this part of another step's page would give away; None outside a lesson or once done."""
    if address.current().lesson is None:
        return None
    numbers = (number for number, step in enumerate(lesson.STEPS, 1) if step.given_away_by == part)
    run, so_far = session.scene().run, progress()
    return next((number for number in numbers if number not in so_far.done and not lesson.obstacle(run, number)), None)


def top_line(run: Run, number: int, page: str) -> None:
    """The number and title of the step, and links to the steps before and after that the run can show. Each step has
    its own buttons, so that the keyboard's focus goes to the panel, and a second Enter does not skip the new step."""
    before, after = lesson.preceding(run, number), lesson.following(run, number)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Step {number} of {LAST}: {lesson.step(number).title}**", width="stretch")
        if before is not None:
            step_button("‹ Back", before, f"lesson_back_{number}", page)
        finished = number in progress().done
        kind: Literal["primary", "secondary"] = "primary" if finished else "secondary"
        if after is not None:
            step_button("Next ›" if finished else "Skip ›", after, f"lesson_next_{number}", page, kind)
        else:
            with st.container(key=f"lesson_finish_link_{kind}", width="content"):
                label = "Finish" if go_on(run, progress()) is None else "All steps"
                page_list.link("lesson", label, address.query(lesson=None))
        options: dict[str, Any] = {"type": "tertiary", "help": "You can resume on the page Lesson."}
        st.button("Leave lesson", key="lesson_leave", on_click=address.change, kwargs={"lesson": None}, **options)


def predict(run: Run, number: int) -> None:
    """The question and a button for each answer, which stay where they are. The first answer counts, because the page
    then shows what answers the question. Buttons, because the arrow keys choose a radio button that they only pass."""
    texts, given = lesson.texts(run, number), progress().answers.get(number)

    def answer(option: int) -> None:
        if number not in progress().answers:  # a second click may come before the page has run
            keep(progress().answered(number, option))

    st.markdown(f"**Predict.** {plain(texts.question)}")
    with st.container(horizontal=True, gap="small"):
        for option, text in enumerate(texts.options):
            options: dict[str, Any] = {
                "type": "primary" if option == given else "secondary",
                "disabled": given is not None,
            }
            st.button(plain(text), key=f"lesson_answer_{number}_{option}", on_click=answer, args=(option,), **options)


def act(now: Scene, number: int) -> None:
    so_far, step, before = progress(), lesson.step(number), lesson.beginning(now.run, number)
    option = so_far.answers.get(number)
    if option is None:
        st.markdown("**Do.** The task appears here when you have chosen an answer.")
        return
    texts = lesson.texts(now.run, number)
    st.markdown(f"**Do.** {plain(texts.task)}")
    if number in so_far.done:
        st.markdown(f"**✓ Done.** {verdict(texts, option)}, because {plain(f'{texts.because}. {texts.reveal}')}")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"You chose “{plain(texts.options[option])}”. Not done yet. By keyboard: {step.keys}", width="stretch"
        )
        # Something was changed that the task did not ask for.
        if now.step != before.step or replace(now.view, **ASIDE) != replace(before.view, **ASIDE):
            st.button("Restart step", key="lesson_again", on_click=begin, args=(number,))


def verdict(texts: StepTexts, option: int) -> str:
    """Whether the answer is right; of a wrong one also what the model does with it, and the right one."""
    chosen = plain(f"“{texts.options[option]}”")
    if option in texts.right:
        return f"**Your prediction {chosen} is right**"
    does = f": {texts.chosen[option]}" if texts.chosen else ""
    right = " or ".join(f"“{texts.options[each]}”" for each in texts.right)
    return f"You chose {chosen}{plain(does)}. **The answer is {plain(right)}**"


def start(run: Run) -> None:
    """The way into the lesson from the first page, as far as this session knows the progress."""
    so_far = progress()
    step = go_on(run, so_far) if so_far.done else lesson.following(run, 0) or 1
    if step is not None:
        label = lesson.RESUMED.format(step=step) if so_far.done else lesson.START
        step_button(label, step, "lesson_start", "", "primary")
        return
    with st.container(key="lesson_start_link_secondary", width="content"):
        page_list.link("lesson", lesson.FINISHED, address.query(lesson=None))


def contents(run: Run) -> None:
    """The button to begin and all steps; once all are done, what they showed and where to continue."""
    step = go_on(run, progress())
    if step is None:
        ending(run)
        return
    last = progress().last
    label = "Start the lesson" if last is None else f"{'Resume' if step == last else 'Continue with'} step {step}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        step_button(label, step, "lesson_start", "lesson", "primary")
        if last is not None:
            st.button("Start again", key="lesson_restart", on_click=start_again)
        done, right = counted(run)
        st.markdown(f"**{done}** {right}", width="content")
    for number in range(1, LAST + 1):  # a link that opens the step, its state as a sign and in words, and its page
        so_far, one = progress(), lesson.step(number)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"lesson_line_{number}"):
            if obstacle := lesson.obstacle(run, number):
                st.markdown(f"{number}. {one.title}", width=205)
                st.markdown(f"– Not available. {obstacle}", width="content")
                continue
            link(number)
            state = "▸ Started" if number == so_far.last else "○ Not started"
            if number in so_far.done:
                state = f"✓ Done, prediction {'right' if prediction_was_right(run, number) else 'wrong'}"
            st.markdown(f"{state} · {page_list.BY_KEY[one.page].title}", width="content")


def counted(run: Run) -> tuple[str, str]:
    """Such as "3 of 8 steps done." and "2 of 3 predictions right."; steps that the run cannot show are not counted."""
    possible = lesson.possible(run)
    done = f"{len(progress().done.intersection(possible))} of {len(possible)} steps done."
    if len(possible) < LAST:
        done = f"{done} This run cannot show the other {LAST - len(possible)}."
    results = [prediction_was_right(run, number) for number in progress().done]
    if len(results) == 1:
        return done, f"Your prediction was {'right' if results[0] else 'wrong'}."
    return done, f"{sum(results)} of {len(results)} predictions right." if results else ""


def link(number: int) -> None:
    step = lesson.step(number)
    query = {"run": session.run_name(), "lesson": str(number)}
    page_list.link(step.page, f"{number}. {step.title}", query, 205)


def ending(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        done, right = counted(run)
        st.markdown(f"**You have finished: {done}** {right}", width="content")
        st.button("Start again", key="lesson_restart", on_click=start_again)
    st.markdown(f"What you have seen, with numbers from the run “{plain(session.run_name())}”:")
    for number in lesson.possible(run):
        with st.container(gap=None):
            link(number)
            verdict = "right" if prediction_was_right(run, number) else "wrong"
            st.markdown(f"{plain(lesson.texts(run, number).seen)} *Your prediction was {verdict}.*")
    st.header("What next?", anchor=False)
    for page, title, about in ONWARD:
        with st.container(gap=None):
            page_list.link(page, title, address.query(lesson=None))
            st.markdown(about)
