"""The rank of each item for every ω, exactly: the curves, and which items lead from which ω to which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

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
    return [
        crossing
        for crossing in record.crossings
        if (crossing.below, round(crossing.omega, DIGITS)) in begin
        and (crossing.above, round(crossing.omega, DIGITS)) in end
    ]


def leads_sentence(scene: Scene, record: RankCurves) -> str:
    """Which items lead for which ω."""
    spans = leads(record)
    if not record.crossings and len(spans) < 2:
        return record.sentence
    together: dict[tuple[float, float], list[str]] = {}
    for low, high, item in spans:
        together.setdefault((low, high), []).append(quoted(scene.run, item))
    leaders = len({item for _, _, item in spans})
    if len(together) == 1:
        return f"{listed(*together.values(), 3)} lead{'s' if leaders == 1 else ' together'} for every ω."
    parts = [f"{listed(titles, 3)} {between(*span)}" for span, titles in together.items()]
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
    stays: list[Lead] = []
    for low, high, rank in intervals(curve):
        if rank > first:
            continue
        if stays and stays[-1][1] == low:
            low = stays.pop()[0]
        stays.append((low, high, curve.item))
    return stays


@cached
def best(curve: RankCurve) -> tuple[float, float, float]:
    """The best rank, and the widest interval of ω on which it holds."""
    best_rank = float(curve.ranks.min())
    spans = [(low, high) for low, high, rank in intervals(curve) if rank == best_rank]
    return best_rank, *max(spans, key=lambda span: span[1] - span[0])


def share_within(curve: RankCurve, k: int) -> float:
    """How much of [0, 1] the item is among the first k for."""
    return float((curve.edges[1:] - curve.edges[:-1])[curve.ranks <= k].sum())


def crossings_of(record: RankCurves, item: int) -> list[float]:
    """The ω at which the item changes places with another of the curves, within the first k or at their border."""
    return [crossing.omega for crossing in record.crossings if item in (crossing.above, crossing.below)]


def caption(record: RankCurves) -> str:
    """The meaning of the lines at ω, and which items are drawn."""
    return (
        f"{record.sentence} Other values of ω than {number(record.trained)} are a what-if: the model was trained at "
        f"{number(record.trained)}. Showing all items ({len(record.curves)}) that are ever among the first {record.k}, "
        "ranked among all that compete; in colour are the first 5 at this ω and whoever leads for some ω. A diamond "
        "is where the lead changes (a click brings ω just past it), a small mark where two others change places. Drag "
        "over the picture to zoom in, click twice to zoom out."
    )
