"""SVG drawings of an attention matrix and of the difference of two matrices, for paper. All foreign text is escaped.

The page draws the record with a script, `browser/components/attention_map.js`. If the server sent this SVG after each
edit, it would work 10 times as long at L = 8 (2 ms) and 30 times at L = 50 (35 ms), and send 12 and 5 times the bytes
(19 and 245 kB); keys, focus and tips would still need a script. So both drawings stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from string import ascii_uppercase

import numpy as np

from attrec_core.errors import percent
from attrec_core.explain.wording import letter
from attrec_core.views.drawing.colormaps import LESS, MORE, diverging, ink, sequential
from attrec_core.views.drawing.svg import INK, PAPER, badge, box, hatch, line, row_head, stacked, svg, text
from attrec_core.views.drawing.theme import QUIET, SELECTED, SHORT, item_colour, signed_points, wrapped
from attrec_core.views.moment.attention import BAR_NAMES, CHANGE_NAMES, AttentionRecord, ChangeRecord

NUMBERS_UP_TO = 12  # items; in a larger matrix the cells are too small for numbers
LEFT, GUTTER, HEAD, BARS, FOOT, RAMP = 216, 62, 118, 64, 84, 150  # room around the cells, in units of the drawing
UPRIGHT_BELOW, TWO_LINES_FROM = 22, 44  # column widths: below, the title is upright instead of slanted; from, two lines
MASKED = "url(#attrec-masked)"
EDGE = f' stroke="{QUIET}"'  # of a cell: else a dark cell hardly shows on a dark page, a light cell on a light page

Filled = tuple[str, str] | None  # colour and number of a cell; None: the cell is hatched


def attention_map(record: AttentionRecord) -> str:
    """Returns an SVG of the matrix, with the average attention and the colour scale below it."""
    n, (head, ends) = len(record.titles), record.ends
    beyond = " and more" if float(np.max(record.weights)) > record.top + 1e-4 else ""
    top, end = record.top, percent(record.top) + beyond + (f", {record.scale}" if record.scale else "")
    colour_of = grey if len(record.own) else sequential  # set by hand, the matrix is not used
    cells: list[list[Filled]] = [
        [None if masked else (colour_of(weight / top), percent(weight)) for weight, masked in zip(*row, strict=True)]
        for row in zip(record.weights.tolist(), record.masked.tolist(), strict=True)
    ]
    parts = [
        text(LEFT + n * side_of(n) + 10, HEAD - 6, head, 12, quiet=True),
        *grid(record, cells, [percent(float(end)) for end in ends] or [""] * n),
        *averages(record),
    ]
    if len(record.own):  # the average attention is set by hand, so the matrix is not used
        x, y, look = LEFT + n * side_of(n) / 2, HEAD + n * side_of(n) / 2, f' font-weight="600" fill="{PAPER}"'
        parts += [box(x - 42, y - 12, 84, 24, INK, ' rx="5"'), text(x, y + 4, "set by hand", 12.5, "middle", look=look)]
    parts += scale(n, "attention of a cell", (percent(0), end), [sequential(k / 29) for k in range(30)])
    below = f"oldest first; the {BAR_NAMES[record.counts]} is below."
    label = f"Attention matrix: rows are query items, columns key items, {below}"
    return drawing(n, 290 + 8 * len(record.scale), parts, label)


def attention_change(record: ChangeRecord) -> str:
    """Returns an SVG of edited − baseline, with the change of the average attention and the colour scale below it.
    A cell is hatched if only one of the two matrices has it, or if it is masked in one of them."""
    n, only = len(record.titles), record.only
    largest = float(np.nanmax([0.01, *np.abs(record.weights).flat, *np.abs(record.column_weights)]))
    hatched = np.isnan(record.weights) | record.masked | np.array([[bool(a or b) for b in only] for a in only])
    cells: list[list[Filled]] = [
        [
            None if masked else (diverging(change / largest), signed_points(change))
            for change, masked in zip(*row, strict=True)
        ]
        for row in zip(record.weights.tolist(), hatched.tolist(), strict=True)
    ]
    ramp = [diverging(k / 15 - 1) for k in range(31)]
    parts = [
        *grid(record, cells, [side or "" for side in only]),
        *mean_changes(record, largest),
        *scale(n, "now − baseline", (signed_points(-largest), f"{signed_points(largest)} percentage points"), ramp),
        text(LEFT, scale_top(n) + 30, "also hatched: a row or a column that only one of the two has", 12),
    ]
    label = "Difference of the attention matrices, now − baseline: rows are query items, columns key items."
    return drawing(n, 430, parts, label)


def grey(share: float) -> str:
    """Returns the colour of a cell in a matrix that is not used; lighter is more, as in the usual colours."""
    level = round(150 + 80 * min(max(share, 0), 1))
    return f"#{level:02x}{level:02x}{level:02x}"


def side_of(n: int) -> float:
    """Returns the width and height of a cell, with its gap."""
    return max(14.0, min(64.0, 520.0 / n))


def scale_top(n: int) -> float:
    return HEAD + n * side_of(n) + BARS + 42


def drawing(n: int, room: int, parts: list[str], label: str) -> str:
    """room: the width that the scale and the lines below it need."""
    axes = [
        f"<defs>{hatch('attrec-masked', '#8793A1', '#F2F5F9')}</defs>",
        # Left of the columns: their slanted titles, which are longer in some fonts, go up to the right.
        text(LEFT - 24, HEAD - 32, "key item (attended to) →", 12, "end", quiet=True),
        text(LEFT - 24, HEAD - 8, "query item ↓", 12, "end", quiet=True),
    ]
    # The last column's slanted title ends beyond the cells; the scale and the lines below may be wider than the cells.
    width = LEFT + max(n * side_of(n) + GUTTER, (n - 0.5) * side_of(n) + 104, room)
    return svg(width, scale_top(n) - 42 + FOOT, label, axes + parts)


def grid(record: AttentionRecord | ChangeRecord, cells: list[list[Filled]], ends: Sequence[str]) -> list[str]:
    """Draws titles and marks of columns and rows, the cells, the text at the end of each row, and a frame around the
    column and the row of the selected item."""
    n = len(record.titles)
    cell, upright = side_of(n), side_of(n) < UPRIGHT_BELOW
    side, size = cell - (1 if n > NUMBERS_UP_TO else 2), min(14.0, cell * 0.38)
    places = record.places or [letter(k) for k in range(n)]
    frame = f' stroke="{SELECTED}" stroke-width="2.5" rx="4"'
    parts, frames = [], []
    colours: list[str | None] = [item_colour(hue) for hue in record.hues] or [None] * n
    for k, (title, mark, colour) in enumerate(zip(record.titles, places, colours, strict=True)):
        start, middle = LEFT + k * cell, LEFT + (k + 0.5) * cell
        foot, turn, room = (middle + 4, -90, 90) if upright else (middle, -38, 124)
        lines = wrapped(title, 12, room, 2 if cell >= TWO_LINES_FROM else 1)
        turned = f' transform="rotate({turn} {foot:.1f} {HEAD - 22})"'
        parts.append(stacked(foot, HEAD - 8 - 14 * len(lines), lines, title, size=12, anchor="start", look=turned))
        if cell >= UPRIGHT_BELOW or n <= len(ascii_uppercase) or k % 5 == 4:  # AA is wider than a narrow column
            parts.append(badge(mark, colour, middle, HEAD - 9))
        y = HEAD + k * cell
        parts += [row_head(LEFT, y + cell / 2, title, mark, colour, cell)]
        parts += [text(LEFT + n * cell + 10, y + cell / 2 + 4, ends[k], 12, quiet=True)]
        for j, filled in enumerate(cells[k]):
            x = LEFT + j * cell
            parts.append(box(x, y, side, side, MASKED if filled is None else filled[0], EDGE))
            if filled is not None and n <= NUMBERS_UP_TO:
                look = f' fill="{ink(filled[0])}"'
                parts.append(text(x + side / 2, y + side / 2 + size * 0.36, filled[1], size, "middle", look=look))
        if record.ids[k] == record.selected:
            frames.append(box(start - 2, HEAD - 2, cell + 2, n * cell + 2, "none", frame))
            frames.append(box(LEFT - 2, y - 2, n * cell + 2, cell + 2, "none", frame))
    return parts + frames


def averages(record: AttentionRecord) -> list[str]:
    """Draws the average attention as bars under the columns, the attention lost to the mask, and the uniform level."""
    n, level = len(record.titles), record.uniform_column
    cell, has_loss = side_of(n), record.missing >= 0.0005
    highest = max(2 * level, record.missing, float(np.max(record.column_weights)))
    full = record.most_column or min(float(n) if record.counts == "total" else 1.0, highest)
    ground, tall, wide, end = HEAD + n * cell + BARS, BARS - 12, min(40.0, cell - 4), LEFT + n * cell
    parts = [text(LEFT - 26, ground + 16, BAR_NAMES[record.counts], 12, "end", quiet=True)]
    bars = [(LEFT + (k + 0.5) * cell, float(w), SHORT) for k, w in enumerate(record.column_weights)]
    if has_loss:
        bars.append((end + 24, record.missing, MASKED))
        parts.append(text(end + GUTTER - 4, ground + 32, record.lost, 12, "end"))
    for x, value, fill in bars:
        parts.append(box(x - wide / 2, ground - tall * value / full, wide, tall * value / full, fill))
        if cell >= 20:
            parts.append(text(x, ground + 16, percent(value), 12, "middle"))
    for k, share in enumerate(record.own):  # the model's own attention, where the bars are set by hand
        start, height = LEFT + k * cell + 2, ground - tall * share / full
        parts.append(line(start, height, LEFT + (k + 1) * cell - 4, ' stroke-width="2" stroke-dasharray="5 3"'))
    y = ground - tall * level / full
    uniform = text(LEFT - 6, y + 4, f"uniform: {percent(level)}", 12, "end", quiet=True)
    return [*parts, line(LEFT, ground, end), line(LEFT, y, end, ' stroke-dasharray="4 3"'), uniform]


def mean_changes(record: ChangeRecord, most: float) -> list[str]:
    """Draws the change of each w as a bar and a signed number: an increase goes up from the line, a decrease down."""
    changes = record.column_weights
    n, cell = len(changes), side_of(len(changes))
    ground, tall, wide = HEAD + n * cell + BARS, (BARS - 12) / 2, min(40.0, cell - 4)
    middle = ground - tall
    parts = [text(LEFT - 26, ground + 16, CHANGE_NAMES[record.counts], 12, "end", quiet=True)]
    for k, value in enumerate(changes.tolist()):
        x, less = LEFT + (k + 0.5) * cell, value < 0
        length = 0.0 if isnan(value) else tall * abs(value) / most
        parts.append(box(x - wide / 2, middle if less else middle - length, wide, length, f"#{LESS if less else MORE}"))
        parts.append(text(x, ground + 16, "·" if isnan(value) else signed_points(value), 12, "middle"))
    return [*parts, line(LEFT, middle, LEFT + n * cell)]


def scale(n: int, name: str, ends: tuple[str, str], colours: Sequence[str]) -> list[str]:
    """Draws the colour scale, from left to right, and the key for masked cells."""
    y, wide, wider = scale_top(n), RAMP / len(colours), 8.0 * max(0, len(ends[1]) - 5)
    return [
        text(LEFT - 26, y + 11, name, 12, "end", quiet=True),
        text(LEFT + 8, y + 11, ends[0], 12, "end"),
        *(box(LEFT + 14 + k * wide, y, wide + 0.5, 12, colour) for k, colour in enumerate(colours)),
        text(LEFT + RAMP + 20, y + 11, ends[1], 12),
        box(LEFT + RAMP + 58 + wider, y, 16, 12, MASKED),
        text(LEFT + RAMP + 79 + wider, y + 11, "masked", 12),
    ]
