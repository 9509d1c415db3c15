"""The panels of the page Data. They are about a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.data.report import Histogram, ImportReport
from attrec_core.views.data import tables, words
from attrec_core.views.data.words import DataFacts, ranges
from attrec_core.views.drawing.plot import axis, bar, figure, hover, scatter
from attrec_core.views.drawing.spec import Figure, packed
from attrec_core.views.drawing.theme import COUNT
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text

HEIGHT, MARGIN = 260, (10, 10, 10, 50)
LOOK = {"showlegend": False, "hovermode": "closest"}
LABELS = 10  # labels below an axis at most
POINTS = 400  # of the line of popularity; items between them are left out of the picture, not of the table


def bars_of(bars: Histogram) -> Figure:
    """How many users each range has."""
    names = ranges(bars)
    texts = [f"{name}: {count:,} users" for name, count in zip(names, bars.counts.tolist(), strict=True)]
    labelled = list(range(0, len(names), -(-len(names) // LABELS)))  # for a bar of several numbers, the first one
    ticks = {"tickvals": labelled, "ticktext": [names[bar].split("–")[0] for bar in labelled]}
    across = axis(bars.name, fixedrange=True, tickmode="array", **ticks, tickangle=0, automargin=True)
    # 50,000 as everywhere, not 50k
    up = axis("users", fixedrange=True, rangemode="tozero", automargin=True, tickformat=",")
    trace = bar(list(range(len(names))), packed(bars.counts), marker={"color": COUNT}) | hover(texts)
    return figure([trace], HEIGHT, MARGIN, **LOOK, bargap=0.12, xaxis=across, yaxis=up)


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


LENGTHS: Panel[DataFacts, Histogram] = Panel(
    key="lengths",
    heading="History length",
    record=lambda known: known.spread.lengths,
    figure=lambda known, histogram: bars_of(histogram),
    table=lambda known, histogram: tables.histogram(histogram),
    guide=text("data", "lengths"),
    label=lambda known, histogram: f"users by {histogram.name}",
    subject="data",
)
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


def report_table(
    key: str,
    title: str,
    table: Callable[[DataFacts], pd.DataFrame],
    sentence: Callable[[DataFacts], str] = lambda known: "",
    lacks: Callable[[DataFacts], str] = lambda known: "",
) -> Panel[DataFacts, ImportReport]:
    return Panel(
        key=key,
        heading=title,
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
PAPER = report_table(
    "paper",
    "Table 1 of the paper",
    lambda known: tables.paper(known.name, known.report.counts),
    lambda known: words.paper_sentence(known.report),
)

PANELS = (LENGTHS, POPULARITY, REPORT, FIRST_ROWS, FIRST_ITEMS, PAPER)
