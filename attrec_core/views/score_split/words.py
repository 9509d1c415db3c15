"""Short or long term: how distances split, and which items lead from which ω to which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from attrec_core.explain.rank_curves import Crossing, RankCurve, RankCurves
from attrec_core.explain.ranking import half_ranks
from attrec_core.explain.wording import listed as in_words
from attrec_core.explain.wording import quoted
from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.attention.records import RankedRow
from attrec_core.views.attention.words import listed, ranking_rows, standing
from attrec_core.views.drawing.theme import number
from attrec_core.views.page_context import Scene

Lead = tuple[float, float, int]  # from ω, to ω, item
DIGITS = 12  # of ω, by which two that were computed differently are the same


@dataclass(frozen=True, eq=False, kw_only=True)
class SplitRow(RankedRow):
    """A row of the recommendations with the ranks under each part alone."""

    item: int
    rank_short: float
    rank_long: float | None
    mark: str  # such as "true next, in the window"


def split_rows(scene: Scene, k: int) -> list[SplitRow]:
    """The items that are listed, with their ranks under each part alone."""
    ranking = scene.ranking
    alone = half_ranks(ranking.short, ranking.candidates)
    taste = None if ranking.long is None else half_ranks(ranking.long, ranking.candidates)
    named = [(scene.target, "true next"), (scene.selected, "selected")]
    return [
        SplitRow(
            **vars(row),
            item=item,
            rank_short=float(alone[item]),
            rank_long=None if taste is None else float(taste[item]),
            mark=", ".join([name for marked, name in named if marked == item] + standing(scene, item)),
        )
        for item, row in zip(listed(scene, k), ranking_rows(scene, k), strict=True)
    ]


def split_sentence(rows: list[SplitRow], k: int) -> str:
    """Which part weighs more in the list. Rows after the list, of items named besides, do not count."""
    ranked = [row for row in rows[:k] if row.competes]
    if not ranked:
        return "No item competes, so there is no list whose distances could be split."
    if all(row.rank_long is None for row in rows):
        return "Without a long-term taste, the short-term part is all of the distance."
    share = float(np.mean([row.long / (row.short + row.long) if row.short + row.long else 0.0 for row in ranked]))
    larger, part = ("long-term", share) if share > 0.5 else ("short-term", 1 - share)
    return f"In the top {len(ranked)}, the {larger} part is {part:.0%} of the distance on average."


def scatter_caption(scene: Scene, k: int) -> str:
    count = int(scene.ranking.candidates.sum())
    return (
        f"Showing {count:,} of {scene.run.interactions.n_items:,} items: those that compete. "
        f"The dashed line joins all points that would be as near as number {k}; ω turns it."
    )


def scatter_sentence(scene: Scene, k: int) -> str:
    """Whether the list is made by the short or by the long term, where there is one."""
    ranking, top = scene.ranking, set(scene.ranking.top(k).tolist())
    parts = [part for part in (ranking.short, ranking.long) if part is not None]
    short, long = (len(top.intersection(replace(ranking, blended=part).top(k).tolist())) for part in parts)
    return (
        f"Of the top {len(top)}, {short} would be there by short-term distance alone and {long} by long-term distance "
        "alone."
    )


def leads(record: RankCurves) -> list[Lead]:
    """The nearest items, from which ω to which, by ω. Two items at the same distance lead together."""
    # Items with one and the same curve are exactly as near for every ω; the first t of them share the rank (t + 1) / 2.
    alike = Counter(shape(curve) for curve in record.curves)
    return sorted(
        (low, high, curve.item)
        for curve in record.curves
        for low, high, rank in intervals(curve)
        if rank == (alike[shape(curve)] + 1) / 2
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
        return f"{in_words(together[0][1], 3)} lead{'s' if leaders == 1 else ' together'} for every ω."
    parts = [f"{in_words(titles, 3)} {between(*span)}" for span, titles in together]
    return f"{leaders} items lead for some ω: {', '.join(parts)}."


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
    """The meaning of the lines at ω, and which items are drawn."""
    return (
        f"{record.sentence} Other values of ω than {number(record.trained)} are a what-if: the model was trained at "
        f"{number(record.trained)}. Showing all items ({len(record.curves)}) that are ever among the first {record.k}, "
        "ranked among all that compete; in colour are the first 5 at this ω and whoever leads for some ω. A diamond "
        "is where the lead changes (a click brings ω just past it), a small mark where two others change places. Drag "
        "over the picture to zoom in, click twice to zoom out."
    )
