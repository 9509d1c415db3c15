"""Panels on a page: each with its figure, sentence, table and guide; what covers one; and the chart of Plotly."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from attrec_core.views.drawing.scripts import json_values
from attrec_core.views.drawing.spec import Figure, Phone
from attrec_core.views.metric_space.path import PathOnMap
from attrec_core.views.panel import Panel, Shown
from pages.frame import address, page_parts
from pages.frame.component import PLOTLY_URL, SHARED, component, event, sent
from pages.frame.plain_text import plain
from pages.frame.streamlit_internals import Block
from pages.widgets import components, widgets

LOADING = (
    '<div class="attrec-plot" data-within=".stMain" aria-busy="true">'
    '<p class="attrec-plot-say" role="status">loading the chart…</p></div>'
)
# Plotly puts its styles into the document's head, where a shadow root would not see them.
PARTS = (*SHARED, "plotly_bundle", "plot_theme", "playing", "path")
_plot = component("plot", LOADING, isolate=False, parts=PARTS)
SCREEN, MAP = 400, 490  # maximum pixels of a chart in presenter mode: a scene is one screen in large type
PATH_BAR = 44  # pixels of a chart's height that the controls of its path take, as in path.js


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What a page does not show yet of a panel, or of another part with a key. instead: a text in
    the place of all of it. record: makes the record without the hidden numbers. sentence: stands in the place
    of the panel's words about the record. table: whether there is still a table, and a file."""

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
    heading = shown.words("heading")
    if cover.instead:
        widgets.title_line(heading, f"{shown.key}_hidden")
        st.markdown(plain(cover.instead))
        return
    key, sentence = f"{shown.key}_twin", cover.sentence or shown.sentence
    note, details = ("", "") if cover.sentence else (shown.words("note"), shown.words("details"))
    table, whole = shown.table if cover.table else None, shown.whole if panel.whole and cover.table else None
    covered = replace(shown, record=cover.record(shown.record))
    figure = partial(draw, covered.record) if draw else drawing(covered, exported=cover.table, **events)
    with contextlib.nullcontext() if line is None else line.container(width="content"):
        name = heading if headed and line is None else None
        widgets.title_line(name, key, table=table, guide=shown.words("guide"), title=shown.title or name)
    with page_parts.part(key, shown.title, table, sentence, note=f"{note} {details}".strip(), whole=whole):
        if figure is not None:
            figure()
    if sentence:
        st.markdown(plain(sentence))
    if note:
        st.caption(plain(note))
    if details:
        with st.expander("Details"):
            st.markdown(plain(details))
    if panel.is_open and not cover.sentence:
        widgets.lines(shown.table())


def table(shown: Shown, *, headed: bool = False) -> None:
    """The table alone, as a part of the page that an export holds. Its lines wrap. headed: with its heading."""
    if headed:
        st.header(plain(shown.words("heading")), anchor=False)
    widgets.wrapped(shown.whole(), key=shown.key, title=shown.title, shown=shown.table())


def lacks(panel: Panel, about: Any, say: Callable[[str], object] = st.markdown) -> bool:
    """Says why there is nothing to show, below the heading. Returns whether that is so."""
    if reason := panel.lacks(about):
        st.header(panel.name, anchor=False)
        say(plain(reason))
    return bool(reason)


def drawing(shown: Shown, *, exported: bool, **events: Any) -> Callable[[], None] | None:
    """Returns the function that draws a panel's figure, if it has one. exported: whether a file of it can be saved."""
    panel = shown.panel
    if not panel.draws(shown.record):
        return None
    if (charts := panel.charts) is not None:
        return lambda: side_by_side(charts(shown), **events)
    if panel.key in components.OF_PANELS:
        key, draw = components.OF_PANELS[panel.key]

        def with_component() -> None:
            if exported and (panel.figure or panel.picture):
                page_parts.picture(key, shown.title, lambda: shown.figure)
            draw(shown.record, key=key, **events)

        return with_component
    label = shown.words("label")
    if panel.picture is not None:
        return partial(by_script, shown, components.PICTURES[panel.picture], exported=exported, **events)
    if (figure := shown.figure) is None or isinstance(figure, str):
        return None
    return lambda: plot(figure, key=shown.key, label=label, **events)


def by_script(shown: Shown, draw: Callable[..., None], *, exported: bool, **events: Any) -> None:
    """Draws a panel by the script that draws its file, too."""
    if exported:
        page_parts.picture(shown.key, in_sentence_case(shown.words("label")), lambda: shown.figure)
    draw(shown.sent, key=shown.key, **events)


def in_sentence_case(label: str) -> str:
    return label[:1].upper() + label[1:]


def side_by_side(charts: Sequence[Shown], abreast: int, **events: Any) -> None:
    for first in range(0, len(charts), abreast):
        columns = st.columns(abreast, gap="medium" if abreast == 2 else "small")
        for column, shown in zip(columns, charts[first : first + abreast], strict=False):
            if (draw := drawing(shown, exported=True, **events)) is not None:
                with column:
                    draw()


@dataclass(frozen=True)
class PlotRecord:
    """A Plotly figure for the browser. figure and ground: JSON, so that they are read only when they change."""

    figure: str
    ground: str  # the traces beneath the figure's
    height: int  # pixels
    label: str
    name: str  # by which an export finds it
    revision_key: str  # zoom is kept until it changes
    path: PathOnMap | None
    phone: Phone | None
    source: str = PLOTLY_URL


def plot(
    figure: Figure,
    *,
    key: str,
    label: str,
    on_click: Callable[[Mapping[str, Any]], None] | None = None,
    revision_key: str = "keep",
    path: PathOnMap | None = None,
    on_step: Callable[[int], None] | None = None,
) -> None:
    """A Plotly figure that stays mounted: zoom is kept until `revision_key` changes.

    Font, grid, series colours and background come from the app's theme, unless the figure's layout sets
    them. A click on a point that has `customdata` gives {"customdata": …}.

    path: frames that the browser plays over the figure; `on_step` gets the frame where the reader stopped.
    """
    height = figure["layout"]["height"]
    if address.current().scene:
        height = min(height, MAP if path else SCREEN)
    layout = figure["layout"] | {"height": height - (PATH_BAR if path else 0)}
    drawn = json.dumps({"data": figure["data"], "layout": layout}, ensure_ascii=False, allow_nan=False)
    ground, phone = figure.get("ground", "[]"), figure.get("phone")
    record = PlotRecord(drawn, ground, height, label, key, revision_key, path, phone)

    def clicked() -> None:
        if on_click is not None and (point := event(key, "click")):
            on_click(point)

    def stopped() -> None:
        step = sent(key, "step")
        if on_step is not None and path and type(step) is int and 1 <= step <= len(path.items):
            on_step(step)

    page_parts.picture(key, in_sentence_case(label))
    _plot(key=key, data=json_values(record), height=height, on_click_change=clicked, on_step_change=stopped)
