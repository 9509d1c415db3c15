"""The attention matrix, and its change from A to B, as drawings for paper. All foreign text in them is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isnan

import numpy as np

from attrec_core.views.attention.records import AttentionRecord, ChangeRecord, ItemId
from attrec_core.views.drawing.colormaps import LESS, MORE, diverging, ink, sequential
from attrec_core.views.drawing.svg import badge, box, cut, hatch, svg, text, titled
from attrec_core.views.drawing.theme import NAME, SELECTED, SHORT, number, signed

NUMBERS_UP_TO = 12  # items; in a larger map the cells are too small for numbers
LEFT, GUTTER, HEAD, BARS, FOOT, RAMP = 216, 62, 118, 64, 84, 150  # room around the cells, in the drawing's own units
UPRIGHT_BELOW = 22  # width of a column: its title stands upright, or else it leans
AXES = (
    f"<defs>{hatch('attrec-masked', '#8793A1', '#F2F5F9')}</defs>",
    text(LEFT, 16, "who is looked at →", 12, quiet=True),
    text(LEFT - 24, HEAD - 8, "who looks ↓", 12, "end", quiet=True),
)


def attention_map(record: AttentionRecord) -> str:
    """An SVG of the map, its column means below it and its scale."""
    n = len(record.titles)
    cell = side_of(n)
    top = record.most or min(1.0, max(2 * record.uniform, float(np.max(record.weights))))
    below = HEAD + n * cell
    # The last title leans over the right edge, and the scale may be wider than a small map.
    width, height = LEFT + max(n * cell + GUTTER, (n - 0.5) * cell + 104, 290), below + BARS + FOOT
    parts = [
        *AXES,
        text(LEFT + n * cell + 10, HEAD - 6, "Σ row" if record.mask == "after" else "", 11, quiet=True),
        *heads(record.titles, record.colours, cell),
        *(part for row in range(n) for part in line(record, row, cell, top)),
        *means(record, cell, below),
        *scale(below + BARS + 42, "weight of a cell", ("0", number(top)), [sequential(k / 29) for k in range(30)]),
        *uniform(record, below + BARS + 42, top),
        *marks(record.ids, record.selected, cell),
    ]
    label = "Attention map: rows look, columns are looked at, oldest first; the column means stand below."
    return svg(width, height, label, parts)


def side_of(n: int) -> float:
    """How wide and high a cell is, with its gap."""
    return max(14.0, min(64.0, 520.0 / n))


def heads(
    titles: Sequence[str], colours: Sequence[str | None], cell: float, places: Sequence[str] | None = None
) -> list[str]:
    """The title and the place of each column."""
    parts, upright = [], cell < UPRIGHT_BELOW
    for k, title in enumerate(titles):
        x = LEFT + (k + 0.5) * cell
        foot, size, turn, letters = (x + 4, 10, -90, 12) if upright else (x, 12, -38, NAME)
        label = f"{escape(cut(title, letters))}<title>{escape(title[:300])}</title>"
        turned = f'font-size="{size}" transform="rotate({turn} {foot:.1f} {HEAD - 22})"'
        parts.append(f'<text x="{foot:.1f}" y="{HEAD - 22}" {turned}>{label}</text>')
        parts.append(place_badge(k, colours, x, HEAD - 9, places))
    return parts


def name(k: int, title: str, colours: Sequence[str | None], y: float, places: Sequence[str] | None = None) -> list[str]:
    """The title and the place of a row, whose middle is at y."""
    return [titled(LEFT - 26, y + 4, title, NAME, "end", 12.5), place_badge(k, colours, LEFT - 12, y, places)]


def place_badge(k: int, colours: Sequence[str | None], x: float, y: float, places: Sequence[str] | None = None) -> str:
    return badge(places[k] if places else str(k + 1), colours[k] if k < len(colours) else None, x, y)


def filled(x: float, y: float, cell: float, n: int, colour: str, number_text: str) -> str:
    """A cell, with its number where the map is small enough."""
    side = cell - (1 if n > NUMBERS_UP_TO else 2)
    square = box(x, y, side, side, colour)
    if n > NUMBERS_UP_TO:
        return square
    size = min(14.0, cell * 0.38)
    return (
        f'{square}<text x="{x + side / 2:.1f}" y="{y + side / 2 + size * 0.36:.1f}" font-size="{size:.1f}" '
        f'text-anchor="middle" fill="{ink(colour)}">{number_text}</text>'
    )


def hidden(x: float, y: float, cell: float, n: int) -> str:
    side = cell - (1 if n > NUMBERS_UP_TO else 2)
    return box(x, y, side, side, "url(#attrec-masked)")


def line(record: AttentionRecord, i: int, cell: float, top: float) -> list[str]:
    """One row: its title, its cells, and what they sum to where the mask took a part."""
    n, y = len(record.titles), HEAD + i * cell
    parts = name(i, record.titles[i], record.colours, y + cell / 2)
    for j in range(n):
        x, weight = LEFT + j * cell, float(record.weights[i, j])
        if record.masked[i, j]:
            parts.append(hidden(x, y, cell, n))
        else:
            parts.append(filled(x, y, cell, n, sequential(weight / top), number(weight)))
    if record.mask == "after":
        total = float(record.weights[i][~record.masked[i]].sum())
        parts.append(text(LEFT + n * cell + 10, y + cell / 2 + 4, number(total), 11, quiet=True))
    return parts


def means(record: AttentionRecord, cell: float, top: float) -> list[str]:
    """The column means as bars under their columns, what nobody got, and the level of an even share."""
    n, level = len(record.titles), record.uniform_column
    lost = record.missing >= 0.0005
    highest = max(2 * level, record.missing, float(np.max(record.column_weights)))
    most = record.most_column or min(float(n) if record.summed else 1.0, highest)
    ground, tall = top + BARS, BARS - 12
    parts = [text(LEFT - 26, ground + 16, f"column {'sum' if record.summed else 'mean'} w", 11, "end", quiet=True)]
    bars = [(LEFT + (k + 0.5) * cell, float(w), SHORT) for k, w in enumerate(record.column_weights)]
    if lost:
        bars.append((LEFT + n * cell + 24, record.missing, "url(#attrec-masked)"))
    for x, value, fill in bars:
        wide = min(40.0, cell - 4)
        parts.append(box(x - wide / 2, ground - tall * value / most, wide, tall * value / most, fill))
        if cell >= 20 or n <= NUMBERS_UP_TO:
            parts.append(text(x, ground + 16, number(value), 11, "middle"))
    end, y = LEFT + n * cell, ground - tall * level / most
    parts.append(f'<path d="M{LEFT} {ground:.1f}H{end:.1f}" stroke="currentColor" fill="none"/>')
    parts.append(f'<path d="M{LEFT} {y:.1f}H{end:.1f}" stroke="currentColor" stroke-dasharray="4 3" fill="none"/>')
    parts.append(text(LEFT - 6, y + 4, f"even {number(level)}", 11, "end", quiet=True))
    if lost:
        parts.append(text(end + GUTTER - 4, ground + 32, f"not looked at: {number(record.missing)}", 11, "end"))
    return parts


def scale(y: float, name: str, ends: tuple[str, str], colours: Sequence[str]) -> list[str]:
    """The colours of the cells, from left to right, and what is hatched."""
    wide = RAMP / len(colours)
    return [
        text(LEFT - 26, y + 11, name, 11, "end", quiet=True),
        text(LEFT + 8, y + 11, ends[0], 11, "end"),
        *(box(LEFT + 14 + k * wide, y, wide + 0.5, 12, colour) for k, colour in enumerate(colours)),
        text(LEFT + RAMP + 20, y + 11, ends[1], 11),
        box(LEFT + RAMP + 58, y, 16, 12, "url(#attrec-masked)"),
        text(LEFT + RAMP + 79, y + 11, "masked", 11),
    ]


def uniform(record: AttentionRecord, y: float, top: float) -> list[str]:
    """What a cell would be if a row looked everywhere alike, on the scale."""
    at = LEFT + 14 + RAMP * record.uniform / top
    mark = f'<path d="M{at:.1f} {y - 3:.1f}v18" stroke="currentColor" stroke-width="2" fill="none"/>'
    return [mark, text(at, y + 28, f"even {number(record.uniform)}", 11, "middle")]


def marks(ids: Sequence[ItemId], selected: ItemId | None, cell: float) -> list[str]:
    """A frame around the column and the row of the selected item."""
    n, places = len(ids), [place for place, item in enumerate(ids) if item == selected]
    style = f' stroke="{SELECTED}" stroke-width="2.5" rx="4"'
    return [
        frame
        for k in places
        for frame in (
            box(LEFT + k * cell - 2, HEAD - 2, cell + 2, n * cell + 2, "none", style),
            box(LEFT - 2, HEAD + k * cell - 2, n * cell + 2, cell + 2, "none", style),
        )
    ]


def attention_change(record: ChangeRecord) -> str:
    """An SVG of B − A, its changes of w below it and its scale."""
    n = len(record.titles)
    cell = side_of(n)
    most = float(np.nanmax([0.01, *np.abs(record.weights).flat, *np.abs(record.column_weights)]))
    below = HEAD + n * cell
    parts = [
        *AXES,
        *heads(record.titles, record.colours, cell, record.places),
        *(part for i in range(n) for part in change_line(record, i, cell, most)),
        *mean_changes(record.column_weights, cell, below, most),
        *scale(
            below + BARS + 42,
            "change, B − A",
            (signed(-most), signed(most)),
            [diverging(k / 15 - 1) for k in range(31)],
        ),
        text(LEFT, below + BARS + 72, "hatched too: where the row or the column is only in A or only in B", 11),
        *marks(record.ids, record.selected, cell),
    ]
    width = LEFT + max(n * cell + GUTTER, (n - 0.5) * cell + 104, 320)
    label = "Change of the attention map from A to B: rows look, columns are looked at; plus is more in B."
    return svg(width, below + BARS + FOOT, label, parts)


def change_line(record: ChangeRecord, i: int, cell: float, most: float) -> list[str]:
    """One row; a cell of which A or B has no like, or that is masked in both, is hatched."""
    n, y, only = len(record.titles), HEAD + i * cell, record.only
    parts = name(i, record.titles[i], record.colours, y + cell / 2, record.places)
    for j, value in enumerate(record.weights[i].tolist()):
        x = LEFT + j * cell
        if isnan(value) or record.masked[i, j] or only[i] or only[j]:
            parts.append(hidden(x, y, cell, n))
        else:
            parts.append(filled(x, y, cell, n, diverging(value / most), signed(value)))
    if only[i]:
        parts.append(text(LEFT + n * cell + 10, y + cell / 2 + 4, f"only {only[i]}", 11, quiet=True))
    return parts


def mean_changes(means: np.ndarray, cell: float, top: float, most: float) -> list[str]:
    """The change of each w, as a bar and a number with its sign: more stands on the line, less hangs from it."""
    ground, tall, wide = top + BARS, (BARS - 12) / 2, min(40.0, cell - 4)
    middle = ground - tall
    parts = [text(LEFT - 26, ground + 16, "change of w", 11, "end", quiet=True)]
    for k, value in enumerate(means.tolist()):
        x, less = LEFT + (k + 0.5) * cell, value < 0
        long = 0.0 if isnan(value) else tall * abs(value) / most
        parts.append(box(x - wide / 2, middle if less else middle - long, wide, long, f"#{LESS if less else MORE}"))
        parts.append(text(x, ground + 16, "·" if isnan(value) else signed(value), 11, "middle"))
    end = LEFT + len(means) * cell
    return [*parts, f'<path d="M{LEFT} {middle:.1f}H{end:.1f}" stroke="currentColor" fill="none"/>']
