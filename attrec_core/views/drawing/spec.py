"""A figure as Plotly.js reads it: plain dictionaries. `plotly.graph_objects.Figure(whole(figure))` is it as an object.

Plotly.py checks and copies every figure; for thousands of points that takes longer than all else that a page does.
The tests let it check what the pages draw unchecked.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any, NotRequired, TypedDict

import numpy as np

Trace = dict[str, Any]
FEW = 32  # numbers up to which they travel as text
MOST_POINTS = 2000  # of a cloud, each a shape: WebGL would need text to become code, which the pages do not allow


class Phone(TypedDict):
    """How a figure is drawn where there is little room."""

    height: int  # pixels
    replaces: int  # how many of its traces, from the last, are not drawn there
    data: list[Trace]  # what is drawn instead of them
    layout: NotRequired[dict[str, Any]]  # layout fields that differ there


class Figure(TypedDict):
    """Traces and layout, and, as JSON that need not be made again, the traces beneath those."""

    data: list[Trace]
    layout: dict[str, Any]
    ground: NotRequired[str]
    phone: NotRequired[Phone]


def packed(values: np.ndarray) -> Any:
    """Numbers as Plotly.js takes them: float32 or int32 in base64, a few as a list. NaN where there is none."""
    kind = "f4" if values.dtype.kind == "f" else "i4"
    if values.size <= FEW:
        return [None if value != value else value for value in values.tolist()]
    return {"dtype": kind, "bdata": base64.b64encode(np.ascontiguousarray(values, f"<{kind}").tobytes()).decode()}


def most_popular(rows: np.ndarray, popularity: np.ndarray, most: int) -> np.ndarray:
    """Up to `most` of these items, in their order. popularity (N,): of all items."""
    return np.sort(rows[np.argsort(-popularity[rows], kind="stable")[:most]])


def ground(traces: Iterable[Trace]) -> str:
    """Traces as the JSON of `Figure.ground`."""
    return json.dumps(list(traces), ensure_ascii=False, allow_nan=False)


def whole(figure: Figure) -> dict[str, Any]:
    """All traces, the lowest first, and the layout."""
    return {"data": [*json.loads(figure.get("ground", "[]")), *figure["data"]], "layout": figure["layout"]}
