"""Figures of two far-apart items and a user between them, ranked by the inner product and by the distance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from attrec_core.explain.product_or_distance import Apart
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import arrow, figure, hover, legend, note, scatter
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import LONG, QUIET, TOP, escaped, item_colour, short_title, wrapped_title
from attrec_core.views.metric_space.triangle_words import drawn_items
from attrec_core.views.page_context import Scene

Box = tuple[tuple[float, float], tuple[float, float]]  # the visible part: (left, right), (low, high)

HEIGHT = 400
SHADE = "rgba(204,121,167,0.16)"  # TOP, faint: the region whose items beat both P and Q
BOLD = {"size": 13, "weight": 700}
SQUARE = "#5A6675"  # for an item without a colour of its own, since it is not in the window


def rule_figure(scene: Scene, record: Apart, rule: str) -> Figure:
    """The figure of one rule. The line from P to Q is horizontal; the items that the rule ranks above both P and Q are
    in the shaded region.

    rule: "product" or "distance".
    """
    product = rule == "product"
    heights = record.outward if product else record.off
    box = bounds(record, heights, product)
    edge = half_plane(record, box) if product else half_disc(record)
    small = {"size": 12}
    across = {"text": "along the line from P to Q", "font": small}
    upward = {"text": "outward from 0" if product else "distance from the line", "font": small}
    data = [] if edge is None else [region(edge, "scores more than both" if product else "nearer than both")]
    data += item_traces(scene, record, rule, heights)
    if product:
        # For a product, u is an arrow from the origin.
        shaft = np.array([record.origin, [record.u, 0.0]])
        letter = {"text": ["0", ""], "textfont": BOLD}
        data.append(arrow(shaft, LONG, {"width": 2}, ("circle", 6), (12, 9)) | letter)
    data += [*people(scene, record, 1 if product else 2), ends(scene, record)]
    # The titles of P and Q are below the line and extend towards the middle, so that neither is cut off.
    under = {"yshift": -14, "yanchor": "top", "font": {"size": 12}}
    title_p, title_q = (wrapped_title(scene.title(item)) for item in record.pair)
    return figure(
        data,
        HEIGHT,
        (8, 40, 8, 8),  # at the right, room for the buttons
        dragmode="pan",
        hovermode="closest",
        legend=legend(-0.2, "top", font=small),
        xaxis={"range": list(box[0]), "title": across},
        yaxis={"range": list(box[1]), "scaleanchor": "x", "title": upward},
        annotations=[
            note(title_p, 0.0, 0, xshift=-10, xanchor="left", **under),
            note(title_q, record.apart, 0, xshift=10, xanchor="right", **under),
        ],
    )


def bounds(apart: Apart, heights: np.ndarray, product: bool) -> Box:
    """Returns the visible part of the plane: all items, for a product the origin, and room for the labels."""
    low = min(float(heights.min()), float(apart.origin[1]) if product else 0.0)
    high = max(float(heights.max()), 0.0)
    left, right = min(float(apart.along.min()), 0.0), max(float(apart.along.max()), apart.apart)
    pad = 0.08 * (right - left)
    return (left - pad, right + pad), (low - (pad if product else 2 * pad), high + pad)


def half_plane(apart: Apart, box: Box) -> np.ndarray | None:
    """Returns (4, 2) corners of a rectangle that covers the visible part of the half-plane in which u · x exceeds both
    u · P and u · Q; None if u is at the origin."""
    u = np.array([apart.u, 0.0]) - apart.origin
    size = float(np.linalg.norm(u))
    if size < 1e-9:
        return None
    along = u / size
    across = np.array([-along[1], along[0]])
    reach = 2 * max(box[0][1] - box[0][0], box[1][1] - box[1][0])
    foot = apart.origin + along * (max(float(apart.products[item]) for item in apart.pair) / size)
    return np.array(
        [foot - reach * across, foot + reach * across, foot + reach * (along + across), foot + reach * (along - across)]
    )


def half_disc(apart: Apart) -> np.ndarray:
    """Returns (61, 2) points of the half circle around u whose inside is nearer to u than both P and Q."""
    radius = min(float(apart.distances[item]) for item in apart.pair)
    turn = np.linspace(0, np.pi, 61)
    return np.stack([apart.u + radius * np.cos(turn), radius * np.sin(turn)], 1)


def region(edge: np.ndarray, name: str) -> Trace:
    x, y = edge.T.tolist()
    line = {"color": TOP, "width": 1.5, "dash": "dash"}
    return scatter(x, y, "lines", hoverinfo="skip", name=name, fill="toself", fillcolor=SHADE, line=line)


def item_traces(scene: Scene, record: Apart, rule: str, heights: np.ndarray) -> Iterator[Trace]:
    """The items, faint; the items that beat both P and Q have rings, and the first of these has its title."""
    rows = drawn_items(scene, record, rule)
    better = record.beaten_by(rule)[: len(rows)]
    rest = np.setdiff1d(rows, better)
    look = {"name": "items", "marker": {"size": 5, "color": QUIET}}
    yield dots(scene, rest, record.along[rest], heights[rest]) | look
    if len(better):
        titles = [wrapped_title(scene.title(better[0])), *[""] * (len(better) - 1)]
        ring = {"size": 9, "symbol": "circle-open", "color": TOP, "line": {"width": 2}}
        named = {"mode": "markers+text", "text": titles, "textposition": "top center", "textfont": {"size": 12}}
        look = {"name": "beats both", "marker": ring, **named}
        yield dots(scene, better, record.along[better], heights[better]) | look


def dots(scene: Scene, items: np.ndarray, x: np.ndarray, y: np.ndarray) -> Trace:
    return scatter(packed(x), packed(y), "markers", **of_items(scene, items))


def of_items(scene: Scene, items: Iterable[int]) -> dict[str, Any]:
    """Returns the hover texts of points, and the item ids that a click sends."""
    titles = [escaped(scene.title(item)) for item in items]
    return hover(titles) | {"customdata": [scene.item_id(item) for item in items]}


def people(scene: Scene, record: Apart, height: int) -> Iterator[Trace]:
    """u, which the slider moves, and the user, where training put the user vector. height: index of the
    vertical coordinate in `record.taste`."""
    marker = {"size": 16, "color": LONG, "line": {"width": 1.5}}
    letter = {"text": ["u"], "textposition": "top center", "textfont": BOLD}
    look = {"marker": marker | {"symbol": "circle"}, "name": "u, which you move"}
    yield scatter([record.u], [0.0], "markers+text", **look, **letter) | hover(["u"])
    if record.taste is not None:
        x, y = float(record.taste[0]), float(record.taste[height])
        star = marker | {"symbol": "hexagram"}
        yield scatter([x], [y], "markers", marker=star, name=short_title(scene.who)) | hover([escaped(scene.who)])


def ends(scene: Scene, record: Apart) -> Trace:
    """P and Q as lettered squares, in their item colours if they are in the window."""
    hues = [scene.hue(item) for item in record.pair]
    colours = [SQUARE if hue is None else item_colour(hue) for hue in hues]
    return scatter(
        [0.0, record.apart],
        [0.0, 0.0],
        "lines+markers+text",
        line={"color": QUIET, "width": 1.5},
        marker={"symbol": "square", "size": 20, "color": colours, "line": {"width": 1.5, "color": LONG}},
        text=["P", "Q"],
        textfont={"size": 12, "weight": 700, "color": [ink(colour) for colour in colours]},
        name="P and Q",
        showlegend=False,
        **of_items(scene, record.pair),
    )
