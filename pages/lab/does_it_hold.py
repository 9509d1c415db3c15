"""Is AttRec as good as its paper says, which part of it does the work, and what beats it?"""

from __future__ import annotations

import streamlit as st

from attrec_core.jobs.queue import Queue
from attrec_core.storage.workspace import home, read_only
from pages.frame import address, header
from pages.lab import _does_it_hold, _study_form, _study_parts, _trainings
from pages.widgets import form, widgets

STUDIES = "study"

lead = header.line()
form.show_said()
queue = Queue(home())
every = _trainings.jobs(queue)
jobs = _trainings.of_page(every, STUDIES)
_trainings.show(queue, jobs, STUDIES)
found = _does_it_hold.folders()
asked = address.current()
on_other_data = asked.data is not None and asked.study is None  # as in the link on the page Data
form_first = not found or on_other_data
if form_first and not read_only():
    _study_form.box(queue, every, is_open=True)
answer = st.container()
figure, beside = st.columns(_does_it_hold.WIDTHS, gap="large")
with beside:
    page = _does_it_hold.chosen(found, [job.request.name for job in jobs if not job.has_ended], lead, answer)
    if not (form_first or read_only()):
        _study_form.box(queue, every, is_open=False)
if page is not None:
    with answer:
        _does_it_hold.lead(page)
    with figure:
        _does_it_hold.answer(page)
    with widgets.below("study_more"):
        _does_it_hold.what_changes(page)
        _study_parts.parts(page)
        _study_parts.beyond_recency(page)
        _study_parts.attention_and_causes(page)
_trainings.ended(queue, jobs, STUDIES)
