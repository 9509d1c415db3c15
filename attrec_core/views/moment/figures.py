"""Figures of the recommendations, and of the rank changes between two lists."""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrec_core.errors import number
from attrec_core.explain.compare import ListMoves, Move
from attrec_core.views.drawing.plot import figure, hover, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.svg import FAINT, box, hatch, line, svg, text
from attrec_core.views.drawing.theme import (
    LONG,
    QUIET,
    SELECTED,
    SHORT,
    TARGET,
    TOP,
    escaped,
    short_name,
    wrapped,
    wrapped_title,
)
from attrec_core.views.moment.ranking import RankedRow, RankingRecord
from attrec_core.views.page_context import Scene

# Sizes of the list of recommendations, in units of the drawing.
WIDTH, HEAD, ROW, GAP = 720, 30, 38, 18
RANK, TITLE, BAR, END = 34, 48, 470, 648  # right edge of ranks, left edges of titles and bars, right limit of bars
LETTERS = 56  # of the text below a title
# Height of the figure of rank changes, in pixels.
MOVES_HEIGHT = 560
SIGNS = {"up": "▲", "down": "▼", "same": "=", "entered": "NEW", "left": "OUT"}


def ranking(record: RankingRecord) -> str:
    """Returns an SVG of the recommendations, best first; "…" marks omitted ranks. All foreign text is escaped."""
    farthest, measure = max([row.value for row in record.rows] + [1e-9]), record.measure
    parts = [
        f"<defs>{hatch('attrec-long', '#9C6500', LONG)}</defs>",
        text(RANK, 16, "rank", 12, "end", quiet=True),
        text(TITLE, 16, "item", 12, quiet=True),
        text(WIDTH - 6, 16, f"{measure.name} ({measure.better} is better)", 12, "end", quiet=True),
    ]
    digits = 0 if all(float(row.value).is_integer() for row in record.rows) else 3  # a count has no decimals
    y, before = float(HEAD), None
    for row in record.rows:
        # Marks ranks that are omitted between two rows.
        if before is not None and (row.after_gap if row.is_candidate else before.is_candidate):
            parts.append(text(TITLE, y + 12, "…", 13, quiet=True))
            y += GAP
        parts += ranked_line(row, y, farthest, digits, row.id == record.selected)
        y, before = y + ROW, row
    label = f"Recommendations, best first; a {measure.better} {measure.name} is better."
    if any(row.short or row.long for row in record.rows):  # only AttRec splits its distance into parts
        parts += [
            box(TITLE, y + 8, 16, 9, SHORT),
            text(TITLE + 22, y + 17, "short-term part", 12),
            box(TITLE + 150, y + 8, 16, 9, "url(#attrec-long)"),
            text(TITLE + 172, y + 17, "long-term part", 12),
        ]
        label = "Recommendations, nearest first: each distance is a short-term plus a long-term part; lower is better."
    return svg(WIDTH, y + 28, label, parts)


def ranked_line(row: RankedRow, y: float, farthest: float, digits: int, chosen: bool) -> list[str]:
    rank = f"{row.rank:g}" if row.is_candidate else "–"
    about = " · ".join([f"[{mark}]" for mark in row.marks] + ([row.subtitle] if row.subtitle else []))
    moved = " ".join(filter(None, ("same rank," if row.move == "=" else row.move, row.change)))
    scale, bold = (END - BAR) / farthest, ' font-weight="600"' * chosen
    short, long = (max(0.0, part) * scale for part in (row.short, row.long))
    parts = [
        line(0, y, WIDTH, FAINT),
        text(RANK, y + 17, rank, 12, "end", quiet=True),
        text(TITLE, y + 17, wrapped(row.title, 13.5, BAR - TITLE - 8, 1)[0], 13.5, look=bold, hover=row.title[:300]),
        text(TITLE, y + 31, short_name(about, LETTERS), 12, quiet=True),
        box(BAR, y + 9, short, 9, SHORT),
        box(BAR + short, y + 9, long, 9, "url(#attrec-long)"),
        text(WIDTH - 6, y + 18, number(row.value, digits), 12.5, "end"),
    ]
    if moved:
        parts.append(text(WIDTH - 6, y + 31, short_name(moved, 24), 12, "end", quiet=True))
    if chosen:
        parts.append(box(1.5, y + 1.5, WIDTH - 3, ROW - 3, "none", f' stroke="{SELECTED}" stroke-width="2" rx="5"'))
    return parts


def rank_moves(scene: Scene, difference: ListMoves) -> Figure:
    """A line for each item from its baseline rank to its rank now. Ranks beyond the top k are drawn below it, one
    under the other, each with its number; items that are not candidates come last."""
    target = difference.target
    rows = [*difference.moves, *([target] if target and target not in difference.moves else [])]
    left = heights([row.rank_a if row.candidate_a else math.inf for row in rows], difference.k)
    right = heights([row.rank_b if row.candidate_b else math.inf for row in rows], difference.k)
    still = {"fixedrange": True, "showgrid": False, "zeroline": False}
    ticks = {"tickvals": [0, 1], "ticktext": ["baseline rank", "rank now"], "side": "top"}
    return figure(
        [move_line(scene, row, list(ends)) for row, *ends in zip(rows, left, right, strict=True)],
        MOVES_HEIGHT,
        (30, 10, 34, 10),
        hovermode="closest",
        xaxis={"range": [-0.15, 2.1], **ticks, **still},
        yaxis={"range": [max(*left, *right) + 0.6, 0.4], "visible": False, "fixedrange": True},
    )


def move_line(scene: Scene, row: Move, ends: list[float]) -> Trace:
    colour = QUIET if row.kind in ("same", "left") else TOP
    colour = {scene.target: TARGET, scene.selected: SELECTED}.get(row.item, colour)
    sign = SIGNS[row.kind] + (f"{abs(row.delta_rank):g}" if row.kind in ("up", "down") else "")
    old = f"{row.rank_a:g}" if row.candidate_a else "–"
    new = f"{row.rank_b:g}" if row.candidate_b else "–"
    title, measure = scene.title(row.item), scene.run.measure
    before, after = (number(measure.of(distance), 3) for distance in (row.distance_a, row.distance_b))
    dash = "dot" if row.kind == "left" else "solid"
    return hover(f"{escaped(title)}: rank {old} → {new}, {measure.name} {before} → {after}") | scatter(
        [0, 1],
        ends,
        "lines+markers+text",
        line={"color": colour, "width": 3 if colour != QUIET else 1.5, "dash": dash},
        marker={"size": 8, "color": colour},
        text=[old, f"{new}  {wrapped_title(title)}  {sign}"],
        textposition=["middle left", "middle right"],
        customdata=[row.item, row.item],
        showlegend=False,
        cliponaxis=False,
    )


def heights(ranks: Sequence[float], k: int) -> list[float]:
    """Returns where each rank is drawn: up to k at its value; beyond k below a gap, in order and evenly spaced."""
    beyond = [index for index, rank in enumerate(ranks) if rank > k]
    order = sorted(beyond, key=lambda index: ranks[index])
    return [k + 2.0 + order.index(index) if rank > k else rank for index, rank in enumerate(ranks)]
