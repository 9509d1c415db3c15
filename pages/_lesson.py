"""The panel of the lesson above a page: predict, do, see. What was predicted and done stays until one starts again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from attrec_core.questions import lesson
from attrec_core.questions.lesson.progress import from_parts, to_parts
from attrec_core.results.lesson import Progress
from attrec_core.runs import Run
from attrec_core.scene import Scene, scene
from attrec_core.view import Fitted, View
from pages import _address as address
from pages import _prepared as prepared
from pages import _session as session
from pages._runs import opened
from pages._widgets import plain

KEPT, LAST = "lesson_progress", len(lesson.STEPS)


def progress() -> Progress:
    """How far one has come with the run that is open."""
    return st.session_state.get(KEPT, {}).get(session.run_name(), Progress())


def keep(mine: Progress) -> None:
    st.session_state.setdefault(KEPT, {})[session.run_name()] = mine


def start_again() -> None:
    keep(Progress())


def keeping(fit: Callable[[View], Fitted]) -> Callable[[View], Fitted]:
    """What fits, and in it how far one has come: the address holds it, so that a reload goes on where one was. A
    session that has begun knows better than an address, such as that of a link or of Back."""

    def fitted(view: View) -> Fitted:
        view, said = fit(view)
        if (run := opened().runs.get(view.run or "")) is None:
            return view, said
        known = st.session_state.setdefault(KEPT, {})
        if view.run not in known:
            known[view.run], more = from_parts(run, view.progress or ())
            said = said + more
        known[view.run] = mine = noted(known[view.run], run, view)
        return replace(view, progress=to_parts(mine)), said

    return fitted


def noted(mine: Progress, run: Run, view: View) -> Progress:
    """Where one is; and that the step is done, if what is shown says so and a prediction was made."""
    number = view.lesson
    if number is None:
        return mine
    if number in mine.answers and number not in mine.done and lesson.done(run, number, scene(run, view)):
        mine = mine.finished(number)
    return mine.at(number)


def leave() -> None:
    address.change(lesson=None)


def begin(number: int) -> None:
    """For callbacks, on the page of the step: the step as it was prepared."""
    run = opened().runs[session.run_name()]
    address.take(replace(lesson.prepared(run, number), **place(number)), [])


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
        st.page_link(prepared.PATHS[lesson.step(number).page], label=label, query_params=query, width="content")


def held(run: Run, number: int) -> bool:
    """Whether the prediction of a step came true."""
    return progress().answers.get(number) in lesson.question(run, number).right


def show(page: str) -> None:
    """Nothing, unless the view is in the lesson; the lesson's own page tells all steps instead."""
    number = address.current().lesson
    if number is None or page == "lesson" or session.run_name() not in opened().runs:
        return
    now = session.scene()
    with st.container(border=True, key="lesson_panel"):
        top_line(number, page)
        stuck = lesson.obstacle(now.run, number)
        if stuck:
            st.markdown(f"{stuck} Go on with the next one.")
        elif page != lesson.step(number).page:
            way_home(number)
        else:
            st.markdown(f"{plain(lesson.who(now.run, number))} {lesson.step(number).about}".strip())
            ask, do = st.columns(2, gap="large")
            with ask:
                predict(now.run, number)
            with do:
                act(now, number)
    if not stuck and hides_page(page, number):
        st.caption("The page opens when you have chosen an answer.")
        st.stop()


def hides_page(page: str, number: int) -> bool:
    """The page would give the answer away."""
    return page == lesson.step(number).page and number not in progress().answers


def top_line(number: int, page: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Lesson, step {number} of {LAST}: {lesson.step(number).title}**", width="stretch")
        if number > 1:
            way("‹ back", number - 1, "lesson_back", page)
        finished = number in progress().done
        if number < LAST:
            way(
                "next ›" if finished else "skip ›",
                number + 1,
                "lesson_next",
                page,
                "primary" if finished else "secondary",
            )
        else:
            with st.container(key=f"lesson_finish_link_{'primary' if finished else 'secondary'}", width="content"):
                query = address.query(lesson=None)
                st.page_link(prepared.PATHS["lesson"], label="finish", query_params=query, width="content")
        st.button("leave", key="lesson_leave", type="tertiary", on_click=leave, help="The Lesson page resumes it.")


def way_home(number: int) -> None:
    page = lesson.step(number).page
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("This step is at home on the page", width="content")
        st.page_link(prepared.PATHS[page], label=prepared.NAMES[page], query_params=address.query(), width="content")


def predict(run: Run, number: int) -> None:
    """The question; once the step is done, the answer stands."""
    asked, mine, key = lesson.question(run, number), progress(), f"lesson_answer_{number}"
    words = f"**Predict.** {plain(asked.text)}"
    if number in mine.done:
        st.markdown(f"{words} You said: “{plain(asked.options[mine.answers[number]])}”.")
        return
    st.session_state[key] = mine.answers.get(number)

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
    mine, step, before = progress(), lesson.step(number), lesson.beginning(now.run, number)
    if number not in mine.answers:
        st.markdown("**Do.** First choose an answer; then you will see.")
        return
    st.markdown(f"**Do.** {plain(step.task(before))}")
    if number in mine.done:
        reveal(before, lesson.solved(now.run, number), number)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Not done yet. By keyboard: {step.keys}", width="stretch")
        if strayed(now, before):
            st.button("set the scene again", key="lesson_again", on_click=begin, args=(number,))


def reveal(before: Scene, now: Scene, number: int) -> None:
    run, step = before.run, lesson.step(number)
    asked = lesson.question(run, number)
    right = " or ".join(f"“{asked.options[option]}”" for option in asked.right)
    verdict = "Your prediction held." if held(run, number) else f"Your prediction did not hold; right was {right}."
    st.markdown(f"**✓ Done.** {plain(step.reveal(before, now))} **{plain(verdict)}**")


def strayed(now: Scene, before: Scene) -> bool:
    """Whether something was changed that the task did not ask for, or not only that."""
    aside = {"run": None, "lesson": None, "scene": None, "selected": None, "step": None}
    return replace(now.view, **aside) != replace(before.view, **aside)


def contents(run: Run) -> None:
    """All steps, how far one is, and the way in."""
    mine = progress()
    finished = sum(number in mine.done for number in range(1, LAST + 1))
    at = mine.last or 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        way("Start" if mine.last is None else f"Resume at step {at}", at, "lesson_start", "lesson", "primary")
        if mine.last is not None:
            st.button("start again", key="lesson_restart", on_click=start_again)
        st.markdown(f"**{finished} of {LAST} steps done.** {predictions(run)}", width="content")
    for number in range(1, LAST + 1):
        line(run, number)


def predictions(run: Run) -> str:
    told = [held(run, number) for number in progress().done]
    return f"{sum(told)} of {len(told)} predictions held." if told else ""


def line(run: Run, number: int) -> None:
    """One step: its state in a sign and in words, and a link that opens it."""
    mine, step = progress(), lesson.step(number)
    if number in mine.done:
        state = f"✓ done, prediction {'held' if held(run, number) else 'did not hold'}"
    elif stuck := lesson.obstacle(run, number):
        state = f"– not with this run. {stuck}"
    else:
        state = "▸ here" if number == mine.last else "○ to come"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.page_link(
            prepared.PATHS[step.page],
            label=f"{number}. {step.title}",
            query_params={"run": session.run_name(), "lesson": str(number)},
            width=205,
        )
        st.markdown(f"{state} · {prepared.NAMES[step.page]}", width="content")
