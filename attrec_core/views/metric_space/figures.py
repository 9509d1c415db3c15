"""A metric space laid flat, with the person, the window, m and the recommendations drawn over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.labels import NARROW, WIDE, Label, arrange, merge, on_screen
from attrec_core.views.drawing.plot import hover, layout, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace, ground, packed
from attrec_core.views.drawing.theme import (
    CATEGORIES,
    HALO,
    LONG,
    QUIET,
    SELECTED,
    SEQUENCE,
    SHORT,
    SYMBOLS,
    TARGET,
    TOP,
    item_colour,
    plain,
    short_title,
)
from attrec_core.views.metric_space.path import move_trace, path_traces
from attrec_core.views.metric_space.records import MOMENT, Cloud, Points, SpaceMap

CROWD = 2000  # users from which each is drawn smaller and fainter, so that the cloud stays quiet
HEIGHT, PHONE_HEIGHT = 600, 520  # pixels
# No ticks and no grid: on such a map only nearness means something.
BARE = {"showticklabels": False, "zeroline": False, "showgrid": False}

# kind → name in the legend, marker; those whose labels choose their place first come first
MARKS: dict[str, tuple[str, dict[str, Any]]] = {
    "selected": ("selected", {"symbol": "circle-open", "size": 24, "color": SELECTED, "line": {"width": 3}}),
    "intent": ("m, the short-term intent", {"symbol": "x", "size": 14, "color": SHORT, "line": {"width": 1.5}}),
    "user": ("the user", {"symbol": "hexagram", "size": 18, "color": LONG, "line": {"width": 1.5}}),
    "target": ("true next", {"symbol": "star", "size": 21, "color": TARGET, "line": {"width": 1}}),
    "top": ("recommended (rank)", {"symbol": "circle-open", "size": 15, "color": TOP, "line": {"width": 2.5}}),
    "window": ("window (place)", {"symbol": "square", "size": 17, "line": {"width": 1.5, "color": SHORT}}),
}
# Named beside their marks. So an edit, a selection or ω changes no row of the legend, and with it the scale.
NAMED = ("target", "intent", "user", "selected")
STAYS = ("user", "selected")  # what does not go with the moment
LABEL = 40  # characters: a rank, what the item is, and its short name


def space_map(record: SpaceMap) -> Figure:
    """Users faint below, items by colour and shape, marks on top; the same scale on both axes."""
    below = -0.05 if record.cloud.values is None else -0.18  # below the scale of the colours
    look = layout(
        HEIGHT,
        (6, 6, 6, 6),
        dragmode="pan",
        hovermode="closest",
        legend=legend(below, "top", font={"size": 11}, itemsizing="constant"),
        xaxis=BARE,
        yaxis=BARE | {"scaleanchor": "x"},
    )
    if "selected" in record.marks:
        look["meta"] = {"shows": record.marks["selected"].coordinates[0].tolist()}  # if it was zoomed away
    wide, narrow = (list(labels(record, room)) for room in (WIDE, NARROW))
    return {
        "data": [*over(record), *wide],
        "layout": look,
        "ground": cloud_ground(record.cloud),
        "phone": {"height": PHONE_HEIGHT, "replaces": len(wide), "data": narrow},
    }


@cached
def cloud_ground(record: Cloud) -> str:
    """All users and all items, by WebGL: they lie below all else, and what changes over them does not move them."""
    traces = []
    if record.users is not None:
        crowd = len(record.users.ids) > CROWD
        style = {"size": 3 if crowd else 4, "color": f"rgba(128,128,128,{0.18 if crowd else 0.3})", "symbol": "circle"}
        # Told apart from items, whose ids may be the same.
        ids = [{"user": user} for user in record.users.ids]
        traces.append(dots(record.users, "users", style) | {"customdata": ids})
    if record.categories is not None:
        traces += by_category(record.items, record.categories)
    elif record.values is not None:
        traces.append(by_value(record.items, record.values, record.value_name))
    return ground(traces)


def over(record: SpaceMap) -> Iterator[Trace]:
    """The marks, the lines to the true neighbours, the path of m; without the labels."""
    if record.origin is not None:
        yield neighbour_lines(record, record.origin.at.tolist())
    if record.path is not None:
        yield from path_traces(record.path)
    for mark, points in record.marks.items():
        yield mark_trace(
            mark, points, merge(pixels(record, WIDE)[mark], list(points.texts)) if mark == "window" else []
        )
    if record.before is not None:
        yield move_trace(record.before, record.marks["intent"].coordinates[0])


def dots(points: Points, name: str, marker: dict[str, Any], kind: str = "scattergl") -> Trace:
    x, y = packed(points.coordinates[:, 0]), packed(points.coordinates[:, 1])
    texts = hover([plain(label) for label in points.labels])
    look = {"type": kind, "name": plain(name), "marker": marker, "customdata": list(points.ids)}
    return scatter(x, y, "markers") | look | texts


def by_category(points: Points, categories: Sequence[str]) -> Iterator[Trace]:
    """The most frequent categories by colour and shape, the others together."""
    order = [name for name, _ in Counter(categories).most_common() if name]
    named = order[: len(CATEGORIES) - 1] if len(order) > len(CATEGORIES) else order
    group = np.array([named.index(c) if c in named else len(named) for c in categories])
    for place, name in enumerate([*named, "other" if named else "items"]):
        rows = np.flatnonzero(group == place)
        if len(rows):
            style = {"size": 7, "opacity": 0.75, "color": CATEGORIES[place % 10], "symbol": SYMBOLS[place % 10]}
            labels, ids = (tuple(texts[row] for row in rows) for texts in (points.labels, points.ids))
            yield dots(Points(points.coordinates[rows], labels, ids), name, style)


def by_value(points: Points, values: np.ndarray, name: str) -> Trace:
    # Below the map: beside it lie the chart's buttons.
    place = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.02, "yanchor": "top", "ypad": 4}
    scale = place | {"title": {"text": name, "side": "top"}, "thickness": 10, "len": 0.7}
    colours = {"color": packed(values), "colorscale": SEQUENCE, "showscale": True, "colorbar": scale}
    return dots(points, "items", {"size": 7, "opacity": 0.85, **colours})


def neighbour_lines(record: SpaceMap, origin: list[float]) -> Trace:
    """From the compared point to each of its true neighbours: long lines show where the map distorts distances."""
    near = record.cloud.items.coordinates[[item for item, _ in record.near]].tolist()
    x, y = ([part for end in near for part in (origin[axis], end[axis], None)] for axis in (0, 1))
    stays = any(mark in STAYS for mark in record.marks)
    look = {"line": {"color": QUIET, "width": 1.2}, "hoverinfo": "skip", "meta": None if stays else MOMENT}
    return scatter(x, y, "lines", name=f"to the {len(near)} truly nearest", **look)


def mark_trace(mark: str, points: Points, inside: list[str]) -> Trace:
    """One kind of highlighted points. Each item of the window has its own colour, and its place `inside`."""
    name, marker = MARKS[mark]
    look = {"meta": None if mark in STAYS else MOMENT, "showlegend": mark not in NAMED}
    trace = dots(points, name, marker, "scatter") | look
    if mark != "window":
        return trace
    colours = [item_colour(hue) for hue in points.hues]
    return trace | {
        "mode": "markers+text",
        "marker": marker | {"color": colours},
        "text": [text if fits(text) else "" for text in inside],
        "textposition": "middle center",
        "textfont": {"size": 11, "color": [ink(colour) for colour in colours], "weight": 700},
    }


def fits(places: str) -> bool:
    """A place of the window stands in its square, unless there are several."""
    return "," not in places


def pixels(record: SpaceMap, room: tuple[int, int]) -> dict[str, np.ndarray]:
    """(n, 2) of each kind of marks, where the whole map just fits its place."""
    items, users = record.cloud.items, record.cloud.users
    everything = [items.coordinates] + ([users.coordinates] if users else [])
    return {mark: on_screen(np.vstack(everything), points.coordinates, room) for mark, points in record.marks.items()}


def labels(record: SpaceMap, room: tuple[int, int]) -> Iterable[Trace]:
    """The labels beside the marks, each where it hides least, in the page's text colour."""
    marks, where = record.marks, pixels(record, room)
    # Places of the window share a label where they do in the squares themselves, which know no narrow screen.
    near = where | {"window": pixels(record, WIDE)["window"]}
    texts = {mark: merge(near[mark], label_texts(record, mark, room)) for mark in marks}
    sizes = {mark: MARKS[mark][1]["size"] / 2 for mark in marks}
    beside: list[tuple[str, list[float], Label]] = []
    for mark in (mark for mark in MARKS if mark in marks):
        for point, (x, y), text in zip(marks[mark].coordinates, where[mark].tolist(), texts[mark], strict=True):
            if text and not (mark == "window" and fits(text)):
                words = f"places {text}" if mark == "window" else short_title(text, LABEL)
                beside.append((mark, point.tolist(), Label(x, y, sizes[mark], words)))
    around = [(x, y, sizes[mark]) for mark in marks for x, y in where[mark].tolist()]
    arrange([label for *_, label in beside], around, room[0])
    for stays in (False, True):
        chosen = [(point, label) for mark, point, label in beside if (mark in STAYS) == stays]
        if chosen:  # texts at marks that are drawn already, and so are not seen again
            yield scatter(
                [point[0] for point, _ in chosen],
                [point[1] for point, _ in chosen],
                "markers+text",
                text=[label.text for _, label in chosen],
                textposition=[label.place for _, label in chosen],
                textfont={"size": 11, "weight": 700, "shadow": HALO},
                marker={"size": [2 * label.radius for _, label in chosen], "opacity": 0},
                hoverinfo="skip",
                showlegend=False,
                meta=None if stays else MOMENT,
            )


def label_texts(record: SpaceMap, mark: str, room: tuple[int, int]) -> list[str]:
    """The texts of one kind of marks; where there is little room, of the recommendations only the first, the actual
    next and the selected item's."""
    marks, points = record.marks, record.marks[mark]
    if room == WIDE or mark != "top":
        return list(points.texts)
    named = {*points.ids[:1], *(item for kind in ("target", "selected") if kind in marks for item in marks[kind].ids)}
    return [text if item in named else "" for item, text in zip(points.ids, points.texts, strict=True)]
