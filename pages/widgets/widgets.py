"""The building blocks of pages: a figure with its heading, sentence and table; tables, selection chip, plain text."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, Literal

import pandas as pd
import streamlit as st

from attrec_core.errors import percent
from attrec_core.views.drawing.table_format import as_texts, written
from attrec_core.views.moment.attention import ItemId
from pages.frame import page_parts
from pages.frame.component import component, event
from pages.frame.plain_text import bounded, plain
from pages.frame.streamlit_internals import Block

CHIP_LIMIT = 40
MANY = 7  # a table with this many columns or more has narrow columns
HOW_TO_READ, SHOW_DATA = "How to read this", "Show data"
WHOLE = 30  # a table of up to this many rows has no scroll bar

_to_top = component("to_top", "<span hidden></span>", parts=("scrolling",))
OnSelect = Callable[[ItemId | None], None]


def twin(
    figure_drawn: Callable[[], None] | None,
    table: page_parts.Table | None,
    sentence: str,
    key: str,
    title: str | None = None,
    *,
    heading: str | None = None,
    guide: str | None = None,
    note: str = "",
    details: str = "",
    whole: page_parts.Table | None = None,
    line: Block | None = None,
) -> None:
    """A figure under its title line, the sentence that says what it shows, and the table with the same numbers. A
    function that makes the table is called when a person opens or exports it.

    heading: the figure's name on the page. title: its name in an export, where it differs from the heading; without
    both, the figure's own title. guide: Markdown of “How to read this”. note: more text, in small letters; details:
    more text, folded. whole: the table of all that the figure shows, as a file, where `table` is only a part. line: as
    in `title_line`.
    """
    title_line(heading, key, table=table, guide=guide, title=title, line=line)
    with page_parts.part(key, title or heading, table, sentence, note=f"{note} {details}".strip(), whole=whole):
        if figure_drawn is not None:
            figure_drawn()
    if sentence:
        st.markdown(plain(sentence))
    if note:
        st.caption(plain(note))
    if details:
        with st.expander("Details"):
            st.markdown(plain(details))


def title_line(
    heading: str | None,
    key: str,
    *,
    table: page_parts.Table | None = None,
    guide: str | None = None,
    title: str | None = None,
    line: Block | None = None,
) -> None:
    """The heading of a figure and, to its right, two small icons: how to read it, and its data. line: a line of
    controls, to whose right the icons are; without it the icons have their own line."""
    with contextlib.nullcontext() if line is None else line.container(width="content"):
        _title_line(heading, key, table, guide, title or heading)


@st.fragment
def _title_line(
    heading: str | None, key: str, table: page_parts.Table | None, guide: str | None, title: str | None
) -> None:
    """A fragment, so that opening the table does not run the page again; a closed table is not drawn."""
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
            _grid(frame, title, "content" if len(frame) <= WHOLE else 420)


def wrapped(frame: pd.DataFrame, *, key: str, title: str, shown: pd.DataFrame | None = None) -> None:
    """A short table without a figure. Its lines wrap, so that nothing is cut off however narrow the page.

    title: in an export. shown: the table on the page, where it is less than the exported table."""
    with page_parts.part(key, title, frame):
        lines(frame if shown is None else shown)


def lines(frame: pd.DataFrame) -> None:
    """A short table, nothing if it is empty; its lines wrap."""
    if len(frame):
        st.table(as_texts(frame, plain), hide_index=True)


def _grid(frame: pd.DataFrame, title: str | None, height: int | Literal["content"]) -> None:
    """Draws a table. With many columns, or in little room, each column is as narrow as its numbers, so that more
    columns are seen."""
    widths: dict[str, Any] = {}
    little_room = frame.attrs.get("narrow", False)
    if (len(frame.columns) >= MANY or little_room) and len(frame.select_dtypes(exclude="number").columns):
        texts = frame.select_dtypes(exclude="number").columns
        numbers = {name: max(50, 8 * len(str(name)) + 12) for name in frame.columns if name not in texts}
        widths = {
            name: st.column_config.Column(width=width)
            for name, width in (numbers | {texts[0]: 92 if little_room else 112}).items()
        }
    st.dataframe(
        written(frame),
        hide_index=True,
        width="stretch",
        height=height,
        column_config=widths,
        placeholder="–" if widths and "nothing" in frame.attrs else str(frame.attrs.get("nothing", "")),
        alt=title,
    )


def bars(caption: str, rows: Iterable[tuple[str, float, str]]) -> None:
    """A table of shares from 0 to 1, each with a bar. rows: label, share, and the bar's look, a class of the style
    sheet."""
    lines = (
        f'<tr class="{kind}"><th scope="row">{escape(label)}</th><td><i style="width: {100 * share:.1f}%"></i></td>'
        f"<td>{percent(share)}</td></tr>"
        for label, share, kind in rows
    )
    st.html(f'<table class="attrec-bars"><caption>{escape(caption)}</caption>{"".join(lines)}</table>')


def below(name: str) -> Block:
    """A part below the first screen: the browser gets what is above this part before the part is made."""
    return st.container(key=f"below_{name}")


def to_top() -> None:
    """Scrolls to the top of the page."""
    _to_top(key="to_top")


def open_bar(text: str) -> None:
    """A bar of something that runs and that nobody knows the end of, with its name above it."""
    name = escape(text)
    st.html(f'<div class="attrec-open"><p>{name}</p><div role="progressbar" aria-label="{name}"><i></i></div></div>')


def offscreen_part(name: str) -> Block:
    """A part of a long page, which costs the browser nothing while it is out of sight. Nothing in it may extend beyond
    its border."""
    return st.container(key=f"far_{name}")


def selection_chip(title: str | None, on_clear: Callable[[], None], letters: str = "") -> None:
    """“selected: Aliens (C) ×”, a button that clears the selection; nothing when nothing is selected.

    letters: the item's letters in the window, such as "C" or "A, C"; empty where it is not in the window.
    """
    if title is None:
        return
    st.button(
        f"selected: {plain(bounded(title, CHIP_LIMIT))}{f' ({letters})' if letters else ''} ×",
        key="chip",
        on_click=on_clear,
        help=f"{plain(title)}: click to clear the selection",
    )


def markdown(text: str) -> None:
    st.markdown(plain(text))


def tell_selection(key: str, on_select: OnSelect | None) -> None:
    """Passes on the item that was clicked in a component, or None, which clears the selection."""
    if on_select is not None and (click := event(key, "select")):
        on_select(click.get("id"))
