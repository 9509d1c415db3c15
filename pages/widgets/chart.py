"""A Plotly figure that stays mounted when its data changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from attrec_core.views.drawing.spec import Figure, Phone
from attrec_core.views.metric_space.path import PathOnMap
from pages.frame import address, page_parts
from pages.frame.component import PLOTLY_URL, SHARED, component, event, json_values, sent

LOADING = (
    '<div class="attrec-plot" data-within=".stMain" aria-busy="true">'
    '<p class="attrec-plot-say" role="status">loading the chart…</p></div>'
)
# Plotly puts its styles into the document's head, where a shadow root would not see them.
PARTS = (*SHARED, "plotly_bundle", "plot_theme", "playing", "path", "line_names")
_plot = component("plot", LOADING, isolate=False, parts=PARTS)
SCREEN, MAP = 400, 490  # maximum pixels of a chart in presenter mode: a scene is one screen in large type
PATH_BAR = 44  # pixels of a chart's height that the controls of its path take, as in path.js


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
    height: int,
    on_click: Callable[[dict[str, Any]], None] | None = None,
    revision_key: str | None = None,
    label: str = "chart",
    path: PathOnMap | None = None,
    on_step: Callable[[int], None] | None = None,
) -> None:
    """A Plotly figure that stays mounted: zoom is kept until `revision_key` changes. Height in pixels.

    Font, grid, series colours and background come from the app's theme, unless the figure's layout sets
    them. A click on a point gives {"curve": int, "index": int | [int, int], "customdata": …}.

    path: frames that the browser plays over the figure; `on_step` gets the frame where the reader stopped.
    """
    if address.current().scene:
        height = min(height, MAP if path else SCREEN)
    layout = figure["layout"] | {"height": height - (PATH_BAR if path else 0)}
    record = PlotRecord(
        figure=json.dumps({"data": figure["data"], "layout": layout}, ensure_ascii=False, allow_nan=False),
        ground=figure.get("ground", "[]"),
        height=height,
        label=label,
        name=key,
        revision_key=revision_key or "keep",
        path=path,
        phone=figure.get("phone"),
    )

    def clicked() -> None:
        if on_click is not None and (point := event(key, "click")):
            on_click(point)

    def stopped() -> None:
        step = sent(key, "step")
        if on_step is not None and path and type(step) is int and 1 <= step <= len(path.items):
            on_step(step)

    page_parts.picture(key, label[:1].upper() + label[1:])
    _plot(key=key, data=json_values(record), height=height, on_click_change=clicked, on_step_change=stopped)
