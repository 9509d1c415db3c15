"""The page Score split: how distances split into two parts, and which items rank first for which ω."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

import numpy as np

from attrec_core.errors import number, ordinal
from attrec_core.explain.rank_curves import Crossing, RankCurve, RankCurves
from attrec_core.explain.wording import listed as in_words
from attrec_core.explain.wording import quoted
from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.drawing.spec import MOST_POINTS
from attrec_core.views.page_context import Scene
from attrec_core.views.texts import text

ONLY_SHORT = "Only the short-term distance counts, because there is no long-term taste."
Lead = tuple[float, float, int]  # from ω, to ω, item
DIGITS = 12  # decimals to which ω is rounded, so that the same ω compares as equal however it was computed


def scatter_guide(scene: Scene, k: int) -> str:
    count = int(scene.ranking.candidates.sum())
    drawn = f"; the {MOST_POINTS:,} most popular of them are drawn" if count > MOST_POINTS else ""
    counts = {"count": f"{count:,}", "all": f"{scene.run.interactions.n_items:,}"}
    return text("score_split", "distances", **counts, drawn=drawn, last=ordinal(k))


def scatter_sentence(scene: Scene, k: int) -> str:
    """States how many of the top k would be there by each part alone; a part that alone decides is not counted."""
    ranking, top = scene.ranking, set(scene.ranking.top(k).tolist())
    if ranking.taste is None:
        return ONLY_SHORT
    stays = [
        f"by the {name}-term distance alone, {len(top.intersection(ranking.at(omega).top(k).tolist()))} of the top "
        f"{len(top)} would stay"
        for name, omega in (("short", 0.0), ("long", 1.0))
        if omega != ranking.long_weight
    ]
    said = "; ".join(stays)
    return f"{said[:1].upper()}{said[1:]}."


def leads(record: RankCurves) -> list[Lead]:
    """Returns the intervals of ω on which an item ranks first, by ω. Two items at the same distance lead together."""
    # Items with identical curves have equal distances for every ω; t items that tie for 1st have the rank (t + 1) / 2.
    shapes = list(map(shape, record.curves))
    counts = Counter(shapes)
    return sorted(
        (float(curve.edges[index]), float(curve.edges[index + 1]), curve.item)
        for curve, curve_shape in zip(record.curves, shapes, strict=True)
        for index in np.flatnonzero(curve.ranks == (counts[curve_shape] + 1) / 2).tolist()
    )


def intervals(curve: RankCurve) -> Iterator[tuple[float, float, float]]:
    """Yields (from ω, to ω, rank) of each interval of a curve."""
    return zip(curve.edges[:-1].tolist(), curve.edges[1:].tolist(), curve.ranks.tolist(), strict=True)


def shape(curve: RankCurve) -> tuple[bytes, bytes]:
    return curve.edges.tobytes(), curve.ranks.tobytes()


def lead_changes(record: RankCurves) -> list[Crossing]:
    """Returns the crossings at which an item takes the lead from another item."""
    spans = leads(record)
    begin = {(item, round(low, DIGITS)) for low, _, item in spans}
    end = {(item, round(high, DIGITS)) for _, high, item in spans}
    omegas = {crossing: round(crossing.omega, DIGITS) for crossing in record.crossings}
    return [cross for cross, omega in omegas.items() if (cross.below, omega) in begin and (cross.above, omega) in end]


def leads_sentence(scene: Scene, record: RankCurves) -> str:
    """States which items rank first for which ω."""
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
    """Returns an interval of ω in words."""
    if low <= 0:
        return "for every ω" if high >= 1 else f"for ω < {number(high, 3)}"
    return f"for ω > {number(low, 3)}" if high >= 1 else f"from {number(low, 3)} to {number(high, 3)}"


def slots(record: RankCurves, first: int, numbers: int) -> dict[int, int]:
    """Returns a number below `numbers` for each item that is in the top `first` at the chosen ω or ranks 1st at any ω.

    An item keeps its number while ω changes. An item that enters the top `first` as ω rises gets the number that has
    been free for longest, so two items share a number only if more items enter than there are numbers.
    """
    stays = sorted(stay for curve in record.curves for stay in stays_within(curve, first))
    ends = [-1.0] * numbers  # the ω from which each number is free again
    slot_of: dict[int, int] = {}
    coloured = {item for _, _, item in leads(record)}
    for low, high, item in stays:
        slot = slot_of.setdefault(item, min(range(numbers), key=ends.__getitem__))
        ends[slot] = high
        if low <= record.long_weight < high or record.long_weight == high == 1:
            coloured.add(item)
    return {item: slot for item, slot in slot_of.items() if item in coloured}


@cached
def stays_within(curve: RankCurve, first: int) -> list[Lead]:
    """Returns the intervals of ω on which the item is in the top `first`."""
    groups = groupby(intervals(curve), key=lambda interval: interval[2] <= first)
    stays = [list(group) for inside, group in groups if inside]
    return [(stay[0][0], stay[-1][1], curve.item) for stay in stays]


@cached
def best(curve: RankCurve) -> tuple[float, float, float]:
    """Returns the best rank of an item, and the widest interval of ω with this rank."""
    best_rank = float(curve.ranks.min())
    spans = [(low, high) for low, high, rank in intervals(curve) if rank == best_rank]
    return best_rank, *max(spans, key=lambda span: span[1] - span[0])


def share_within(curve: RankCurve, k: int) -> float:
    """Returns the share of ω in [0, 1] for which the item is in the top k."""
    return float((curve.edges[1:] - curve.edges[:-1])[curve.ranks <= k].sum())


def caption(record: RankCurves) -> str:
    """States how often the order changes, and how to zoom."""
    return (
        f"{record.sentence} The model was trained with ω = {number(record.trained)}; any other ω is a what-if. Drag "
        "over the picture to zoom in, double-click to zoom out."
    )
