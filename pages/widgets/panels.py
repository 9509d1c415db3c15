"""Panels on a page: each with its figure, sentence, table and guide; and what covers one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from attrec_core.views.panel import Panel, Shown
from pages.frame import page_parts
from pages.frame.plain_text import plain
from pages.frame.streamlit_internals import Block
from pages.widgets import chart, components, widgets


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What a page does not show yet of a panel, or of another part with a key. absent: nothing is shown. instead: a
    text in the place of all of it. record: makes the record without the hidden numbers. sentence: stands in the place
    of the panel's words about the record. table: whether there is still a table, and a file."""

    absent: bool = False
    instead: str = ""
    record: Callable[[Any], Any] = lambda record: record
    sentence: str = ""
    table: bool = True


OPEN = Cover()
COVERS: list[Callable[[str], Cover | None]] = []  # each returns the cover of a panel by its key, or None


def cover_of(key: str) -> Cover:
    return next((cover for find in COVERS if (cover := find(key)) is not None), OPEN)


def show(
    shown: Shown,
    *,
    line: Block | None = None,
    headed: bool = True,
    draw: Callable[[Any], None] | None = None,
    **events: Any,
) -> None:
    """Draws a panel. line: a line of controls, to whose left the heading is already. headed: with its heading. draw:
    draws the record of a panel without figure, such as a list of links. events: what the figure's component calls, such
    as `on_select`, and what else it takes."""
    panel, cover = shown.panel, cover_of(shown.panel.key)
    key, heading, hidden = f"{shown.key}_twin", shown.words("heading"), bool(cover.sentence)
    if cover.absent:
        return
    if cover.instead:
        widgets.title_line(heading, f"{shown.key}_hidden")
        widgets.markdown(cover.instead)
        return
    record = cover.record(shown.record)
    widgets.twin(
        partial(draw, record) if draw else drawing(replace(shown, record=record), exported=cover.table, **events),
        shown.table if cover.table else None,
        cover.sentence or shown.sentence,
        key,
        shown.title,
        heading=heading if headed and line is None else None,
        guide=shown.words("guide"),
        note="" if hidden else shown.words("note"),
        details="" if hidden else shown.words("details"),
        whole=shown.whole if panel.whole and cover.table else None,
        line=line,
    )
    if panel.is_open and not hidden:
        widgets.lines(shown.table())


def table(shown: Shown, *, headed: bool = False) -> None:
    """The table alone, as a part of the page that an export holds. Its lines wrap. headed: with its heading."""
    if headed:
        st.header(plain(shown.words("heading")), anchor=False)
    widgets.wrapped(shown.whole(), key=shown.key, title=shown.title, shown=shown.table())


def say(panel: Panel, about: Any) -> bool:
    """Says why there is nothing to show, below the heading. Returns whether that is so."""
    if reason := panel.lacks(about):
        st.header(panel.name, anchor=False)
        widgets.markdown(reason)
    return bool(reason)


def drawing(shown: Shown, *, exported: bool, **events: Any) -> Callable[[], None] | None:
    """Returns the function that draws the figure of a panel; None if it has none. exported: whether a file of it can be
    saved."""
    panel = shown.panel
    if not panel.draws(shown.record):
        return None
    if panel.charts is not None:
        return lambda: side_by_side(panel.charts(shown), **events)
    if panel.key in components.OF_PANELS:
        key, draw = components.OF_PANELS[panel.key]

        def with_component() -> None:
            if exported and panel.figure is not None:
                page_parts.picture(key, shown.title, lambda: shown.figure)
            draw(shown.record, key=key, **events)

        return with_component
    figure = shown.figure
    if figure is None:
        return None
    about = {"key": shown.key, "height": figure["layout"]["height"], "label": shown.words("label")}
    return lambda: chart.plot(figure, **about, **events)


def side_by_side(charts: Sequence[Shown], abreast: int, **events: Any) -> None:
    """The figures of several panels, so many in a row."""
    for first in range(0, len(charts), abreast):
        columns = st.columns(abreast, gap="medium" if abreast == 2 else "small")
        for column, shown in zip(columns, charts[first : first + abreast], strict=False):
            if (draw := drawing(shown, exported=True, **events)) is not None:
                with column:
                    draw()
