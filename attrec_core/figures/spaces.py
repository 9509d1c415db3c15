"""A metric space laid flat, with the person, the window, m and the recommendations drawn over it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import plotly.graph_objects as go

from attrec_core.figures.theme import (
    CATEGORIES,
    LONG,
    SELECTED,
    SEQUENCE,
    SHORT,
    SYMBOLS,
    TARGET,
    TOP,
    plain,
    short_title,
)
from attrec_core.results import Points, SpaceMap

MANY = 3000  # points from which WebGL is worth its less crisp drawing
HEIGHT = 560
# No ticks and no grid: on such a map only nearness means something.
BARE = {"showticklabels": False, "zeroline": False, "showgrid": False}

# kind → name in the legend, marker, whether its labels are written beside the points
MARKS = {
    "top": ("recommended (rank)", {"symbol": "circle-open", "size": 15, "color": TOP, "line": {"width": 2.5}}, True),
    "window": ("window (place)", {"symbol": "square", "size": 17, "color": SHORT, "line": {"width": 1.5}}, True),
    "target": ("true next", {"symbol": "star", "size": 17, "color": TARGET, "line": {"width": 1}}, False),
    "intent": ("m, the short-term intent", {"symbol": "x", "size": 14, "color": SHORT, "line": {"width": 1.5}}, False),
    "user": ("the user", {"symbol": "hexagram", "size": 18, "color": LONG, "line": {"width": 1.5}}, False),
    "selected": ("selected", {"symbol": "circle-open", "size": 24, "color": SELECTED, "line": {"width": 3}}, True),
}


def space_map(record: SpaceMap) -> go.Figure:
    """Users faint below, items by colour and shape, marks on top; the same scale on both axes."""
    figure = go.Figure()
    many = len(record.items.ids) + (len(record.users.ids) if record.users else 0) > MANY
    kind = go.Scattergl if many else go.Scatter
    if record.users is not None:
        style = {"size": 4, "color": "rgba(128,128,128,0.35)", "symbol": "circle"}
        people = dots(kind, record.users, record.users.name, style)
        # Told apart from items, whose ids may be the same.
        people.update(customdata=[{"user": user} for user in record.users.ids])
        figure.add_trace(people)
    if record.categories is not None:
        add_categories(figure, kind, record)
    else:
        add_values(figure, kind, record)
    for mark, points in record.marks:
        add_mark(figure, mark, points)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 6, "r": 6, "t": 6, "b": 6},
        dragmode="pan",
        hovermode="closest",
        legend={
            "orientation": "h",
            "y": -0.05,
            "yanchor": "top",
            "x": 0,
            "font": {"size": 11},
            "itemsizing": "constant",
        },
        xaxis=BARE,
        yaxis=BARE | {"scaleanchor": "x"},
    )
    return figure


def dots(kind: type, points: Points, name: str, marker: dict[str, object]) -> go.Scatter | go.Scattergl:
    return kind(
        x=points.coordinates[:, 0].tolist(),
        y=points.coordinates[:, 1].tolist(),
        mode="markers",
        name=plain(name),
        marker=marker,
        customdata=list(points.ids),
        hovertext=[plain(label) for label in points.labels],
        hoverinfo="text",
    )


def add_categories(figure: go.Figure, kind: type, record: SpaceMap) -> None:
    """The most frequent categories by colour and shape, the others together."""
    order = [name for name, _ in Counter(record.categories).most_common() if name]
    named = order[: len(CATEGORIES) - 1] if len(order) > len(CATEGORIES) else order
    group = np.array([named.index(c) if c in named else len(named) for c in record.categories])
    for place, name in enumerate([*named, "other" if named else "items"]):
        rows = np.flatnonzero(group == place)
        if len(rows) == 0:
            continue
        style = {"size": 7, "opacity": 0.75, "color": CATEGORIES[place % 10], "symbol": SYMBOLS[place % 10]}
        figure.add_trace(dots(kind, subset(record.items, rows), name, style))


def add_values(figure: go.Figure, kind: type, record: SpaceMap) -> None:
    marker = {
        "size": 7,
        "opacity": 0.85,
        "color": record.values.tolist(),
        "colorscale": SEQUENCE,
        "showscale": True,
        "colorbar": {"title": {"text": record.value_name, "side": "right"}, "thickness": 10, "len": 0.7},
    }
    figure.add_trace(dots(kind, record.items, "items", marker))


def subset(points: Points, rows: np.ndarray) -> Points:
    return Points(
        points.name,
        points.coordinates[rows],
        tuple(points.labels[row] for row in rows),
        tuple(points.ids[row] for row in rows),
        tuple(points.texts[row] for row in rows) if points.texts else (),
    )


def add_mark(figure: go.Figure, mark: str, points: Points) -> None:
    """One kind of highlighted points; the short text beside each is its name (a place, a rank or a title)."""
    name, marker, written = MARKS[mark]
    # Scatter, not Scattergl, whatever the size: marks are few, and WebGL would draw them under the others.
    trace = dots(go.Scatter, points, name, marker)
    if written:
        # A place stands in its square, a rank beside its ring, in the ring's colour: bare digits would be mixed up.
        inside = mark == "window"
        trace.update(
            mode="markers+text",
            text=[short_title(text, 24) for text in points.texts],
            textposition="middle center" if inside else "top center",
            textfont={"size": 11, "color": "#FFFFFF" if inside else marker["color"], "weight": 600},
        )
    figure.add_trace(trace)
