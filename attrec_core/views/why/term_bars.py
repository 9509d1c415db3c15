"""Bars in a row, one a term: what the waterfall and its relatives are drawn with; the window from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import (
    HALO,
    HATCH,
    LONG,
    SELECTED,
    SHORT,
    item_colour,
    plain,
    round_ticks,
    short_name,
    short_title,
)
from attrec_core.views.why.records import Term

HEIGHT = 430  # pixels
NUMBERS_UP_TO = 14  # bars; more are too narrow for a number over each
LETTERS = 13  # of a title in one line below its bar
WIDTH = 0.72  # of a bar, of its column
CALM = "#8A94A0"  # what has no colour of its own; told from both backgrounds
# What stands where an item has its place.
SIGNS = {"average": "ø", "long": "U", "short": "m", "origin": "0", "constant": "c", "total": "="}
SILENT = {"hoverinfo": "skip", "showlegend": False}

Spec = Trace  # or an annotation, in Plotly's words


@dataclass(frozen=True)
class Bar:
    place: float
    start: float
    value: float
    colour: str
    hatched: bool = False
    chosen: bool = False
    width: float = WIDTH


def figure(
    traces: Sequence[Spec],
    notes: Sequence[Spec],
    terms: Sequence[Term],
    selected: int | None,
    extent: tuple[float, float],
    axis: str,
    *,
    corners: bool = False,
) -> Figure:
    """extent: the lowest and the highest that is drawn. Below each bar its place and its name. corners: words stand at
    the upper and the lower border, beyond all bars and their numbers."""
    low, high = extent
    many = len(terms) > NUMBERS_UP_TO  # then plates would lie over each other on a phone
    plates = [] if many else [plate(place, term, selected) for place, term in enumerate(terms)]
    pad = (0.2 if corners else 0.12) * (high - low or 1.0)
    reach = low - pad * (low < 0 or corners), high + pad
    layout = {
        "barmode": "overlay",
        "height": HEIGHT,
        "margin": {"l": 10, "r": 10, "t": 34, "b": 10},
        "hovermode": "closest",
        "dragmode": False,
        "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        "annotations": [*plates, *notes],
        "xaxis": {
            "tickvals": list(range(len(terms))),
            "ticktext": [narrow_tick(term) if many else tick(term) for term in terms],
            "tickfont": {"size": 10 if many else 12},
            "ticklabelstandoff": 4 if many else 24,
            "autotickangles": [0, 90],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "range": [-0.6, len(terms) - 0.4],
        },
        "yaxis": {
            "title": {"text": axis},
            "range": list(reach),
            **round_ticks(*reach),
            "zeroline": True,
            "zerolinewidth": 2,
            "zerolinecolor": CALM,
            "fixedrange": True,
        },
    }
    return {"data": list(traces), "layout": layout}


def columns(terms: Sequence[Term], extent: tuple[float, float], words: Sequence[str]) -> Spec:
    """Unseen bars as high as the figure, which a pointer finds: a low bar would be hard to hit."""
    low, room = extent[0], extent[1] - extent[0] or 1.0
    return {
        "type": "bar",
        "x": list(range(len(terms))),
        "y": [1.4 * room] * len(terms),
        "base": low - 0.2 * room,
        "width": 1,
        "marker": {"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        "customdata": [-1 if term.item is None else term.item for term in terms],
        "hovertext": list(words),
        "hoverinfo": "text",
        "showlegend": False,
    }


def bars_of(terms: Sequence[Term], selected: int | None) -> list[Bar]:
    """The terms, each from its start to its end; the long part hatched."""
    return [
        Bar(place, term.start, term.end - term.start, colour_of(term), term.kind == "long", is_item(term, selected))
        for place, term in enumerate(terms)
    ]


def traces_of(bars: Sequence[Bar]) -> list[Spec]:
    """One trace for all plain bars, one for each hatched: Plotly takes no list of colours beside a hatching."""
    alike = [bar for bar in bars if not bar.hatched]
    apart = [[bar] for bar in bars if bar.hatched]
    return [trace_of(group) for group in ([alike] if alike else []) + apart]


def trace_of(bars: Sequence[Bar]) -> Spec:
    hatched = bars[0].hatched
    return SILENT | {
        "type": "bar",
        "x": [bar.place for bar in bars],
        "y": [bar.value for bar in bars],
        "base": [bar.start for bar in bars],
        "width": [bar.width for bar in bars],
        "marker": {
            "color": bars[0].colour if hatched else [bar.colour for bar in bars],
            "line": {
                "color": [SELECTED if bar.chosen else CALM for bar in bars],
                "width": [3 if bar.chosen else 1 for bar in bars],
            },
            **({"pattern": HATCH} if hatched else {}),
        },
    }


def numbers(terms: Sequence[Term], heights: Sequence[float], texts: Sequence[str]) -> list[Spec]:
    """The number at each bar, at its height: below it for a bar that goes down, else above. None for many bars."""
    if len(terms) > NUMBERS_UP_TO:
        return []
    font = {"size": 11, "shadow": HALO}  # a line of the grid would strike it through
    places = {True: {"yanchor": "top", "yshift": -1}, False: {"yanchor": "bottom", "yshift": 1}}
    return [
        {"text": text, "x": place, "y": height, "showarrow": False, "font": font, "borderpad": 0}
        | places[term.end < term.start]
        for place, (term, height, text) in enumerate(zip(terms, heights, texts, strict=True))
    ]


def plate(place: int, term: Term, selected: int | None) -> Spec:
    """The place of an item, or the sign of another term, in its colour."""
    colour = colour_of(term)
    return {
        "text": f"<b>\u2007{term.place or SIGNS[term.kind]}\u2007</b>",
        "x": place,
        "y": 0,
        "yref": "paper",
        "yanchor": "top",
        "yshift": -5,
        "showarrow": False,
        "bgcolor": colour,
        "font": {"color": ink(colour), "size": 11},
        "bordercolor": SELECTED if is_item(term, selected) else colour,
        "borderwidth": 2,
        "borderpad": 2,
    }


def tick(term: Term) -> str:
    """The short name, in two lines where it does not fit into one."""
    name = short_name(term.name)
    if len(name) <= LETTERS or " " not in name:
        return plain(name)
    # Where both lines are shortest.
    first, second = min(
        ((name[:place], name[place + 1 :]) for place, letter in enumerate(name) if letter == " "),
        key=lambda lines: max(map(len, lines)),
    )
    return f"{plain(first)}<br>{plain(second)}"


def narrow_tick(term: Term) -> str:
    """A sign and a name in one line, to stand upright."""
    return f"{term.place or SIGNS[term.kind]} {short_title(term.name)}"


def named(term: Term) -> str:
    return f"{term.place}. {plain(term.name)}" if term.place else plain(term.name)


def colour_of(term: Term) -> str:
    return {"item": item_colour(term.hue), "long": LONG, "short": SHORT}.get(term.kind, CALM)


def is_item(term: Term, selected: int | None) -> bool:
    return selected is not None and term.item == selected
