"""Distances and their two parts, in numbers."""

from __future__ import annotations

import pandas as pd

from attrec_core.results import SplitRow
from attrec_core.scene import Scene


def split(rows: list[SplitRow]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "title": [row.title for row in rows],
            # An item that does not compete has no rank.
            "rank, blend": [row.rank if row.competes else None for row in rows],
            "rank, short only": [row.rank_short if row.competes else None for row in rows],
            "rank, long only": [row.rank_long if row.competes else None for row in rows],
            "distance": [round(row.short + row.long, 4) for row in rows],
            "short part": [round(row.short, 4) for row in rows],
            "long part": [round(row.long, 4) for row in rows],
            "mark": [row.mark for row in rows],
        }
    )


def all_distances(shown: Scene) -> pd.DataFrame:
    """Every item that competes, nearest first."""
    found = shown.ranking
    items = found.top(len(found.candidates))
    return pd.DataFrame(
        {
            "rank": found.ranks[items],
            "title": [shown.title(item) for item in items],
            "distance": found.blended[items].round(4),
            "short-term distance": found.short[items].round(4),
            "long-term distance": found.long[items].round(4) if found.long is not None else None,
        }
    )
