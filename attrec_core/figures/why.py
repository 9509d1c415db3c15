"""The exact sum as a waterfall, and the differences of two items as bars; the window reads from left to right."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from attrec_core.figures.term_bars import CALM, add_bar, add_bars, add_columns, add_numbers, lay_out, named
from attrec_core.figures.theme import LONG, SHORT, item_colour, number, short_title, signed
from attrec_core.results.why import Term, TruthRow, Versus, Waterfall

CORNER = {"x": 1, "xref": "paper", "xanchor": "right", "y": 1, "yref": "paper"}


def waterfall(record: Waterfall, selected: int | None) -> go.Figure:
    """Each bar begins where the one before it ends; a dash is where it would end with the average item's term."""
    terms = record.terms
    figure = go.Figure()
    marks = [] if record.from_average else [term.start + term.usual for term in terms if has_mean(term)]
    low = min([0.0, *marks, *(term.end for term in terms)])
    high = max([*marks, *(max(term.start, term.end) for term in terms)])
    add_columns(figure, terms, low, high, [told(term, record) for term in terms])
    add_connectors(figure, terms)
    add_bars(figure, terms[:-1], selected)
    add_total(figure, record)
    heights = [height(term, record, 0.07 * (high - low)) for term in terms]
    add_numbers(figure, terms, heights, [written(term) for term in terms])
    if not record.from_average:
        add_means(figure, terms)
    lay_out(figure, terms, selected, low, high, "distance (lower is better)")
    return figure


def versus(record: Versus, selected: int | None) -> go.Figure:
    """Bars from 0: below it what speaks for the nearer item, above it what speaks for the other; their sum last."""
    terms = record.terms
    figure = go.Figure()
    low, high = (end([0.0, *(term.end for term in terms)]) for end in (min, max))
    above, below = short_title(record.above, 24), short_title(record.below, 24)
    words = [
        f"{named(term)}<br>{signed(term.value, 4)}: "
        + ("the same for both" if term.value == 0 else f"speaks for {above if term.value < 0 else below}")
        for term in terms
    ]
    add_columns(figure, terms, low, high, words)
    add_bars(figure, terms, selected)
    add_numbers(figure, terms, [term.end for term in terms], [signed(term.value, 3) for term in terms])
    lay_out(figure, terms, selected, low, high, "difference in distance")
    for y, text in ((0, f"▼ speaks for {above}"), (1, f"▲ speaks for {below}")):
        figure.add_annotation(
            text=text,
            x=1,
            xref="paper",
            xanchor="right",
            y=y,
            yref="paper",
            yanchor=("bottom", "top")[y],
            showarrow=False,
        )
    return figure


def left_out(rows: Sequence[TruthRow], selected: int | None) -> go.Figure:
    """What each item does when it is left out, both ways: for a model of which no exact sum exists."""
    terms = [Term("item", row.title, 0.0, 0.0, 0.0, None, row.item, row.place, row.hue) for row in rows]
    figure = go.Figure()
    ways = {way: [getattr(row, way).delta_distance for row in rows] for way in ("delete", "mask")}
    low, high = (end([0.0, *ways["delete"], *ways["mask"]]) for end in (min, max))
    words = [
        f"{named(term)}<br>deleted: {signed(one, 4)}<br>in place: {signed(other, 4)}"
        for term, one, other in zip(terms, *ways.values(), strict=True)
    ]
    add_columns(figure, terms, low, high, words)
    for place, (row, one, other) in enumerate(zip(rows, *ways.values(), strict=True)):
        look = {"chosen": row.item == selected, "width": 0.36}
        add_bar(figure, place - 0.19, 0.0, one, item_colour(row.hue), **look)
        add_bar(figure, place + 0.19, 0.0, other, item_colour(row.hue), hatched=True, **look)
    numbers = [f"{signed(one, 3)} | {signed(other, 3)}" for one, other in zip(*ways.values(), strict=True)]
    add_numbers(figure, terms, [max(0.0, *pair) for pair in zip(*ways.values(), strict=True)], numbers)
    lay_out(figure, terms, selected, low, high, "change of the distance without it")
    figure.add_annotation(
        text="plain: deleted, the older ones move up · hatched: in place", **CORNER, yanchor="bottom", showarrow=False
    )
    return figure


def has_mean(term: Term) -> bool:
    """Whether items differ in this term, so that its mean says something."""
    return term.kind in ("long", "item", "origin") and term.usual is not None


def told(term: Term, record: Waterfall) -> str:
    """What a bar says on hover."""
    if term.kind in ("average", "total"):
        return f"{named(term)}<br>distance {number(term.value, 4)}"
    if not has_mean(term):
        return f"{named(term)}<br>adds {signed(term.value, 4)}, the same for every item"
    gap = term.value if record.from_average else term.value - term.usual
    adds = term.value + term.usual if record.from_average else term.value
    pulls = "pulls nearer" if gap < 0 else "pushes away"
    return (
        f"{named(term)}<br>adds {signed(adds, 4)}; to the average item {signed(term.usual, 4)}"
        f"<br>{signed(gap, 4)} against it: {pulls}"
    )


def written(term: Term) -> str:
    """What is added carries its sign, a distance does not."""
    if term.kind == "total":
        return f"<b>{number(term.value, 3)}</b>"
    return number(term.value, 3) if term.kind == "average" else signed(term.value, 3)


def height(term: Term, record: Waterfall, close: float) -> float:
    """Where the number of a bar stands: at its end, or beyond a dash that would strike it through."""
    if record.from_average or not has_mean(term):
        return term.end
    dash = term.start + term.usual
    return dash if -close / 4 < dash - term.end < close else term.end


def add_connectors(figure: go.Figure, terms: Sequence[Term]) -> None:
    x, y = [], []
    for place, term in enumerate(terms[:-1]):
        x += [place + 0.36, place + 1 - 0.36, None]
        y += [term.end, term.end, None]
    line = {"color": CALM, "width": 1, "dash": "dot"}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)


def add_total(figure: go.Figure, record: Waterfall) -> None:
    """The distance as the list shows it: the long part hatched, the short part over it."""
    last = len(record.terms) - 1
    add_bar(figure, last, 0.0, record.long, LONG, hatched=True)
    add_bar(figure, last, record.long, record.reached - record.long, SHORT)


def add_means(figure: go.Figure, terms: Sequence[Term]) -> None:
    """A dash where each bar would end with the catalogue's mean of its term."""
    places = [place for place, term in enumerate(terms) if has_mean(term)]
    lines_x, lines_y = [], []
    for place in places:
        lines_x += [place, place, None]
        lines_y += [terms[place].end, terms[place].start + terms[place].usual, None]
    thin = {"color": CALM, "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=lines_x, y=lines_y, mode="lines", line=thin, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=places,
        y=[terms[place].start + terms[place].usual for place in places],
        mode="markers",
        marker={"symbol": "line-ew", "size": 26, "line": {"width": 2.5, "color": CALM}},
        name="where it would end for the average item",
        hoverinfo="skip",
        showlegend=True,
    )
