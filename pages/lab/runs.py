"""The runs: how good is each run, which settings differ, and how can a run be added?"""

import streamlit as st

from attrec_core.jobs.queue import Queue
from attrec_core.storage.workspace import home
from pages.lab import run_details, runs_list, trainings
from pages.widgets import form, header

header.line()
runs_list.import_waiting()
runs_list.begin_with(trainings.newest(Queue(home())))  # a visitor who comes from a training wants to see its run
everything, trashed = runs_list.entries(), runs_list.TRASH.listed()
left, right = st.columns([1.75, 1], gap="large")
with left:
    runs_list.run_list(everything)
with right:
    run_details.panel(everything, trashed)
with st.container():
    form.show_said(runs_list.TRASH.place)
runs_list.TRASH.box(trashed)
