"""The rank of items as a function of ω, exactly: every distance is linear in ω, so two items cross at one ω.

y_i(ω) = s_i + ω (l_i − s_i), with s the short-term distance and l the long-term one.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import Ranking, first_at_most, rank_among
from attrec_core.explain.wording import times
from attrec_core.runs.cached_on_owner import cached_latest
from attrec_core.runs.run import Run

FEW = 10_000  # items that are compared with one another without a first glance
ROUNDING = 1e-5  # of a distance in float32, as a share of it
DEEP, PARTS = 10_000, 4096


@dataclass(frozen=True, eq=False)
class RankCurve:
    """The rank of one item among all candidates, for every ω: constant between two edges.

    In a part of 1 / 4096 in which it stays above 10,000 it is exact at both ends, and the same in between.
    """

    item: int
    edges: np.ndarray  # (e + 1,) float64, strictly rising from 0 to 1
    ranks: np.ndarray  # (e,) float64 on each open interval; exact ties as half

    def at(self, omega: float) -> float:
        """The rank at ω; at an edge, that on its right (at 1, on its left)."""
        place = int(np.searchsorted(self.edges, omega, side="right")) - 1
        return float(self.ranks[min(max(place, 0), len(self.ranks) - 1)])


@dataclass(frozen=True)
class Crossing:
    """Where two items change places."""

    omega: float
    above: int  # which is nearer for an ω just below
    below: int
    rank: float  # of `above`, just below


@dataclass(frozen=True, eq=False)
class RankCurves:
    """Every item that is among the first k for some ω in [0, 1]; without a taste ω has no effect: one interval each."""

    k: int
    trained: float  # the ω that the model was trained with
    long_weight: float  # the ω that is on; 0 without a taste
    curves: tuple[RankCurve, ...]  # by rank at the ω that is on
    crossings: tuple[Crossing, ...]  # of two of them within the first k or at its border, by ω
    sentence: str


def rank_curves(moment: Moment, k: int) -> RankCurves:
    """Of every item that is among the first k candidates on some interval of ω, its rank among all of them."""
    moment.run.weights  # noqa: B018 - refuses another system, which has no ω
    ranking, trained = moment.ranking, moment.run.model_config.long_weight
    if ranking.taste is None:
        ends = np.array([0.0, 1.0])
        flat = tuple(RankCurve(item, ends, np.array([ranking.rank(item)])) for item in ranking.top(k).tolist())
        return RankCurves(k, trained, 0.0, flat, (), "Without a user, ω has no effect on the ranking.")
    curves, crossings = cached_latest(moment.run, curves_and_crossings, ranking, k, key=(moment.but_for_omega, k))
    omega = ranking.long_weight
    in_order = tuple(sorted(curves, key=lambda curve: curve.at(omega)))
    return RankCurves(k, trained, omega, in_order, crossings, sentence(curves, crossings, omega, k))


def curves_and_crossings(run: Run, ranking: Ranking, k: int) -> tuple[tuple[RankCurve, ...], tuple[Crossing, ...]]:
    """What does not depend on the ω that is chosen."""
    assert ranking.long is not None  # without it there is no curve to ask for
    rivals = np.flatnonzero(ranking.candidates)
    lines = np.stack([ranking.short[rivals], ranking.long[rivals]])
    near = near_somewhere(lines, k)
    able = near[perhaps_first(lines[:, near], k)]
    # An item is one of the first k among those that may be, exactly where it is so among all. A rank between k and
    # k + 1 is a tie for the last place.
    ever = [row for row in able.tolist() if intervals(lines[:, able], lines[:, row])[1].min() < k + 1]
    curves = tuple(RankCurve(int(rivals[row]), *intervals(lines, lines[:, row])) for row in ever)
    return curves, crossings_of(curves, lines[:, ever].astype(float), k)


def near_somewhere(lines: np.ndarray, k: int) -> np.ndarray:
    """(2, N) short and long distances → columns among which are all that may be one of the first k for some ω.

    Between two ω a distance lies between its values there: k items are no farther than the k-th smallest of the larger
    ones, and an item whose smaller one exceeds that is not one of the first k there.
    """
    if lines.shape[1] <= FEW:
        return np.arange(lines.shape[1])
    near = np.zeros(lines.shape[1], bool)
    before = lines[0]
    for omega in np.linspace(0, 1, 17)[1:].tolist():
        after = (1 - omega) * lines[0] + omega * lines[1]
        level = first_at_most(np.maximum(before, after), k)
        near |= np.minimum(before, after) <= level + ROUNDING * abs(level)
        before = after
    return np.flatnonzero(near)


def perhaps_first(lines: np.ndarray, k: int) -> np.ndarray:
    """(2, N) short and long distances → columns that fewer than k others beat for every ω in (0, 1]; no others can be
    among the first k on an interval."""
    kept: list[int] = []
    nearest: list[float] = []  # the k smallest long distances so far, negated: a heap with the largest on top
    order = np.lexsort(lines[::-1])
    for row, long in zip(order.tolist(), lines[1, order].tolist(), strict=True):
        if len(nearest) < k:
            heapq.heappush(nearest, -long)
        elif long > -nearest[0]:
            continue
        else:
            heapq.heappushpop(nearest, -long)
        kept.append(row)
    return np.array(kept, np.int64)


def intervals(lines: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rank of `line`, one of `lines` (2, N), as edges (e + 1,) from 0 to 1 and ranks (e,) between them."""
    (short, long), (own_short, own_long) = lines, line
    nearer, shorter = short < own_short, long < own_long
    level = long[short == own_short]  # as near at ω = 0: the long-term distance decides, or nothing does
    start = np.count_nonzero(nearer) + rank_among(level, own_long) - 1 / 2  # `line` itself is among those as near
    changing = np.flatnonzero((nearer & (long > own_long)) | ((short > own_short) & shorter))
    meet = meeting(*(lines[:, changing].astype(float) - line.astype(float)[:, None]))
    meet, steps = fewer_steps(float(start), meet, np.where(shorter[changing], 1, -1))
    order = np.argsort(meet)
    meet = meet[order]
    ranks = start + np.cumsum(steps[order])
    last = np.append(meet[1:] > meet[:-1], True)[: len(meet)]  # of several rivals met at one ω
    meet, ranks = meet[last], np.append(start, ranks[last])
    changes = ranks[1:] != ranks[:-1]
    return np.concatenate([[0.0], meet[changes], [1.0]]), np.append(start, ranks[1:][changes])


def fewer_steps(start: float, meet: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each ω (c,) at which a rank changes, in any order, and by how much, from `start` on; where the rank is above
    DEEP, the changes in each of PARTS equal parts of [0, 1] are one, at the end of the part."""
    if start + len(meet) <= DEEP:
        return meet, steps
    part = (meet * PARTS).astype(np.int32)
    rises, together = (np.bincount(part, weights, PARTS) for weights in (steps < 0, steps))
    deep = start + np.cumsum(together) - together - rises > DEEP
    single, parts = ~deep[part], np.flatnonzero(deep & (together != 0))
    ends = np.minimum((parts + 1) / PARTS, np.nextafter(1, 0))
    return np.concatenate([meet[single], ends]), np.concatenate([steps[single], together[parts]])


def meeting(short: np.ndarray, long: np.ndarray) -> np.ndarray:
    """Differences of two items' distances, of opposite signs → the ω, inside (0, 1), at which they are as near."""
    return np.clip(short / (short - long), np.nextafter(0, 1), np.nextafter(1, 0))


def crossings_of(curves: Sequence[RankCurve], lines: np.ndarray, k: int) -> tuple[Crossing, ...]:
    """lines (2, c): all pairs of the curves that change places while one of them is among the first k."""
    short, long = lines[:, None, :] - lines[:, :, None]
    above, below = np.nonzero((short > 0) & (long < 0))
    meet = meeting(short[above, below], long[above, below])
    crossings = []
    for upper, lower, omega in zip(above.tolist(), below.tolist(), meet.tolist(), strict=True):
        rank = float(curves[upper].ranks[np.searchsorted(curves[upper].edges, omega) - 1])
        if rank <= k:
            crossings.append(Crossing(omega, curves[upper].item, curves[lower].item, rank))
    return tuple(sorted(crossings, key=lambda crossing: (crossing.omega, crossing.rank)))


def sentence(curves: Sequence[RankCurve], crossings: tuple[Crossing, ...], omega: float, k: int) -> str:
    """How many items can be among the first, and for which ω the order stays as it is."""
    many = f"{len(curves)} item{' is' if len(curves) == 1 else 's are'} in the top {k} for some ω"
    if not crossings:
        return f"{many}; their order is the same for every ω."
    lower = max((crossing.omega for crossing in crossings if crossing.omega <= omega), default=0.0)
    upper = min((crossing.omega for crossing in crossings if crossing.omega > omega), default=1.0)
    return (
        f"{many}; they change places {times(len(crossings))}. Near ω = {number(omega)}, the order stays the same from "
        f"{number(lower, 3)} to {number(upper, 3)}."
    )
