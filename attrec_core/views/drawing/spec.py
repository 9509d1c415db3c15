"""Figures as Plotly.js reads them: plain dictionaries. `plotly.graph_objects.Figure(whole(figure))` makes an object.

Plotly.py checks and copies every figure; for thousands of points that takes longer than everything else on a page.
So the pages draw figures unchecked, and the tests let Plotly.py check them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any, NotRequired, TypedDict

import numpy as np

Trace = dict[str, Any]
FEW = 32  # up to so many numbers are sent as text
MOST_POINTS = 2000  # of a cloud, each drawn as a shape: WebGL would turn text into code, which the pages do not allow


class Phone(TypedDict):
    """How a figure is drawn on a small screen."""

    height: int  # pixels
    replaces: int  # how many of its last traces are not drawn there
    data: list[Trace]  # the traces that are drawn instead
    layout: NotRequired[dict[str, Any]]  # layout fields that differ there


class Figure(TypedDict):
    """Traces and layout. `ground`: the traces beneath them, as JSON that need not be made again."""

    data: list[Trace]
    layout: dict[str, Any]
    ground: NotRequired[str]
    phone: NotRequired[Phone]


def packed(values: np.ndarray) -> Any:
    """Returns numbers as Plotly.js takes them: float32 or int32 in base64, or a list if they are few. NaN: missing."""
    kind = "f4" if values.dtype.kind == "f" else "i4"
    if values.size <= FEW:
        return [None if value != value else value for value in values.tolist()]
    return {"dtype": kind, "bdata": base64.b64encode(np.ascontiguousarray(values, f"<{kind}").tobytes()).decode()}


def most_popular(rows: np.ndarray, popularity: np.ndarray, most: int) -> np.ndarray:
    """Returns the most popular of these items, at most `most`, in ascending order. popularity (N,): of all items."""
    return np.sort(rows[np.argsort(-popularity[rows], kind="stable")[:most]])


def ground(traces: Iterable[Trace]) -> str:
    """Traces as the JSON of `Figure.ground`."""
    return json.dumps(list(traces), ensure_ascii=False, allow_nan=False)


def whole(figure: Figure) -> dict[str, Any]:
    """All traces, the lowest first, and the layout."""
    return {"data": [*json.loads(figure.get("ground", "[]")), *figure["data"]], "layout": figure["layout"]}
