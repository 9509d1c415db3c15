"""A bar chart with one bar per term, the window from left to right, for the waterfall and its relatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from attrec_core.explain.wording import letter
from attrec_core.views.drawing import theme
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import CALM, axis, bar, hover, legend, note
from attrec_core.views.drawing.plot import figure as whole
from attrec_core.views.drawing.spec import Figure, Trace

HEIGHT = 430  # pixels
NUMBERS_UP_TO = 14  # bars; more are too narrow for a number over each
PHONE_NUMBERS_UP_TO = 9  # the same on a phone
LINE = 92  # width in pixels of a title's line below its bar
UPRIGHT, UPRIGHT_LINE = 90, 190  # on a phone, where names are upright: pixels added to the height, and of a name's line
WIDTH = 0.72  # of a bar, as a share of its column
SILENT = {"hoverinfo": "skip", "showlegend": False}

TermKind = Literal["average", "long", "earlier", "short", "item", "origin", "constant", "rest", "total"]


@dataclass(frozen=True)
class BarKind:
    """The name and look of a bar that does not belong to an item."""

    name: str
    sign: str  # below the bar, where an item has its letter
    colour: str = CALM
    about: str = ""  # a sentence of the details


# A new kind of bar needs a new part in `explain/exact_sum.py` and a line here.
KINDS = {
    "average": BarKind("the average item", "ø"),
    "long": BarKind("long-term part", "U", theme.LONG),
    "earlier": BarKind("earlier item", "U", theme.LONG),
    "short": BarKind("short-term part", "m", theme.SHORT),
    "origin": BarKind(
        "origin",
        "0",
        about="attention lost to the mask (ρ) acts as if it attended to the origin, the point where all numbers are 0",
    ),
    "constant": BarKind("constant", "c", about="the same for every item, so it never changes the order"),
    "rest": BarKind("other terms", "…"),
    "total": BarKind("total", "="),
}


@dataclass(frozen=True)
class Term:
    """One bar: a term of an exact sum or of a difference. Kind average is the first bar, kind total the last bar, and
    kind rest joins the origin and the constant."""

    kind: TermKind
    value: float  # what the term adds; for average and total the whole value
    start: float = 0.0  # where the bar begins, on the axis of the distance
    usual: float = 0.0  # in a waterfall: the mean of this term over the catalogue
    title: str | None = None  # of the item that the bar is about
    item: int | None = None  # item index
    place: int | None = None  # in the window, from 1, oldest first
    mark: str = ""  # below the bar, in place of a letter or of the sign of its kind
    item_colour: str | None = None
    long: float = 0.0  # what of an item's value is long-term, in a taste from items

    @property
    def end(self) -> float:
        return self.start + self.value

    @property
    def name(self) -> str:
        return self.title or KINDS[self.kind].name

    @property
    def sign(self) -> str:
        return self.mark or (letter(self.place - 1) if self.place else KINDS[self.kind].sign)

    @property
    def colour(self) -> str:
        return self.item_colour or KINDS[self.kind].colour

    def is_item(self, item: int | None) -> bool:
        return item is not None and self.item == item


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
    bars: Sequence[Bar],
    texts: Sequence[str],
    heights: Sequence[float],
    over: Sequence[Trace] = (),
    notes: Sequence[Trace] = (),
    corners: bool = False,
) -> Figure:
    """A column for each term, with its letter or sign and its name below.

    extent: the lowest and the highest value drawn. title: of the vertical axis. hovers: the text after each term's name
    on hover. texts: the number at each bar. heights: where each number is. over: traces over the bars. corners: whether
    notes are at the upper and the lower border, beyond all bars and their numbers.
    """
    low, high = extent
    many = len(terms) > NUMBERS_UP_TO  # then plates would overlap on a phone
    plates = [] if many else [plate(column, term, selected) for column, term in enumerate(terms)]
    pad = (0.2 if corners else 0.12) * (high - low or 1.0)
    reach = low - pad * (low < 0 or corners), high + pad
    standoff = 4 if many else 30  # below the plates
    names = {"tickvals": list(range(len(terms))), "ticktext": names_of(terms, LINE), "tickfont": {"size": 12}}
    names |= {"ticklabelstandoff": standoff, "autotickangles": [0, 90]}
    zero_line = {"zeroline": True, "zerolinewidth": 2, "zerolinecolor": CALM}
    still = {"showgrid": False, "zeroline": False, "fixedrange": True, "range": [-0.6, len(terms) - 0.4]}
    across: dict[str, object] = axis(automargin=True, **names, **still)
    up = axis(title, range=list(reach), fixedrange=True, **theme.round_ticks(*reach), **zero_line)
    look = {"barmode": "overlay", "hovermode": "closest", "dragmode": False, "legend": legend()}
    look["annotations"] = [*plates, *([] if many else numbers(terms, texts, heights)), *notes]
    data = [columns(terms, extent, hovers), *traces_of(bars), *over]
    drawn = whole(data, HEIGHT, (10, 10, 34, 10), **look, xaxis=across, yaxis=up)
    upright: dict[str, object] = {"xaxis": across | {"ticktext": names_of(terms, UPRIGHT_LINE), "tickangle": 90}}
    if len(terms) > PHONE_NUMBERS_UP_TO:
        upright["annotations"] = [*plates, *notes]
    drawn["phone"] = {"height": HEIGHT + UPRIGHT, "replaces": 0, "data": [], "layout": upright}
    return drawn


def names_of(terms: Sequence[Term], line: float) -> list[str]:
    """The names below the bars, in lines of `line` pixels; for many terms, the sign and a short name in one line."""
    if len(terms) > NUMBERS_UP_TO:
        return [f"{term.sign} {theme.short_title(term.name, 24)}" for term in terms]
    return [theme.wrapped_title(term.name, line) for term in terms]


def columns(terms: Sequence[Term], extent: tuple[float, float], hovers: Sequence[str]) -> Trace:
    """Invisible bars as high as the figure, for the pointer: a low bar would be hard to hit."""
    low, room, count = extent[0], extent[1] - extent[0] or 1.0, len(terms)
    unseen = {"color": "rgba(0,0,0,0)", "line": {"width": 0}}
    items = [-1 if term.item is None else term.item for term in terms]
    look = {"base": low - 0.2 * room, "width": 1, "marker": unseen, "customdata": items, "showlegend": False}
    names = [f"{term.sign}. {theme.escaped(term.name)}" if term.place else theme.escaped(term.name) for term in terms]
    texts = [f"{name}<br>{text}" for name, text in zip(names, hovers, strict=True)]
    return bar(list(range(count)), [1.4 * room] * count, **look) | hover(texts)


def bars_of(terms: Sequence[Term], selected: int | None) -> list[Bar]:
    """Returns a bar for each term, from its start to its end; the long part is hatched. An item of the window that has
    a long part, too, has a bar for each, side by side: one may go up and the other down."""
    bars = []
    for column, term in enumerate(terms):
        chosen, is_long = term.is_item(selected), term.kind in ("long", "earlier")
        if is_long or not term.long:
            bars.append(Bar(column, term.start, term.value, term.colour, is_long, chosen))
            continue
        short, half = term.value - term.long, WIDTH / 2
        bars.append(Bar(column - half / 2, term.start, short, term.colour, False, chosen, half))
        bars.append(Bar(column + half / 2, term.start + short, term.long, theme.LONG, True, chosen, half))
    return bars


def traces_of(bars: Sequence[Bar]) -> list[Trace]:
    """One trace for all plain bars and one for each hatched bar: Plotly accepts no list of colours with hatching."""
    traces = []
    for group in ([one for one in bars if not one.hatched], *([one] for one in bars if one.hatched)):
        colours, widths = [one.colour for one in group], [3 if one.chosen else 1 for one in group]
        frame = {"color": [theme.SELECTED if one.chosen else CALM for one in group], "width": widths}
        hatching = {"color": colours[0], "pattern": theme.HATCH} if group and group[0].hatched else {"color": colours}
        look = {"width": [one.width for one in group], "marker": {**hatching, "line": frame}}
        x, values = [one.x for one in group], [one.value for one in group]
        traces.append(SILENT | bar(x, values, base=[one.start for one in group], **look))
    return [trace for trace in traces if trace["x"]]


def numbers(terms: Sequence[Term], texts: Sequence[str], heights: Sequence[float]) -> list[Trace]:
    """The number at each bar: below a bar that goes down, else above."""
    font = {"size": 12, "shadow": theme.HALO}  # without it, a grid line would strike the number through
    below, above = {"yanchor": "top", "yshift": -1}, {"yanchor": "bottom", "yshift": 1}
    return [
        note(text, column, height, font=font, borderpad=0, **(below if term.end < term.start else above))
        for column, (term, text, height) in enumerate(zip(terms, texts, heights, strict=True))
    ]


def plate(column: int, term: Term, selected: int | None) -> Trace:
    """The letter of an item, or the sign of another term, in its colour."""
    frame = theme.SELECTED if term.is_item(selected) else term.colour
    look = {"bgcolor": term.colour, "bordercolor": frame, "borderwidth": 2, "borderpad": 2}
    look["font"] = {"color": ink(term.colour), "size": 12}
    return note(f"<b>\u2007{term.sign}\u2007</b>", column, 0, yref="paper", yanchor="top", yshift=-5, **look)


def corner(text: str, y: int) -> Trace:
    """A note at the right, at the lower border (y = 0) or the upper border (y = 1)."""
    return note(text, 1, y, xref="paper", xanchor="right", yref="paper", yanchor=("bottom", "top")[y])
