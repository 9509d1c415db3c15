"""The truth test as a drawing for paper: the attention of each item, and its influence on the explained item."""

from __future__ import annotations

from html import escape

from attrec_core.explain.leave_one_out import Effect
from attrec_core.views.drawing.svg import badge, box, cut, hatch, svg, text, titled
from attrec_core.views.drawing.theme import NAME, SELECTED, SHORT, number, signed
from attrec_core.views.why.records import TruthRow, TruthTable

AWAY = "#D55E00"  # hatched, too: what pushes away
TITLE, WIDE, HEAD, ROW = 224, 132, 40, 40  # in the drawing's own units
WORDS, TRACK = 250, 112
# A field of `TruthRow` → its two heads; the same stand in `influence.js`.
COLUMNS = {
    "weight": ("attention w", "how much it is looked at"),
    "exact": ("pull by the exact sum", "against the average item"),
    "delete": ("left out: deleted", "Δ distance, Δ rank"),
    "mask": ("left out: in place", "Δ distance, Δ rank"),
}


def truth_drawing(record: TruthTable) -> str:
    """An SVG of the page's truth table. All foreign text is escaped."""
    rows = record.rows
    columns = [name for name in COLUMNS if any(getattr(row, name) is not None for row in rows)]
    changes = [abs(change) for row in rows for name in columns[1:] if (change := change_of(row, name)) is not None]
    most, heaviest = max([1e-9, *changes]), max([1e-9, record.even, *(row.weight for row in rows)])
    parts = [
        f"<defs>{hatch('attrec-away', '#FFFFFF', AWAY)}</defs>",
        text(TITLE - 30, 18, "item, oldest first", 11, "end"),
    ]
    heads = [COLUMNS[name] for name in columns]
    if any(row.verdict for row in rows):
        heads.append(("in words", "by what deleting does"))
    for column, (head, more) in enumerate(heads):
        parts += [text(left(column), 14, head, 11), text(left(column), 28, more, 9.5, quiet=True)]
    end = left(len(columns))
    for line, row in enumerate(rows):
        y = HEAD + line * ROW
        parts += [
            f'<path d="M0 {y}H{end + WORDS}" stroke="currentColor" stroke-opacity=".15"/>',
            titled(TITLE - 30, y + 24, row.title, NAME, "end", 12.5),
            badge(str(row.place), row.colour, TITLE - 15, y + 20),
            *weight(row.weight, record.even, heaviest, y),
            *(part for column, name in enumerate(columns[1:], 1) for part in pull(row, name, most, left(column), y)),
            titled(end, y + 24, row.verdict, 44, "start", 11),
        ]
        if row.id == record.selected:
            style = f' stroke="{SELECTED}" stroke-width="2" rx="5"'
            parts.append(box(1, y + 1, end + WORDS - 2, ROW - 2, "none", style))
    foot, explained = HEAD + len(rows) * ROW + 20, cut(record.title, 60)
    parts += [
        text(0, foot, "Bars to the right (+): it pulls nearer. To the left (−, hatched): it pushes away.", 11),
        text(0, foot + 18, f"The line at w is the mean of these w, {number(record.even)}.", 11),
        text(0, foot + 36, f"Explained: {escape(explained)}", 11),
    ]
    return svg(end + WORDS, foot + 46, f"Attention and influence of each item on {explained}", parts)


def left(column: int) -> int:
    return TITLE + column * WIDE


def change_of(row: TruthRow, name: str) -> float | None:
    """By how much an item lowers the distance, by the exact sum or by leaving it out."""
    value = getattr(row, name)
    return value.delta_distance if isinstance(value, Effect) else value


def weight(value: float, even: float, heaviest: float, y: float) -> list[str]:
    level = TITLE + TRACK * even / heaviest
    return [
        box(TITLE, y + 8, TRACK * value / heaviest, 8, SHORT),
        f'<path d="M{level:.1f} {y + 5}v14" stroke="currentColor" stroke-width="1.5"/>',
        text(TITLE, y + 32, number(value, 3), 11),
    ]


def pull(row: TruthRow, name: str, most: float, x: float, y: float) -> list[str]:
    """A bar from the middle, and the number with its sign."""
    change = change_of(row, name)
    if change is None:
        return []
    middle, wide = x + TRACK / 2, TRACK / 2 * abs(change) / most
    near = change >= 0
    words = signed(change, 3)
    if isinstance(effect := getattr(row, name), Effect):
        moved = round(effect.delta_rank, 1)
        words += f" · rank {'+' if moved > 0 else '−' if moved < 0 else '±'}{abs(moved):g}"
    return [
        box(middle if near else middle - wide, y + 8, wide, 8, SHORT if near else "url(#attrec-away)"),
        f'<path d="M{middle:.1f} {y + 5}v14" stroke="currentColor"/>',
        text(x, y + 32, words, 11),
    ]
