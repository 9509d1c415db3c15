"""The estimated time of a training: for small data measured shortly after a choice, else on request."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from attrec_core.data.report import Counts
from attrec_core.errors import InputError
from attrec_core.jobs.job import Job, JobRequest
from attrec_core.views.data.upload import stamp
from pages.frame import address
from pages.frame.plain_text import plain
from pages.frame.streamlit_internals import undivided
from pages.widgets import background, form

WORK, SINCE, ASKED = "train_estimate", "train_estimate_since", "train_estimate_asked"
NOT_ASKED = "The estimate runs a few real steps on the data, which takes some seconds."
SOON = "Estimating the time…"
SMALL = 300_000  # interactions: read in a second
PAUSE = 1.5  # seconds after the last choice
LOOK = 0.5  # seconds between two checks whether the pause is over
MOST = 200  # estimates kept
KNOWN: dict[str, Mapping[str, Any]] = {}  # mark of a training → its estimate, for all sessions
RUNNING: list[Any] = []  # the process of an automatic estimate; never two at once


def mark(wanted: JobRequest) -> str:
    """A key that two trainings share if they take the same time, whatever their names."""
    try:
        version = stamp(wanted.data)
    except InputError:
        version = ()
    return json.dumps([version, replace(wanted, name="").estimate])


def time_of(wanted: JobRequest) -> str:
    """The estimated time in a few words; empty if it is not known."""
    return str(KNOWN.get(mark(wanted), {}).get("time", ""))


def show(wanted: JobRequest, rest: list[JobRequest], sizes: Counts | None, jobs: list[Job], *, possible: bool) -> None:
    """Shows the estimate if it is known; else starts the measurement for small data, if no other job is active. Once
    it is known, those in `rest` follow."""
    known = KNOWN.get(mark(wanted)) if possible else None
    if known is not None:
        st.markdown(plain(str(known["sentence"])))
    background.show(WORK)
    if possible and not background.is_running(WORK):
        is_light = sizes is not None and sizes.interactions <= SMALL and all(job.has_ended for job in jobs)
        settled = KNOWN.keys() | st.session_state.setdefault(ASKED, set())
        unknown = [one for one in ([wanted] if known is None else rest) if mark(one) not in settled]
        if is_light and unknown:
            start_after_pause(unknown[0])
        elif known is None:
            st.markdown(plain(NOT_ASKED))


@st.fragment(run_every=LOOK)
def start_after_pause(wanted: JobRequest) -> None:
    st.markdown(plain(SOON))
    last_mark, since = st.session_state.get(SINCE, ("", 0.0))
    if last_mark != mark(wanted):
        st.session_state[SINCE] = mark(wanted), time.monotonic()
    elif time.monotonic() - since >= PAUSE and not any(command.running() for command in RUNNING):
        try:
            start_estimate(wanted)
        except InputError as error:
            form.refuse(error, WORK)
        RUNNING[:] = [work.command] if (work := background.work_of(WORK)) is not None else []
        address.rerun()


@undivided()
def start_estimate(wanted: JobRequest) -> None:
    """Starts the measurement. Its result, even a refusal, is not measured again unless requested. Raises InputError."""
    which = mark(wanted)
    st.session_state.setdefault(ASKED, set()).add(which)

    def keep(answer: dict[str, Any]) -> None:
        KNOWN[which] = answer
        while len(KNOWN) > MOST:
            KNOWN.pop(next(iter(KNOWN)))

    background.begin(WORK, wanted.estimate, "Estimating…", keep)
