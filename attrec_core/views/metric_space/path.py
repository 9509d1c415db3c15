"""The path of m on a map: where it has been, and what an edit does to it; the frames of its animation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from attrec_core.explain.records_space import PathOnMap
from attrec_core.views.drawing.spec import Trace
from attrec_core.views.drawing.theme import SHORT

MOMENT = "moment"  # the `meta` of what belongs to the step that is shown, and not to the map
# Steps back from the present and the strength of the line there: older is fainter.
STRENGTHS = ((0, 3, 0.95), (3, 6, 0.6), (6, 12, 0.32), (12, None, 0.13))
TITLE = 80  # characters of a title that travel with each frame


def path_traces(path: PathOnMap) -> Iterator[Trace]:
    """From the first step to the one that is shown; arrowheads on the last moves."""
    last = path.step - 1
    # Oldest first, so that the newest lie on top; one entry of the legend stands for all.
    for start, end, strength in reversed(STRENGTHS):
        part = path.intents[0 if end is None else max(0, last - end) : max(0, last - start + 1)]
        if len(part) > 1:
            yield line(part, strength, newest=start == 0)


def line(points: np.ndarray, strength: float, *, newest: bool) -> Trace:
    return {
        "type": "scatter",
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        "mode": "lines+markers" if newest else "lines",
        "name": "path of m (newest strongest)",
        "legendgroup": "path",
        "showlegend": newest,
        "hoverinfo": "skip",
        "meta": MOMENT,
        "line": {"color": SHORT, "width": 2},
        "marker": {"symbol": "arrow", "angleref": "previous", "size": 9, "color": SHORT, "standoff": 4},
        "opacity": strength,
    }


def move_trace(before: np.ndarray, now: np.ndarray) -> Trace:
    """The arrow from m_A, before the edit, to m, which is m_B."""
    return {
        "type": "scatter",
        "x": [float(before[0]), float(now[0])],
        "y": [float(before[1]), float(now[1])],
        "mode": "lines+markers+text",
        "name": "m before the edit (A) → now (B)",
        "showlegend": False,
        "text": ["A", "B"],
        "textposition": "bottom center",
        "textfont": {"size": 12, "weight": 700},
        "hoverinfo": "skip",
        "meta": MOMENT,
        "line": {"color": SHORT, "width": 2.5, "dash": "dot"},
        "marker": {
            "symbol": ["x-open", "arrow"],
            "angleref": "previous",
            "size": [11, 13],
            "color": SHORT,
            "standoff": [0, 8],
        },
    }


def frames(path: PathOnMap | None) -> dict[str, Any] | None:
    """What the browser needs to play the path by itself."""
    if path is None:
        return None
    return {
        "intents": np.round(path.intents.astype(float), 4).tolist(),
        "items": np.round(path.items.astype(float), 4).tolist(),
        "near": [title[:TITLE] for title in path.near],
        "step": path.step,
        "window": path.window,
        "colour": SHORT,
        "hides": MOMENT,
        "whose": path.whose,
    }
