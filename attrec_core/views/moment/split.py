"""The distances of a list, split into their two parts: rows, sentence, bars and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attrec_core.errors import ordinal, percent
from attrec_core.views.moment.ranking import RankedRow, listed_items, ranking_rows, why_no_candidate
from attrec_core.views.page_context import Scene


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
