"""From a file to a data set: its columns, the rows to keep, and the import; and the import of the paper's data sets."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from attrec_core.data.offers import OFFERS, TWELVE, bytes_so_far, in_cache
from attrec_core.data.options import Options, arguments_of
from attrec_core.data.report import Preview
from attrec_core.errors import InputError, in_bytes, sizes_in_words
from attrec_core.runs.library.names import checked_name, refuse_taken
from attrec_core.storage.atomic_folder import DATA_SET
from attrec_core.storage.workspace import check_may_change, home
from attrec_core.views.data import tables, upload
from pages.frame import address
from pages.frame.plain_text import fault, plain
from pages.lab import reading_options
from pages.widgets import background, form, widgets

DOWNLOAD = "data_download"
STOPPED = "Stopped. What was downloaded is kept; the next download continues from there."
COUNT, IMPORT, IMPORTED, COUNTED = "data_count", reading_options.IMPORT, "data_imported", "data_counted"


def preview_and_filter(path: Path) -> None:
    """The open file: its columns, its first rows, the effect of the filter. The name and the button are at the top."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(f"Import {plain(path.name)}", anchor=False, width="content")
        st.button("Use another file", key="data_another", on_click=reading_options.start_again)
    above = st.container()
    try:
        options = reading_options.chosen_reading()
        version = upload.stamp(path, options.metadata)
    except InputError as error:
        st.error(fault(error))
        return
    preview = upload.preview(path, version, options)
    # A missing column is not an error but a question, see `columns_and_more`.
    if preview.fault is not None and not upload.missing(preview, options):
        reading_options.refusal(preview.fault)
    reading_options.columns_and_more(preview, upload.members(path, version))
    if reading_options.chosen_reading() != options:  # a chosen column no longer exists
        address.rerun()
    reading_options.first_rows(preview)
    if preview.fault is None:
        ready = keep(path, version, preview, options)
        with above:
            background.show(IMPORT)  # what is wrong with the name or with the last import
            with st.container(horizontal=True, vertical_alignment="bottom"):
                default = upload.suggested_name(path)
                form.field(st.text_input, "Name of the data set", key="import_name", default=default, width=320)
                about: dict[str, Any] = {"place": IMPORT, "type": "primary", "disabled": not ready}
                form.button("Import", "data_import", begin_import, path, **about)


def keep(path: Path, version: upload.Stamp, preview: Preview, options: Options) -> bool:
    """The choice of the rows to keep, and its effect. Returns whether the file can be imported."""
    st.header("Rows to keep", anchor=False)
    above = st.container()
    try:
        chosen = reading_options.chosen()
        with st.spinner("Reading all rows…"):
            outcome = upload.outcome(path, version, chosen) if upload.size(path) <= upload.LIVE else None
            # The events of the file are known even where the choice among them is impossible.
            readable = upload.outcome(path, version, options) if isinstance(outcome, InputError) else outcome
    except InputError as error:
        readable, outcome = None, error
    with above:
        reading_options.filters(preview, readable)
    if isinstance(outcome, InputError):
        reading_options.refusal(outcome)
    elif outcome is not None:
        widgets.wrapped(tables.effect(outcome.effect), key="effect", title="Effect of the filter")
        report = outcome.report
        span = "" if report.time_unit == "order" else f" {report.time_sentence}"
        st.markdown(plain(f"{outcome.effect.sentence}{span} {upload.ties_sentence(report)}"))
        for remark in report.remarks:
            st.warning(plain(remark))
    else:
        counted_outcome(path, version, chosen)
    return not isinstance(outcome, InputError)


def counted_outcome(path: Path, version: upload.Stamp, wanted: Options) -> None:
    """The outcome for a large file, counted only on request."""
    arguments, label = ("inspect", str(path), *arguments_of(wanted)), (path, version, wanted)
    st.markdown(plain(upload.size_sentence(path)))

    def counted(answer: dict[str, Any]) -> None:
        st.session_state[COUNTED] = (label, answer)

    work = COUNT, arguments, f"Reading {path.name}…", counted
    busy = background.is_running(COUNT)
    form.button("Count the rows kept", "data_count", background.begin, *work, place=COUNT, disabled=busy)
    background.show(COUNT)
    stored = st.session_state.get(COUNTED)
    if stored and stored[0] == label:
        st.markdown(plain(upload.counted_sentence(stored[1])))


def begin_import(path: Path) -> None:
    """Imports in a separate process: it may take long, and can be stopped. Raises InputError for an impossible name."""
    check_may_change("Nothing is imported")
    name, chosen = checked_name(form.value("import_name", ""), DATA_SET), reading_options.chosen()
    refuse_taken(home().data, name, DATA_SET)
    arguments = ("import", str(path), "--out", str(home().data / name), *arguments_of(chosen))
    background.begin(IMPORT, arguments, f"Importing {path.name}…", lambda answer: imported(name, answer))


def imported(name: str, answer: dict[str, Any]) -> None:
    reading_options.start_again()
    address.change(data=name)
    sizes = sizes_in_words(answer["users"], answer["items"], answer["interactions"])
    form.say(f"Imported {name}: {sizes}.", IMPORTED)


def choose_of_paper() -> None:
    """The choice among the twelve data sets, and their terms; the button comes after the terms."""
    background.show(DOWNLOAD)
    box = st.expander("Download a data set of the paper", key="paper_sets", on_change="rerun")
    if not box.open:
        return
    labels = {name: f"{offer.publisher.name}: {TWELVE[name].name}" for name, offer in OFFERS.items() if name in TWELVE}
    with box:
        name = form.choice("Data set of the paper", labels, key="paper_set", width=360)
        counts = TWELVE[name].counts
        st.markdown(f"In the paper: {sizes_in_words(counts.users, counts.items, counts.interactions)}.")
        st.caption(plain(OFFERS[name].terms))
        label = "Import" if name in in_cache() else "Download and import"
        about: dict[str, Any] = {"place": DOWNLOAD, "disabled": background.is_running(DOWNLOAD)}
        form.button(label, "paper_download", begin_download, name, **about)


def begin_download(name: str) -> None:
    """Downloads in a separate process: it may take long, and can be stopped. Raises InputError for a taken name."""
    check_may_change("Nothing is downloaded")
    refuse_taken(home().data, name, DATA_SET)
    arguments = ("download", name, "--paper", "--out", str(home().data / name))

    def doing() -> str:
        return f"Downloading and importing {TWELVE[name].name}, {in_bytes(bytes_so_far(name))} so far…"

    background.begin(DOWNLOAD, arguments, doing, partial(imported, name), STOPPED)
