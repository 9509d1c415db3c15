"""Training beside the pages: what is to be trained, how far it is, and what came of it."""

from __future__ import annotations

import streamlit as st

from attrec_core.jobs import Queue
from attrec_core.storage.workspace import home, read_only
from pages import _data_sets as data_sets
from pages import _form as form
from pages import _header as header
from pages import _train as train
from pages import _trainings as trainings

header.line()
form.show_said()
queue = Queue(home())
jobs = trainings.jobs(queue)
if read_only():
    st.info(train.READ_ONLY)
else:
    trainings.above(jobs)
    one = train.what_on(data_sets.entries())
    if one.fault is None:
        preset = train.preset(one.path)
        train.every_setting(preset)
        train.name_and_start(one, preset, queue, jobs)
trainings.show(queue, jobs)
trainings.ended(queue, jobs)
