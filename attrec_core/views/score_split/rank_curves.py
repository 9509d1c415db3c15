"""The rank of each item for every ω: which items lead, a figure of step lines with marks at changes, and a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from attrec_core.errors import count_of, number
from attrec_core.explain.rank_curves import Crossing, RankCurve, RankCurves
from attrec_core.explain.wording import listed, quoted, times
from attrec_core.runs.cached_on_owner import cached
from attrec_core.views.drawing.theme import CATEGORIES, SELECTED, TARGET
from attrec_core.views.page_context import Scene

FAR, JUMP = 50, 1.03  # beyond rank FAR, only changes of at least 3 % are drawn
FIRST = 5  # number of top items at the chosen ω that are in colour
# That go with a colour: at the chosen ω, at the right end, and at the title.
SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down")
DIGITS = 12  # decimals to which ω is rounded, so that the same ω compares as equal however it was computed

Lead = tuple[float, float, int]  # from ω, to ω, item


@dataclass(frozen=True)
class CurveStyle:
    colour: str
    width: float  # pixels
    shape: str  # at the chosen ω and at the right end: circle, square, diamond, triangle-up, …, star or hexagon


@dataclass(frozen=True)
class DrawnCurve:
    """The step line of one item. Texts are plain."""

    id: str
    title: str
    style: CurveStyle | None  # None: a thin grey line without a title
    edges: Sequence[float]  # (e + 1,) ω from 0 to 1
    ranks: Sequence[float]  # (e,) between the edges; beyond rank FAR, changes below 3 % are left out
    chosen: bool


@dataclass(frozen=True)
class LeadChange:
    """A change of the first place. text: the change in words."""

    omega: float
    text: str


@dataclass(frozen=True)
class CurvesRecord:
    """The rank of each item for every ω as the browser draws it."""

    label: str  # the figure in words
    k: int
    omega: float  # the chosen one
    trained: float
    curves: Sequence[DrawnCurve]  # by rank at the chosen ω
    changes: Sequence[LeadChange]  # by ω


def drawn_curves(scene: Scene, record: RankCurves, label: str) -> CurvesRecord:
    named, curves = styles(scene, record), []
    for curve in record.curves:
        edges, ranks = visible_steps(curve)
        title, chosen = scene.title(curve.item), curve.item == scene.selected
        curves.append(DrawnCurve(scene.item_id(curve.item), title, named.get(curve.item), edges, ranks, chosen))
    changes = [LeadChange(change.omega, overtakes(scene, change)) for change in lead_changes(record)]
    return CurvesRecord(label, record.k, record.long_weight, record.trained, curves, changes)


def overtakes(scene: Scene, change: Crossing) -> str:
    """States a change of places, without the full stop."""
    return f"at ω = {number(change.omega, 4)} {scene.title(change.below)} overtakes {scene.title(change.above)}"


def styles(scene: Scene, record: RankCurves) -> dict[int, CurveStyle]:
    """Returns the style of each item in colour: top items, items that rank 1st for some ω, the actual next item and the
    selected item."""
    # Without the last colour, which is as grey as the other lines.
    numbers = slots(record, FIRST, len(CATEGORIES) - 1)
    looks = {item: CurveStyle(CATEGORIES[slot], 2.5, SHAPES[slot % len(SHAPES)]) for item, slot in numbers.items()}
    drawn = {curve.item for curve in record.curves}
    if scene.target in drawn:
        looks[scene.target] = CurveStyle(TARGET, 3.0, "star")
    if scene.selected in drawn:
        shape = looks[scene.selected].shape if scene.selected in looks else "hexagon"
        looks[scene.selected] = CurveStyle(SELECTED, 4.5, shape)
    return looks


@cached
def visible_steps(curve: RankCurve) -> tuple[list[float], list[float]]:
    """Returns the edges (e + 1,) and the ranks (e,) of a curve that are drawn: beyond rank FAR, only changes of at
    least 3 %."""
    edges, ranks = [0.0], [float(curve.ranks[0])]
    for edge, rank in zip(curve.edges[1:-1].tolist(), curve.ranks[1:].tolist(), strict=True):
        low, high = sorted((rank, ranks[-1]))
        if low <= FAR or high / low >= JUMP:
            edges.append(edge)
            ranks.append(rank)
    return [*edges, 1.0], ranks


def label(record: RankCurves) -> str:
    changes = len({low for low, _, _ in leads(record)} - {0.0})
    items = count_of(len(record.curves), "item")
    return f"rank of {items} for every ω; the first place {f'changes {times(changes)}' if changes else 'never changes'}"


def leads(record: RankCurves) -> list[Lead]:
    """Returns the intervals of ω on which an item ranks first, by ω. Two items at the same distance lead together."""
    # Items with identical curves have equal distances for every ω; t items that tie for 1st have the rank (t + 1) / 2.
    shapes = [(curve.edges.tobytes(), curve.ranks.tobytes()) for curve in record.curves]
    counts = Counter(shapes)
    return sorted(
        (float(curve.edges[index]), float(curve.edges[index + 1]), curve.item)
        for curve, curve_shape in zip(record.curves, shapes, strict=True)
        for index in np.flatnonzero(curve.ranks == (counts[curve_shape] + 1) / 2).tolist()
    )


def intervals(curve: RankCurve) -> Iterator[tuple[float, float, float]]:
    """Yields (from ω, to ω, rank) of each interval of a curve."""
    return zip(curve.edges[:-1].tolist(), curve.edges[1:].tolist(), curve.ranks.tolist(), strict=True)


def lead_changes(record: RankCurves) -> list[Crossing]:
    spans = leads(record)
    begin = {(item, round(low, DIGITS)) for low, _, item in spans}
    end = {(item, round(high, DIGITS)) for _, high, item in spans}
    omegas = {crossing: round(crossing.omega, DIGITS) for crossing in record.crossings}
    return [cross for cross, omega in omegas.items() if (cross.below, omega) in begin and (cross.above, omega) in end]


def leads_sentence(scene: Scene, record: RankCurves) -> str:
    spans = leads(record)
    if not record.crossings and len(spans) < 2:
        return record.sentence
    together = [
        (span, [quoted(scene.run, item) for _, _, item in group])
        for span, group in groupby(spans, key=lambda lead: lead[:2])
    ]
    leaders = len({item for _, _, item in spans})
    if len(together) == 1:
        return f"{listed(together[0][1], 3)} {'ranks' if leaders == 1 else 'tie for'} 1st for every ω."
    parts = [f"{listed(titles, 3)} {between(*span)}" for span, titles in together]
    return f"{leaders} items rank first, depending on ω: {', '.join(parts)}."


def between(low: float, high: float) -> str:
    if low <= 0:
        return "for every ω" if high >= 1 else f"for ω < {number(high, 3)}"
    return f"for ω > {number(low, 3)}" if high >= 1 else f"from {number(low, 3)} to {number(high, 3)}"


def slots(record: RankCurves, first: int, numbers: int) -> dict[int, int]:
    """Returns a number below `numbers` for each item that is in the top `first` at the chosen ω or ranks 1st at any ω.

    An item keeps its number while ω changes: one that ranks 1st anywhere holds it for every ω, another one from where
    it first enters the top `first` to where it last leaves it. Two items share a number only if more hold one.
    """
    coloured = {item for _, _, item in leads(record)}
    spans, leaders = [], frozenset(coloured)
    for curve in record.curves:
        stays = stays_within(curve, first)
        if any(low <= record.long_weight < high or record.long_weight == high == 1 for low, high, _ in stays):
            coloured.add(curve.item)
        if stays:
            spans.append((0.0, 1.0, curve.item) if curve.item in leaders else (stays[0][0], stays[-1][1], curve.item))
    ends = [-1.0] * numbers  # the ω from which each number is free again
    slot_of: dict[int, int] = {}
    for _, high, item in sorted(spans):
        slot_of[item] = slot = min(range(numbers), key=ends.__getitem__)
        ends[slot] = max(ends[slot], high)
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


def table(scene: Scene, record: RankCurves) -> pd.DataFrame:
    """Every item that is in the top k for some ω, ordered by rank at the chosen ω."""
    bests = [best(curve) for curve in record.curves]
    crossings = [
        [crossing.omega for crossing in record.crossings if curve.item in (crossing.above, crossing.below)]
        for curve in record.curves
    ]
    shares = [float(np.diff(curve.edges)[curve.ranks <= record.k].sum()) for curve in record.curves]
    columns = {
        "item": [scene.title(curve.item) for curve in record.curves],
        "rank now": [curve.at(record.long_weight) for curve in record.curves],
        "best rank": [rank for rank, _, _ in bests],
        "best for ω": [between(low, high) for _, low, high in bests],
        f"share of ω in the top {record.k}": [round(share, 3) for share in shares],
        "rank at ω = 0": [float(curve.ranks[0]) for curve in record.curves],
        "rank at ω = 1": [float(curve.ranks[-1]) for curve in record.curves],
        "crossings": [len(omegas) for omegas in crossings],
        "at ω": [", ".join(number(omega, 3) for omega in omegas) for omegas in crossings],
    }
    return pd.DataFrame(columns)
