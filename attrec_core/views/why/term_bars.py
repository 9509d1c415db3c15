"""Bars in a row, one a term, the window from left to right: what the waterfall and its relatives are drawn with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import CALM, axis, bar, hover, layout, legend, note
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import HALO, HATCH, SELECTED, plain, round_ticks, short_name, short_title
from attrec_core.views.why.records import Term

HEIGHT = 430  # pixels
NUMBERS_UP_TO = 14  # bars; more are too narrow for a number over each
LETTERS = 13  # of a title in one line below its bar
WIDTH = 0.72  # of a bar, of its column
SILENT = {"hoverinfo": "skip", "showlegend": False}


@dataclass(frozen=True)
class Bar:
    x: float
    start: float
    value: float
    colour: str
    hatched: bool = False
    chosen: bool = False
    width: float = WIDTH


def figure(
    terms: Sequence[Term],
    selected: int | None,
    extent: tuple[float, float],
    *,
    title: str,
    hovers: Sequence[str],
    traces: Sequence[Trace],
    notes: Sequence[Trace],
    corners: bool = False,
) -> Figure:
    """A column for each term, with its place and its name below.

    extent: the lowest and the highest value drawn. title: of the vertical axis. hovers: a text a term. corners: notes
    stand at the upper and the lower border, beyond all bars and their numbers.
    """
    low, high = extent
    many = len(terms) > NUMBERS_UP_TO  # then plates would lie over each other on a phone
    plates = [] if many else [plate(column, term, selected) for column, term in enumerate(terms)]
    pad = (0.2 if corners else 0.12) * (high - low or 1.0)
    reach = low - pad * (low < 0 or corners), high + pad
    names = {
        "tickvals": list(range(len(terms))),
        "ticktext": [narrow_tick(term) if many else tick(term) for term in terms],
        "tickfont": {"size": 10 if many else 12},
        "ticklabelstandoff": 4 if many else 24,
        "autotickangles": [0, 90],
    }
    zero_line = {"zeroline": True, "zerolinewidth": 2, "zerolinecolor": CALM}
    still = {"showgrid": False, "zeroline": False, "fixedrange": True, "range": [-0.6, len(terms) - 0.4]}
    return {
        "data": [columns(terms, extent, hovers), *traces],
        "layout": layout(
            HEIGHT,
            (10, 10, 34, 10),
            barmode="overlay",
            hovermode="closest",
            dragmode=False,
            legend=legend(),
            annotations=[*plates, *notes],
            xaxis=axis(automargin=True, **names, **still),
            yaxis=axis(title, range=list(reach), fixedrange=True, **round_ticks(*reach), **zero_line),
        ),
    }


def columns(terms: Sequence[Term], extent: tuple[float, float], hovers: Sequence[str]) -> Trace:
    """Unseen bars as high as the figure, which a pointer finds: a low bar would be hard to hit."""
    low, room = extent[0], extent[1] - extent[0] or 1.0
    unseen = {"color": "rgba(0,0,0,0)", "line": {"width": 0}}
    items = [-1 if term.item is None else term.item for term in terms]
    count = len(terms)
    look = {"base": low - 0.2 * room, "width": 1, "marker": unseen, "customdata": items, "showlegend": False}
    return bar(list(range(count)), [1.4 * room] * count, **look) | hover(list(hovers))


def bars_of(terms: Sequence[Term], selected: int | None) -> list[Bar]:
    """The terms, each from its start to its end; the long part hatched."""
    return [
        Bar(column, term.start, term.end - term.start, term.colour, term.kind == "long", is_item(term, selected))
        for column, term in enumerate(terms)
    ]


def traces_of(bars: Sequence[Bar]) -> list[Trace]:
    """One trace for all plain bars, one for each hatched: Plotly takes no list of colours beside a hatching."""
    simple = [one for one in bars if not one.hatched]
    hatched = [[one] for one in bars if one.hatched]
    return [trace_of(group) for group in ([simple] if simple else []) + hatched]


def trace_of(bars: Sequence[Bar]) -> Trace:
    colours = [one.colour for one in bars]
    frame = {
        "color": [SELECTED if one.chosen else CALM for one in bars],
        "width": [3 if one.chosen else 1 for one in bars],
    }
    hatching = {"color": colours[0], "pattern": HATCH} if bars[0].hatched else {"color": colours}
    return SILENT | bar(
        [one.x for one in bars],
        [one.value for one in bars],
        base=[one.start for one in bars],
        width=[one.width for one in bars],
        marker={**hatching, "line": frame},
    )


def numbers(terms: Sequence[Term], heights: Sequence[float], texts: Sequence[str]) -> list[Trace]:
    """The number at each bar, at its height: below it for a bar that goes down, else above. None for many bars."""
    if len(terms) > NUMBERS_UP_TO:
        return []
    font = {"size": 11, "shadow": HALO}  # a line of the grid would strike it through
    below, above = {"yanchor": "top", "yshift": -1}, {"yanchor": "bottom", "yshift": 1}
    return [
        note(text, column, height, font=font, borderpad=0, **(below if term.end < term.start else above))
        for column, (term, height, text) in enumerate(zip(terms, heights, texts, strict=True))
    ]


def plate(column: int, term: Term, selected: int | None) -> Trace:
    """The place of an item, or the sign of another term, in its colour."""
    colour = term.colour
    frame = {"bordercolor": SELECTED if is_item(term, selected) else colour, "borderwidth": 2, "borderpad": 2}
    look = {"bgcolor": colour, "font": {"color": ink(colour), "size": 11}, **frame}
    text = f"<b>\u2007{term.sign}\u2007</b>"
    return note(text, column, 0, yref="paper", yanchor="top", yshift=-5, **look)


def tick(term: Term) -> str:
    """The short name, in two lines where it does not fit into one."""
    name = short_name(term.name)
    if len(name) <= LETTERS or " " not in name:
        return plain(name)
    # Where both lines are shortest.
    first, second = min(
        ((name[:at], name[at + 1 :]) for at, letter in enumerate(name) if letter == " "),
        key=lambda lines: max(map(len, lines)),
    )
    return f"{plain(first)}<br>{plain(second)}"


def narrow_tick(term: Term) -> str:
    """A sign and a name in one line, to stand upright."""
    return f"{term.sign} {short_title(term.name)}"


def named(term: Term) -> str:
    return f"{term.place}. {plain(term.name)}" if term.place else plain(term.name)


def is_item(term: Term, selected: int | None) -> bool:
    return selected is not None and term.item == selected
