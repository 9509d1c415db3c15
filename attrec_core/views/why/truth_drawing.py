"""The truth test of the page Why as an SVG drawing for paper."""

from __future__ import annotations

from attrec_core.errors import percent
from attrec_core.explain.leave_one_out import Effect
from attrec_core.explain.wording import letter
from attrec_core.views.drawing import svg
from attrec_core.views.drawing.theme import SELECTED, SHORT, short_name, signed
from attrec_core.views.why.records import TruthRow, TruthTable

# Sizes in units of the drawing.
NAMES, WIDE, TOP_MARGIN, LINE = 224, 196, 40, 40
WORDS, TRACK = 330, 132
AWAY = "#D55E00"  # of the hatched bars, which raise the distance
# A field of `TruthRow` → its two heads; `influence.js` has the same heads.
COLUMNS = {
    "weight": ("Average attention", "that the item receives"),
    "exact": ("Contribution", "nearer than the average item by"),
    "delete": ("Removed", "distance grows by; rank"),
    "mask": ("Removed, positions kept", "distance grows by; rank"),
}


def truth_drawing(record: TruthTable, *, kept: bool = False) -> str:
    """Returns an SVG of the page's truth table. All foreign text is escaped. kept: also with the column of removing an
    item while the others keep their positions."""
    rows = record.rows
    given = [name for name in COLUMNS if any(getattr(row, name) is not None for row in rows)]
    changes = [abs(change) for row in rows for name in given[1:] if (change := change_of(row, name)) is not None]
    columns = [name for name in given if kept or name != "mask"]
    largest, heaviest = max([1e-9, *changes]), max([1e-9, record.even, *(row.weight for row in rows)])
    parts = [
        f"<defs>{svg.hatch('attrec-away', '#FFFFFF', AWAY)}</defs>",
        svg.text(NAMES - 30, 18, "Item, oldest first", 12, "end"),
    ]
    heads = [COLUMNS[name] for name in columns]
    if any(row.verdict for row in rows):
        heads.append(("In words", "what removing it does"))
    lefts = [NAMES + column * WIDE for column in range(len(columns) + 1)]
    for x, (head, subhead) in zip(lefts, heads, strict=False):
        parts += [svg.text(x, 14, head, 12), svg.text(x, 30, subhead, 12, quiet=True)]
    end = lefts[-1]
    for index, row in enumerate(rows):
        y = TOP_MARGIN + index * LINE
        parts += [
            svg.line(0, y, end + WORDS, svg.FAINT),
            svg.row_head(NAMES - 4, y + 20, row.title, letter(row.place - 1), row.colour),
            svg.box(NAMES, y + 8, TRACK * row.weight / heaviest, 8, SHORT),
            mark(NAMES + TRACK * record.even / heaviest, y, ' stroke-width="1.5"'),
            svg.text(NAMES, y + 32, percent(row.weight), 12),
            *(
                part
                for x, name in zip(lefts[1:], columns[1:], strict=False)
                for part in pull(row, name, largest, x, y, record.rank)
            ),
            svg.titled(end, y + 24, row.verdict, 52, "start", 12),
        ]
        if row.id == record.selected:
            style = f' stroke="{SELECTED}" stroke-width="2" rx="5"'
            parts.append(svg.box(1, y + 1, end + WORDS - 2, LINE - 2, "none", style))
    foot, explained = TOP_MARGIN + len(rows) * LINE + 20, short_name(record.title, 60)
    notes = (
        "Bars to the right (+): the item helps, without it the distance grows. To the left (−, hatched): the opposite.",
        f"The line across each attention bar is the mean, {percent(record.even)}; beyond it, attention is high.",
        f"Explained: {explained}",
    )
    parts += [svg.text(0, foot + 18 * index, note, 12) for index, note in enumerate(notes)]
    return svg.svg(end + WORDS, foot + 46, f"Attention and influence of each item on {explained}", parts)


def change_of(row: TruthRow, name: str) -> float | None:
    """Returns how much an item lowers the distance by the exact sum, or how much its removal raises it."""
    value = getattr(row, name)
    return value.delta_distance if isinstance(value, Effect) else value


def mark(x: float, y: float, look: str = "") -> str:
    """A vertical line across a bar in the row that begins at y."""
    return f'<path d="M{x:.1f} {y + 5}v14" stroke="currentColor"{look}/>'


def pull(row: TruthRow, name: str, most: float, x: float, y: float, rank: float) -> list[str]:
    """A bar from the middle of the column, and the signed number. most: the change of a full bar. rank: of the
    explained item, with the whole window."""
    change, effect = change_of(row, name), getattr(row, name)
    if change is None:
        return []
    middle, wide = x + TRACK / 2, TRACK / 2 * abs(change) / most
    lowers, label = change >= 0, signed(change, 3)
    if isinstance(effect, Effect):
        before, after = round(rank, 1), round(rank + effect.delta_rank, 1)
        label += f" · rank stays {before:g}" if before == after else f" · rank {before:g} → {after:g}"
    bar = svg.box(middle if lowers else middle - wide, y + 8, wide, 8, SHORT if lowers else "url(#attrec-away)")
    return [bar, mark(middle, y), svg.text(x, y + 32, label, 12)]
