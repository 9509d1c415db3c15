"""Training beside the pages: what is to be trained, how far it is, and what came of it."""

from __future__ import annotations

import streamlit as st

from attrec_core.jobs.queue import Queue
from attrec_core.storage.workspace import home, read_only
from pages.frame import header
from pages.lab import _data_sets, _train, _trainings
from pages.widgets import form

header.line()
form.show_said()
queue = Queue(home())
jobs = _trainings.jobs(queue)
if read_only():
    st.info(_train.READ_ONLY)
else:
    _trainings.above(jobs)
    entry = _train.data_picker(_data_sets.entries())
    if entry.fault is None:
        preset = _train.preset(entry.path)
        _train.every_setting(preset)
        _train.name_and_start(entry, preset, queue, jobs)
_trainings.show(queue, jobs)
_trainings.ended(queue, jobs)
