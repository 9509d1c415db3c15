"""The truth test as a drawing for paper: how much each item is looked at, and what it does to the explained one."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from attrec_core.views.drawing.svg import badge, box, cut, hatch, svg, text, titled
from attrec_core.views.drawing.theme import NAME, SELECTED, SHORT, number, signed

AWAY = "#D55E00"  # hatched, too: what pushes away
TITLE, WIDE, HEAD, ROW = 224, 132, 40, 40  # in the drawing's own units
WORDS, TRACK = 250, 112
COLUMNS = {
    "weight": ("attention w", "how much it is looked at"),
    "exact": ("pull by the exact sum", "against the average item"),
    "delete": ("left out: deleted", "Δ distance, Δ rank"),
    "mask": ("left out: in place", "Δ distance, Δ rank"),
}


def truth_table(data: Mapping[str, Any]) -> str:
    """The drawing of what a page's truth table was given: title, even, selected, and rows with place, id, title,
    colour, weight, exact, delete and mask ({distance, rank} or None), verdict. All foreign text is escaped.
    """
    rows = data["rows"]
    columns = [name for name in COLUMNS if any(row[name] is not None for row in rows)]
    effects = [abs(value) for row in rows for name in columns[1:] if (value := effect(row, name)) is not None]
    most, heaviest = max([1e-9, *effects]), max([1e-9, data["even"], *(row["weight"] for row in rows)])
    parts = [
        f"<defs>{hatch('attrec-away', '#FFFFFF', AWAY)}</defs>",
        text(TITLE - 30, 18, "item, oldest first", 11, "end"),
    ]
    for k, name in enumerate(columns):
        head, more = COLUMNS[name]
        parts += [text(left(k), 14, head, 11), text(left(k), 28, more, 9.5, quiet=True)]
    if any(row["verdict"] for row in rows):
        parts += [text(left(len(columns)), 14, "in words", 11)]
        parts += [text(left(len(columns)), 28, "by what deleting does", 9.5, quiet=True)]
    for r, row in enumerate(rows):
        y = HEAD + r * ROW
        parts.append(f'<path d="M0 {y}H{left(len(columns)) + WORDS}" stroke="currentColor" stroke-opacity=".15"/>')
        parts += [titled(TITLE - 30, y + 24, row["title"], NAME, "end", 12.5)]
        parts.append(badge(str(int(row["place"])), row["colour"], TITLE - 15, y + 20))
        parts += weight(row["weight"], data["even"], heaviest, y)
        parts += [part for k, name in enumerate(columns[1:], 1) for part in pull(row, name, most, left(k), y)]
        parts.append(titled(left(len(columns)), y + 24, row["verdict"], 44, "start", 11))
        if row["id"] == data["selected"]:
            style = f' stroke="{SELECTED}" stroke-width="2" rx="5"'
            parts.append(box(1, y + 1, left(len(columns)) + WORDS - 2, ROW - 2, "none", style))
    end = HEAD + len(rows) * ROW + 20
    parts.append(text(0, end, "Bars to the right (+): it pulls nearer. To the left (−, hatched): it pushes away.", 11))
    parts.append(text(0, end + 18, f"The line at w is the mean of these w, {number(data['even'])}.", 11))
    label = f"Attention and influence of each item on {cut(data['title'], 60)}"
    parts.append(text(0, end + 36, f"Explained: {escape(cut(data['title'], 60))}", 11))
    return svg(left(len(columns)) + WORDS, end + 46, label, parts)


def left(column: int) -> int:
    return TITLE + column * WIDE


def effect(row: Mapping[str, Any], name: str) -> float | None:
    """The distance that an item takes away, by the exact sum or by leaving it out."""
    value = row[name]
    return value["distance"] if isinstance(value, Mapping) else value


def weight(value: float, even: float, heaviest: float, y: float) -> list[str]:
    level = TITLE + TRACK * even / heaviest
    return [
        box(TITLE, y + 8, TRACK * value / heaviest, 8, SHORT),
        f'<path d="M{level:.1f} {y + 5}v14" stroke="currentColor" stroke-width="1.5"/>',
        text(TITLE, y + 32, number(value, 3), 11),
    ]


def pull(row: Mapping[str, Any], name: str, most: float, x: float, y: float) -> list[str]:
    """A bar from the middle, and the number with its sign."""
    value = effect(row, name)
    if value is None:
        return []
    middle, wide = x + TRACK / 2, TRACK / 2 * abs(value) / most
    near = value >= 0
    said = signed(value, 3)
    if isinstance(row[name], Mapping):
        moved = round(row[name]["rank"], 1)
        said += f" · rank {'+' if moved > 0 else '−' if moved < 0 else '±'}{abs(moved):g}"
    return [
        box(middle if near else middle - wide, y + 8, wide, 8, SHORT if near else "url(#attrec-away)"),
        f'<path d="M{middle:.1f} {y + 5}v14" stroke="currentColor"/>',
        text(x, y + 32, said, 11),
    ]
