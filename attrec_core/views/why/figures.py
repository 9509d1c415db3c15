"""The figures of the page Why: the exact sum, two items compared, items left out, and the items in three orders."""

from __future__ import annotations

from collections.abc import Sequence

from attrec_core.explain.records_why import Influence
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import LONG, SELECTED, SHORT, item_colour, number, plain, short_title, signed
from attrec_core.views.why import term_bars
from attrec_core.views.why.records import Term, TruthRow, Versus, Waterfall
from attrec_core.views.why.term_bars import CALM


def waterfall(record: Waterfall, selected: int | None) -> Figure:
    """Each bar begins where the one before it ends; a dash is where it would end with the average item's term."""
    terms = record.terms
    dashes = {} if record.from_average else dict(dashes_of(terms))
    low = min([0.0, *dashes.values(), *(term.end for term in terms)])
    high = max([*dashes.values(), *(max(term.start, term.end) for term in terms)])
    last, close = len(terms) - 1, 0.07 * (high - low)
    total = [
        # As the list shows it: the long part hatched, the short part over it.
        term_bars.Bar(last, 0.0, record.long, LONG, hatched=True),
        term_bars.Bar(last, record.long, record.reached - record.long, SHORT),
    ]
    return term_bars.figure(
        [
            term_bars.columns(terms, (low, high), [told(term, record) for term in terms]),
            connectors(terms),
            *term_bars.traces_of(term_bars.bars_of(terms[:-1], selected) + total),
            *(means(terms, dashes, close) if dashes else []),
        ],
        term_bars.numbers(
            terms,
            [height(term, dashes.get(place), close) for place, term in enumerate(terms)],
            [written(term) for term in terms],
        ),
        terms,
        selected,
        (low, high),
        "distance (lower is better)",
    )


def versus(record: Versus, selected: int | None) -> Figure:
    """Bars from 0: below it what speaks for the nearer item, above it what speaks for the other; their sum last."""
    terms, ends = record.terms, [term.end for term in record.terms]
    extent = min(0.0, *ends), max(0.0, *ends)
    above, below = short_title(record.above), short_title(record.below)
    words = [
        f"{term_bars.named(term)}<br>{signed(term.value, 4)}: "
        + ("the same for both" if term.value == 0 else f"speaks for {above if term.value < 0 else below}")
        for term in terms
    ]
    return term_bars.figure(
        [term_bars.columns(terms, extent, words), *term_bars.traces_of(term_bars.bars_of(terms, selected))],
        [
            *term_bars.numbers(terms, ends, [signed(term.value, 3) for term in terms]),
            corner(f"▼ speaks for {above}", 0),
            corner(f"▲ speaks for {below}", 1),
        ],
        terms,
        selected,
        extent,
        "difference in distance",
        corners=True,
    )


def left_out(rows: Sequence[TruthRow], selected: int | None) -> Figure:
    """What each item does when it is left out, both ways: for a model of which no exact sum exists."""
    terms = [Term("item", row.title, 0.0, 0.0, 0.0, None, row.item, row.place, row.hue) for row in rows]
    deleted, masked = ([getattr(row, way).delta_distance for row in rows] for way in ("delete", "mask"))
    pairs = list(zip(deleted, masked, strict=True))
    extent = min(0.0, *deleted, *masked), max(0.0, *deleted, *masked)
    words = [
        f"{term_bars.named(term)}<br>deleted: {signed(one, 4)}<br>in place: {signed(other, 4)}"
        for term, (one, other) in zip(terms, pairs, strict=True)
    ]
    drawn = [
        term_bars.Bar(
            place + aside, 0.0, value, term_bars.colour_of(term), hatched, term_bars.is_item(term, selected), 0.36
        )
        for place, (term, (one, other)) in enumerate(zip(terms, pairs, strict=True))
        for aside, value, hatched in ((-0.19, one, False), (0.19, other, True))
    ]
    return term_bars.figure(
        [term_bars.columns(terms, extent, words), *term_bars.traces_of(drawn)],
        [
            *term_bars.numbers(
                terms,
                [max(0.0, *pair) for pair in pairs],
                [f"{signed(one, 3)} | {signed(other, 3)}" for one, other in pairs],
            ),
            corner("plain: deleted, the older ones move up · hatched: in place", 1) | {"yanchor": "bottom"},
        ],
        terms,
        selected,
        extent,
        "change of the distance without it",
    )


def corner(text: str, y: int) -> term_bars.Spec:
    """Words at the right, at the lower border (y = 0) or the upper one (y = 1)."""
    at = {"x": 1, "xref": "paper", "xanchor": "right", "y": y, "yref": "paper", "yanchor": ("bottom", "top")[y]}
    return at | {"text": text, "showarrow": False}


def dashes_of(terms: Sequence[Term]) -> list[tuple[int, float]]:
    """(place, height): where a bar would end with the catalogue's mean of its term, as far as items differ in it."""
    return [(place, term.start + term.usual) for place, term in enumerate(terms) if has_mean(term)]


def has_mean(term: Term) -> bool:
    """Whether items differ in this term, so that its mean says something."""
    return term.kind in ("long", "item", "origin") and term.usual is not None


def told(term: Term, record: Waterfall) -> str:
    """What a bar says on hover."""
    if term.kind in ("average", "total"):
        return f"{term_bars.named(term)}<br>distance {number(term.value, 4)}"
    if not has_mean(term):
        return f"{term_bars.named(term)}<br>adds {signed(term.value, 4)}, the same for every item"
    gap = term.value if record.from_average else term.value - term.usual
    adds = term.value + term.usual if record.from_average else term.value
    pulls = "pulls nearer" if gap < 0 else "pushes away"
    return (
        f"{term_bars.named(term)}<br>adds {signed(adds, 4)}; to the average item {signed(term.usual, 4)}"
        f"<br>{signed(gap, 4)} against it: {pulls}"
    )


def written(term: Term) -> str:
    """What is added carries its sign, a distance does not."""
    if term.kind == "total":
        return f"<b>{number(term.value, 3)}</b>"
    return number(term.value, 3) if term.kind == "average" else signed(term.value, 3)


def height(term: Term, dash: float | None, close: float) -> float:
    """Where the number of a bar stands: at its end, or beyond a dash that would strike it through."""
    return dash if dash is not None and 0 < dash - term.end < close else term.end


def connectors(terms: Sequence[Term]) -> term_bars.Spec:
    """From the end of each bar to the start of the next."""
    x, y = [], []
    for place, term in enumerate(terms[:-1]):
        x += [place + term_bars.WIDTH / 2, place + 1 - term_bars.WIDTH / 2, None]
        y += [term.end, term.end, None]
    line = {"color": term_bars.CALM, "width": 1, "dash": "dot"}
    return term_bars.SILENT | {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": line}


def means(terms: Sequence[Term], dashes: dict[int, float], close: float) -> list[term_bars.Spec]:
    """The dashes, each with a thin line to its bar, or to the number that stands over the bar (`close` is its room)."""
    x, y = [], []
    for place, dash in dashes.items():
        end = terms[place].end
        x += [place, place, None]
        y += [end + close if dash - end >= close else end, dash, None]
    thin = {"color": term_bars.CALM, "width": 1.5, "dash": "dot"}
    return [
        term_bars.SILENT | {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": thin},
        {
            "type": "scatter",
            "x": list(dashes),
            "y": list(dashes.values()),
            "mode": "markers",
            "marker": {"symbol": "line-ew", "size": 20, "line": {"width": 2.5, "color": term_bars.CALM}},
            "name": "where it would end for the average item",
            "hoverinfo": "skip",
            "showlegend": True,
        },
    ]


HEAD, ROW = 80, 44  # pixels
CALM_UP_TO = 10  # items; the lines of more are thin


def height_of(rows: Sequence[TruthRow]) -> int:
    return HEAD + ROW * max(len(rows), 3)


def orders(rows: Sequence[TruthRow], found: Influence, selected: int | None) -> Figure:
    """Left by the exact sum, in the middle by attention, right by leaving out; most on top."""
    columns = [("exact<br>sum", "by_exact"), ("<br>attention", "by_weight"), ("left<br>out", "by_delete")]
    columns = [column for column in columns if getattr(rows[0], column[1]) is not None]
    ranks = [[getattr(row, name) for _, name in columns] for row in rows]
    taus = [found.tau_exact] * (len(columns) == 3) + [found.tau_delete]
    last = len(columns) - 1
    layout = {
        "height": height_of(rows),
        "margin": {"l": 10, "r": 10, "t": 60, "b": 6},
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": False,
        "annotations": [
            *(title(row, last, own[-1], row.item == selected) for row, own in zip(rows, ranks, strict=True)),
            *(agreement(place, tau) for place, tau in enumerate(taus)),
        ],
        "xaxis": {
            "range": [-0.3, last + 1.15],
            "tickvals": list(range(len(columns))),
            "ticktext": [words for words, _ in columns],
            "side": "top",
            "ticklabelstandoff": 8,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {"range": [len(rows) + 0.6, 0.4], "visible": False, "fixedrange": True},
    }
    width = 3 if len(rows) <= CALM_UP_TO else 1.5
    lines = [line(row, own, width, row.item == selected) for row, own in zip(rows, ranks, strict=True)]
    return {"data": lines, "layout": layout}


def line(row: TruthRow, ranks: Sequence[int], width: float, chosen: bool) -> dict[str, object]:
    """One item: a disc with its place in each order."""
    colour, count = item_colour(row.hue), len(ranks)
    words = f"{row.place}. {plain(row.title)}<br>attention {number(row.weight, 3)}"
    words += "" if row.exact is None else f"<br>exact sum {signed(row.exact, 3)}"
    words += f"<br>left out {signed(row.delete.delta_distance, 3)}"
    return {
        "type": "scatter",
        "x": list(range(count)),
        "y": list(ranks),
        "mode": "lines+markers+text",
        "line": {"color": colour, "width": 5 if chosen else width},
        "marker": {
            "size": 24,
            "color": colour,
            "line": {"color": SELECTED if chosen else CALM, "width": 3 if chosen else 1},
        },
        "text": [str(row.place)] * count,
        "textposition": "middle center",
        "textfont": {"color": ink(colour), "size": 12, "weight": 600},
        "customdata": [row.item] * count,
        "hovertext": [words] * count,
        "hoverinfo": "text",
    }


def title(row: TruthRow, x: int, rank: int, chosen: bool) -> dict[str, object]:
    """Beside the right end of the item's line."""
    return {
        "text": short_title(row.title),
        "x": x,
        "y": rank,
        "xanchor": "left",
        "xshift": 18,
        "showarrow": False,
        "font": {"weight": 700 if chosen else 400},
    }


def agreement(place: int, tau: float | None) -> dict[str, object]:
    """Kendall's τ above the gap between two orders."""
    text = "τ –" if tau is None else f"τ = {number(tau)}"
    return {"text": text, "x": place + 0.5, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}
