"""The trainings: what runs now, live, what waits, and what has ended. All of it is on disk, so any page may look."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.errors import InputError
from attrec_core.jobs.job import Job
from attrec_core.jobs.queue import Queue
from attrec_core.storage.workspace import read_only
from attrec_core.views.runs import caveats
from attrec_core.views.train import figures, words
from pages.frame import page_list
from pages.frame.runs import gone, opened
from pages.lab import _data_sets
from pages.widgets import chart, form, widgets
from pages.widgets.control_names import name_of

EVERY = 1.0  # seconds between two looks, while something trains or waits
ANCHOR = "now"
ENDED = "trainings_ended"  # where it is said what is wrong with those
SHOWN = 20  # ended ones, the latest


def jobs(queue: Queue) -> list[Job]:
    """All of them, after what is due has been done; a sentence where they cannot be read."""
    try:
        queue.tend()
        return queue.jobs()
    except InputError as error:
        st.error(widgets.fault(error))
        return []


def above(all_jobs: list[Job]) -> None:
    """At the top of a long page: that something goes on further down."""
    count = sum(not job.has_ended for job in all_jobs)
    if count:
        what = "1 training is going on" if count == 1 else f"{count} trainings are going on or waiting"
        st.markdown(f"{what}: [see below](#{ANCHOR}).")


def show(queue: Queue, all_jobs: list[Job]) -> None:
    """What goes on; it is looked at again and again only as long as something can change."""
    going = [job for job in all_jobs if not job.has_ended]
    if going:
        st.header("Now", anchor=ANCHOR)
        st.caption("On disk, all of it: a training goes on when this page is closed, and is found again.")
        live(queue, tuple(job.id for job in going))


@st.fragment(run_every=EVERY)
def live(queue: Queue, ids: tuple[str, ...]) -> None:
    """What runs and what waits. Once another one is going than the page was drawn for, it is drawn anew."""
    going = [job for job in jobs(queue) if not job.has_ended]
    if tuple(job.id for job in going) != ids:
        st.rerun()
    for job in sorted(going, key=lambda job: (job.state == "queued", queue.place(job))):
        with st.container(border=True, key=f"job_{job.id}"):
            current_job(queue, job)


def current_job(queue: Queue, job: Job) -> None:
    """A training that runs or waits."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{widgets.plain(words.headline(job, queue.place(job)))}**", width="stretch")
        if job.state in ("queued", "running") and not read_only():
            label = "cancel" if job.state == "queued" else "stop, keep the best"
            form.button(label, f"cancel_{job.id}", queue.cancel, job)
    st.caption(widgets.plain(words.asked_for(job)))
    if job.state == "queued":
        return
    st.progress(words.share_done(job))
    st.markdown(widgets.plain(words.pace_sentence(job)))
    if job.epochs:
        curves(job)
        if remark := of_no_use(job):
            st.caption(widgets.plain(remark))


def curves(job: Job) -> None:
    """Loss, HR@50 and MRR as they come; one sentence and one table for the three."""

    def draw() -> None:
        for column, (what, title) in zip(st.columns(len(figures.CURVES)), figures.CURVES.items(), strict=True):
            with column:
                key = f"curve_{what.replace('@', '')}_{job.id}"
                chart.plot(figures.curve(job.epochs, what), key=key, height=figures.HEIGHT, label=f"{title} by epoch")

    table, sentence = partial(figures.epochs_table, job.epochs), words.curves_sentence(job.epochs)
    widgets.twin(draw, table, sentence, key=f"curves_{job.id}_twin", title=f"Training of {job.request.name}")


def of_no_use(job: Job) -> str:
    """Where HR@50 says nothing on this data, as far as that is known: that it does not."""
    if (hit_rate := words.hit_rate(job.epochs)) < 0.99:
        return ""  # whatever the data is, which need not be looked up then
    data = next((entry for entry in _data_sets.entries() if entry.path == job.request.data), None)
    return "" if data is None else caveats.of_entry(data, hit_rate)


def ended(queue: Queue, all_jobs: list[Job]) -> None:
    """What has ended, the latest first: how, what can be done about it, and the way to the run."""
    over = [job for job in all_jobs if job.has_ended]
    if not over:
        return
    st.header("Ended", anchor=False)
    form.show_said(ENDED)
    for job in sorted(over, key=lambda job: -job.ended)[:SHOWN]:
        with st.container(border=True, key=f"job_{job.id}"):
            ended_job(queue, job)
    if len(over) > SHOWN:
        st.caption(f"showing the latest {SHOWN} of {len(over)}; removing some shows the others")


def what_became(queue: Queue, job: Job) -> str:
    """Of a run that does not stand where its training wrote it: under which name it does, or where it is."""
    if not job.run_left:
        return words.renamed_sentence(job)
    path = queue.home.runs / job.request.name
    return words.ANOTHER if path.exists() else gone(path.name, path)


def ended_job(queue: Queue, job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        sentences = " ".join(filter(None, (job.sentence(name_of), of_no_use(job), what_became(queue, job))))
        st.markdown(f"**{widgets.plain(words.headline(job, 0))}** {widgets.plain(sentences)}", width="stretch")
        if job.run is not None:
            # Of the view nothing else fits: the run may be on other data.
            query = {"run": opened().runs.name_of(job.run) or job.run.name}
            page_list.link("attention", "open on Attention →", query)
        if not read_only():
            if job.can_resume:
                form.button("resume", f"resume_{job.id}", queue.resume, job, place=ENDED)
            about = "Forgets this training; a run that came of it stays."
            form.button("remove", f"remove_{job.id}", queue.remove, job, place=ENDED, help=about)
    st.caption(widgets.plain(words.asked_for(job)))
    if job.epochs:
        box = st.expander("how it went", key=f"past_{job.id}", on_change="rerun")
        if box.open:
            with box:
                curves(job)
