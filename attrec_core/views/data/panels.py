"""The panels of the page Data. They are about a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.data.offers import row_behind
from attrec_core.data.report import Histogram, ImportReport
from attrec_core.views.data import tables, words
from attrec_core.views.data.words import DataFacts, ranges, span
from attrec_core.views.drawing.labels import LETTER
from attrec_core.views.drawing.plot import axis, bar, figure, hover, scatter
from attrec_core.views.drawing.spec import Figure, packed
from attrec_core.views.drawing.theme import COUNT
from attrec_core.views.panel import Panel, Words
from attrec_core.views.texts import text

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


def bars_of(bars: Histogram, of: str) -> Figure:
    """How many `of` (users, say) each range has. All bars are equally wide; of seconds, so are their logarithms."""
    names = ranges(bars)
    texts = [f"{name}: {count:,} {of}" for name, count in zip(names, bars.counts.tolist(), strict=True)]
    labelled = list(range(0, len(names), -(-len(names) // LABELS)))  # for a bar of several numbers, the first one
    ticks = {"tickvals": labelled, "ticktext": [names[bar].split("–")[0] for bar in labelled]}
    if bars.unit == "seconds":
        ticks = span_ticks(bars)
    across = axis(bars.name, fixedrange=True, tickmode="array", **ticks, tickangle=0, automargin=True)
    # 50,000 as everywhere, not 50k
    up = axis(of, fixedrange=True, rangemode="tozero", automargin=True, tickformat=",")
    trace = bar(list(range(len(names))), packed(bars.counts), marker={"color": COUNT}) | hover(texts)
    return figure([trace], HEIGHT, MARGIN, **LOOK, bargap=0.12, xaxis=across, yaxis=up)


def span_ticks(spread: Histogram) -> dict[str, Any]:
    """Places the labels minute, hour, day, … among bars that all grow by the same factor: at least three labels if they
    fit, finer units if the range holds too few, and the two ends if it holds none."""
    low, high, count = float(spread.edges[0]), float(spread.edges[-1]), len(spread.counts)
    if low <= 0 or high / low < 1.001:
        return {"tickvals": [int(spread.counts.argmax())], "ticktext": [span(low)]}
    bars = count / np.log(high / low)  # bars for a growth by the factor e
    position_of: dict[str, float] = {}

    def has_room(name: str, position: float) -> bool:
        """Whether gaps are left to the other labels, even on a phone."""
        widths = ((len(name) + len(other)) / 2 * LETTER + GAP for other in position_of)
        apart = (abs(position - other) * NARROW / count for other in position_of.values())
        return all(between > width for between, width in zip(apart, widths, strict=True))

    for marks in (*MARKS, (low, high)):
        if len(position_of) >= FEWEST:
            break
        for seconds in marks:
            name, position = span(seconds), float(np.log(seconds / low) * bars - 0.5)
            if name not in position_of and low <= seconds <= high and has_room(name, position):
                position_of[name] = position
    names = sorted(position_of, key=position_of.__getitem__)
    # The range is a bar wider on both sides: else the first name would be below the 0 of the other axis.
    return {"tickvals": [position_of[name] for name in names], "ticktext": names, "range": [-1.5, count + 0.5]}


def long_tail(counts: np.ndarray) -> Figure:
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


def bars(key: str, heading: str, of: str, lacks: str = "") -> Panel[DataFacts, Histogram]:
    """A histogram of the distributions, by its name there. lacks: why a data set may have none."""
    return Panel(
        key=key,
        heading=heading,
        record=lambda known: getattr(known.spread, key),
        figure=lambda known, histogram: bars_of(histogram, of),
        sentence=lambda known, histogram: histogram.sentence,
        table=lambda known, histogram: tables.histogram(histogram, of),
        guide=text("data", key),
        label=lambda known, histogram: f"{of} by {histogram.name}",
        subject="data",
        lacks=lambda known: lacks if getattr(known.spread, key) is None else "",
    )


LENGTHS = bars("lengths", "History length", "users")
POPULARITY: Panel[DataFacts, np.ndarray] = Panel(
    key="popularity",
    heading="Item popularity",
    record=lambda known: known.spread.popularity,
    figure=lambda known, counts: long_tail(counts),
    sentence=lambda known, counts: known.spread.popularity_sentence,
    table=lambda known, counts: tables.popularity(counts),
    guide=text("data", "popularity"),
    label="interactions of each item by its rank",
    subject="data",
)
NO_DATES = "There are no gaps to measure: the data has no dates, or no user has two interactions."
GAPS = bars("gaps", "Time between interactions", "interactions", NO_DATES)
NO_TIMES = "The data has an order but no timestamps, so none is a duplicate."
TIES = bars("ties", "Duplicate timestamps", "rows", NO_TIMES)


def report_table(
    key: str,
    title: Words,
    table: Callable[[DataFacts], pd.DataFrame],
    sentence: Callable[[DataFacts], str] = lambda known: "",
    lacks: Callable[[DataFacts], str] = lambda known: "",
    listed: str = "",
) -> Panel[DataFacts, ImportReport]:
    return Panel(
        key=key,
        heading=title,
        listed=listed,
        record=lambda known: known.report,
        sentence=lambda known, report: sentence(known),
        table=lambda known, report: table(known),
        subject="data",
        lacks=lacks,
    )


REPORT = report_table(
    "report",
    "Import report",
    lambda known: tables.report(known.report),
    lambda known: " ".join(known.report.recognised),
)
FIRST_ROWS = report_table(
    "report_first_rows",
    "First rows of the file",
    lambda known: tables.first_rows(known.report.first),
    lacks=lambda known: "" if known.report.first else "The report has no rows of the file.",
)
FIRST_ITEMS = report_table(
    "report_first_items",
    "First items of the file",
    lambda known: tables.first_items(known.report.first_items),
    lacks=lambda known: "" if known.report.first_items else "Nothing is known of the items but their ids.",
)
BESIDE = report_table(
    "beside",
    lambda known, report: f"{row.name} in the paper" if (row := row_behind(report)) else "",
    lambda known: (
        tables.beside_paper(known.report.counts, row) if (row := row_behind(known.report)) else pd.DataFrame()
    ),
    lacks=lambda known: "" if row_behind(known.report) else words.paper_sentence(known.report),
    listed="The same data set in the paper",
)
PAPER = report_table(
    "paper",
    "Table 1 of the paper",
    lambda known: tables.paper(known.name, known.report.counts),
    lambda known: words.paper_sentence(known.report),
)

PANELS = (LENGTHS, POPULARITY, GAPS, TIES, REPORT, FIRST_ROWS, FIRST_ITEMS, BESIDE, PAPER)
