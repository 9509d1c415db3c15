"""The panels of the page Data. They are about a data set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from attrec_core.data.offers import row_behind
from attrec_core.data.report import Histogram, ImportReport
from attrec_core.views.data import figures, tables, words
from attrec_core.views.data.words import DataFacts
from attrec_core.views.panel import Panel, Words
from attrec_core.views.texts import text


def bars(key: str, heading: str, of: str, lacks: str = "") -> Panel[DataFacts, Histogram]:
    """A histogram of the distributions, by its name there. lacks: why a data set may have none."""

    def record(known: DataFacts) -> Histogram:
        histogram: Histogram = getattr(known.spread, key)
        return histogram

    return Panel(
        key=key,
        heading=heading,
        record=record,
        figure=lambda known, histogram: figures.histogram(histogram, of),
        sentence=lambda known, histogram: histogram.sentence,
        table=lambda known, histogram: tables.histogram(histogram, of),
        guide=text("data", key),
        label=lambda known, histogram: f"{of} by {histogram.name}",
        subject="data",
        lacks=lambda known: lacks if getattr(known.spread, key) is None else "",
    )


NO_DATES = "The data has an order but no dates, so there are no gaps to measure."
NO_TIMES = "The data has an order but no timestamps, so none is a duplicate."

LENGTHS = bars("lengths", "History length", "users")
POPULARITY: Panel[DataFacts, np.ndarray] = Panel(
    key="popularity",
    heading="Item popularity",
    record=lambda known: known.spread.popularity,
    figure=lambda known, counts: figures.popularity(counts),
    sentence=lambda known, counts: known.spread.popularity_sentence,
    table=lambda known, counts: tables.popularity(counts),
    guide=text("data", "popularity"),
    label="interactions of each item by its rank",
    subject="data",
)
GAPS = bars("gaps", "Time between interactions", "interactions", NO_DATES)
TIES = bars("ties", "Duplicate timestamps", "rows", NO_TIMES)


def report_table(
    key: str,
    title: Words,
    table: Callable[[DataFacts], pd.DataFrame],
    sentence: Callable[[DataFacts], str] = lambda known: "",
    lacks: Callable[[DataFacts], str] = lambda known: "",
) -> Panel[DataFacts, ImportReport]:
    """A table without a figure."""
    return Panel(
        key=key,
        heading=title,
        record=lambda known: known.report,
        sentence=lambda known, report: sentence(known),
        table=lambda known, report: table(known),
        subject="data",
        lacks=lacks,
    )


def beside_paper(known: DataFacts) -> pd.DataFrame:
    row = row_behind(known.report)
    return pd.DataFrame() if row is None else tables.beside_paper(known.report.counts, row)


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
    beside_paper,
    lacks=lambda known: "" if row_behind(known.report) else words.paper_sentence(known.report),
)
PAPER = report_table(
    "paper",
    "Table 1 of the paper",
    lambda known: tables.paper(known.name, known.report.counts),
    lambda known: words.paper_sentence(known.report),
)

PANELS = (LENGTHS, POPULARITY, GAPS, TIES, REPORT, FIRST_ROWS, FIRST_ITEMS, BESIDE, PAPER)
