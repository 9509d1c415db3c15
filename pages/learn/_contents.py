"""All steps of the lesson on its own page: how far one is, the way in, and how it ends."""

from __future__ import annotations

import streamlit as st

from attrec_core.runs.run import Run
from attrec_core.views.lesson import lesson
from attrec_core.views.lesson.progress import go_on
from pages.frame import address, page_list, session
from pages.frame import progress as frame_progress
from pages.frame.progress import progress
from pages.learn._lesson import LAST, held, way
from pages.widgets.widgets import plain

ONWARD = (
    ("be-a-user", "Be a user", "Pick a few items that you like, and look at every page as yourself."),
    ("data", "Bring your own data", "Upload a file, see what was recognised, train a model of it, and open it here."),
    ("attention", "Look around", "Any person of this run, at any moment of their history."),
)


def contents(run: Run) -> None:
    """The way in and all steps; once all are done, what one has seen in them and where to go on."""
    at = go_on(run, progress())
    if at is None:
        ending(run)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        way(way_in(at), at, "lesson_start", "lesson", "primary")
        if progress().last is not None:
            again()
        st.markdown(f"**{counted(run)}** {predictions(run)}", width="content")
    for number in range(1, LAST + 1):
        line(run, number)


def way_in(at: int) -> str:
    last = progress().last
    return "Start" if last is None else f"{'Resume at' if at == last else 'Go on with'} step {at}"


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
    mine, step = progress(), lesson.step(number)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"lesson_line_{number}"):
        if stuck := lesson.obstacle(run, number):
            st.markdown(f"{number}. {step.title}", width=205)
            st.markdown(f"– not with this run. {stuck}", width="content")
            return
        link(number)
        if number in mine.done:
            state = f"✓ done, prediction {'held' if held(run, number) else 'did not hold'}"
        else:
            state = "▸ here" if number == mine.last else "○ to come"
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
            st.markdown(f"{plain(lesson.seen(run, number))} *Your prediction {came}.*")
    st.header("Where to go on", anchor=False)
    for page, title, text in ONWARD:
        with st.container(gap=None):
            page_list.link(page, title, address.query(lesson=None))
            st.markdown(text)
