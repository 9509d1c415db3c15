"""The paper's data sets: their terms, then the download and the import with the paper's filter, in the background."""

from __future__ import annotations

from functools import partial

import streamlit as st

from attrec_core.data.offers import OFFERS, bytes_so_far
from attrec_core.data.paper import TWELVE, in_cache
from attrec_core.errors import in_bytes, sizes_in_words
from attrec_core.runs.library.names import refuse_taken
from attrec_core.storage.atomic_folder import DATA_SET
from attrec_core.storage.workspace import check_may_change, home
from pages.lab import _data
from pages.widgets import background, form, widgets

DOWNLOAD = "data_download"
STOPPED = "Stopped. What was downloaded is kept; the next download continues from there."


def choose() -> None:
    """The choice among the twelve data sets, and their terms; the button comes after the terms."""
    background.show(DOWNLOAD)
    box = st.expander("Download a data set of the paper", key="paper_sets", on_change="rerun")
    if box.open:
        with box:
            terms_and_button()


def terms_and_button() -> None:
    labels = {name: f"{offer.publisher.name}: {TWELVE[name].name}" for name, offer in OFFERS.items() if name in TWELVE}
    name = form.choice("Data set of the paper", labels, key="paper_set", width=360)
    counts = TWELVE[name].counts
    st.markdown(f"In the paper: {sizes_in_words(counts.users, counts.items, counts.interactions)}.")
    st.caption(widgets.plain(OFFERS[name].terms))
    label = "Import" if name in in_cache() else "Download and import"
    form.button(label, "paper_download", begin, name, place=DOWNLOAD, disabled=background.is_running(DOWNLOAD))


def begin(name: str) -> None:
    """Downloads in a separate process: it may take long, and can be stopped. Raises InputError for a taken name."""
    check_may_change("Nothing is downloaded")
    refuse_taken(home().data, name, DATA_SET)
    arguments = ("download", name, "--paper", "--out", str(home().data / name))
    background.begin(DOWNLOAD, arguments, partial(doing, name), partial(_data.imported, name), STOPPED)


def doing(name: str) -> str:
    return f"Downloading and importing {TWELVE[name].name}, {in_bytes(bytes_so_far(name))} so far…"
