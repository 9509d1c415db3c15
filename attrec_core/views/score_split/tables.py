"""Tables of the page Score split: distances and their two parts, ranks, and rank curves."""

from __future__ import annotations

import pandas as pd

from attrec_core.errors import number
from attrec_core.explain.rank_curves import RankCurves
from attrec_core.views.page_context import Scene
from attrec_core.views.score_split import words


def all_distances(scene: Scene) -> pd.DataFrame:
    """Every candidate, nearest first."""
    ranking = scene.ranking
    items = ranking.top(len(ranking.candidates))
    return pd.DataFrame(
        {
            "rank": ranking.ranks[items],
            "title": [scene.title(item) for item in items],
            "distance": ranking.blended[items],
            "short-term distance": ranking.short[items],
            "long-term distance": None if ranking.long is None else ranking.long[items],
        }
    ).round(4)


def rank_curves(scene: Scene, record: RankCurves) -> pd.DataFrame:
    """Every item that is in the top k for some ω, ordered by rank at the chosen ω."""
    bests = [words.best(curve) for curve in record.curves]
    crossings = [
        [crossing.omega for crossing in record.crossings if curve.item in (crossing.above, crossing.below)]
        for curve in record.curves
    ]
    return pd.DataFrame(
        {
            "item": [scene.title(curve.item) for curve in record.curves],
            "rank now": [curve.at(record.long_weight) for curve in record.curves],
            "best rank": [rank for rank, _, _ in bests],
            "best for ω": [words.between(low, high) for _, low, high in bests],
            f"share of ω in the top {record.k}": [
                round(words.share_within(curve, record.k), 3) for curve in record.curves
            ],
            "rank at ω = 0": [float(curve.ranks[0]) for curve in record.curves],
            "rank at ω = 1": [float(curve.ranks[-1]) for curve in record.curves],
            "crossings": [len(omegas) for omegas in crossings],
            "at ω": [", ".join(number(omega, 3) for omega in omegas) for omegas in crossings],
        }
    )
