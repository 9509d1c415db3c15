"""The figures of the page Why: the exact sum, two items compared, items left out, and the items in three orders."""

from __future__ import annotations

from collections.abc import Sequence

from attrec_core.explain.influence import Influence
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import CALM, axis, hover, layout, note, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import LONG, SELECTED, SHORT, number, plain, short_title, signed
from attrec_core.views.why import term_bars
from attrec_core.views.why.records import Term, TruthRow, Versus, Waterfall

HEAD, ROW = 80, 44  # pixels of the three orders
FEW = 10  # items; the lines of more are thin


def waterfall(record: Waterfall, selected: int | None) -> Figure:
    """Each bar begins where the one before it ends; a dash is where it would end with the average item's term."""
    terms = record.terms
    dashes = {} if record.from_average else dashes_of(terms)
    low = min([0.0, *dashes.values(), *(term.end for term in terms)])
    high = max([*dashes.values(), *(max(term.start, term.end) for term in terms)])
    last, close = len(terms) - 1, 0.07 * (high - low)
    total = [
        # As the list shows it: the long part hatched, the short part over it.
        term_bars.Bar(last, 0.0, record.long, LONG, hatched=True),
        term_bars.Bar(last, record.long, record.reached - record.long, SHORT),
    ]
    heights = [number_height(term, dashes.get(column), close) for column, term in enumerate(terms)]
    bars = term_bars.traces_of(term_bars.bars_of(terms[:-1], selected) + total)
    return term_bars.figure(
        terms,
        selected,
        (low, high),
        title="distance (lower is better)",
        hovers=[term_hover(term, record) for term in terms],
        traces=[connectors(terms), *bars, *(means(terms, dashes, close) if dashes else [])],
        notes=term_bars.numbers(terms, heights, [term_number(term) for term in terms]),
    )


def versus(record: Versus, selected: int | None) -> Figure:
    """Bars from 0: below it what speaks for the nearer item, above it what speaks for the other; their sum last."""
    terms, ends = record.terms, [term.end for term in record.terms]
    above, below = short_title(record.above), short_title(record.below)
    values = term_bars.numbers(terms, ends, [signed(term.value, 3) for term in terms])
    return term_bars.figure(
        terms,
        selected,
        (min(0.0, *ends), max(0.0, *ends)),
        title="difference in distance",
        hovers=[
            f"{term_bars.named(term)}<br>{signed(term.value, 4)}: "
            + ("the same for both" if term.value == 0 else f"speaks for {above if term.value < 0 else below}")
            for term in terms
        ],
        traces=term_bars.traces_of(term_bars.bars_of(terms, selected)),
        notes=[*values, corner(f"▼ speaks for {above}", 0), corner(f"▲ speaks for {below}", 1)],
        corners=True,
    )


def left_out(rows: Sequence[TruthRow], selected: int | None) -> Figure:
    """The change of the distance without each item, both ways: for a model without an exact sum."""
    terms = [
        Term("item", row.title, 0.0, 0.0, 0.0, item=row.item, place=row.place, item_colour=row.colour) for row in rows
    ]
    pairs = [(row.delete.delta_distance, row.mask.delta_distance) for row in rows]
    changes = [change for pair in pairs for change in pair]
    texts = [f"{signed(deleted, 3)} | {signed(masked, 3)}" for deleted, masked in pairs]
    bars = [
        term_bars.Bar(column + aside, 0.0, value, row.colour, hatched, row.item == selected, width=0.36)
        for column, (row, pair) in enumerate(zip(rows, pairs, strict=True))
        for value, aside, hatched in zip(pair, (-0.19, 0.19), (False, True), strict=True)
    ]
    key = corner("plain: deleted, the older ones move up · hatched: in place", 1) | {"yanchor": "bottom"}
    return term_bars.figure(
        terms,
        selected,
        (min(0.0, *changes), max(0.0, *changes)),
        title="change of the distance without it",
        hovers=[
            f"{term_bars.named(term)}<br>deleted: {signed(deleted, 4)}<br>in place: {signed(masked, 4)}"
            for term, (deleted, masked) in zip(terms, pairs, strict=True)
        ],
        traces=term_bars.traces_of(bars),
        notes=[*term_bars.numbers(terms, [max(0.0, *pair) for pair in pairs], texts), key],
    )


def corner(text: str, y: int) -> Trace:
    """A note at the right, at the lower border (y = 0) or the upper one (y = 1)."""
    return note(text, 1, y, xref="paper", xanchor="right", yref="paper", yanchor=("bottom", "top")[y])


def dashes_of(terms: Sequence[Term]) -> dict[int, float]:
    """Column → where its bar would end with the catalogue's mean of its term, for terms in which items differ."""
    return {column: term.start + term.usual for column, term in enumerate(terms) if has_mean(term)}


def has_mean(term: Term) -> bool:
    """Whether items differ in this term, so that its mean says something."""
    return term.kind in ("long", "item", "origin") and term.usual is not None


def term_hover(term: Term, record: Waterfall) -> str:
    if term.kind in ("average", "total"):
        return f"{term_bars.named(term)}<br>distance {number(term.value, 4)}"
    if not has_mean(term):
        return f"{term_bars.named(term)}<br>adds {signed(term.value, 4)}, the same for every item"
    gap = term.value if record.from_average else term.value - term.usual
    adds = term.value + term.usual if record.from_average else term.value
    return (
        f"{term_bars.named(term)}<br>adds {signed(adds, 4)}; to the average item {signed(term.usual, 4)}"
        f"<br>{signed(gap, 4)} against it: {'pulls nearer' if gap < 0 else 'pushes away'}"
    )


def term_number(term: Term) -> str:
    """A term carries its sign, a distance does not."""
    if term.kind == "total":
        return f"<b>{number(term.value, 3)}</b>"
    return number(term.value, 3) if term.kind == "average" else signed(term.value, 3)


def number_height(term: Term, dash: float | None, close: float) -> float:
    """Where the number of a bar stands: at its end, or beyond a dash that would strike it through."""
    return dash if dash is not None and 0 < dash - term.end < close else term.end


def connectors(terms: Sequence[Term]) -> Trace:
    """From the end of each bar to the start of the next."""
    x, y = [], []
    for column, term in enumerate(terms[:-1]):
        x += [column + term_bars.WIDTH / 2, column + 1 - term_bars.WIDTH / 2, None]
        y += [term.end, term.end, None]
    return term_bars.SILENT | scatter(x, y, "lines", line={"color": CALM, "width": 1, "dash": "dot"})


def means(terms: Sequence[Term], dashes: dict[int, float], close: float) -> list[Trace]:
    """The dashes, each with a thin line to its bar, or to the number that stands over the bar (`close` is its room)."""
    x, y = [], []
    for column, dash in dashes.items():
        end = terms[column].end
        x += [column, column, None]
        y += [end + close if dash - end >= close else end, dash, None]
    marker = {"symbol": "line-ew", "size": 20, "line": {"width": 2.5, "color": CALM}}
    look = {"name": "where it would end for the average item", "hoverinfo": "skip", "showlegend": True}
    return [
        term_bars.SILENT | scatter(x, y, "lines", line={"color": CALM, "width": 1.5, "dash": "dot"}),
        scatter(list(dashes), list(dashes.values()), "markers", marker=marker, **look),
    ]


def height_of(rows: Sequence[TruthRow]) -> int:
    """Pixels of the three orders."""
    return HEAD + ROW * max(len(rows), 3)


def orders(rows: Sequence[TruthRow], influence: Influence, selected: int | None) -> Figure:
    """A line for each item, left by the exact sum, in the middle by attention, right by leaving out; most on top. Lines
    that cross disagree."""
    columns = [("exact<br>sum", "by_exact"), ("<br>attention", "by_weight"), ("left<br>out", "by_delete")]
    columns = [column for column in columns if getattr(rows[0], column[1]) is not None]
    ranks = [[getattr(row, name) for _, name in columns] for row in rows]
    taus = [influence.tau_exact] * (len(columns) == 3) + [influence.tau_delete]
    last, width = len(columns) - 1, 3 if len(rows) <= FEW else 1.5
    heads = {"tickvals": list(range(len(columns))), "ticktext": [text for text, _ in columns]}
    still = {"showgrid": False, "zeroline": False, "fixedrange": True}
    return {
        "data": [line(row, own, width, row.item == selected) for row, own in zip(rows, ranks, strict=True)],
        "layout": layout(
            height_of(rows),
            (10, 10, 60, 6),
            hovermode="closest",
            dragmode=False,
            showlegend=False,
            annotations=[
                *(title(row, last, own[-1], row.item == selected) for row, own in zip(rows, ranks, strict=True)),
                *(agreement(gap, tau) for gap, tau in enumerate(taus)),
            ],
            xaxis=axis(range=[-0.3, last + 1.15], side="top", ticklabelstandoff=8, **heads, **still),
            yaxis=axis(range=[len(rows) + 0.6, 0.4], visible=False, fixedrange=True),
        ),
    }


def line(row: TruthRow, ranks: Sequence[int], width: float, chosen: bool) -> Trace:
    """One item: a disc with its place in each order."""
    colour, count = row.colour, len(ranks)
    text = f"{row.place}. {plain(row.title)}<br>attention {number(row.weight, 3)}"
    text += "" if row.exact is None else f"<br>exact sum {signed(row.exact, 3)}"
    text += f"<br>left out {signed(row.delete.delta_distance, 3)}"
    frame = {"color": SELECTED if chosen else CALM, "width": 3 if chosen else 1}
    return hover([text] * count) | scatter(
        list(range(count)),
        list(ranks),
        "lines+markers+text",
        line={"color": colour, "width": 5 if chosen else width},
        marker={"size": 24, "color": colour, "line": frame},
        text=[str(row.place)] * count,
        textposition="middle center",
        textfont={"color": ink(colour), "size": 12, "weight": 600},
        customdata=[row.item] * count,
    )


def title(row: TruthRow, x: int, rank: int, chosen: bool) -> Trace:
    """Beside the right end of the item's line."""
    font = {"weight": 700 if chosen else 400}
    return note(short_title(row.title), x, rank, xanchor="left", xshift=18, font=font)


def agreement(gap: int, tau: float | None) -> Trace:
    """Kendall's τ above the gap between two orders."""
    text = "τ –" if tau is None else f"τ = {number(tau)}"
    return note(text, gap + 0.5, 1, yref="paper", yanchor="bottom")
