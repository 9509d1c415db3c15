"""The figures of the page Why: the exact sum, two items compared, items removed, and the items in three orders."""

from __future__ import annotations

from collections.abc import Sequence

from attrec_core.errors import number, percent
from attrec_core.explain.influence import Influence, several_matter
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import CALM, axis, figure, hover, note, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import LONG, SELECTED, SHORT, escaped, row_height, signed, wrapped_title
from attrec_core.views.why import term_bars
from attrec_core.views.why.records import Term, TruthRow, Versus, Waterfall

HEAD, ROW = 80, 44  # pixels of the three orders
FEW = 10  # items; with more, the lines are thin
DIFFERING = ("long", "item", "rest")  # kinds of terms that differ between items, so that a mean is informative


def waterfall(record: Waterfall, selected: int | None) -> Figure:
    """Each bar begins where the previous bar ends; a dash marks where it would end with the average item's term."""
    terms = with_rest(record.terms)
    dashes = {column: term.start + term.usual for column, term in enumerate(terms) if term.kind in DIFFERING}
    if record.from_average:
        dashes = {}
    low = min([0.0, *dashes.values(), *(term.end for term in terms)])
    high = max([*dashes.values(), *(max(term.start, term.end) for term in terms)])
    last, total, close = len(terms) - 1, terms[-1].value, 0.07 * (high - low)
    bars = [
        *term_bars.bars_of(terms[:-1], selected),
        # As in the recommendations: the long part hatched, the short part over it.
        term_bars.Bar(last, 0.0, record.long, LONG, hatched=True),
        term_bars.Bar(last, record.long, total - record.long, SHORT),
    ]
    # A number is at the end of its bar, or at the dash if the dash would strike it through.
    beyond = [beyond_bar(term, dashes.get(column, term.end)) for column, term in enumerate(terms)]
    heights = [dashes[column] if 0 < gap < close else terms[column].end for column, gap in enumerate(beyond)]
    # A term carries its sign, a distance does not.
    texts = [(number if term.kind == "average" else signed)(term.value, 3) for term in terms[:-1]]
    return term_bars.figure(
        terms,
        selected,
        (low, high),
        title="distance",
        hovers=[term_hover(term, record) for term in terms],
        bars=bars,
        texts=[*texts, f"<b>{number(total, 3)}</b>"],
        heights=heights,
        over=[connectors(terms), *(means(terms, dashes, close) if dashes else [])],
    )


def beyond_bar(term: Term, dash: float) -> float:
    """Returns how far a dash is beyond the end of its bar, in the direction of the bar."""
    return (dash - term.end) * (-1 if term.end < term.start else 1)


def with_rest(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Joins the origin and the constant into one bar; the details of the page list them separately."""
    rest = [term for term in terms if term.kind in ("origin", "constant")]
    value, usual = (sum(getattr(term, name) for term in rest) for name in ("value", "usual"))
    joined = [Term("rest", value, rest[0].start, usual)] if rest else []
    return (*(term for term in terms[:-1] if term not in rest), *joined, terms[-1])


def versus(record: Versus, selected: int | None) -> Figure:
    """Bars from 0: terms below 0 favour the nearer item, terms above 0 the other item; the last bar is the total."""
    terms, ends = record.terms, [term.end for term in record.terms]
    above, below = escaped(record.above), escaped(record.below)
    return term_bars.figure(
        terms,
        selected,
        (min(0.0, *ends), max(0.0, *ends)),
        title="difference in distance",
        hovers=[
            f"{signed(term.value, 4)}: "
            + ("the same for both" if term.value == 0 else f"favours {above if term.value < 0 else below}")
            for term in terms
        ],
        bars=term_bars.bars_of(terms, selected),
        texts=[signed(term.value, 3) for term in terms],
        heights=ends,
        notes=[
            corner(f"▼ favours {wrapped_title(record.above, 250)}", 0),
            corner(f"▲ favours {wrapped_title(record.below, 250)}", 1),
        ],
        corners=True,
    )


def left_out(rows: Sequence[TruthRow], selected: int | None) -> Figure:
    """The change of the distance when each item is removed, both ways: for a model without an exact sum."""
    terms = [Term("item", 0.0, title=row.title, item=row.item, place=row.place, item_colour=row.colour) for row in rows]
    pairs = [(row.delete.delta_distance, row.mask.delta_distance) for row in rows if row.delete and row.mask]
    changes = [change for pair in pairs for change in pair]
    bars = [
        term_bars.Bar(column + shift, 0.0, value, row.colour, hatched, row.item == selected, width=0.36)
        for column, (row, pair) in enumerate(zip(rows, pairs, strict=True))
        for value, shift, hatched in zip(pair, (-0.19, 0.19), (False, True), strict=True)
    ]
    key = corner("plain: positions shift · hatched: positions kept", 1) | {"yanchor": "bottom"}
    return term_bars.figure(
        terms,
        selected,
        (min(0.0, *changes), max(0.0, *changes)),
        title="change of the distance when removed",
        hovers=[
            f"positions shift: {signed(deleted, 4)}<br>positions kept: {signed(masked, 4)}" for deleted, masked in pairs
        ],
        bars=bars,
        texts=[f"{signed(deleted, 3)} | {signed(masked, 3)}" for deleted, masked in pairs],
        heights=[max(0.0, *pair) for pair in pairs],
        notes=[key],
    )


def corner(text: str, y: int) -> Trace:
    """A note at the right, at the lower border (y = 0) or the upper border (y = 1)."""
    return note(text, 1, y, xref="paper", xanchor="right", yref="paper", yanchor=("bottom", "top")[y])


def term_hover(term: Term, record: Waterfall) -> str:
    if term.kind in ("average", "total"):
        return f"distance {number(term.value, 4)}"
    adds = f"adds {signed(record.adds(term), 4)}"
    gap = record.adds(term) - term.usual
    effect = f"{'lowers' if gap < 0 else 'raises'} the distance by {number(abs(gap), 4)}" if gap else "no difference"
    return f"{adds}; for the average item {signed(term.usual, 4)}<br>{effect}"


def connectors(terms: Sequence[Term]) -> Trace:
    """Dotted lines from the end of each bar to the start of the next bar."""
    x, y = [], []
    for column, term in enumerate(terms[:-1]):
        x += [column + term_bars.WIDTH / 2, column + 1 - term_bars.WIDTH / 2, None]
        y += [term.end, term.end, None]
    return term_bars.SILENT | scatter(x, y, "lines", line={"color": CALM, "width": 1, "dash": "dot"})


def means(terms: Sequence[Term], dashes: dict[int, float], close: float) -> list[Trace]:
    """The dashes, each with a thin line to its bar, or to the number at the end of the bar. close: room of a number."""
    x, y = [], []
    for column, dash in dashes.items():
        end = terms[column].end
        number_room = close if beyond_bar(terms[column], dash) >= close else 0.0
        x += [column, column, None]
        y += [end + (number_room if dash > end else -number_room), dash, None]
    marker = {"symbol": "line-ew", "size": 20, "line": {"width": 2.5, "color": CALM}}
    look = {"name": "the same part for the average item", "hoverinfo": "skip", "showlegend": True}
    return [
        term_bars.SILENT | scatter(x, y, "lines", line={"color": CALM, "width": 1.5, "dash": "dot"}),
        scatter(list(dashes), list(dashes.values()), "markers", marker=marker, **look),
    ]


def height_of(rows: Sequence[TruthRow]) -> int:
    """Returns the height of the three orders in pixels."""
    return HEAD + row_height(ROW, (wrapped_title(row.title) for row in rows)) * max(len(rows), 3)


def orders(rows: Sequence[TruthRow], influence: Influence, selected: int | None) -> Figure:
    """A line for each item: its rank by contribution (left), by attention (middle) and by removal (right), 1 on top.
    Lines cross where two orders disagree."""
    columns = [("contribution", "by_exact"), ("attention", "by_weight"), ("removal", "by_delete")]
    columns = [column for column in columns if getattr(rows[0], column[1]) is not None]
    ranks = [[getattr(row, name) for _, name in columns] for row in rows]
    taus = [(influence.tau_exact, influence.exact)] * (len(columns) == 3) + [(influence.tau_delete, influence.delete)]
    agreements = {
        gap: f"τ = {number(tau)}"
        for gap, (tau, effects) in enumerate(taus)
        if tau is not None and several_matter(effects)
    }
    last, width = len(columns) - 1, 3 if len(rows) <= FEW else 1.5
    heads = {"tickvals": list(range(len(columns))), "ticktext": [text for text, _ in columns]}
    still, bold = {"showgrid": False, "zeroline": False, "fixedrange": True}, ({"weight": 400}, {"weight": 700})
    beside = {"xanchor": "left", "align": "left", "xshift": 18}
    lines = [line(row, row_ranks, width, row.item == selected) for row, row_ranks in zip(rows, ranks, strict=True)]
    across = axis(range=[-0.3, last + 1.15], side="top", ticklabelstandoff=8, **heads, **still)
    drawn = figure(
        [trace for line_ in lines for trace in (edge(line_), line_)],
        height_of(rows),
        (10, 10, 60, 6),
        hovermode="closest",
        dragmode=False,
        showlegend=False,
        annotations=[
            # Beside the right end of each line.
            *(
                note(wrapped_title(row.title), last, row_ranks[-1], **beside, font=bold[row.item == selected])
                for row, row_ranks in zip(rows, ranks, strict=True)
            ),
            # Above the gap between two orders and above their names, which fill a line on a narrow screen.
            *(note(tau, gap + 0.5, 1, yref="paper", yanchor="bottom", yshift=24) for gap, tau in agreements.items()),
        ],
        xaxis=across,
        yaxis=axis(range=[len(rows) + 0.6, 0.4], visible=False, fixedrange=True),
    )
    on_phone = {"xaxis": across | {"range": [-0.3, last + 1.75]}}  # the titles are as wide as on a desktop
    drawn["phone"] = {"height": height_of(rows), "replaces": 0, "data": [], "layout": on_phone}
    return drawn


def edge(drawn: Trace) -> Trace:
    """A wider line below a line, so that a pale line shows on a light page and a dark line on a dark page."""
    look = drawn["marker"]["line"] | {"width": drawn["line"]["width"] + 2}
    return term_bars.SILENT | scatter(drawn["x"], drawn["y"], "lines", line=look)


def line(row: TruthRow, ranks: Sequence[int], width: float, chosen: bool) -> Trace:
    """The line of one item, with a disc that shows its letter at its rank in each order."""
    colour, count = row.colour, len(ranks)
    text = f"{letter(row.place - 1)}. {escaped(row.title)}<br>average attention {percent(row.weight)}"
    text += "" if row.exact is None else f"<br>contribution {signed(row.exact, 3)}"
    text += "" if row.delete is None else f"<br>removed: {signed(row.delete.delta_distance, 3)}"
    frame = {"color": SELECTED if chosen else CALM, "width": 3 if chosen else 1}
    return hover([text] * count) | scatter(
        list(range(count)),
        list(ranks),
        "lines+markers+text",
        line={"color": colour, "width": 5 if chosen else width},
        marker={"size": 24, "color": colour, "line": frame},
        text=[letter(row.place - 1)] * count,
        textposition="middle center",
        textfont={"color": ink(colour), "size": 12, "weight": 600},
        customdata=[row.item] * count,
    )
