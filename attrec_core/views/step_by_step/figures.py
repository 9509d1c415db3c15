"""The figure of one stage of "Step by step": a small matrix with its numbers, in the browser and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf

import numpy as np

from attrec_core.errors import number
from attrec_core.views.drawing.colormaps import GROUND, diverging, ink, sequential
from attrec_core.views.drawing.svg import badge, box, hatch, row_head, svg, text, titled
from attrec_core.views.drawing.theme import SELECTED
from attrec_core.views.moment.attention import ItemId
from attrec_core.views.step_by_step.grids import alike, scale
from attrec_core.views.step_by_step.records import Axis, Cell, Grid, Head, MatrixRecord, Stage

LEFT, HEAD, WIDE, HIGH, END = 216, 46, 58, 30, 90  # in units of the drawing


def matrix_record(step: Stage, cell: Cell, selected: ItemId | None = None) -> MatrixRecord:
    """Returns the record of a stage's matrix. selected: an item's id."""
    grid = step.grid
    low, top = scale(grid)
    pairs = grid.rows_are and grid.columns_are == "column"
    axes = "Rows are query items, columns are key items, oldest first." if pairs else grid.cut
    exact = grid.values.astype(float)
    rounded = np.round(exact, 5)
    values = np.where((exact != 0) & (rounded == 0), np.copysign(1e-5, exact), rounded)  # 0 is written for a 0 alone
    return MatrixRecord(
        **vars(grid) | {"values": values},
        stage=step.key,
        label=f"{step.name}. {axes} Arrow keys move, Enter follows a cell, Escape clears it.",
        end_texts=end_texts(grid),
        digits=3 if (most := max(top, -low)) < 0.0995 else 2 if most < 100 else 0,
        low=low,
        top=top,
        alike=alike(grid),
        cell=cell,
        selected=selected,
    )


def end_texts(grid: Grid) -> list[str]:
    """Returns the text at the end of each row: a rank or 0 as it is, “?” if it is hidden, else with decimals."""
    exact, ends = grid.end_name == "rank", grid.ends.tolist()
    return ["?" if np.isnan(end) else f"{end:g}" if exact or end == 0 else number(end, grid.end_digits) for end in ends]


def matrix(record: MatrixRecord) -> str:
    """Returns an SVG of the matrix with its scale; foreign text is escaped."""
    right = LEFT + len(record.columns) * WIDE
    bottom = HEAD + len(record.rows) * HIGH
    parts = [
        f"<defs>{hatch('attrec-masked', '#8793A1', '#F2F5F9')}</defs>",
        text(LEFT, 14, record.across, 12, quiet=True),
        *(column(LEFT + (c + 0.5) * WIDE, head) for c, head in enumerate(record.columns)),
        text(right + 10, HEAD - 8, record.end_name if record.end_texts else "", 12, quiet=True),
        *(part for r in range(len(record.rows)) for part in line(record, r)),
        *followed_cell_frame(record),
        *legend(record, bottom + 18),
    ]
    return svg(max(right + END, LEFT + 320), bottom + 62, record.label, parts)


def column(x: float, head: Head) -> str:
    if head.at is not None:
        return badge(head.mark, head.colour, x - 1, HEAD - 14)
    return titled(x, HEAD - 8, head.title, 9, "middle", size=12, look=' opacity=".8"')


def line(record: MatrixRecord, r: int) -> list[str]:
    head, y = record.rows[r], HEAD + r * HIGH
    parts = [row_head(LEFT, y + 14, head.title, head.mark, head.colour, HIGH)]
    for c, (value, masked) in enumerate(zip(record.values[r].tolist(), record.masked[r].tolist(), strict=True)):
        x = LEFT + c * WIDE
        colour = "url(#attrec-masked)" if masked else shade(record, value)
        content = "" if masked and not isinf(value) else written(record, value)
        look = "" if masked else f' fill="{ink(colour)}"'
        parts.append(box(x, y, WIDE - 2, HIGH - 2, colour))
        parts.append(text(x + WIDE / 2 - 1, y + 18, content, 12, "middle", look=look))
    if record.end_texts:
        parts.append(text(LEFT + len(record.columns) * WIDE + 10, y + 18, record.end_texts[r], 12))
    return parts


def shade(record: MatrixRecord, value: float) -> str:
    if record.alike:
        return f"#{GROUND}"
    if record.signed:
        return diverging(value / record.top)
    return sequential((value - record.low) / ((record.top - record.low) or 1.0))


def written(record: MatrixRecord, value: float) -> str:
    if isinf(value):
        return "−∞"
    unsigned = number(abs(value), record.digits)
    if float(unsigned) == 0:
        return "0" if value == 0 else unsigned
    return f"−{unsigned}" if value < 0 else f"+{unsigned}" if record.signed else unsigned


def followed_cell_frame(record: MatrixRecord) -> list[str]:
    """A frame around the followed cell, if this matrix contains it."""

    def followed(heads: Sequence[Head], axis: Axis) -> list[int]:
        return [k for k, head in enumerate(heads) if head.at == getattr(record.cell, axis) + 1]

    rows = followed(record.rows, record.rows_are) if record.rows_are else range(len(record.rows))
    columns = followed(record.columns, record.columns_are) if record.columns_are else []
    style = f' stroke="{SELECTED}" stroke-width="2.5"'
    return [box(LEFT + c * WIDE - 1, HEAD + r * HIGH - 1, WIDE, HIGH, "none", style) for r in rows for c in columns]


def legend(record: MatrixRecord, y: float) -> list[str]:
    wide, steps, signed = 120, 30, record.signed
    colours = [diverging(2 * k / (steps - 1) - 1) if signed else sequential(k / (steps - 1)) for k in range(steps)]
    parts = [
        text(LEFT - 6, y + 10, written(record, -record.top if signed else record.low), 12, "end"),
        *(box(LEFT + k * wide / steps, y, wide / steps + 0.5, 11, colour) for k, colour in enumerate(colours)),
        text(LEFT + wide + 6, y + 10, written(record, record.top), 12),
    ]
    if record.alike:
        parts = [text(LEFT, y + 10, "no colours: all values are equal", 12)]
    parts.append(text(LEFT, y + (32 if record.level is None else 40), record.cut, 12, quiet=True))
    if record.level is not None:
        parts.append(box(LEFT + wide * record.level / record.top - 1, y - 3, 2, 17, "currentColor"))
        parts.append(text(LEFT, y + 26, f"| {record.level_name} {written(record, record.level)}", 12, quiet=True))
    if record.masked.any():
        parts.append(box(LEFT + wide + 60, y, 16, 11, "url(#attrec-masked)"))
        parts.append(text(LEFT + wide + 82, y + 10, "masked", 12))
    return parts
