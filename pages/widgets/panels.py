"""Panels on a page: each with its figure, sentence, table and guide; and what covers one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from attrec_core.views.panel import Shown
from pages.frame import page_parts
from pages.frame.streamlit_internals import Block
from pages.widgets import chart, components, widgets


@dataclass(frozen=True)
class Cover:
    """What a page does not show yet of a panel. instead: a text in the place of all of it. record: makes the record
    without the hidden numbers; sentence: then stands in the place of the panel's sentence, without table and file."""

    instead: str = ""
    record: Callable[[Any], Any] = lambda record: record
    sentence: str = ""


OPEN = Cover()
COVERS: list[Callable[[str], Cover | None]] = []  # each returns the cover of a panel by its key, or None


def cover_of(key: str) -> Cover:
    return next((cover for find in COVERS if (cover := find(key)) is not None), OPEN)


def show(shown: Shown, *, line: Block | None = None, **events: Any) -> None:
    """Draws a panel. line: a line of controls, to whose left the heading is already. events: what the figure's
    component calls, such as `on_select`, and what else it takes."""
    panel, cover = shown.panel, cover_of(shown.panel.key)
    key, heading, hidden = f"{panel.key}_twin", shown.words("heading"), bool(cover.sentence)
    if cover.instead:
        widgets.title_line(heading, f"{panel.key}_hidden")
        widgets.markdown(cover.instead)
        return
    widgets.twin(
        drawing(replace(shown, record=cover.record(shown.record)), exported=not hidden, **events),
        None if hidden else shown.table,
        cover.sentence or shown.sentence,
        key,
        shown.title,
        heading=None if line else heading,
        guide=shown.words("guide"),
        note="" if hidden else shown.words("note"),
        details="" if hidden else shown.words("details"),
        whole=shown.whole if panel.whole and not hidden else None,
        line=line,
    )


def drawing(shown: Shown, *, exported: bool, **events: Any) -> Callable[[], None] | None:
    """Returns the function that draws the figure of a panel; None if it has none. exported: whether a file of it can be
    saved."""
    panel = shown.panel
    if not panel.draws(shown.record):
        return None
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
    about = {"key": panel.key, "height": figure["layout"]["height"], "label": shown.words("label")}
    return lambda: chart.plot(figure, **about, **events)
