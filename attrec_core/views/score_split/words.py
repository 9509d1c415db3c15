"""Short or long term: how distances split, and which items lead from which ω to which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.rank_curves import Crossing, RankCurve, RankCurves
from attrec_core.explain.wording import listed as in_words
from attrec_core.explain.wording import quoted
from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.attention.records import RankedRow
from attrec_core.views.attention.words import listed, ranking_rows, standing
from attrec_core.views.drawing.spec import MOST_POINTS
from attrec_core.views.page_context import Scene

GUIDE = """
**Each bar is a distance**, the best recommendation on top. It is the sum of two parts: (1 − ω) times the short-term
distance to m, the point of the recent items, and, hatched, ω times the long-term distance to the user vector U. Lower
is better. ω is the weight of the long-term distance.
"""
CURVES_GUIDE = """
**Each line is an item** that is in the top of the list for some ω, ranked among all candidates. In colour: the first 5
at this ω, and every item that ranks 1st for some ω. ω = 0 is short term only, ω = 1 is long term only.

**A diamond** is where the 1st place changes; click it to set ω just past it. **A small dot** is where two other items
change places.
"""

Lead = tuple[float, float, int]  # from ω, to ω, item
DIGITS = 12  # of ω, by which two that were computed differently are the same


@dataclass(frozen=True, eq=False, kw_only=True)
class SplitRow(RankedRow):
    """A row of the recommendations with the ranks under each part alone."""

    item: int
    rank_short: float
    rank_long: float | None
    mark: str  # such as "actual, in the window"


def split_rows(scene: Scene, k: int) -> list[SplitRow]:
    """The items that are listed, with their ranks under each part alone."""
    ranking = scene.ranking
    alone, taste = map(ranking.at, (0.0, 1.0))
    named = [(scene.target, "actual"), (scene.selected, "selected")]
    return [
        SplitRow(
            **vars(row),
            item=item,
            rank_short=alone.rank(item),
            rank_long=None if ranking.taste is None else taste.rank(item),
            mark=", ".join([name for marked, name in named if marked == item] + standing(scene, item)),
        )
        for item, row in zip(listed(scene, k), ranking_rows(scene, k), strict=True)
    ]


def split_sentence(rows: list[SplitRow], k: int) -> str:
    """Which part weighs more in the list. Rows after the list, of items named besides, do not count."""
    ranked = [row for row in rows[:k] if row.is_candidate]
    if not ranked:
        return "There is no candidate left, so there is no list to split."
    if all(row.rank_long is None for row in rows):
        return "Without a user, the distance is the short-term part alone."
    share = float(np.mean([row.long / (row.short + row.long) if row.short + row.long else 0.0 for row in ranked]))
    larger, part = ("long-term", share) if share > 0.5 else ("short-term", 1 - share)
    return f"In the top {len(ranked)}, the {larger} part is {percent(part)} of the distance on average."


def scatter_guide(scene: Scene, k: int) -> str:
    count = int(scene.ranking.candidates.sum())
    drawn = f"; the {MOST_POINTS:,} most popular of them are drawn" if count > MOST_POINTS else ""
    return (
        f"**Each point is an item**: {count:,} of {scene.run.interactions.n_items:,}, those that are candidates"
        f"{drawn}. Left is a small short-term distance, low a small long-term one.\n\n**The dashed line** joins all "
        f"points with the same total distance as the {ordinal(k)} recommendation; another ω turns it.\n\nThe "
        "short-term distance is ‖m − X‖², between the short-term intent m and the item X; the long-term distance is "
        "‖U − V‖², between the user vector U and the item V."
    )


def scatter_sentence(scene: Scene, k: int) -> str:
    """Whether the list is made by the short or by the long term, where there is one."""
    ranking, top = scene.ranking, set(scene.ranking.top(k).tolist())
    short, long = (len(top.intersection(ranking.at(omega).top(k).tolist())) for omega in (0.0, 1.0))
    return (
        f"Of the top {len(top)}, {short} would be there by short-term distance alone, and {long} by long-term distance "
        "alone."
    )


def leads(record: RankCurves) -> list[Lead]:
    """The nearest items, from which ω to which, by ω. Two items at the same distance lead together."""
    # Items with one and the same curve are exactly as near for every ω; the first t of them share the rank (t + 1) / 2.
    shapes = list(map(shape, record.curves))
    alike = Counter(shapes)
    return sorted(
        (float(curve.edges[at]), float(curve.edges[at + 1]), curve.item)
        for curve, own in zip(record.curves, shapes, strict=True)
        for at in np.flatnonzero(curve.ranks == (alike[own] + 1) / 2).tolist()
    )


def intervals(curve: RankCurve) -> Iterator[tuple[float, float, float]]:
    """From which ω to which the item has which rank."""
    return zip(curve.edges[:-1].tolist(), curve.edges[1:].tolist(), curve.ranks.tolist(), strict=True)


def shape(curve: RankCurve) -> tuple[bytes, bytes]:
    return curve.edges.tobytes(), curve.ranks.tobytes()


def lead_changes(record: RankCurves) -> list[Crossing]:
    """The crossings at which one takes the lead from another."""
    spans = leads(record)
    begin = {(item, round(low, DIGITS)) for low, _, item in spans}
    end = {(item, round(high, DIGITS)) for _, high, item in spans}
    at = {crossing: round(crossing.omega, DIGITS) for crossing in record.crossings}
    return [cross for cross, omega in at.items() if (cross.below, omega) in begin and (cross.above, omega) in end]


def leads_sentence(scene: Scene, record: RankCurves) -> str:
    """Which items lead for which ω."""
    spans = leads(record)
    if not record.crossings and len(spans) < 2:
        return record.sentence
    together = [
        (span, [quoted(scene.run, item) for _, _, item in group])
        for span, group in groupby(spans, key=lambda lead: lead[:2])
    ]
    leaders = len({item for _, _, item in spans})
    if len(together) == 1:
        return f"{in_words(together[0][1], 3)} {'ranks' if leaders == 1 else 'tie for'} 1st for every ω."
    parts = [f"{in_words(titles, 3)} {between(*span)}" for span, titles in together]
    return f"{leaders} items rank first, depending on ω: {', '.join(parts)}."


def between(low: float, high: float) -> str:
    """An interval of ω in words."""
    if low <= 0:
        return "for every ω" if high >= 1 else f"for ω < {number(high, 3)}"
    return f"for ω > {number(low, 3)}" if high >= 1 else f"from {number(low, 3)} to {number(high, 3)}"


def slots(record: RankCurves, first: int, numbers: int) -> dict[int, int]:
    """Items that are among the first few at the chosen ω, or first of all at some other one → a number each below
    `numbers`.

    An item keeps its number while ω moves; whoever comes in as ω rises takes the one that has been free for longest. So
    two have the same only where more items come in than there are numbers.
    """
    stays = sorted(stay for curve in record.curves for stay in stays_within(curve, first))
    ends = [-1.0] * numbers  # when each number is free again
    own: dict[int, int] = {}
    coloured = {item for _, _, item in leads(record)}
    for low, high, item in stays:
        slot = own.setdefault(item, min(range(numbers), key=ends.__getitem__))
        ends[slot] = high
        if low <= record.long_weight < high or record.long_weight == high == 1:
            coloured.add(item)
    return {item: slot for item, slot in own.items() if item in coloured}


@cached
def stays_within(curve: RankCurve, first: int) -> list[Lead]:
    """The intervals of ω on which the item is among the first few."""
    groups = groupby(intervals(curve), key=lambda interval: interval[2] <= first)
    stays = [list(group) for inside, group in groups if inside]
    return [(stay[0][0], stay[-1][1], curve.item) for stay in stays]


@cached
def best(curve: RankCurve) -> tuple[float, float, float]:
    """The best rank, and the widest interval of ω on which it holds."""
    best_rank = float(curve.ranks.min())
    spans = [(low, high) for low, high, rank in intervals(curve) if rank == best_rank]
    return best_rank, *max(spans, key=lambda span: span[1] - span[0])


def share_within(curve: RankCurve, k: int) -> float:
    """How much of [0, 1] the item is among the first k for."""
    return float((curve.edges[1:] - curve.edges[:-1])[curve.ranks <= k].sum())


def caption(record: RankCurves) -> str:
    """How often the order changes, and how to zoom."""
    return (
        f"{record.sentence} The model was trained with ω = {number(record.trained)}; any other ω is a what-if. Drag "
        "over the picture to zoom in, double-click to zoom out."
    )
