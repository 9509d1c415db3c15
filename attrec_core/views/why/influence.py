"""Attention against influence: the items of the window in three orders, a line each; lines that cross disagree."""

from __future__ import annotations

from collections.abc import Sequence

from attrec_core.explain.records_why import Influence
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import SELECTED, item_colour, number, plain, short_title, signed
from attrec_core.views.why.records import TruthRow
from attrec_core.views.why.term_bars import CALM

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
