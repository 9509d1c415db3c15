"""How a list of recommendations moved from A to B: one line an item, the best rank on top."""

from __future__ import annotations

from collections.abc import Sequence

from attrec_core.explain.compare import Comparison, Move
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import QUIET, SELECTED, TARGET, TOP, number, short_title
from attrec_core.views.page_context import Scene

HEIGHT = 560
SIGNS = {"up": "▲", "down": "▼", "same": "=", "entered": "NEW", "left": "OUT"}


def rank_moves(scene: Scene, found: Comparison) -> Figure:
    """Ranks beyond the list stand below it one under the other, each with its number beside it."""
    rows = [*found.moves, *([found.target] if found.target and found.target not in found.moves else [])]
    left, right = (heights(ranks, found.k) for ranks in zip(*((row.rank_a, row.rank_b) for row in rows), strict=True))
    lowest = max(*left, *right)
    layout = {
        "height": HEIGHT,
        "margin": {"l": 30, "r": 10, "t": 34, "b": 10},
        "hovermode": "closest",
        "xaxis": {
            "range": [-0.15, 2.1],
            "tickvals": [0, 1],
            "ticktext": ["rank in A", "rank in B"],
            "side": "top",
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {"range": [lowest + 0.6, 0.4], "visible": False, "fixedrange": True},
    }
    lines = [line(scene, row, list(ends)) for row, *ends in zip(rows, left, right, strict=True)]
    return {"data": lines, "layout": layout}


def line(scene: Scene, row: Move, ends: list[float]) -> Trace:
    colour = line_colour(scene, row)
    title = short_title(scene.title(row.item))
    sign = SIGNS[row.kind] + (f"{abs(row.delta_rank):g}" if row.kind in ("up", "down") else "")
    distances = f"distance {number(row.distance_a, 3)} → {number(row.distance_b, 3)}"
    return {
        "type": "scatter",
        "x": [0, 1],
        "y": ends,
        "mode": "lines+markers+text",
        "line": {
            "color": colour,
            "width": 3 if colour != QUIET else 1.5,
            "dash": "dot" if row.kind == "left" else "solid",
        },
        "marker": {"size": 8, "color": colour},
        "text": [f"{row.rank_a:g}", f"{row.rank_b:g}  {title}  {sign}"],
        "textposition": ["middle left", "middle right"],
        "customdata": [row.item, row.item],
        "hovertext": f"{title}: rank {row.rank_a:g} → {row.rank_b:g}, {distances}",
        "hoverinfo": "text",
        "showlegend": False,
        "cliponaxis": False,
    }


def heights(ranks: Sequence[float], k: int) -> list[float]:
    """Where each rank is drawn: at itself in the list; below it, after a gap, in order and evenly apart."""
    beyond = [place for place, rank in enumerate(ranks) if rank > k]
    order = sorted(beyond, key=lambda place: ranks[place])
    return [k + 2.0 + order.index(place) if rank > k else rank for place, rank in enumerate(ranks)]


def line_colour(scene: Scene, row: Move) -> str:
    if row.item == scene.selected:
        return SELECTED
    if row.item == scene.target:
        return TARGET
    return QUIET if row.kind in ("same", "left") else TOP
