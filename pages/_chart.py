"""Pictures: a Plotly figure that stays mounted when its data changes, and an SVG that this program drew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from plotly.io import to_json
from plotly.offline import get_plotlyjs_version

from pages._component import component

LOADING = '<div class="attrec-plot"><p class="attrec-plot-say" role="status">loading the chart…</p></div>'
PLOTLY_URL = f"attrec/plotly-{get_plotlyjs_version()}.min.js"  # relative: a page lies one level below the app
# Plotly puts its styles into the document's head, where a shadow root would not see them.
_plot = component("plot", LOADING, isolate=False)


_drawing = component("drawing", '<div class="wide"></div><div class="narrow"></div>')


def plot(
    figure: go.Figure,
    *,
    key: str,
    height: int,
    on_click: Callable[[dict[str, Any]], None] | None = None,
    revision_key: str | None = None,
    label: str = "chart",
) -> None:
    """A Plotly figure that stays mounted: zoom is kept until `revision_key` changes. Height in pixels.

    Font, grid, series colours and background come from the app's theme, under what the figure's layout says
    itself. A click on a point gives {"curve": int, "index": int | [int, int], "customdata": …}.
    """
    spec = figure.to_dict()
    spec["layout"].pop("template", None)
    data = {
        "figure": to_json(spec, validate=False),
        "source": PLOTLY_URL,
        "height": height,
        "label": label,
        "revision_key": revision_key or "keep",
    }

    def clicked() -> None:
        point = st.session_state[key].get("click")
        if on_click is not None and isinstance(point, dict):
            on_click(point)

    _plot(key=key, data=data, height=height, on_click_change=clicked)


def drawing(wide: str, narrow: str, *, key: str) -> None:
    """An SVG that this program drew, foreign text in it escaped; `narrow` is shown where there is little room.

    Streamlit's own `html` drops SVG.
    """
    _drawing(key=key, data={"wide": wide, "narrow": narrow})
