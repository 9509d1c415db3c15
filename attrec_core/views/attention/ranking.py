"""The list of recommendations, as a drawing: rank, title, and the distance as one bar of two parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from attrec_core.views.drawing.svg import box, cut, hatch, svg, text
from attrec_core.views.drawing.theme import LONG, SELECTED, SHORT, number

WIDTH, HEAD, ROW, GAP = 720, 30, 38, 18  # in the drawing's own units
RANK, TITLE, BAR, END = 34, 48, 470, 648  # where ranks end, titles and bars begin, bars end at most
LETTERS = 48  # of a title, and of what stands below it


def ranking(rows: Sequence[Mapping[str, Any]], selected: str | int | None = None) -> str:
    """An SVG of the rows, nearest first; "…" where ranks are left out. All foreign text is escaped.

    A row has rank, id, title, subtitle, distance, short, long, competes, marks, and may have move and change (since A).
    """
    farthest = max([float(row["distance"]) for row in rows] + [1e-9])
    parts = [
        f"<defs>{hatch('attrec-long', '#9C6500', LONG)}</defs>",
        text(RANK, 16, "rank", 11, "end", quiet=True),
        text(TITLE, 16, "item", 11, quiet=True),
        text(WIDTH - 6, 16, "distance, lower is better", 11, "end", quiet=True),
    ]
    y, before = float(HEAD), None
    for row in rows:
        if before is not None and left_out(before, row):
            parts.append(text(TITLE, y + 12, "…", 13, quiet=True))
            y += GAP
        parts += line(row, y, farthest, row["id"] == selected)
        y, before = y + ROW, row
    parts += legend(y + 8)
    label = "Recommendations, nearest first: each distance is a short-term and a long-term part; lower is better."
    return svg(WIDTH, y + 28, label, parts)


def left_out(before: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether something stands between two rows that is not shown."""
    if not row.get("competes", True):
        return bool(before.get("competes", True))
    return float(row["rank"]) - float(before["rank"]) >= 2


def line(row: Mapping[str, Any], y: float, farthest: float, chosen: bool) -> list[str]:
    rank = f"{float(row['rank']):g}" if row.get("competes", True) else "–"
    about = " · ".join([f"[{mark}]" for mark in row["marks"]] + ([row["subtitle"]] if row["subtitle"] else []))
    moved = " ".join(str(row[name]) for name in ("move", "change") if row.get(name))
    wide = (END - BAR) / farthest
    short, long = (max(0.0, float(row[part])) * wide for part in ("short", "long"))
    weight = ' font-weight="600"' if chosen else ""
    parts = [
        f'<path d="M0 {y:.1f}H{WIDTH}" stroke="currentColor" stroke-opacity=".15" fill="none"/>',
        text(RANK, y + 17, rank, 12, "end", quiet=True),
        f'<text x="{TITLE}" y="{y + 17:.1f}" font-size="13.5"{weight}>{escape(cut(row["title"], LETTERS))}'
        f"<title>{escape(row['title'][:300])}</title></text>",
        text(TITLE, y + 31, escape(cut(about, LETTERS + 8)), 10.5, quiet=True),
        box(BAR, y + 9, short, 9, SHORT),
        box(BAR + short, y + 9, long, 9, "url(#attrec-long)"),
        text(WIDTH - 6, y + 18, number(float(row["distance"]), 3), 12.5, "end"),
    ]
    if moved:
        parts.append(text(WIDTH - 6, y + 31, escape(cut(moved, 24)), 10.5, "end", quiet=True))
    if chosen:
        parts.append(box(1.5, y + 1.5, WIDTH - 3, ROW - 3, "none", f' stroke="{SELECTED}" stroke-width="2" rx="5"'))
    return parts


def legend(y: float) -> list[str]:
    return [
        box(TITLE, y, 16, 9, SHORT),
        text(TITLE + 22, y + 9, "short-term part", 11),
        box(TITLE + 130, y, 16, 9, "url(#attrec-long)"),
        text(TITLE + 152, y + 9, "long-term part", 11),
    ]
