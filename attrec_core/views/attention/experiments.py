"""What single changes would do, as a drawing: how much of the list stays, how far m moves, where one item goes."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from attrec_core.views.drawing.svg import box, cut, svg, text
from attrec_core.views.drawing.theme import SHORT, number

WIDTH, HEAD, ROW = 800, 34, 26  # in the drawing's own units
STAYS, MOVES, RANKS, LONG = 330, 480, 610, 80  # where columns begin, and a full bar's length
LETTERS, HEAD_LETTERS = 44, 30  # of an experiment's name, and of a column's; the last one has room for them


def experiments(data: Mapping[str, Any]) -> str:
    """An SVG of what a page's experiments were given: `whose` rank, and rows with name, overlap, of, shift, rank_before
    and rank. All foreign text is escaped."""
    rows = data["rows"]
    farthest = max([float(row["shift"]) for row in rows] + [1e-9])
    heads = ((4, "experiment"), (STAYS, "of the list stay"), (MOVES, "shift of m"), (RANKS, f"rank of {data['whose']}"))
    parts = [text(x, 16, escape(cut(words, HEAD_LETTERS)), 11, quiet=True) for x, words in heads]
    for place, row in enumerate(rows):
        y = HEAD + place * ROW
        parts += [
            f'<path d="M0 {y - 8}H{WIDTH}" stroke="currentColor" stroke-opacity=".15" fill="none"/>',
            f'<text x="4" y="{y + 9}" font-size="13">{escape(cut(row["name"], LETTERS))}'
            f"<title>{escape(row['name'][:300])}</title></text>",
            box(STAYS, y, LONG * row["overlap"] / max(row["of"], 1), 9, SHORT),
            text(STAYS + LONG + 8, y + 9, f"{row['overlap']} of {row['of']}", 12),
            box(MOVES, y, LONG * float(row["shift"]) / farthest, 9, SHORT),
            text(MOVES + LONG + 8, y + 9, number(float(row["shift"]), 3), 12),
            text(RANKS, y + 9, f"{row['rank_before']:g} → {row['rank']:g}", 12),
        ]
    label = "Experiments: one change each, how many of the first items stay, how far m moves, where one item goes."
    return svg(WIDTH, HEAD + len(rows) * ROW, label, parts)
