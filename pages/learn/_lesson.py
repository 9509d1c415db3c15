"""The lesson: its panel above a page (predict, do, see), and all its steps on its own page.

What was predicted and done stays until one starts again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from attrec_core.runs.run import Run
from attrec_core.views.lesson import lesson
from attrec_core.views.lesson.progress import go_on
from attrec_core.views.page_context import Scene
from pages.frame import address, page_list, session
from pages.frame import progress as frame_progress
from pages.frame.progress import keep, progress
from pages.frame.runs import opened
from pages.widgets.widgets import plain

LAST = len(lesson.STEPS)
# Of a view what says nothing of whether its scene is as it was prepared. A step is compared as what it comes to.
ASIDE = dict.fromkeys(
    ("run", "lesson", "progress", "scene", "selected", "step", "data", "beside", "probe", "epoch", "space")
)
ONWARD = (
    ("be-a-user", "Be a user", "Pick a few items that you like, and look at every page as yourself."),
    ("data", "Bring your own data", "Upload a file, see what was recognised, train a model of it, and open it here."),
    ("attention", "Look around", "Any person of this run, at any moment of their history."),
)


def begin(number: int) -> None:
    """For callbacks, on the page of the step: the step as it was prepared."""
    run = opened().runs[session.run_name()]
    address.take(replace(lesson.prepared(run, number), **place(number)))


def place(number: int) -> dict[str, Any]:
    """What a link to a step has to say; the rest is prepared. A lesson may be taken in presenter mode."""
    return {"run": session.run_name(), "lesson": number, "scene": None if address.current().scene is None else 0}


def way(label: str, number: int, key: str, page: str, kind: Literal["primary", "secondary"] = "secondary") -> None:
    """A button to a step that is at home on this page, a link that looks like one to any other."""
    if lesson.step(number).page == page:
        st.button(label, key=key, type=kind, on_click=begin, args=(number,))
        return
    with st.container(key=f"{key}_link_{kind}", width="content"):
        query = {name: str(value) for name, value in place(number).items() if value is not None}
        page_list.link(lesson.step(number).page, label, query)


def held(run: Run, number: int) -> bool:
    """Whether the prediction of a step came true."""
    return progress().answers.get(number) in lesson.texts(run, number).right


def show(page: str) -> None:
    """Nothing, unless the view is in the lesson; the lesson's own page tells all steps instead."""
    number = address.current().lesson
    if page == "lesson" or number is not None:
        frame_progress.remember()
    if number is None or page == "lesson" or session.open_run() is None:
        return
    now = session.scene()
    with st.container(border=True, key="lesson_panel"):
        top_line(now.run, number, page)
        stuck = lesson.obstacle(now.run, number)
        if stuck:
            st.markdown(stuck)
        elif page != lesson.step(number).page:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown("This step is at home on the page", width="content")
                page_list.link(lesson.step(number).page, query=address.query())
        else:
            st.markdown(f"{plain(lesson.who(now.run, number))} {lesson.step(number).about}".strip())
            ask, do = st.columns(2, gap="large")
            with ask:
                predict(now.run, number)
            with do:
                act(now, number)
    # The page would give the answer away.
    if not stuck and page == lesson.step(number).page and number not in progress().answers:
        st.caption("The page opens when you have chosen an answer.")
        st.stop()


def hidden_until(part: str) -> int | None:
    """The step whose answer this part of another step's page would give away; None outside of the lesson, and once the
    step is done."""
    if address.current().lesson is None:
        return None
    asking = (number for number, step in enumerate(lesson.STEPS, 1) if step.given_away_by == part)
    run, so_far = session.scene().run, progress()
    return next((number for number in asking if number not in so_far.done and not lesson.obstacle(run, number)), None)


def top_line(run: Run, number: int, page: str) -> None:
    """Where one is, and the ways to the steps around that the run can show."""
    before, after = lesson.preceding(run, number), lesson.following(run, number)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Lesson, step {number} of {LAST}: {lesson.step(number).title}**", width="stretch")
        if before is not None:
            way("‹ back", before, "lesson_back", page)
        finished = number in progress().done
        kind = "primary" if finished else "secondary"
        if after is not None:
            way("next ›" if finished else "skip ›", after, "lesson_next", page, kind)
        else:
            with st.container(key=f"lesson_finish_link_{kind}", width="content"):
                page_list.link("lesson", "finish", address.query(lesson=None))
        options = {"type": "tertiary", "help": "The Lesson page resumes it."}
        st.button("leave", key="lesson_leave", on_click=session.choose, kwargs={"lesson": None}, **options)


def predict(run: Run, number: int) -> None:
    """The question; once the step is done, the answer stands."""
    asked, so_far, key = lesson.texts(run, number), progress(), f"lesson_answer_{number}"
    words = f"**Predict.** {plain(asked.question)}"
    if number in so_far.done:
        st.markdown(f"{words} You said: “{plain(asked.options[so_far.answers[number]])}”.")
        return
    st.session_state[key] = so_far.answers.get(number)

    def answer() -> None:
        if st.session_state[key] is not None:
            keep(progress().answered(number, st.session_state[key]))

    st.radio(
        words,
        range(len(asked.options)),
        index=None,
        key=key,
        format_func=lambda option: plain(asked.options[option]),
        on_change=answer,
        horizontal=True,
    )


def act(now: Scene, number: int) -> None:
    """The task, and whether it was done."""
    so_far, step, before = progress(), lesson.step(number), lesson.beginning(now.run, number)
    if number not in so_far.answers:
        st.markdown("**Do.** First choose an answer; then you will see.")
        return
    st.markdown(f"**Do.** {plain(lesson.texts(now.run, number).task)}")
    if number in so_far.done:
        reveal(now.run, number)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Not done yet. By keyboard: {step.keys}", width="stretch")
        # Something was changed that the task did not ask for, or not only that.
        if now.step != before.step or replace(now.view, **ASIDE) != replace(before.view, **ASIDE):
            st.button("set the scene again", key="lesson_again", on_click=begin, args=(number,))


def reveal(run: Run, number: int) -> None:
    texts = lesson.texts(run, number)
    right = " or ".join(f"“{texts.options[option]}”" for option in texts.right)
    verdict = "Your prediction held." if held(run, number) else f"Your prediction did not hold; right was {right}."
    st.markdown(f"**✓ Done.** {plain(texts.reveal)} **{plain(verdict)}**")


def contents(run: Run) -> None:
    """The way in and all steps; once all are done, what one has seen in them and where to go on."""
    at = go_on(run, progress())
    if at is None:
        ending(run)
        return
    last = progress().last
    label = "Start" if last is None else f"{'Resume at' if at == last else 'Go on with'} step {at}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        way(label, at, "lesson_start", "lesson", "primary")
        if last is not None:
            again()
        st.markdown(f"**{counted(run)}** {predictions(run)}", width="content")
    for number in range(1, LAST + 1):
        line(run, number)


def again() -> None:
    st.button("start again", key="lesson_restart", on_click=frame_progress.start_again)


def counted(run: Run) -> str:
    """Such as "3 of 8 steps done."; steps that the run cannot show are no part of the sum."""
    possible = lesson.possible(run)
    told = f"{len(progress().done.intersection(possible))} of {len(possible)} steps done."
    return told if len(possible) == LAST else f"{told} {LAST - len(possible)} of the {LAST} cannot be shown."


def predictions(run: Run) -> str:
    told = [held(run, number) for number in progress().done]
    return f"{sum(told)} of {len(told)} predictions held." if told else ""


def line(run: Run, number: int) -> None:
    """One step: its state in a sign and in words, and a link that opens it."""
    so_far, step = progress(), lesson.step(number)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"lesson_line_{number}"):
        if stuck := lesson.obstacle(run, number):
            st.markdown(f"{number}. {step.title}", width=205)
            st.markdown(f"– not with this run. {stuck}", width="content")
            return
        link(number)
        if number in so_far.done:
            state = f"✓ done, prediction {'held' if held(run, number) else 'did not hold'}"
        else:
            state = "▸ here" if number == so_far.last else "○ to come"
        st.markdown(f"{state} · {page_list.BY_KEY[step.page].title}", width="content")


def link(number: int) -> None:
    step = lesson.step(number)
    query = {"run": session.run_name(), "lesson": str(number)}
    page_list.link(step.page, f"{number}. {step.title}", query, 205)


def ending(run: Run) -> None:
    """What stays of each step, with its number from the run, and where to go on."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**You are through: {counted(run)}** {predictions(run)}", width="content")
        again()
    st.markdown(f"What you have seen, in numbers of the run “{plain(session.run_name())}”:")
    for number in lesson.possible(run):
        with st.container(gap=None):
            link(number)
            came = "held" if held(run, number) else "did not hold"
            st.markdown(f"{plain(lesson.texts(run, number).seen)} *Your prediction {came}.*")
    st.header("Where to go on", anchor=False)
    for page, title, text in ONWARD:
        with st.container(gap=None):
            page_list.link(page, title, address.query(lesson=None))
            st.markdown(text)
