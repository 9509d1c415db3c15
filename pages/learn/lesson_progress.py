"""Progress in the lesson: the session knows it, the address holds it, the browser stores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from attrec_core.errors import Remark
from attrec_core.runs.run import Run
from attrec_core.views.lesson import lesson
from attrec_core.views.lesson.lesson import LessonProgress, from_parts, to_parts
from attrec_core.views.page_context import scene
from attrec_core.views.view import Fitted, View
from pages.frame import address, session
from pages.frame.component import component, event

KNOWN, HELD, MEMORY = "lesson_progress", "lesson_held", "lesson_memory"
MOST = 2 * len(lesson.STEPS)  # parts that are read of the progress that a browser has stored

_memory = component("lesson_memory", '<span class="attrec-lesson-memory" hidden></span>', isolate=False, parts=())


def progress() -> LessonProgress:
    """Returns the progress with the open run."""
    return st.session_state.get(KNOWN, {}).get(session.run_name(), LessonProgress())


def keep(so_far: LessonProgress) -> None:
    st.session_state.setdefault(KNOWN, {})[session.run_name()] = so_far


def start_again() -> None:
    stored_progress()[session.run_name()] = ("begun again",)  # so that the browser drops its copy, too
    keep(LessonProgress())


def stored_progress() -> dict[str, tuple[str, ...] | None]:
    """Returns, for each run, the progress that need not be sent to the browser: it came with the link, or the browser
    has stored it itself. None: the browser has not been asked yet."""
    return st.session_state.setdefault(HELD, {})


def with_progress(view: View, run: Run) -> Fitted:
    """Returns the view with the progress in it, so that a reload resumes there. The session's progress has precedence
    over the progress in an address, such as the address of a link or of Back."""
    by_run = st.session_state.setdefault(KNOWN, {})
    remarks: tuple[Remark, ...] = ()
    if view.run not in by_run:
        by_run[view.run], remarks = from_parts(run, view.progress or ())
        stored_progress()[view.run] = to_parts(by_run[view.run])
    by_run[view.run] = with_step_noted(by_run[view.run], run, view)
    return Fitted(replace(view, progress=to_parts(by_run[view.run])), remarks)


def with_step_noted(so_far: LessonProgress, run: Run, view: View) -> LessonProgress:
    """Returns the progress with the present step noted, as done if the scene fulfils it and a prediction was made."""
    number = view.lesson
    if number is None:
        return so_far
    if number in so_far.answers and number not in so_far.done and lesson.done(run, number, scene(run, view)):
        so_far = so_far.finished(number)
    return so_far.at(number)


def remember() -> None:
    """Has the browser store the progress, and show the panel of a step that has just been done. Without progress in the
    link, the browser is first asked what it has stored.

    So progress in a link has precedence, and replaces the stored progress only when the visitor continues from there.
    """
    run, so_far = session.open_run(), to_parts(progress()) or ()
    if run is None:
        return
    before = stored_progress().get(session.run_name())
    data = {
        "run": run.fingerprint,
        "asks": before is None,
        "keeps": list(so_far) if before is not None and so_far != before else None,
        "step": address.current().lesson,
        "done": address.current().lesson in progress().done,
    }
    _memory(key=MEMORY, data=data, on_kept_change=lambda: recall(run, event(MEMORY, "kept")))


def recall(run: Run, sent: Mapping[str, Any]) -> None:
    """Takes over the progress that the browser has stored; what was done since has precedence."""
    name, parts = session.run_name(), sent.get("progress")
    if stored_progress().get(name) is not None or sent.get("run") != run.fingerprint:
        return
    earlier, _ = from_parts(run, [str(part) for part in parts[:MOST]] if isinstance(parts, list) else ())
    stored_progress()[name] = to_parts(earlier) or ()
    keep(progress().after(earlier))
