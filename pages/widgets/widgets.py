"""The building blocks of pages: the title line of a figure, tables, parts of a page, and the selection chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pandas as pd
import streamlit as st

from attrec_core.views.drawing.table_format import as_texts, written
from pages.frame import page_parts
from pages.frame.component import component
from pages.frame.page_parts import Table
from pages.frame.plain_text import bounded, plain
from pages.frame.streamlit_internals import Block

CHIP_LIMIT = 40
MANY = 7  # a table with this many columns or more has narrow columns
HOW_TO_READ, SHOW_DATA = "How to read this", "Show data"
WHOLE = 30  # a table of up to this many rows has no scroll bar

_to_top = component("to_top", "<span hidden></span>", parts=("scrolling",))


@st.fragment
def title_line(
    heading: str | None, key: str, *, table: Table | None = None, guide: str | None = None, title: str | None = None
) -> None:
    """The heading of a figure and, to its right, two small icons: how to read it, and its data. A fragment, so that
    opening the table does not run the page again; a closed table is not drawn."""
    with st.container(key=f"title_line_{key}", horizontal=True, vertical_alignment="center", gap="xsmall"):
        if heading:
            st.header(plain(heading), anchor=False, width="stretch")
        if guide:
            with st.popover(HOW_TO_READ, key=f"guide_{key}", type="tertiary", width="content"):
                st.markdown(guide)
        if table is None:
            return
        box = st.popover(SHOW_DATA, key=f"data_{key}", type="tertiary", on_change="rerun", width="content")
    if box.open:
        # Up to a screenful without a scroll bar: the requested row is at the end.
        frame = table() if callable(table) else table
        with box, st.container(key=f"data_body_{key}"):
            _grid(frame, title or heading, "content" if len(frame) <= WHOLE else 420)


def wrapped(frame: pd.DataFrame, *, key: str, title: str, shown: pd.DataFrame | None = None) -> None:
    """A short table without a figure; its lines wrap. title: in an export. shown: the part that the page shows."""
    with page_parts.part(key, title, frame):
        lines(frame if shown is None else shown)


def lines(frame: pd.DataFrame) -> None:
    """A short table, nothing if it is empty; its lines wrap."""
    if len(frame):
        st.table(as_texts(frame, plain), hide_index=True)


def _grid(frame: pd.DataFrame, title: str | None, height: int | Literal["content"]) -> None:
    """Draws a table. With many columns, or in little room, each column is as narrow as its numbers."""
    widths: dict[str, Any] = {}
    little_room = frame.attrs.get("narrow", False)
    if (len(frame.columns) >= MANY or little_room) and len(frame.select_dtypes(exclude="number").columns):
        texts = frame.select_dtypes(exclude="number").columns
        numbers = {name: max(50, 8 * len(str(name)) + 12) for name in frame.columns if name not in texts}
        numbers[texts[0]] = 92 if little_room else 112
        widths = {name: st.column_config.Column(width=width) for name, width in numbers.items()}
    nothing = "–" if widths and "nothing" in frame.attrs else str(frame.attrs.get("nothing", ""))
    about: dict[str, Any] = {"height": height, "column_config": widths, "placeholder": nothing, "alt": title}
    st.dataframe(written(frame), hide_index=True, width="stretch", **about)


def below(name: str) -> Block:
    """A part below the first screen: the browser gets what is above this part before the part is made."""
    return st.container(key=f"below_{name}")


def to_top_after(event: str) -> None:
    """Scrolls to the top of the page, once after something set this name in the session state."""
    if st.session_state.pop(event, False):
        _to_top(key="to_top")


def offscreen_part(name: str) -> Block:
    """A part of a long page, which costs the browser nothing while out of sight. Nothing in it may cross its border."""
    return st.container(key=f"far_{name}")


def selection_chip(title: str, on_clear: Callable[[], None], letters: str = "") -> None:
    """“selected: Aliens (C) ×”, a button that clears the selection. letters: of the item, such as "A, C"."""
    label = f"selected: {plain(bounded(title, CHIP_LIMIT))}{f' ({letters})' if letters else ''} ×"
    st.button(label, key="chip", on_click=on_clear, help=f"{plain(title)}: click to clear the selection")
