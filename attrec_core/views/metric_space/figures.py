"""A two-dimensional map of a metric space, with the user, the window, m and the recommendations drawn over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.drawing import theme
from attrec_core.views.drawing.colormaps import for_plotly, ink
from attrec_core.views.drawing.labels import BUTTONS, LARGE, NARROW, WIDE, Box, Label, Screen, arrange, merge, settle
from attrec_core.views.drawing.plot import hover, layout, legend, scatter
from attrec_core.views.drawing.spec import Figure, Phone, Trace, ground, packed
from attrec_core.views.maps import Points, frequent
from attrec_core.views.metric_space.path import MOMENT, move_trace, path_traces
from attrec_core.views.metric_space.words import Cloud, SpaceMap

MANY = 2000  # points; with more, each point is smaller, so that the cloud stays in the background
HEIGHT, PHONE_HEIGHT = 680, 600  # pixels
# No ticks and no grid: on a map only nearness is meaningful. The legend is below the map, inside the figure.
BARE = {"showticklabels": False, "zeroline": False, "showgrid": False}
UPWARD = BARE | {"scaleanchor": "x", "domain": [0.12, 1]}

# White around m, dark around the user: so both are visible on a light page, on a dark page and over other points.
WHITE_EDGE, DARK_EDGE = {"width": 2, "color": "#fff"}, {"width": 1.5, "color": "#7A5200"}
# kind → name in the legend, marker; in the order in which labels choose their positions
MARKS: dict[str, tuple[str, dict[str, Any]]] = {
    "selected": ("selected", {"symbol": "circle-open", "size": 26, "color": theme.SELECTED, "line": {"width": 3}}),
    "intent": ("m, short-term intent", {"symbol": "x", "size": 17, "color": theme.SHORT, "line": WHITE_EDGE}),
    "user": ("the user", {"symbol": "hexagram", "size": 20, "color": theme.LONG, "line": DARK_EDGE}),
    "target": ("actual next item", {"symbol": "star", "size": 21, "color": theme.TARGET, "line": {"width": 1}}),
    "near": ("nearest", {"symbol": "circle-open", "size": 13, "color": theme.QUIET, "line": {"width": 2.5}}),
    "top": ("top 10", {"symbol": "circle-open", "size": 15, "color": theme.TOP, "line": {"width": 2.5}}),
    "window": ("window (A: oldest)", {"symbol": "square", "size": 18, "line": {"width": 1.5, "color": theme.SHORT}}),
}
# Labelled at their marks and not in the legend, so that an edit, a selection or ω changes neither legend nor scale.
NAMED = ("target", "intent", "user", "near", "selected")
OF_SPACE = {"short": ("m", theme.SHORT), "long": ("U", theme.LONG)}  # space → name and colour of the user's point
LABEL = {WIDE: 190, LARGE: 140, NARROW: 190}  # width in pixels of a line of a label beside a mark
REGION = {"size": 18, "weight": 700, "shadow": theme.HALO}
REGION_LETTER, REGION_LINE = 10.2, 22  # pixels: width of a letter and height of a line in the name of a region


def space_map(record: SpaceMap, room: tuple[int, int] = WIDE) -> Figure:
    """Draws users faintly at the bottom, then items by colour and shape, then the marks; both axes have the same scale.
    room: WIDE, or LARGE for the map without its legend."""
    below = legend(0, "bottom", font={"size": 12}, itemsizing="constant")
    axes = {"xaxis": BARE, "yaxis": UPWARD}
    look = layout(HEIGHT, (6, 6, 6, 6), dragmode="pan", hovermode="closest", legend=below, **axes)
    if "selected" in record.marks:
        look["meta"] = {"shows": record.marks["selected"].coordinates[0].tolist()}  # brought into view if zoomed away
    if room == LARGE:
        look |= {"legend": look["legend"] | {"orientation": "v", "y": 1, "yanchor": "top"}}
        look |= {"yaxis": UPWARD | {"domain": [0, 1]}, "xaxis": BARE | {"domain": [0.24, 1]}}
    wide, narrow = (list(labels(record, label_room, room)) for label_room in (room, NARROW))
    entries = below | {"entrywidth": 118, "entrywidthmode": "pixels"}
    on_phone: dict[str, Any] = {"xaxis": BARE, "yaxis": UPWARD | {"domain": [0.28, 1]}, "legend": entries}
    if record.cloud.values is not None:
        look |= {"coloraxis": scale_of(record.cloud, 0.06)}
        on_phone["coloraxis"] = scale_of(record.cloud, 0.17)  # there the legend has more rows
    phone: Phone = {"height": PHONE_HEIGHT, "replaces": len(wide), "data": narrow, "layout": on_phone}
    data = [*over(record, room), *wide]
    return {"data": data, "layout": look, "ground": cloud_ground(record.cloud), "phone": phone}


@cached
def cloud_ground(record: Cloud) -> str:
    """Draws all users and all items, below everything else; changes of the marks do not redraw them."""
    traces, size = [], 4 if len(record.drawn) > MANY else 7
    if record.users is not None:
        style = {"size": 2 if len(record.users.ids) > MANY else 3, "color": theme.QUIET, "symbol": "circle"}
        users = dots(record.users, "users", style)
        del users["customdata"]  # a click opens items alone: one that misses its item must not open another user
        traces.append(users)
    if record.categories is not None:
        traces += by_category(record, size)
    elif record.values is not None:
        traces.append(by_value(record, record.values, size))
    return ground(traces)


def over(record: SpaceMap, room: tuple[int, int]) -> Iterator[Trace]:
    """Draws the lines to the true neighbours, the path of m or U and the marks, without the labels."""
    mine, colour = OF_SPACE[record.space]
    if record.origin is not None:
        # Long lines show where the map distorts distances.
        start = record.origin.at.tolist()
        near = record.cloud.items.coordinates[[neighbour.item for neighbour in record.near]].tolist()
        x, y = ([value for end in near for value in (start[axis], end[axis], None)] for axis in (0, 1))
        stays = "near" in record.staying
        look = {"line": {"color": theme.QUIET, "width": 1.2}, "hoverinfo": "skip", "meta": None if stays else MOMENT}
        yield scatter(x, y, "lines", name="nearest neighbours", **look)
    if record.path is not None and record.path.points is not None:
        yield from path_traces(record.path.points[: record.path.step], record.path.mark, record.path.colour)
    positions = pixels(record, room)
    for mark, points in record.marks.items():
        letters = merge(positions[mark], list(points.texts)) if mark == "window" else []
        yield mark_trace(mark, points, letters, stays=mark in record.staying)
    if record.before is not None:
        now = record.marks["intent" if mine == "m" else "user"].coordinates[0]
        yield move_trace(record.before, now, mine, colour)


def dots(points: Points, name: str, marker: dict[str, Any]) -> Trace:
    x, y = packed(points.coordinates[:, 0]), packed(points.coordinates[:, 1])
    texts = hover([theme.escaped(label) for label in points.labels])
    look = {"name": theme.escaped(name), "marker": marker, "customdata": list(points.ids)}
    return scatter(x, y, "markers") | look | texts


def by_category(record: Cloud, size: int) -> Iterator[Trace]:
    """Draws each of the most frequent categories with a colour and shape, and the other categories together."""
    assert record.categories is not None
    named = frequent(record.categories)
    drawn = [record.categories[row] for row in record.drawn.tolist()]
    groups = np.array([named.index(c) if c in named else len(named) for c in drawn])
    for group, name in enumerate([*named, "other" if named else "items"]):
        rows = record.drawn[groups == group]
        if len(rows):
            style = {"size": size, "color": theme.CATEGORIES[group % 10], "symbol": theme.SYMBOLS[group % 10]}
            yield dots(record.part(rows), name, style)


def by_value(record: Cloud, values: np.ndarray, size: int) -> Trace:
    edge = {"width": 1, "color": theme.QUIET}  # without it, one end of the scale vanishes on a light or dark page
    colours = {"line": edge, "color": packed(values[record.drawn]), "coloraxis": "coloraxis"}
    return dots(record.part(record.drawn), "items", {"size": size, **colours}) | {"showlegend": False}  # see the scale


def scale_of(record: Cloud, y: float) -> dict[str, Any]:
    """The colours of the items' values, and their scale above the legend, because the chart's buttons are beside the
    map. y: the height of its lower end, in heights of the chart."""
    position = {"orientation": "h", "x": 0, "xanchor": "left", "y": y, "yanchor": "bottom", "ypad": 4}
    scale = position | {"title": {"text": record.value_name, "side": "top"}, "thickness": 10, "len": 0.5}
    return {"colorscale": for_plotly(), "colorbar": scale}


def mark_trace(mark: str, points: Points, inside: list[str], *, stays: bool) -> Trace:
    """One kind of marks. Each item of the window has its own colour, and its letter inside the mark.

    inside: the letters of the window's items; empty for another kind. stays: whether they stay while the history plays.
    """
    name, marker = MARKS[mark]
    look = {"meta": None if stays else MOMENT, "showlegend": mark not in NAMED}
    trace = dots(points, name, marker) | look
    if mark != "window":
        return trace
    colours = [theme.item_colour(hue) for hue in points.hues]
    return trace | {
        "mode": "markers+text",
        "marker": marker | {"color": colours},
        "text": ["" if "," in text else text for text in inside],  # several letters do not fit into the square
        "textposition": "middle center",
        "textfont": {"size": 12, "color": [ink(colour) for colour in colours], "weight": 700},
    }


def pixels(record: SpaceMap, room: tuple[int, int]) -> dict[str, np.ndarray]:
    """Returns (n, 2) pixels of each kind of marks, for a scale at which the whole map just fits the room."""
    screen = Screen.of(*record.cloud.corners, room)
    return {mark: screen.pixels(points.coordinates) for mark, points in record.marks.items()}


def labels(record: SpaceMap, room: tuple[int, int], usual: tuple[int, int] = WIDE) -> Iterable[Trace]:
    """Draws the names of regions that hide no label, then the labels beside the marks, each where it hides least, in
    the page's text colour. usual: the room for which the squares of the window are drawn, on a narrow screen, too."""
    marks, xy = record.marks, pixels(record, room)
    texts = {mark: label_texts(record, mark, room) for mark in marks}
    # Items of the window share a label where their squares share one.
    texts["window"] = merge(pixels(record, usual)["window"], texts["window"])
    sizes = {mark: MARKS[mark][1]["size"] / 2 for mark in marks}
    beside: list[tuple[str, list[float], Label]] = []
    for mark in (mark for mark in MARKS if mark in marks):
        for point, (x, y), text in zip(marks[mark].coordinates, xy[mark].tolist(), texts[mark], strict=True):
            if text and (mark != "window" or "," in text):
                beside.append((mark, point.tolist(), Label(x, y, sizes[mark], theme.wrapped_title(text, LABEL[room]))))
    around = [(x, y, sizes[mark]) for mark in marks for x, y in xy[mark].tolist()]
    width = room[0] - (0 if room == NARROW else BUTTONS)
    boxes = arrange([label for *_, label in beside], around, width)
    yield from region_names(record.cloud, room, boxes)
    for stays in (False, True):
        group = [(point, label) for mark, point, label in beside if (mark in record.staying) == stays]
        if group:  # the marks are drawn already, so their markers are invisible here
            x, y = ([point[axis] for point, _ in group] for axis in (0, 1))
            look = {"hoverinfo": "skip", "showlegend": False, "meta": None if stays else MOMENT}
            look["marker"] = {"size": [2 * label.radius for _, label in group], "opacity": 0}
            look["textfont"] = {"size": 12, "weight": 700, "shadow": theme.HALO}
            look["textposition"] = [label.place for _, label in group]
            yield scatter(x, y, "markers+text", text=[label.text for _, label in group], **look)


def region_names(cloud: Cloud, room: tuple[int, int], taken: list[Box]) -> Iterator[Trace]:
    """Draws the names that find free room near the middle of their region, in the colour of their genre if the items
    are coloured by genre. taken: boxes of the labels."""
    screen, spots = Screen.of(*cloud.corners, room), []
    for region in cloud.regions:
        x, y = screen.pixels(region.at)
        spot = settle(float(x), float(y), len(region.name) * REGION_LETTER / 2, REGION_LINE, taken)
        if spot is not None:
            spots.append((region, np.array(spot) / screen.scale + screen.low))
    if spots:
        look: Trace = {
            "textfont": REGION | {"color": [region.colour for region, _ in spots]} if cloud.categories else REGION
        }
        look |= {"name": "regions", "hoverinfo": "skip", "showlegend": False}
        x, y = np.array([point for _, point in spots], float).T.tolist()
        yield scatter(x, y, "text", text=[theme.short_title(region.name) for region, _ in spots], **look)


def label_texts(record: SpaceMap, mark: str, room: tuple[int, int]) -> list[str]:
    """Returns the texts of one kind of marks. On a narrow screen, a recommendation has a text only if it is
    the first, the actual next item or the selected item."""
    marks, points = record.marks, record.marks[mark]
    if room != NARROW or mark != "top":
        return list(points.texts)
    named = {*points.ids[:1], *(item for kind in ("target", "selected") if kind in marks for item in marks[kind].ids)}
    return [text if item in named else "" for item, text in zip(points.ids, points.texts, strict=True)]
