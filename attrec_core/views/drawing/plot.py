"""Parts that Plotly figures are made of: traces, axes, legends and notes. Keywords are Plotly's own names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attrec_core.views.drawing.spec import Figure, Trace

CALM = "#8A94A0"  # lines and frames without a meaning of their own, visible on both backgrounds


def scatter(x: Any, y: Any, mode: str, **look: Any) -> Trace:
    return {"type": "scatter", "x": x, "y": y, "mode": mode, **look}


def bar(x: Any, y: Any, **look: Any) -> Trace:
    return {"type": "bar", "x": x, "y": y, **look}


def hover(texts: Sequence[str] | str) -> dict[str, Any]:
    """Shows exactly these texts on hover. They must be escaped already."""
    return {"hovertext": texts, "hoverinfo": "text"}


def arrow(ends: np.ndarray, colour: str, shaft: dict[str, Any], start: tuple[str, int], head: tuple[int, int]) -> Trace:
    """An arrow between two points (2, 2). start: symbol and size of the mark at its start; head: size of the head and
    its distance from the second point, in pixels."""
    x, y = np.asarray(ends, float).T.tolist()
    marker: dict[str, Any] = {"symbol": [start[0], "arrow"], "angleref": "previous", "color": colour}
    marker |= {"size": [start[1], head[0]], "standoff": [0, head[1]]}
    look: dict[str, Any] = {"line": {"color": colour, **shaft}, "marker": marker, "hoverinfo": "skip"}
    return scatter(x, y, "lines+markers+text", textposition="bottom center", showlegend=False, **look)


def layout(height: int, margin: tuple[int, int, int, int], **rest: Any) -> dict[str, Any]:
    """The layout of a figure. height: in pixels; margin: left, right, top, bottom."""
    return {"height": height, "margin": dict(zip("lrtb", margin, strict=True)), **rest}


def figure(data: list[Trace], height: int, margin: tuple[int, int, int, int], **rest: Any) -> Figure:
    return {"data": data, "layout": layout(height, margin, **rest)}


def axis(title: str = "", /, **look: Any) -> dict[str, Any]:
    return {"title": {"text": title}, **look} if title else look


def legend(y: float = 1, anchor: str = "bottom", **look: Any) -> dict[str, Any]:
    """A horizontal legend from the left. y: the height of its `anchor`, in heights of the plot."""
    return {"orientation": "h", "x": 0, "y": y, "yanchor": anchor, **look}


def note(text: str, x: float, y: float, **look: Any) -> dict[str, Any]:
    return {"text": text, "x": x, "y": y, "showarrow": False, **look}
