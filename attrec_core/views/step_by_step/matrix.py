"""One stage of "Step by step" as a drawing for paper: a small matrix with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from attrec_core.views.drawing.colormaps import GROUND, diverging, ink, sequential
from attrec_core.views.drawing.svg import badge, box, cut, hatch, svg, text, titled
from attrec_core.views.drawing.theme import NAME, SELECTED, number

LEFT, HEAD, WIDE, HIGH, END = 216, 46, 58, 30, 90  # in the drawing's own units


def matrix(data: Mapping[str, Any]) -> str:
    """The drawing of what a page's matrix was given: rows and columns (title, at, colour), values with None for −∞,
    masked, ends of the rows and their name, signed, digits, low, top, alike, across, cut, label. Foreign text is
    escaped.
    """
    rows, columns, ends = data["rows"], data["columns"], data["ends"]
    right = LEFT + len(columns) * WIDE
    bottom = HEAD + len(rows) * HIGH
    parts = [
        f"<defs>{hatch('attrec-masked', '#8793A1', '#F2F5F9')}</defs>",
        text(LEFT, 14, escape(data["across"]), 11, quiet=True),
        *(part for c, head in enumerate(columns) for part in column(c, head)),
        text(right + 10, HEAD - 8, escape(data["end_name"]) if ends else "", 11, quiet=True),
        *(part for r in range(len(rows)) for part in line(data, r)),
        *chosen(data),
        *legend(data, bottom + 18),
    ]
    return svg(max(right + END, LEFT + 320), bottom + 62, data["label"], parts)


def column(c: int, head: Mapping[str, Any]) -> list[str]:
    x = LEFT + (c + 0.5) * WIDE
    if head["at"] is None:
        words = f"{escape(cut(head['title'], 9))}<title>{escape(head['title'][:300])}</title>"
        return [text(x, HEAD - 8, words, 10.5, "middle", quiet=True)]
    return [place(head, x - 1, HEAD - 14)]


def place(head: Mapping[str, Any], x: float, y: float) -> str:
    return badge("" if head["at"] is None else str(int(head["at"])), head["colour"], x, y)


def line(data: Mapping[str, Any], r: int) -> list[str]:
    head, y = data["rows"][r], HEAD + r * HIGH
    parts = [titled(LEFT - 26, y + 19, head["title"], NAME, "end", 12.5), place(head, LEFT - 12, y + 14)]
    for c, (value, masked) in enumerate(zip(data["values"][r], data["masked"][r], strict=True)):
        x = LEFT + c * WIDE
        colour = "url(#attrec-masked)" if masked else shade(data, value)
        parts.append(box(x, y, WIDE - 2, HIGH - 2, colour))
        words = "" if masked and value is not None else written(data, value)
        fill = "currentColor" if masked else ink(colour)
        size = f'font-size="12" text-anchor="middle" fill="{fill}"'
        parts.append(f'<text x="{x + WIDE / 2 - 1:.1f}" y="{y + 18}" {size}>{words}</text>')
    if data["ends"]:
        parts.append(text(LEFT + len(data["columns"]) * WIDE + 10, y + 18, escape(data["ends"][r]), 12))
    return parts


def shade(data: Mapping[str, Any], value: float) -> str:
    if data["alike"]:
        return f"#{GROUND}"
    if data["signed"]:
        return diverging(value / data["top"])
    return sequential((value - data["low"]) / ((data["top"] - data["low"]) or 1.0))


def written(data: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return "−∞"
    plain = number(abs(value), data["digits"])
    if float(plain) == 0:
        return "0" if value == 0 else plain
    return f"−{plain}" if value < 0 else f"+{plain}" if data["signed"] else plain


def chosen(data: Mapping[str, Any]) -> list[str]:
    """A frame around the followed cell, where this matrix has it."""
    cell = data["cell"]
    rows = range(len(data["rows"])) if data["rows_are"] is None else found(data["rows"], cell[data["rows_are"]])
    columns = found(data["columns"], cell[data["columns_are"]]) if data["columns_are"] else []
    style = f' stroke="{SELECTED}" stroke-width="2.5"'
    return [box(LEFT + c * WIDE - 1, HEAD + r * HIGH - 1, WIDE, HIGH, "none", style) for r in rows for c in columns]


def found(heads: Sequence[Mapping[str, Any]], at: int) -> list[int]:
    return [k for k, head in enumerate(heads) if head["at"] == at + 1]


def legend(data: Mapping[str, Any], y: float) -> list[str]:
    wide, steps = 120, 30
    signed = data["signed"]
    low, top = written(data, -data["top"] if signed else data["low"]), written(data, data["top"])
    colours = [diverging(2 * k / (steps - 1) - 1) if signed else sequential(k / (steps - 1)) for k in range(steps)]
    ramp = [
        text(LEFT - 6, y + 10, low, 11, "end"),
        *(box(LEFT + k * wide / steps, y, wide / steps + 0.5, 11, colour) for k, colour in enumerate(colours)),
        text(LEFT + wide + 6, y + 10, top, 11),
    ]
    parts = [
        *([text(LEFT, y + 10, "no colours: nothing differs", 11)] if data["alike"] else ramp),
        text(LEFT, y + 40 if data.get("level") is not None else y + 32, escape(data["cut"]), 11, quiet=True),
    ]
    if data.get("level") is not None:
        at = LEFT + wide * data["level"] / data["top"]
        parts.append(box(at - 1, y - 3, 2, 17, "currentColor"))
        parts.append(text(LEFT, y + 26, f"| even share {written(data, data['level'])}", 11, quiet=True))
    if any(map(any, data["masked"])):
        parts.append(box(LEFT + wide + 60, y, 16, 11, "url(#attrec-masked)"))
        parts.append(text(LEFT + wide + 82, y + 10, "masked, which is not 0", 11))
    return parts
