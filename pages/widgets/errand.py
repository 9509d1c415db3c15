"""Work that takes long, in a process of its own: the page says what it does and for how long, and can stop it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from attrec_core.errors import InputError, sentence_of
from attrec_core.jobs.background_command import Errand
from pages.widgets import form
from pages.widgets.control_names import name_of
from pages.widgets.widgets import plain

EVERY = 0.5  # seconds between two looks
PREFIX = "errand_"


@dataclass(frozen=True)
class Work:
    """What a session is waiting for. done: is told the answer, once."""

    errand: Errand
    doing: str
    done: Callable[[dict[str, Any]], None]


def begin(name: str, words: Sequence[str], doing: str, done: Callable[[dict[str, Any]], None]) -> None:
    """For callbacks. Raises InputError where the same is being done already."""
    if waits(name):
        raise InputError("This is being done already; wait for it, or stop it.")
    st.session_state[PREFIX + name] = Work(Errand(words), doing, done)


def waits(name: str) -> bool:
    return PREFIX + name in st.session_state


def work_of(name: str) -> Work | None:
    """What this session waits for under this name."""
    return st.session_state.get(PREFIX + name)


def show(name: str) -> None:
    """Where it is told, and what is wrong with what came of it; nothing where nothing is being done."""
    form.show_said(name)
    if waits(name):
        look(name)


@st.fragment(run_every=EVERY)
def look(name: str) -> None:
    """Looks by itself whether it has ended; then the page is drawn anew."""
    work = st.session_state.get(PREFIX + name)
    if work is None:
        return
    if work.errand.running():
        with st.container(horizontal=True, vertical_alignment="center"):
            state = "stopping" if work.errand.asked_to_stop else f"{work.errand.seconds:.0f} s so far"
            st.markdown(f"{plain(work.doing)} {state}", width="content")
            st.button("stop", key=f"stop_{name}", on_click=work.errand.stop)
        return
    del st.session_state[PREFIX + name]
    if work.errand.was_stopped:
        form.say("Stopped; nothing was kept.", name)
    else:
        try:
            work.done(work.errand.answer())
        except (InputError, OSError) as error:  # what else was said on the page stays
            form.refuse(sentence_of(error, name_of), name)
    st.rerun()
