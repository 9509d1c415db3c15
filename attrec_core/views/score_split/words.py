"""Who stands where for every ω, exactly: the curves, who leads, and from where to where."""

from __future__ import annotations

from collections import Counter

import numpy as np

from attrec_core.explain.rank_curves import Crossing, RankCurve, RankCurves, rank_curves
from attrec_core.explain.wording import listed, quoted
from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.drawing.theme import number
from attrec_core.views.page_context import Scene

Lead = tuple[float, float, int]  # from ω, to ω, item
DIGITS = 12  # of ω, by which two that were computed differently are the same


def curves(scene: Scene, k: int) -> RankCurves:
    return rank_curves(scene.moment, k)


def leads(record: RankCurves) -> list[Lead]:
    """Who is nearest, from which ω to which, by ω. Two that are exactly as near lead together."""
    # Items with one and the same curve are exactly as near for every ω; the first t of them share the rank (t + 1) / 2.
    alike = Counter(shape(curve) for curve in record.curves)
    found = []
    for curve in record.curves:
        first = (alike[shape(curve)] + 1) / 2
        found += [
            (float(curve.edges[place]), float(curve.edges[place + 1]), curve.item)
            for place in np.flatnonzero(curve.ranks == first)
        ]
    return sorted(found)


def shape(curve: RankCurve) -> tuple[bytes, bytes]:
    return curve.edges.tobytes(), curve.ranks.tobytes()


def lead_changes(record: RankCurves) -> list[Crossing]:
    """The crossings at which one takes the lead from another."""
    found = leads(record)
    begin, end = ({(item, round(span[side], DIGITS)) for *span, item in found} for side in (0, 1))
    return [
        crossing
        for crossing in record.crossings
        if (crossing.below, round(crossing.omega, DIGITS)) in begin
        and (crossing.above, round(crossing.omega, DIGITS)) in end
    ]


def leads_sentence(scene: Scene, record: RankCurves) -> str:
    """Who leads for which ω."""
    found = leads(record)
    if not record.crossings and len(found) < 2:
        return record.sentence
    together: dict[tuple[float, float], list[str]] = {}
    for low, high, item in found:
        together.setdefault((low, high), []).append(quoted(scene.run, item))
    told = [f"{listed(titles, 3)} {between(*span)}" for span, titles in together.items()]
    leaders = len({item for _, _, item in found})
    if len(told) == 1:
        return f"{listed(together[found[0][:2]], 3)} lead{'s' if leaders == 1 else ' together'} for every ω."
    return f"{leaders} items lead for some ω: {', '.join(told)}."


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
    found: set[int] = {item for _, _, item in leads(record)}
    for low, high, item in stays:
        slot = own.setdefault(item, min(range(numbers), key=ends.__getitem__))
        ends[slot] = high
        if low <= record.long_weight < high or record.long_weight == high == 1:
            found.add(item)
    return {item: slot for item, slot in own.items() if item in found}


@cached
def stays_within(curve: RankCurve, first: int) -> list[Lead]:
    """The intervals of ω on which the item is among the first few."""
    stays: list[Lead] = []
    for low, high, rank in zip(curve.edges[:-1].tolist(), curve.edges[1:].tolist(), curve.ranks, strict=True):
        if rank > first:
            continue
        if stays and stays[-1][1] == low:
            low = stays.pop()[0]
        stays.append((low, high, curve.item))
    return stays


@cached
def best(curve: RankCurve) -> tuple[float, float, float]:
    """The best rank, and the widest interval of ω on which it holds."""
    rank = float(curve.ranks.min())
    spans = [
        (float(low), float(high))
        for low, high, held in zip(curve.edges[:-1], curve.edges[1:], curve.ranks, strict=True)
        if held == rank
    ]
    low, high = max(spans, key=lambda span: span[1] - span[0])
    return rank, low, high


def share_within(curve: RankCurve, k: int) -> float:
    """How much of [0, 1] the item is among the first k for."""
    return float((curve.edges[1:] - curve.edges[:-1])[curve.ranks <= k].sum())


def crossings_of(record: RankCurves, item: int) -> list[float]:
    """The ω at which the item changes places with another of the curves, within the first k or at their border."""
    return [crossing.omega for crossing in record.crossings if item in (crossing.above, crossing.below)]


def caption(record: RankCurves) -> str:
    """What the lines at ω mean, and what is drawn."""
    return (
        f"{record.sentence} Other values of ω than {number(record.trained)} are a what-if: the model was trained at "
        f"{number(record.trained)}. Showing all items ({len(record.curves)}) that are ever among the first {record.k}, "
        "ranked among all that compete; in colour are the first 5 at this ω and whoever leads for some ω. A diamond "
        "is where the lead changes (a click brings ω just past it), a small mark where two others change places. Drag "
        "over the picture to zoom in, click twice to zoom out."
    )
