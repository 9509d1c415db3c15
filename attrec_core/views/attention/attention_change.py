"""How the attention map changed from A to B, as a drawing for paper: B − A, items aligned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrec_core.views.attention.attention_map import (
    BARS,
    FOOT,
    GUTTER,
    HEAD,
    LEFT,
    filled,
    heads,
    hidden,
    marks,
    name,
    scale,
)
from attrec_core.views.drawing.colormaps import LESS, MORE, diverging
from attrec_core.views.drawing.svg import box, hatch, svg, text
from attrec_core.views.drawing.theme import signed


def attention_change(data: Mapping[str, Any]) -> str:
    """The drawing of what a page's map of B − A was given: lists of n items, one a slot of A or B or both.

    ids, titles, colours, places (n); only (n): "A", "B" or None; weights (n, n) and column_weights (n) with None where
    there is no change to tell; masked (n, n); selected: an id. All foreign text is escaped.
    """
    titles, weights, means = data["titles"], data["weights"], data["column_weights"]
    n = len(titles)
    cell = max(14.0, min(64.0, 520.0 / n))
    most = max([0.01] + [abs(value) for row in [*weights, means] for value in row if value is not None])
    below = HEAD + n * cell
    parts = [
        f"<defs>{hatch('attrec-masked', '#8793A1', '#F2F5F9')}</defs>",
        text(LEFT, 16, "who is looked at →", 12, quiet=True),
        text(LEFT - 24, HEAD - 8, "who looks ↓", 12, "end", quiet=True),
        *heads(titles, data["colours"], cell, data["places"]),
        *(part for i in range(n) for part in line(data, i, cell, most)),
        *mean_changes(means, cell, below, most),
        *scale(
            below + BARS + 42,
            "change, B − A",
            (signed(-most), signed(most)),
            [diverging(k / 15 - 1) for k in range(31)],
        ),
        text(LEFT, below + BARS + 72, "hatched too: where the row or the column is only in A or only in B", 11),
        *marks([k for k, item in enumerate(data["ids"]) if item == data["selected"]], n, cell),
    ]
    width = LEFT + max(n * cell + GUTTER, (n - 0.5) * cell + 104, 320)
    label = "Change of the attention map from A to B: rows look, columns are looked at; plus is more in B."
    return svg(width, below + BARS + FOOT, label, parts)


def line(data: Mapping[str, Any], i: int, cell: float, most: float) -> list[str]:
    """One row; a cell of which A or B has no like, or that is masked in both, is hatched."""
    n, y, only = len(data["titles"]), HEAD + i * cell, data["only"]
    parts = name(i, data["titles"][i], data["colours"], y + cell / 2, data["places"])
    for j, value in enumerate(data["weights"][i]):
        x = LEFT + j * cell
        if value is None or data["masked"][i][j] or only[i] or only[j]:
            parts.append(hidden(x, y, cell, n))
        else:
            parts.append(filled(x, y, cell, n, diverging(value / most), signed(value)))
    if only[i]:
        parts.append(text(LEFT + n * cell + 10, y + cell / 2 + 4, f"only {only[i]}", 11, quiet=True))
    return parts


def mean_changes(means: list[float | None], cell: float, top: float, most: float) -> list[str]:
    """The change of each w, as a bar and a number with its sign: more stands on the line, less hangs from it."""
    ground, tall, wide = top + BARS, (BARS - 12) / 2, min(40.0, cell - 4)
    middle = ground - tall
    parts = [text(LEFT - 26, ground + 16, "change of w", 11, "end", quiet=True)]
    for k, value in enumerate(means):
        x, long, less = LEFT + (k + 0.5) * cell, tall * abs(value or 0.0) / most, (value or 0.0) < 0
        parts.append(box(x - wide / 2, middle if less else middle - long, wide, long, f"#{LESS if less else MORE}"))
        parts.append(text(x, ground + 16, "·" if value is None else signed(value), 11, "middle"))
    end = LEFT + len(means) * cell
    return [*parts, f'<path d="M{LEFT} {middle:.1f}H{end:.1f}" stroke="currentColor" fill="none"/>']
