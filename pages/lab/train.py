"""Train a model: at the top the running trainings, below them the form for the next one, and past trainings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from attrec_core.config import AUTO, OWN, PAPER, SETTINGS, Setting
from attrec_core.data import importing
from attrec_core.errors import InputError
from attrec_core.jobs.job import Job, JobRequest
from attrec_core.jobs.queue import Queue
from attrec_core.runs.library import names
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.load import open_run, settings_in
from attrec_core.runs.run import folder_name
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.atomic_folder import RUN
from attrec_core.storage.workspace import home, read_only
from attrec_core.views.data.words import facts_of
from attrec_core.views.texts import text
from attrec_core.views.train import words
from pages.frame.plain_text import CONTROLS, name_of, plain
from pages.frame.runs import names_outside, opened
from pages.lab import data_sets, estimate, trainings
from pages.widgets import background, form, header, widgets

SYSTEM, PRESET, MAPS, NAME, SET = "train_system", "train_preset", "train_maps", "train_name", "train_set_"
MINUTES = "train_minutes"
PLACE, STARTED = "train_start", "train_started"
FROM_RUN = "Training begins with the settings and weights of the run; new users and items begin with random ones."
COUNTED = "This system is counted in one pass over the data; it has no epochs."
ABREAST = 3  # fields in a row
PARTS = {"model": "Model", "train": "Training"}


def suits(path: Path) -> str:
    """The paper's preset that suits the data; for unreadable data “sparse”."""
    try:
        return importing.preset_of(facts_of(path).report.counts)
    except InputError:
        return "sparse"


def preset_request(path: Path, preset: str) -> JobRequest:
    """The training with the settings of a preset as they are."""
    return JobRequest(path, "", preset, with_maps=form.value(MAPS, True), minutes=form.value(MINUTES) or 0.0)


def caption(preset: JobRequest, since: float, jobs: list[Job]) -> str:
    """What a preset is for, its time and its quality, if they are known. since: when the data was imported."""
    facts = words.OFFERED[preset.preset], estimate.time_of(preset), trainings.quality_of(preset, since, jobs)
    return " · ".join(filter(None, facts))


def system_and_preset(entry: LibraryEntry, jobs: list[Job]) -> None:
    """The choice of the system, and for AttRec that of the preset; by default the paper's."""
    labels = {"attrec": SYSTEMS["attrec"].label} | {key: one.label for key, one in SYSTEMS.items() if key != OWN}
    key = form.choice(CONTROLS["system"], labels, key=SYSTEM, default="attrec", width=360)
    if key != "attrec":
        st.caption(plain(words.system_caption(key)))
        return
    captions = [caption(preset_request(entry.path, name), entry.created, jobs) for name in words.OFFERED]
    options = {"format_func": words.PRESET_NAMES.__getitem__, "captions": captions, "width": "stretch"}
    if form.field(st.radio, CONTROLS["preset"], list(words.OFFERED), key=PRESET, default=PAPER, **options) == AUTO:
        how = {"min_value": 0.0, "step": 5.0, "format": "%g", "placeholder": "no limit", "width": 180}
        form.field(st.number_input, CONTROLS["minutes"], key=MINUTES, help=text("train", "minutes"), **how)


def from_key(system: str) -> str:
    """The key of the field for the run to start from; it is reset with the settings."""
    return f"{SET}{system}_from"


def key_of(field: str, wanted: JobRequest) -> str:
    """The key of a field whose start value depends on the data and on where the training starts. Each start has fields
    of its own, because a browser may report a field as it was under the start before."""
    start = wanted.preset if wanted.has_preset else wanted.model if wanted.from_run is None else wanted.from_run.name
    return f"{field}_{wanted.data.name}_{start}"


def request(path: Path) -> JobRequest:
    """The training that the fields describe. Forgets a run to start from whose settings cannot be read."""
    system: str = form.value(SYSTEM, "attrec")
    run = opened().runs.folders.get(form.value(from_key(system), ""))
    wanted = replace(preset_request(path, form.value(PRESET, PAPER)), from_run=run, model=system)
    try:
        start = words.start_values(wanted, suits(path))
    except InputError as error:
        form.forget(from_key(system))
        form.refuse(error, PLACE)
        return request(path)
    values = {key: form.touched(key_of(SET + key, wanted), value) for key, value in start.items()}
    name, settings = form.value(key_of(NAME, wanted), ""), words.changed(start, words.effective(values, wanted))
    return replace(wanted, name=name, settings=settings)


def every_setting(wanted: JobRequest) -> None:
    """A field for every setting, the changed ones marked; no field is drawn while the expander is closed."""
    start = words.start_values(wanted, suits(wanted.data))
    box = st.expander("All settings", key="train_settings", on_change="rerun")
    if box.open:
        with box:
            if not SYSTEMS[wanted.model].is_counted:  # by default no run; with a run, the fields show its settings
                runs = [name for name, path in opened().runs.folders.items() if system_of(path) == wanted.model]
                options = {"": "no run: random weights"} | {name: name for name in runs}
                form.choice(CONTROLS["from_run"], options, key=from_key(wanted.model), default="", width=360)
                st.caption(FROM_RUN)
            if wanted.races:
                st.caption(words.FIXED)
            for part, title in PARTS.items():
                st.markdown(f"**{title}**")
                fields(part, start, wanted)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(words.changed_sentence(start, wanted)), width="content")
        if wanted.settings or wanted.from_run is not None:
            label = "Reset to the preset" if wanted.model == "attrec" else "Reset to the defaults"
            st.button(label, key="train_reset", on_click=form.forget, args=(SET,))


def system_of(path: Path) -> str:
    """The system of a run; empty where its settings cannot be read."""
    try:
        return settings_in(open_run(path))[0].model
    except InputError:
        return ""


def fields(part: str, start: Mapping[str, Any], wanted: JobRequest) -> None:
    """The fields of the settings that the system uses, and that have an effect with the loss and the optimiser."""
    used = words.effective({**start, **wanted.settings}, wanted)
    settings = [setting for setting in SETTINGS.values() if setting.part == part and setting.key in used]
    for first in range(0, len(settings), ABREAST):
        for column, setting in zip(st.columns(ABREAST, gap="medium"), settings[first : first + ABREAST], strict=False):
            with column:
                about = words.sentence(setting, wanted.model)
                setting_field(setting, start[setting.key], key_of(SET + setting.key, wanted), about)


def setting_field(setting: Setting, start: Any, key: str, effect: str) -> None:
    """A field, and below it what the setting does, its allowed values, and an error for a value out of range."""
    held = form.touched(key, start)
    about = {"key": key, "default": start}
    label = words.label(setting, held, start)
    with st.container(key=f"{'changed' if held != start else 'setting'}_{setting.key}", gap="xxsmall"):
        if setting.kind == "choice":
            form.choice(label, setting.choices, **about)
        elif setting.kind == "switch":
            form.field(st.checkbox, label, **about)
        else:
            # Without bounds: a browser would not send a number beyond them, and the training would use another number.
            # A step is a tenth of the default, so that + and − are useful for .001 as well as for .5.
            step, number_format = (1, "%d") if setting.kind == "whole" else (max(1e-4, round(start / 10, 6)), "%g")
            form.field(st.number_input, label, step=step, format=number_format, **about)
        allowed = "" if setting.range is None else f" {setting.may_be.capitalize()}."
        st.caption(plain(f"{effect}{allowed}"))
        if setting.range is not None and not setting.range.holds(held):
            st.error(plain(words.out_of_range(setting, held)))


def name_and_start(entry: LibraryEntry, wanted: JobRequest, queue: Queue, jobs: list[Job]) -> None:
    path, is_counted = entry.path, SYSTEMS[wanted.model].is_counted and wanted.from_run is None
    begins = wanted.preset if wanted.has_preset else SYSTEMS[wanted.model].label
    if wanted.from_run is not None:
        begins = f"from {folder_name(wanted.from_run)[:40]}"
    taken = *names_outside(), *(job.request.name for job in jobs)
    name = names.free_name(home().runs, f"{entry.name[:40]} {begins}", taken)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form.field(st.text_input, CONTROLS["run_name"], key=key_of(NAME, wanted), default=name, width=320)
        if not is_counted:
            about = "For Metric space; PCA maps are always computed."
            form.field(st.checkbox, CONTROLS["with_maps"], key=MAPS, default=True, help=about)
    fault = words.fault(wanted, suits(path), name_of)
    if fault:
        st.error(plain(fault))
    with st.container(horizontal=True, vertical_alignment="center"):
        begin = partial(form.button, place=PLACE)
        begin("Start training", "train_start", start, path, queue, type="primary", disabled=bool(fault))
        waits = bool(fault) or background.is_running(estimate.WORK)
        if not is_counted:
            begin("Estimate the time", "train_ask", lambda: estimate.start_estimate(request(path)), disabled=waits)
    form.show_said(PLACE)
    if is_counted:
        st.markdown(COUNTED)
    else:
        others = [preset_request(path, preset) for preset in words.OFFERED] if wanted.model == "attrec" else []
        estimate.show(request(path), others, entry.sizes, jobs, possible=not fault)


def start(path: Path, queue: Queue) -> None:
    wanted = request(path)
    names.refuse_elsewhere(names.checked_name(wanted.name, RUN), RUN, names_outside())
    queue.submit(wanted)
    form.forget(NAME)
    st.session_state[STARTED] = True


header.line()
form.show_said()
queue = Queue(home())
jobs = trainings.jobs(queue)
is_shown = trainings.show(queue, jobs)
if read_only():
    st.info(text("train", "read only"))
else:
    # Folded while trainings are shown above it.
    with st.expander("Train another model", key="train_more", on_change="rerun") if is_shown else st.container():
        if not is_shown:
            st.header("Train a model", anchor=False)
        entry = data_sets.trainable(data_sets.entries())
        if entry.fault is None:
            system_and_preset(entry, jobs)
            wanted = request(entry.path)
            every_setting(wanted)
            name_and_start(entry, wanted, queue, jobs)
trainings.ended(queue, jobs)
widgets.to_top_after(STARTED)  # the training is shown there, and the button may be far below
