"""A bar chart with one column per term, the window from left to right, for the waterfall and its relatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from attrec_core.explain.wording import letter
from attrec_core.views.drawing import theme
from attrec_core.views.drawing.bars import BarColumn, BarPart, BarsRecord
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import CALM, axis, bar, hover, legend, note, scatter
from attrec_core.views.drawing.plot import figure as whole
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.page_context import Scene

HEIGHT = 430  # pixels
NUMBERS_UP_TO = 14  # bars; more are too narrow for a number over each
LINE = 92  # width in pixels of a title's line below its bar
WIDTH = 0.72  # of a bar, as a share of its column
SHIFTS = {"left": -WIDTH / 4, "right": WIDTH / 4}  # of a bar that fills half of it
CLOSE = 0.07  # room of a number at the end of a bar, as a share of the height
NOTE_LINE, LEGEND = 250, 18  # width in pixels of a note's line in the plot, and height of the legend
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


def parts_of(term: Term) -> list[BarPart]:
    """Returns the bars of a term; the long part is hatched. An item of the window that has a long part, too, has a bar
    for each, side by side: one may go up and the other down."""
    is_long = term.kind in ("long", "earlier")
    if is_long or not term.long:
        return [BarPart(term.start, term.value, term.colour, is_long)]
    short = term.value - term.long
    own = BarPart(term.start, short, term.colour, side="left")
    return [own, BarPart(term.start + short, term.long, theme.LONG, hatched=True, side="right")]


def column(
    scene: Scene, term: Term, bars: Sequence[BarPart], text: str, hover: str, *, dash: float | None = None
) -> BarColumn:
    """The column of a term. text: its number. hover: the lines below its name."""
    return BarColumn(
        id=None if term.item is None else scene.item_id(term.item),
        sign=term.sign,
        name=term.name,
        colour=term.colour,
        bars=bars,
        text=text,
        end=term.end,
        hover=f"{f'{term.sign}. ' if term.place else ''}{term.name}\n{hover}",
        dash=dash,
        strong=term.kind == "total",
        chosen=term.item is not None and term.item == scene.selected,
    )


def close_of(low: float, high: float) -> float:
    return CLOSE * (high - low)


def figure(record: BarsRecord, item_of: Callable[[str | None], int | None]) -> Figure:
    """A column for each term, with its letter or sign and its name below. item_of: an id → the item index that a click
    sends."""
    columns, (low, high) = record.columns, record.extent
    # Notes at both borders are in the plot, beyond all bars and their numbers; else they are above it.
    is_inside = any(not one.top for one in record.notes)
    many = len(columns) > NUMBERS_UP_TO  # then plates would overlap
    plates = [] if many else [plate(place, column) for place, column in enumerate(columns)]
    notes = [corner(record, one.text, top=one.top, is_inside=is_inside) for one in record.notes]
    pad = (0.2 if is_inside else 0.12) * (high - low or 1.0)
    reach = low - pad * (low < 0 or is_inside), high + pad
    standoff = 4 if many else 30  # below the plates
    names = {"tickvals": list(range(len(columns))), "ticktext": names_of(columns), "tickfont": {"size": 12}}
    names |= {"ticklabelstandoff": standoff, "autotickangles": [0, 90]}
    zero_line = {"zeroline": True, "zerolinewidth": 2, "zerolinecolor": CALM}
    still = {"showgrid": False, "zeroline": False, "fixedrange": True, "range": [-0.6, len(columns) - 0.4]}
    across: dict[str, object] = axis(automargin=True, **names, **still)
    up = axis(record.title, range=list(reach), fixedrange=True, **theme.round_ticks(*reach), **zero_line)
    look = {"barmode": "overlay", "hovermode": "closest", "dragmode": False, "legend": legend()}
    look["annotations"] = [*plates, *([] if many else numbers(columns)), *notes]
    pointed = pointed_at(columns, record.extent, item_of)
    data = [pointed, *traces_of(columns), *(lines_between(columns) if record.connected else []), *dashes(record)]
    return whole(data, HEIGHT, (10, 10, 34, 10), **look, xaxis=across, yaxis=up)


def names_of(columns: Sequence[BarColumn]) -> list[str]:
    """The names below the columns; for many columns, the sign and a short name in one line."""
    if len(columns) > NUMBERS_UP_TO:
        return [f"{column.sign} {theme.short_title(column.name, 24)}" for column in columns]
    return [theme.wrapped_title(column.name, LINE) for column in columns]


def pointed_at(
    columns: Sequence[BarColumn], extent: tuple[float, float], item_of: Callable[[str | None], int | None]
) -> Trace:
    """Invisible bars as high as the figure, for the pointer: a low bar would be hard to hit."""
    low, room, count = extent[0], extent[1] - extent[0] or 1.0, len(columns)
    unseen = {"color": "rgba(0,0,0,0)", "line": {"width": 0}}
    items = [-1 if item is None else item for item in (item_of(column.id) for column in columns)]
    look = {"base": low - 0.2 * room, "width": 1, "marker": unseen, "customdata": items, "showlegend": False}
    texts = ["<br>".join(map(theme.escaped, column.hover.split("\n"))) for column in columns]
    return bar(list(range(count)), [1.4 * room] * count, **look) | hover(texts)


def traces_of(columns: Sequence[BarColumn]) -> list[Trace]:
    """One trace for all plain bars and one for each hatched bar: Plotly accepts no list of colours with hatching."""
    bars = [(place, column, part) for place, column in enumerate(columns) for part in column.bars]
    traces = []
    for group in ([one for one in bars if not one[2].hatched], *([one] for one in bars if one[2].hatched)):
        parts, chosen = [part for _, _, part in group], [column.chosen for _, column, _ in group]
        colours = [part.colour for part in parts]
        frame = {"color": [theme.SELECTED if c else CALM for c in chosen], "width": [3 if c else 1 for c in chosen]}
        hatching = {"color": colours[0], "pattern": theme.HATCH} if parts and parts[0].hatched else {"color": colours}
        look = {"width": [WIDTH / 2 if part.side else WIDTH for part in parts], "marker": {**hatching, "line": frame}}
        x = [place + (SHIFTS[part.side] if part.side else 0) for place, _, part in group]
        traces.append(SILENT | bar(x, [part.value for part in parts], base=[part.start for part in parts], **look))
    return [trace for trace in traces if trace["x"]]


def lines_between(columns: Sequence[BarColumn]) -> list[Trace]:
    """A dotted line from the end of each column to the start of the next one."""
    x, y = [], []
    for place, column in enumerate(columns[:-1]):
        x += [place + WIDTH / 2, place + 1 - WIDTH / 2, None]
        y += [column.level, column.level, None]
    return [SILENT | scatter(x, y, "lines", line={"color": CALM, "width": 1, "dash": "dot"})]


def dashes(record: BarsRecord) -> list[Trace]:
    """The dashes, each with a thin line to its bar, or to the number at the end of the bar."""
    with_dash = [(place, column, column.dash) for place, column in enumerate(record.columns) if column.dash is not None]
    if not with_dash:
        return []
    close, x, y = close_of(*record.extent), [], []
    for place, column, dash in with_dash:
        end = column.level
        room = close if column.beyond >= close else 0.0
        x += [place, place, None]
        y += [end + (room if dash > end else -room), dash, None]
    marker = {"symbol": "line-ew", "size": 20, "line": {"width": 2.5, "color": CALM}}
    look = {"name": record.dashes, "hoverinfo": "skip", "showlegend": True}
    places, heights = [place for place, _, _ in with_dash], [dash for _, _, dash in with_dash]
    return [
        SILENT | scatter(x, y, "lines", line={"color": CALM, "width": 1.5, "dash": "dot"}),
        scatter(places, heights, "markers", marker=marker, **look),
    ]


def numbers(columns: Sequence[BarColumn]) -> list[Trace]:
    """The number at each column: below a column that goes down, else above."""
    font = {"size": 12, "shadow": theme.HALO}  # without it, a grid line would strike the number through
    below, above = {"yanchor": "top", "yshift": -1}, {"yanchor": "bottom", "yshift": 1}
    return [
        note(
            f"<b>{column.text}</b>" if column.strong else column.text,
            place,
            column.end,
            font=font,
            borderpad=0,
            **(below if column.goes_down else above),
        )
        for place, column in enumerate(columns)
    ]


def plate(place: int, column: BarColumn) -> Trace:
    """The letter of an item, or the sign of another term, in its colour."""
    frame = theme.SELECTED if column.chosen else column.colour
    look = {"bgcolor": column.colour, "bordercolor": frame, "borderwidth": 2, "borderpad": 2}
    look["font"] = {"color": ink(column.colour), "size": 12}
    return note(f"<b>\u2007{column.sign}\u2007</b>", place, 0, yref="paper", yanchor="top", yshift=-5, **look)


def corner(record: BarsRecord, text: str, *, top: bool, is_inside: bool) -> Trace:
    """A note at the right, at the lower or the upper border of the plot; above the plot, it is above the legend, too,
    which is as wide on a phone."""
    if not is_inside:
        look = {"yanchor": "bottom", "yshift": LEGEND if record.connected else 0}
        return note(theme.escaped(text), 1, 1, xref="paper", xanchor="right", yref="paper", **look)
    words, anchor = theme.wrapped_title(text, NOTE_LINE), "top" if top else "bottom"
    return note(words, 1, int(top), xref="paper", xanchor="right", yref="paper", yanchor=anchor)
