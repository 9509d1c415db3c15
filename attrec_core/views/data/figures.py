"""Figures of a data set's distributions: histograms, and the long tail of the items."""

from __future__ import annotations

from typing import Any

import numpy as np

from attrec_core.data.report import Histogram
from attrec_core.views.data.words import ranges, span
from attrec_core.views.drawing.labels import LETTER
from attrec_core.views.drawing.plot import axis, bar, figure, hover, scatter
from attrec_core.views.drawing.spec import Figure, packed
from attrec_core.views.drawing.theme import COUNT

HEIGHT, MARGIN = 260, (10, 10, 10, 50)
LOOK = {"showlegend": False, "hovermode": "closest"}
DAY = 86_400
LABELS = 10  # labels below an axis at most
# Seconds that may have a label on an axis, the most important first: later groups are used only if labels are few.
MARKS = (
    (1, 60, 3600, DAY, 365 * DAY, 30 * DAY, 7 * DAY),
    (10, 600, 6 * 3600, 10 * 365 * DAY),
    (30, 1800, 12 * 3600, 2 * DAY, 14 * DAY, 90 * DAY, 2 * 365 * DAY),
    (2, 5, 20, 120, 300, 1200, 5400, 2 * 3600, 3 * 3600, 4 * DAY, 21 * DAY, 60 * DAY, 180 * DAY, 5 * 365 * DAY),
)
FEWEST = 3  # labels at least, where they fit
NARROW, GAP = 280, 6  # pixels: the width of the plot on a phone, and the free space between two labels
POINTS = 400  # of the line of popularity; items between them are left out of the picture, not of the table


def histogram(bars: Histogram, of: str) -> Figure:
    """How many `of` (users, say) each range has. All bars are equally wide: so are the ranges or, of
    seconds, their logarithms."""
    names = ranges(bars)
    texts = [f"{name}: {count:,} {of}" for name, count in zip(names, bars.counts.tolist(), strict=True)]
    ticks = span_ticks(bars) if bars.unit == "seconds" else range_ticks(names)
    across = axis(bars.name, fixedrange=True, tickmode="array", **ticks, tickangle=0, automargin=True)
    # 50,000 as everywhere, not 50k
    up = axis(of, fixedrange=True, rangemode="tozero", automargin=True, tickformat=",")
    trace = bar(list(range(len(names))), packed(bars.counts), marker={"color": COUNT}) | hover(texts)
    return figure([trace], HEIGHT, MARGIN, **LOOK, bargap=0.12, xaxis=across, yaxis=up)


def range_ticks(names: list[str]) -> dict[str, Any]:
    """As many names of bars as fit side by side; for a bar of several numbers, the first number."""
    bars = list(range(0, len(names), -(-len(names) // LABELS)))
    return {"tickvals": bars, "ticktext": [names[bar].split("–")[0] for bar in bars]}


def span_ticks(spread: Histogram) -> dict[str, Any]:
    """Places the labels minute, hour, day, … among bars that all grow by the same factor: at least three labels if they
    fit, finer units if the range holds too few, and the two ends if it holds none.
    """
    low, high = float(spread.edges[0]), float(spread.edges[-1])
    count = len(spread.counts)
    if low <= 0 or high / low < 1.001:
        return {"tickvals": [int(spread.counts.argmax())], "ticktext": [span(low)]}
    bars = count / np.log(high / low)  # bars for a growth by the factor e
    position_of: dict[str, float] = {}
    for marks in (*MARKS, (low, high)):
        if len(position_of) >= FEWEST:
            break
        for seconds in marks:
            name, position = span(seconds), float(np.log(seconds / low) * bars - 0.5)
            free = name not in position_of and low <= seconds <= high
            if free and all(names_apart(name, position, *label, count) for label in position_of.items()):
                position_of[name] = position
    names = sorted(position_of, key=position_of.__getitem__)
    # The range is a bar wider on both sides: else the first name would be below the 0 of the other axis.
    return {"tickvals": [position_of[name] for name in names], "ticktext": names, "range": [-1.5, count + 0.5]}


def names_apart(name: str, place: float, other: str, there: float, count: int) -> bool:
    """Whether two names below an axis of `count` bars, at `place` and `there`, leave a gap, even on a phone."""
    return abs(place - there) * NARROW / count > (len(name) + len(other)) / 2 * LETTER + GAP


def popularity(counts: np.ndarray) -> Figure:
    """Interactions by rank of the item, both axes logarithmic: the straighter the line, the longer the tail."""
    ranks = np.unique(np.round(np.geomspace(1, len(counts), min(POINTS, len(counts)))).astype(int))
    drawn = counts[ranks - 1]
    trace = scatter(ranks.tolist(), drawn.tolist(), "lines", line={"color": COUNT, "width": 2.5})
    trace["hovertemplate"] = "rank %{x:,}: %{y:,} interactions<extra></extra>"
    across = logarithmic("rank of the item, most popular first", len(counts))
    up = logarithmic("interactions", drawn.max())
    return figure([trace], HEIGHT, MARGIN, **LOOK, xaxis=across, yaxis=up)


def logarithmic(title: str, most: float) -> dict[str, Any]:
    """A logarithmic axis from 1 to `most`, with labels at the powers of ten only."""
    powers = int(np.ceil(np.log10(max(2, most))))
    values = [10**power for power in range(powers + 1)]
    names = {"tickmode": "array", "tickvals": values, "ticktext": [f"{value:,}" for value in values]}
    return axis(title, type="log", range=[-0.02 * powers, powers], fixedrange=True, automargin=True, **names)
