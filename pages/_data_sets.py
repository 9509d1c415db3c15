"""The data sets that there are: which one is looked at, what is in it, and what can be done with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from attrec_core import shelf
from attrec_core.errors import InputError, shown
from attrec_core.figures import data as figures
from attrec_core.folders import DATA_SET
from attrec_core.home import home, read_only
from attrec_core.jobs import Queue
from attrec_core.questions import bringing as asked
from attrec_core.questions import data as questions
from attrec_core.results.importing import Distributions, Histogram, ImportReport
from attrec_core.results.shelf import Shelved, Trashed
from attrec_core.tables import data as tables
from pages import _address as address
from pages import _chart as chart
from pages import _form as form
from pages import _widgets as widgets

SAMPLE = Path(__file__).resolve().parent.parent / "sample_data"
SAMPLE_NAME, DELETED, PLACE = "sample_data", "data_deleted", "data_sets"
EMPTY = "Only the bundled sample so far; what you import stands here too."
READ_ONLY = (
    "This server is read-only (ATTREC_READONLY is set): data sets can be looked at here, not brought or deleted. On a "
    "machine of your own, `streamlit run app.py` does both, and so does `python -m attrec_core import`."
)


def entries() -> list[Shelved]:
    """All data sets of the shelf, the latest first; a sentence where it cannot be read."""
    try:
        return shelf.data_sets(home())
    except InputError as error:
        st.error(widgets.plain(str(error)))
        return []


def picker(found: list[Shelved], *, empty: str) -> tuple[str, Path]:
    """Which data set the page is about, its name and its folder: what the address names, else the sample."""
    asked_for = address.current().data
    paths = {SAMPLE_NAME: SAMPLE, **{one.name: one.path for one in found if one.fault is None}}
    name = asked_for if asked_for in paths else SAMPLE_NAME
    if asked_for not in (None, name):
        st.warning(widgets.plain(f"There is no data set {shown(asked_for)} here; the bundled sample is shown."))
    st.session_state["data_set"] = name
    st.selectbox(
        "Data set",
        paths,
        key="data_set",
        format_func=lambda one: f"{one} (bundled)" if one == SAMPLE_NAME else one,
        on_change=lambda: look_at(st.session_state["data_set"]),
        help=empty if len(paths) == 1 else None,
        width=360,
    )
    return name, paths[name]


def look_at(name: str) -> None:
    address.change(data=None if name == SAMPLE_NAME else name)


def all_of_them(found: list[Shelved]) -> None:
    if found:
        with st.expander(f"All {len(found) + 1} data sets", key="all_data_sets"):
            widgets.table(tables.data_sets(found), key="data_sets", title="Data sets", height="content")


def deeds(name: str) -> None:
    """Train on it, rename it, delete it; the sample stays as it is."""
    if read_only():
        return
    st.page_link("pages/lab/train.py", label="Train on it →", query_params=address.query(), width="content")
    if name == SAMPLE_NAME:
        return
    with st.popover("rename"):
        # Another field for each data set: what was typed for one is no name of another.
        key = f"rename_{name}"
        form.field(st.text_input, "New name", key=key, default=name)
        st.button("Rename", key="data_rename", on_click=lambda: form.attempt_at(PLACE, rename, name, key))
    st.button("delete", key="data_delete", on_click=lambda: form.attempt_at(PLACE, delete, name))


def rename(name: str, key: str) -> None:
    with Queue(home()).sparing(home().data / name, "renamed"):
        path = shelf.rename(home(), name, form.value(key, name), DATA_SET)
    form.forget(key)
    look_at(path.name)
    form.say(f"{name} is called {path.name} now.", PLACE)


def delete(name: str) -> None:
    with Queue(home()).sparing(home().data / name, "deleted"):
        st.session_state[DELETED] = shelf.delete(home(), name, DATA_SET).id
    look_at(SAMPLE_NAME)


def undo_line(found: list[Trashed]) -> None:
    """Right after something was deleted: the way back."""
    gone = next((one for one in found if one.id == st.session_state.get(DELETED)), None)
    if gone is not None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="data_undo"):
            said = f"{gone.name} is in the trash; runs that were trained on it stay as they are."
            st.markdown(widgets.plain(said), width="content")
            st.button("undo", key="data_undo_delete", on_click=partial(form.attempt_at, PLACE, put_back, gone))


def trashed() -> list[Trashed]:
    """What can be put back; a sentence where that cannot be read."""
    try:
        return [] if read_only() else shelf.trash(home(), DATA_SET)
    except InputError as error:
        st.error(widgets.plain(str(error)))
        return []


def trash(gone: list[Trashed]) -> None:
    """What was deleted, to be put back or to be removed for good."""
    if not gone:
        return
    with st.expander(f"Trash: {len(gone)} data set{'s' * (len(gone) > 1)}", key="data_trash"):
        for one in gone:
            with st.container(horizontal=True, vertical_alignment="center", key=f"trash_{one.id}"):
                st.markdown(widgets.plain(f"{one.name}, {one.size / 1e6:,.1f} MB"), width="content")
                st.button("put back", key=f"back_{one.id}", on_click=partial(form.attempt_at, PLACE, put_back, one))
        st.button("Empty the trash, for good", key="data_empty", on_click=lambda: form.attempt_at(PLACE, empty_trash))


def put_back(one: Trashed) -> None:
    path = shelf.restore(home(), one.id, kind=DATA_SET)
    look_at(path.name)
    form.say(f"{path.name} is back.", PLACE)


def empty_trash() -> None:
    count = shelf.empty_trash(home(), kind=DATA_SET)
    form.say(f"{count} data set{'s are' if count > 1 else ' is'} gone for good.", PLACE)


def details(name: str, path: Path) -> None:
    """Counts, how it was read, how it is spread, and the paper's data sets beside it."""
    try:
        with st.spinner("Reading the data set…"):
            known = questions.known(path, asked.stamp(path))
    except InputError as error:
        known = str(error)
    if isinstance(known, str):
        st.error(widgets.plain(known))
        return
    # What stands above may be about a file that is no data set yet.
    st.subheader(widgets.plain(f"Data set: {name}"), anchor=False, divider="gray")
    with st.container(horizontal=True, gap="medium"):
        for what, number in tables.counted(known.report.counts).items():
            st.metric(what, number, width="content")
    spread(known.spread)
    left, right = st.columns(2, gap="large")
    with left:
        report(known.report)
    with right:
        st.subheader("Beside the paper's data sets", anchor=False)
        widgets.table(
            tables.paper(name, known.report.counts), key="paper", title="Table 1 of the paper", height="content"
        )
        st.markdown(widgets.plain(questions.paper_sentence(known.report.counts)))


def spread(found: Distributions) -> None:
    """Four figures: history length, popularity, gaps, ties."""
    first, second = st.columns(2, gap="large"), st.columns(2, gap="large")
    with first[0]:
        bars("How long are the histories?", found.lengths, "users", "lengths")
    with first[1]:
        st.subheader("How popular are the items?", anchor=False)
        draw = partial(
            chart.plot,
            figures.popularity(found.popularity),
            key="popularity",
            height=figures.HEIGHT,
            label="actions of each item by its rank",
        )
        widgets.twin(
            draw, lambda: tables.popularity(found.popularity), found.popularity_sentence, key="popularity_twin"
        )
    with second[0]:
        if found.gaps is None:
            st.subheader("How long until the next action?", anchor=False)
            st.info("The data has no dates, only an order, so there are no gaps to measure.")
        else:
            bars("How long until the next action?", found.gaps, "actions", "gaps")
    with second[1]:
        bars("How often do times tie?", found.ties, "rows", "ties")


def bars(title: str, found: Histogram, of: str, key: str) -> None:
    st.subheader(title, anchor=False)
    draw = partial(
        chart.plot, figures.histogram(found, of), key=key, height=figures.HEIGHT, label=f"{of} by {found.name}"
    )
    widgets.twin(draw, tables.histogram(found, of), found.sentence, key=f"{key}_twin", title=title)


def report(found: ImportReport) -> None:
    st.subheader("How it was read", anchor=False)
    widgets.facts(tables.report(found), key="report", title="How the data was read")
    for sentence in (*found.recognised, *found.remarks):
        st.caption(widgets.plain(sentence))
