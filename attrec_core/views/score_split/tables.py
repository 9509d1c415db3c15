"""Distances and their two parts, in numbers."""

from __future__ import annotations

import pandas as pd

from attrec_core.explain.rank_curves import RankCurves
from attrec_core.views.attention.ranking_words import SplitRow
from attrec_core.views.drawing.theme import number
from attrec_core.views.page_context import Scene
from attrec_core.views.score_split import words


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


def parts(rows: list[SplitRow]) -> pd.DataFrame:
    """Each distance as the sum of its two weighted parts."""
    return split(rows)[["title", "short part", "long part", "distance"]]


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


def rank_curves(shown: Scene, record: RankCurves) -> pd.DataFrame:
    """Every item that is ever among the first k, in the order of the chosen ω."""
    tops = [words.best(curve) for curve in record.curves]
    crossed = [words.crossings_of(record, curve.item) for curve in record.curves]
    return pd.DataFrame(
        {
            "item": [shown.title(curve.item) for curve in record.curves],
            "rank now": [curve.at(record.long_weight) for curve in record.curves],
            "best rank": [rank for rank, _, _ in tops],
            "best for ω": [words.between(low, high) for _, low, high in tops],
            f"share of ω in the top {record.k}": [
                round(words.share_within(curve, record.k), 3) for curve in record.curves
            ],
            "rank at ω = 0": [float(curve.ranks[0]) for curve in record.curves],
            "rank at ω = 1": [float(curve.ranks[-1]) for curve in record.curves],
            "crossings": [len(found) for found in crossed],
            "at ω": [", ".join(number(omega, 3) for omega in found) for found in crossed],
        }
    )
