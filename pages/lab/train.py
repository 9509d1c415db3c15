"""Train a model: at the top the running trainings, below them the form for the next one, and past trainings."""

from __future__ import annotations

import streamlit as st

from attrec_core.jobs.queue import Queue
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.texts import text
from pages.frame import header
from pages.lab import _data_sets, _train, _trainings
from pages.widgets import form

header.line()
form.show_said()
queue = Queue(home())
jobs = _trainings.jobs(queue)
is_shown = _trainings.show(queue, jobs)
if read_only():
    st.info(text("train", "read only"))
else:
    # Folded while trainings are shown above it.
    with st.expander("Train another model", key="train_more", on_change="rerun") if is_shown else st.container():
        if not is_shown:
            st.header("Train a model", anchor=False)
        entry = _train.data_picker(_data_sets.entries())
        if entry.fault is None:
            _train.system_and_preset(entry.path)
            wanted = _train.request(entry.path)
            _train.every_setting(wanted)
            _train.name_and_start(entry, wanted, queue, jobs)
_trainings.ended(queue, jobs)
_train.begin_on_top()
