"""The distances of a list, split into their two parts: rows, sentence, bars and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.errors import number, ordinal, percent
from attrec_core.views.drawing.colormaps import ink
from attrec_core.views.drawing.plot import axis, bar, figure, hover, legend
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import HATCH, LONG, SHORT, escaped, row_height, wrapped_title
from attrec_core.views.moment.ranking import RankedRow, listed_items, ranking_rows, why_no_candidate
from attrec_core.views.page_context import Scene

HATCH_HALO = ", ".join([f"0 0 3px {LONG}"] * 4)
ROW_HEIGHT, MARGIN = 34, 90  # pixels


@dataclass(frozen=True, eq=False, kw_only=True)
class SplitRow(RankedRow):
    item: int
    rank_short: float
    rank_long: float | None
    mark: str  # such as "actual, in the window"


@dataclass(frozen=True, eq=False)
class ScoreSplit:
    """The distances of the top k and of other items that the page names."""

    rows: list[SplitRow]
    k: int

    @property
    def ranked(self) -> list[SplitRow]:
        """The rows of the top k, without those that show the actual or the selected item."""
        return [row for row in self.rows[: self.k] if row.is_candidate]

    @property
    def long_share(self) -> float | None:
        """The share of the long-term part in the top k, on average; None without a taste or without a list."""
        shares = [row.long / (row.short + row.long) if row.short + row.long else 0.0 for row in self.ranked]
        return float(np.mean(shares)) if shares and self.rows[0].rank_long is not None else None

    @property
    def sentence(self) -> str:
        """Which part weighs more in the top k."""
        count, share = len(self.ranked), self.long_share
        if not count:
            return "There is no candidate left, so there is no list to split."
        if share is None:
            return "Without a user, the distance is the short-term part alone."
        larger, part = ("long-term", share) if share > 0.5 else ("short-term", 1 - share)
        return f"In the top {count}, the {larger} part is {percent(part)} of the distance on average."

    def table(self) -> pd.DataFrame:
        ranks = {"rank": "rank, total", "rank_short": "rank, short-term only", "rank_long": "rank, long-term only"}
        table = pd.DataFrame(self.rows, columns=["title", *ranks, "short", "long", "mark"])
        # An item that is not a candidate has no rank.
        table[[*ranks]] = table[[*ranks]].where(pd.Series([row.is_candidate for row in self.rows]), axis=0)
        table.insert(4, "distance", table["short"] + table["long"])
        names = {"title": "item", "short": "short-term part", "long": "long-term part"}
        return table.rename(columns=ranks | names).round(4)


@dataclass(frozen=True)
class SplitBar:
    """One bar of two parts. Texts are plain."""

    id: str
    rank: str  # "1st", or "–" for an item that is not a candidate
    title: str
    mark: str  # such as "actual, in the window"
    short: float
    long: float
    chosen: bool


@dataclass(frozen=True)
class SplitRecord:
    """The bars of a split as the browser draws them, nearest on top."""

    label: str  # the figure in words
    omega: float
    rows: Sequence[SplitBar]


def split_bars(scene: Scene, record: ScoreSplit, label: str) -> SplitRecord:
    rows = [
        SplitBar(
            id=scene.item_id(row.item),
            rank=ordinal(row.rank) if row.is_candidate else "–",
            title=row.title,
            mark=row.mark,
            short=row.short,
            long=row.long,
            chosen=row.item == scene.selected,
        )
        for row in record.rows
    ]
    return SplitRecord(label, scene.ranking.long_weight, rows)


def split_rows(scene: Scene, k: int) -> list[SplitRow]:
    ranking = scene.ranking
    intent_only, taste_only = map(ranking.at, (0.0, 1.0))
    named = [(scene.target, "actual"), (scene.selected, "selected")]
    return [
        SplitRow(
            **vars(row),
            item=item,
            rank_short=intent_only.rank(item),
            rank_long=None if ranking.taste is None else taste_only.rank(item),
            mark=", ".join([name for marked, name in named if marked == item] + why_no_candidate(scene, item)),
        )
        for item, row in zip(listed_items(scene, k), ranking_rows(scene, k), strict=True)
    ]


def stacked_parts(scene: Scene, record: ScoreSplit) -> Figure:
    """One bar per item, nearest on top: the weighted short part and, hatched, the weighted long part."""
    rows, omega = record.rows, scene.ranking.long_weight
    columns = list(range(len(rows)))  # two items may share a title, and Plotly would stack them into one bar
    across = axis("distance (lower is better)", rangemode="tozero", fixedrange=True)
    titles = {"tickmode": "array", "tickvals": columns, "ticktext": [label_of(row) for row in rows]}
    short, long = f"short-term distance × {number(1 - omega)}", f"long-term distance × {number(omega)}"
    data = [
        part_bars(rows, "short", short, {"color": SHORT, "pattern": HATCH | {"shape": ""}}),
        part_bars(rows, "long", long, {"color": LONG, "pattern": HATCH}),
    ]
    height = MARGIN + row_height(ROW_HEIGHT, map(label_of, rows)) * max(len(rows), 3)
    down = axis(autorange="reversed", automargin=True, fixedrange=True) | titles
    look = {"barmode": "stack", "bargap": 0.25, "legend": legend(xanchor="left", traceorder="normal")}
    return figure(data, height, (10, 10, 44, 46), **look, xaxis=across, yaxis=down)


def part_bars(rows: Sequence[SplitRow], part: str, name: str, marker: dict[str, Any]) -> Trace:
    """The bars of one part of each distance. part: "short" or "long"."""
    values = [getattr(row, part) for row in rows]
    look: dict[str, Any] = {"customdata": [row.item for row in rows], "text": [number(value, 3) for value in values]}
    # Without "none", the number shrinks in a low bar.
    look |= {"textposition": "inside", "insidetextanchor": "middle", "constraintext": "none"}
    # A shadow in the colour of the bar, so that no line of the hatching crosses the number. plot.css outlines it.
    look["insidetextfont"] = {"color": ink(marker["color"])} | ({"shadow": HATCH_HALO} if part == "long" else {})
    texts = [f"{escaped(row.title)}<br>{part}-term part: {number(getattr(row, part), 4)}" for row in rows]
    return bar(values, list(range(len(rows))), orientation="h", name=name, marker=marker, **look) | hover(texts)


def label_of(row: SplitRow) -> str:
    rank = ordinal(row.rank) if row.is_candidate else "–"
    return f"{rank}  {wrapped_title(row.title)}{f' ({row.mark})' if row.mark else ''}"
