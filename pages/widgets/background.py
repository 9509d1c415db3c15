"""Long work in a separate process: the page shows what is being done and for how long, and can stop it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from attrec_core.errors import InputError
from attrec_core.jobs.process import BackgroundCommand
from pages.frame import address
from pages.frame.plain_text import plain
from pages.frame.streamlit_internals import undivided
from pages.widgets import form

EVERY = 0.5  # seconds between two checks
PREFIX = "background_"


@dataclass(frozen=True)
class Work:
    """Work that a session waits for. doing: a text for the page, such as "Importing a.csv…", or a function that
    returns the progress; done: is called once with the answer; stopped: a text for the page after Stop."""

    command: BackgroundCommand
    doing: str | Callable[[], str]
    done: Callable[[dict[str, Any]], None]
    stopped: str


def begin(
    name: str,
    arguments: Sequence[str],
    doing: str | Callable[[], str],
    done: Callable[[dict[str, Any]], None],
    stopped: str = "Stopped; nothing was kept.",
) -> None:
    """For callbacks: starts the work; arguments as in `Work`. Raises InputError while work of this name is running."""
    if is_running(name):
        raise InputError("busy", "This is already running; wait for it, or stop it.")
    st.session_state[PREFIX + name] = Work(BackgroundCommand(arguments), doing, done, stopped)


def is_running(name: str) -> bool:
    return PREFIX + name in st.session_state


def work_of(name: str) -> Work | None:
    return st.session_state.get(PREFIX + name)


def show(name: str) -> None:
    """The message of work that has ended, and running work with its Stop button; nothing where there is neither."""
    form.show_said(name)
    if is_running(name):
        watch(name)


@st.fragment(run_every=EVERY)
def watch(name: str) -> None:
    work = work_of(name)
    if work is None:
        return
    command = work.command
    if command.running():
        with st.container(horizontal=True, vertical_alignment="center"):
            state = "stopping" if command.stop_requested else f"{command.seconds:.0f} s"
            doing = work.doing() if callable(work.doing) else work.doing
            st.markdown(f"{plain(doing)} {state}", width="content")
            st.button("Stop", key=f"stop_{name}", on_click=command.stop)
        return
    take_answer(name, work)
    address.rerun()


@undivided()
def take_answer(name: str, work: Work) -> None:
    """Takes the answer of work that has ended; it can be taken only once."""
    del st.session_state[PREFIX + name]
    if work.command.was_stopped:
        form.say(work.stopped, name)
        return
    try:
        work.done(work.command.answer())
    except (InputError, OSError) as error:  # not `form.attempt`, which would clear the page's message
        form.refuse(error, name)
