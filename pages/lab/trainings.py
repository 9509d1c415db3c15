"""The trainings: running, waiting and ended. Their state is on disk, so any page can show it."""

from __future__ import annotations

import contextlib
from html import escape

import streamlit as st

from attrec_core.errors import InputError, number
from attrec_core.jobs.job import Job, JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.runs.history import leading
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.load import open_run, read_metrics
from attrec_core.storage.workspace import read_only
from attrec_core.views import caveats
from attrec_core.views.panel import Shown
from attrec_core.views.train import words
from attrec_core.views.train.panels import CURVES, TrainingRecord
from pages.frame import address, page_list
from pages.frame.plain_text import fault, name_of, plain
from pages.frame.runs import opened, what_became_of
from pages.lab import data_sets
from pages.widgets import form, panels

EVERY = 1.0  # seconds between two checks while a job runs or waits
WATCHED = "trainings_watched"  # ids of the jobs that ran when this session last looked
SHOWN = 20  # ended jobs that are listed, the latest


def jobs(queue: Queue) -> list[Job]:
    """All jobs, after the queue has been tended; an error message where they cannot be read."""
    try:
        queue.tend()
        return queue.jobs()
    except InputError as error:
        st.error(fault(error))
        return []


def show(queue: Queue, all_jobs: list[Job]) -> bool:
    """At the top of the page: the running and waiting jobs, else those that this session saw end. Returns whether there
    are any."""
    watched = st.session_state.setdefault(WATCHED, [])
    running = [job for job in all_jobs if not job.has_ended]
    if running:
        watched[:] = [job.id for job in running]
        one = f"1 training {'waiting' if running[0].state == 'queued' else 'running'}"
        many = f"{len(running)} trainings running or waiting"
        st.header(one if len(running) == 1 else many, anchor=False)
        live(queue, [job.id for job in running])
        those = "training continues" if len(running) == 1 else "trainings continue"
        st.caption(f"The {those} if you close this page.")
        return True
    latest = sorted((job for job in all_jobs if job.id in watched), key=lambda job: -job.ended)
    for job in latest:
        with st.container(border=True, key=f"job_{job.id}"):
            ended_job(queue, job, is_next=job is latest[0], remark=of_no_use(job))
    return bool(latest)


def newest(queue: Queue) -> Job | None:
    """The training with a run that ended last, among those that this session has watched."""
    watched = st.session_state.get(WATCHED)
    with_run = [job for job in jobs(queue) if job.id in watched and job.run is not None] if watched else []
    return max(with_run, key=lambda job: job.ended) if with_run else None


@st.fragment(run_every=EVERY)
def live(queue: Queue, drawn: list[str]) -> None:
    """The running and waiting jobs. Redraws the page once they differ from those that it was drawn for."""
    active = [job for job in jobs(queue) if not job.has_ended]
    if [job.id for job in active] != drawn:
        address.rerun()
    for job in sorted(active, key=lambda job: (job.state == "queued", queue.place(job))):
        with st.container(border=True, key=f"job_{job.id}"):
            current_job(queue, job)


def current_job(queue: Queue, job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(words.headline(job, queue.place(job)))}**", width="content")
        st.markdown(plain(words.time_left(job) if job.state == "running" else ""), width="stretch")
        if job.state in ("queued", "running") and not read_only():
            form.button(words.stop_label(job), f"cancel_{job.id}", queue.cancel, job)
    st.caption(plain(words.asked_for(job)))
    if job.phases:
        for column, phase in zip(st.columns(len(job.phases)), job.phases, strict=True):
            with column:
                if phase.is_open:  # nobody knows its end
                    name = escape(words.phase_text(phase))
                    progress = f'<div role="progressbar" aria-label="{name}"><i></i></div>'
                    st.html(f'<div class="attrec-open"><p>{name}</p>{progress}</div>')
                else:
                    st.progress(phase.share, text=plain(words.phase_text(phase)))
    if job.epochs:
        curves(job)
        if remark := of_no_use(job):
            st.caption(plain(remark))


def curves(job: Job, *, headed: bool = True) -> None:
    data = data_of(job)
    record = TrainingRecord(job.request.name, job.epochs, leading(None if data is None else data.sizes))
    panels.show(Shown(CURVES, job, record, job.id), headed=headed, abreast=3)


def of_no_use(job: Job) -> str:
    """A remark where HR@50 says little or nothing on this data; else empty."""
    best = words.best_epoch(job.epochs)
    hit_rate = 0.0 if best is None else best.value("hr@50")  # on the validation items; 0 before there is an epoch
    if not job.epochs and job.run is not None:
        with contextlib.suppress(InputError):
            hit_rate = float(read_metrics(open_run(job.run))["validation"]["hr@50"])
    if hit_rate <= caveats.LOW:
        return ""  # no remark on any data, so the data is not looked up
    data = data_of(job)
    return "" if data is None else caveats.of_entry(data)


def quality_of(wanted: JobRequest, since: float, jobs: list[Job]) -> str:
    """The MRR on the test items after the latest such training since then; empty if there is none."""
    alike = [job for job in jobs if job.request.estimate == wanted.estimate and job.created > since]
    runs = [job.run for job in alike if job.state == "done" and job.run is not None]
    with contextlib.suppress(InputError, IndexError):
        return f"MRR {number(read_metrics(open_run(runs[-1]))['mrr'], 3)}"
    return ""


def data_of(job: Job) -> LibraryEntry | None:
    return next((entry for entry in data_sets.entries() if entry.path == job.request.data), None)


def ended(queue: Queue, all_jobs: list[Job]) -> None:
    on_top = st.session_state.get(WATCHED, [])
    past = [job for job in all_jobs if job.has_ended and job.id not in on_top]
    if not past:
        return
    st.header("Past trainings", anchor=False)
    remarks: set[str] = set()
    for job in sorted(past, key=lambda job: -job.ended)[:SHOWN]:
        remark = of_no_use(job)
        with st.container(border=True, key=f"job_{job.id}"):
            ended_job(queue, job, remark="" if remark in remarks else remark)
        remarks.add(remark)
    if len(past) > SHOWN:
        st.caption(f"Showing the latest {SHOWN} of {len(past)}; remove some to see the others.")


def ended_job(queue: Queue, job: Job, *, is_next: bool = False, remark: str = "") -> None:
    """How a job ended, its actions, and the link to its result. is_next: whether that link is the primary button.
    remark: on its data, from `of_no_use`; many jobs on one data set share one remark."""
    with st.container(horizontal=True, vertical_alignment="center"):
        # For a run that is no longer where its training wrote it: its new name, or what happened to it; else empty.
        became = words.renamed_sentence(job)
        if job.run_left:
            path = queue.home.runs / job.request.name
            became = words.ANOTHER if path.exists() else what_became_of(path.name, path)
        sentences = " ".join(filter(None, (job.sentence(name_of), became)))
        st.markdown(f"**{plain(words.headline(job, 0))}** {plain(sentences)}", width="stretch")
        link = None
        if job.run is not None:  # nothing else of the view fits: the run may be on other data
            link = "attention", "Open in Attention", {"run": opened().runs.name_of(job.run) or job.run.name}
        if link is not None:
            with st.container(key=f"job_{job.id}_link_{'primary' if is_next else 'quiet'}", width="content"):
                page_list.link(*link)
        if not read_only():
            if job.can_resume:
                form.button("Resume", f"resume_{job.id}", queue.resume, job)
            about = "Removes it from this list; its run is kept."
            form.button("Remove", f"remove_{job.id}", queue.remove, job, help=about)
    st.caption(plain(f"{words.asked_for(job)} {remark}"))
    if job.epochs:
        box = st.expander("Training curves", key=f"past_{job.id}", on_change="rerun")
        if box.open:
            with box:
                curves(job, headed=False)
