"""Two far-apart items and a user between them, as an inner product sees them, and as a distance does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from attrec_core.explain.records_space import Apart, RuleView
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.spec import Figure, Trace, packed
from attrec_core.views.drawing.theme import LONG, QUIET, TOP, item_colour, plain, short_title

Box = tuple[tuple[float, float], tuple[float, float]]  # what is shown: from left to right, from low to high

HEIGHT = 400
SHADE = "rgba(204,121,167,0.16)"  # TOP, faint: where everything beats both
LABELLED = 1  # of the items that beat both
SQUARE = "#5A6675"  # an item that is not in the window has no colour of its own


def rule_figure(view: RuleView) -> Figure:
    """The line from P to Q lies level; what the rule puts before both lies in the shaded part."""
    product = view.rule == "product"
    heights = view.apart.outward if product else view.apart.off
    box = bounds(view.apart, heights, product)
    (left, right), (low, high) = box
    layout = {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "dragmode": "pan",
        "hovermode": "closest",
        "legend": {"orientation": "h", "y": -0.16, "yanchor": "top", "x": 0, "font": {"size": 11}},
        "xaxis": {"range": [left, right], "title": {"text": "along the line from P to Q", "font": {"size": 11}}},
        "yaxis": {
            "range": [low, high],
            "scaleanchor": "x",
            "title": {"text": "outward from 0" if product else "distance from the line", "font": {"size": 11}},
        },
        "annotations": list(names(view)),
    }
    return {"data": list(traces(view, heights, box)), "layout": layout}


def traces(view: RuleView, heights: np.ndarray, box: Box) -> Iterator[Trace]:
    """From the ground up."""
    product = view.rule == "product"
    edge = half_plane(view.apart, box) if product else half_disc(view.apart)
    if edge is not None:
        yield region(edge, "scores more than both" if product else "nearer than both")
    yield from item_traces(view, heights)
    if product:
        yield arrow(view.apart)
    yield from people(view, 1 if product else 2)
    yield ends(view)


def bounds(apart: Apart, heights: np.ndarray, product: bool) -> Box:
    """What is shown of the plane: all items, the origin for a product, and room for the labels under the line."""
    low = min(float(heights.min()), float(apart.origin[1]) if product else 0.0)
    high = max(float(heights.max()), 0.0)
    left, right = min(float(apart.along.min()), 0.0), max(float(apart.along.max()), apart.apart)
    pad = 0.08 * (right - left)
    return (left - pad, right + pad), (low - (pad if product else 2 * pad), high + pad)


def half_plane(apart: Apart, box: Box) -> np.ndarray | None:
    """(4, 2) corners of the part of the plane in which u · x exceeds both u · P and u · Q, as far as it is shown."""
    u = np.array([apart.u, 0.0]) - apart.origin
    size = float(np.linalg.norm(u))
    if size < 1e-9:
        return None
    ahead = u / size
    aside = np.array([-ahead[1], ahead[0]])
    reach = 2 * max(box[0][1] - box[0][0], box[1][1] - box[1][0])
    foot = apart.origin + ahead * (max(float(apart.products[item]) for item in apart.pair) / size)
    return np.array(
        [foot - reach * aside, foot + reach * aside, foot + reach * (ahead + aside), foot + reach * (ahead - aside)]
    )


def half_disc(apart: Apart) -> np.ndarray:
    """(61, 2) the half circle around u that is nearer than both P and Q."""
    radius = min(float(apart.distances[item]) for item in apart.pair)
    turn = np.linspace(0, np.pi, 61)
    return np.stack([apart.u + radius * np.cos(turn), radius * np.sin(turn)], 1)


def region(edge: np.ndarray, name: str) -> Trace:
    return {
        "type": "scatter",
        "x": edge[:, 0].tolist(),
        "y": edge[:, 1].tolist(),
        "mode": "lines",
        "fill": "toself",
        "fillcolor": SHADE,
        "line": {"color": TOP, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
        "name": name,
    }


def item_traces(view: RuleView, heights: np.ndarray) -> Iterator[Trace]:
    """All items faint, those that beat both ringed, the first of them with its title."""
    better = view.apart.beaten_by(view.rule)
    better = better[: len(view.rows)]
    rest = np.setdiff1d(view.rows, better)
    yield dots(view, rest, heights, "items", {"size": 5, "color": QUIET}) | {"type": "scattergl"}
    if len(better):
        ring = {"size": 9, "symbol": "circle-open", "color": TOP, "line": {"width": 2}}
        titles = [short_title(view.titles[item]) for item in better[:LABELLED]]
        yield dots(view, better, heights, "beats both", ring) | {
            "mode": "markers+text",
            "text": titles + [""] * (len(better) - len(titles)),
            "textposition": "top center",
            "textfont": {"size": 11},
        }


def dots(view: RuleView, rows: np.ndarray, heights: np.ndarray, name: str, marker: dict[str, object]) -> Trace:
    return {
        "type": "scatter",
        "x": packed(view.apart.along[rows]),
        "y": packed(heights[rows]),
        "mode": "markers",
        "name": name,
        "marker": marker,
        "customdata": [view.ids[row] for row in rows],
        "hovertext": [plain(view.titles[row]) for row in rows],
        "hoverinfo": "text",
    }


def arrow(apart: Apart) -> Trace:
    """u as a product sees it: an arrow from the origin."""
    return {
        "type": "scatter",
        "x": [float(apart.origin[0]), apart.u],
        "y": [float(apart.origin[1]), 0.0],
        "mode": "lines+markers+text",
        "text": ["0", ""],
        "textposition": "bottom center",
        "textfont": {"size": 13, "weight": 700},
        "line": {"color": LONG, "width": 2},
        "marker": {
            "symbol": ["circle", "arrow"],
            "angleref": "previous",
            "size": [6, 12],
            "color": LONG,
            "standoff": [0, 9],
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def people(view: RuleView, height: int) -> Iterator[Trace]:
    """u, which the slider moves, and the real user, where training put them."""
    style = {"type": "scatter", "hoverinfo": "text"}
    marker = {"size": 16, "color": LONG, "line": {"width": 1.5}}
    yield style | {
        "x": [view.apart.u],
        "y": [0.0],
        "mode": "markers+text",
        "text": ["u"],
        "textposition": "top center",
        "textfont": {"size": 13, "weight": 700},
        "marker": marker | {"symbol": "circle"},
        "name": "u, which you move",
        "hovertext": ["u"],
    }
    if view.apart.taste is not None:
        yield style | {
            "x": [float(view.apart.taste[0])],
            "y": [float(view.apart.taste[height])],
            "mode": "markers",
            "marker": marker | {"symbol": "hexagram"},
            "name": short_title(view.who),
            "hovertext": [plain(view.who)],
        }


def ends(view: RuleView) -> Trace:
    """P and Q as lettered squares, in their colours of the window where they stand in it."""
    colours = [SQUARE if hue is None else item_colour(hue) for hue in view.hues]
    return {
        "type": "scatter",
        "x": [0.0, view.apart.apart],
        "y": [0.0, 0.0],
        "mode": "lines+markers+text",
        "line": {"color": QUIET, "width": 1.5},
        "marker": {"symbol": "square", "size": 20, "color": colours, "line": {"width": 1.5, "color": LONG}},
        "text": ["P", "Q"],
        "textfont": {"size": 12, "weight": 700, "color": [ink(colour) for colour in colours]},
        "customdata": [view.ids[item] for item in view.apart.pair],
        "hovertext": [plain(view.titles[item]) for item in view.apart.pair],
        "hoverinfo": "text",
        "name": "P and Q",
        "showlegend": False,
    }


def names(view: RuleView) -> Iterator[dict[str, object]]:
    """The titles of P and Q under the line, each towards the middle, so that neither is cut off."""
    for at, item, side, shift in (
        (0.0, view.apart.first, "left", -10),
        (view.apart.apart, view.apart.second, "right", 10),
    ):
        yield {
            "x": at,
            "y": 0,
            "yshift": -20,
            "xshift": shift,
            "xanchor": side,
            "text": short_title(view.titles[item]),
            "showarrow": False,
            "font": {"size": 12},
        }
