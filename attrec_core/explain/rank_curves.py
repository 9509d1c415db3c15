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

FEW = 10_000  # up to this many items are compared with one another without a preselection
ROUNDING = 1e-5  # relative rounding error of a distance in float32
DEEP, PARTS = 10_000, 4096


@dataclass(frozen=True, eq=False)
class RankCurve:
    """The rank of one item among all candidates, for every ω; it is constant between two edges. In a part of length 1 /
    4096 in which the rank stays above 10,000, it is exact at both ends and constant in between."""

    item: int
    edges: np.ndarray  # (e + 1,) float64, strictly rising from 0 to 1
    ranks: np.ndarray  # (e,) float64 on each open interval; exact ties as half

    def at(self, omega: float) -> float:
        """Returns the rank at ω; at an edge, the rank to its right (at 1, to its left)."""
        interval = int(np.searchsorted(self.edges, omega, side="right")) - 1
        return float(self.ranks[min(max(interval, 0), len(self.ranks) - 1)])


@dataclass(frozen=True)
class Crossing:
    """An ω at which two items change places."""

    omega: float
    above: int  # the item that is nearer for an ω just below
    below: int
    rank: float  # of `above`, for an ω just below


@dataclass(frozen=True, eq=False)
class RankCurves:
    """The items in the top k for some ω in [0, 1]. Without a taste, ω has no effect: each curve is one interval."""

    k: int
    trained: float  # the ω that the model was trained with
    long_weight: float  # the current ω; 0 without a taste
    curves: tuple[RankCurve, ...]  # by rank at the current ω
    crossings: tuple[Crossing, ...]  # of two of these items, within the top k or at its border, by ω
    sentence: str


def rank_curves(moment: Moment, k: int) -> RankCurves:
    """Returns the rank, among all candidates, of every item that is in the top k on some interval of ω."""
    moment.run.weights  # noqa: B018 - raises for another system, which has no ω
    ranking, trained = moment.ranking, moment.run.model_config.long_weight
    if ranking.taste is None:
        ends = np.array([0.0, 1.0])
        flat = tuple(RankCurve(item, ends, np.array([ranking.rank(item)])) for item in ranking.top(k).tolist())
        return RankCurves(k, trained, 0.0, flat, (), "Without a user, ω has no effect on the ranking.")
    # Everything except ω that decides the distances and the candidates.
    but_for_omega = moment.window.tobytes(), ranking.taste.tobytes(), moment.config, moment.shares
    key = (*but_for_omega, moment.excluded.tobytes(), k)
    curves, crossings = cached_latest(moment.run, curves_and_crossings, ranking, k, key=key)
    omega = ranking.long_weight
    in_order = tuple(sorted(curves, key=lambda curve: curve.at(omega)))
    return RankCurves(k, trained, omega, in_order, crossings, sentence(curves, crossings, omega, k))


def curves_and_crossings(run: Run, ranking: Ranking, k: int) -> tuple[tuple[RankCurve, ...], tuple[Crossing, ...]]:
    """Computes the curves and crossings, which do not depend on the current ω."""
    assert ranking.long is not None  # `rank_curves` returns earlier without a taste
    rivals = np.flatnonzero(ranking.candidates)
    lines = np.stack([ranking.short[rivals], ranking.long[rivals]])
    near = near_somewhere(lines, k)
    contenders = near[perhaps_first(lines[:, near], k)]
    # An item is in the top k of the contenders exactly where it is in the top k of all. A rank between k and k + 1 is
    # a tie for the last place.
    top_rows = [row for row in contenders.tolist() if intervals(lines[:, contenders], lines[:, row])[1].min() < k + 1]
    curves = tuple(RankCurve(int(rivals[row]), *intervals(lines, lines[:, row])) for row in top_rows)
    return curves, crossings_of(curves, lines[:, top_rows].astype(float), k)


def near_somewhere(lines: np.ndarray, k: int) -> np.ndarray:
    """(2, N) short and long distances → columns that include all items that may be in the top k for some ω. Between two
    ω, a distance lies between its values at both ends. So k items are no farther than the k-th smallest of the larger
    values, and an item whose smaller value exceeds that is not in the top k there."""
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
    """(2, N) short and long distances → columns of the items that fewer than k others beat for every ω in (0, 1]. No
    other item can be in the top k on an interval."""
    columns: list[int] = []
    nearest: list[float] = []  # the k smallest long distances so far, negated: a heap with the largest on top
    order = np.lexsort(lines[::-1])
    for row, long in zip(order.tolist(), lines[1, order].tolist(), strict=True):
        if len(nearest) < k or long <= -nearest[0]:
            heapq.heappush(nearest, -long)
            columns.append(row)
        if len(nearest) > k:
            heapq.heappop(nearest)
    return np.array(columns, np.int64)


def intervals(lines: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rank of `line`, a column of `lines` (2, N), as edges (e + 1,) from 0 to 1 and the ranks (e,) between them."""
    (short, long), (own_short, own_long) = lines, line
    nearer, shorter = short < own_short, long < own_long
    tied_long = long[short == own_short]  # equally near at ω = 0: the long-term distance decides, or it is a tie
    start = np.count_nonzero(nearer) + rank_among(tied_long, own_long) - 1 / 2  # `line` itself is one of the ties
    changing = np.flatnonzero((nearer & (long > own_long)) | ((short > own_short) & shorter))
    meet = meeting(*(lines[:, changing].astype(float) - line.astype(float)[:, None]))
    meet, steps = fewer_steps(float(start), meet, np.where(shorter[changing], 1, -1))
    order = np.argsort(meet)
    meet = meet[order]
    ranks = start + np.cumsum(steps[order])
    last = np.append(meet[1:] > meet[:-1], True)[: len(meet)]  # of several rivals that meet it at the same ω
    meet, ranks = meet[last], np.append(start, ranks[last])
    changes = ranks[1:] != ranks[:-1]
    return np.concatenate([[0.0], meet[changes], [1.0]]), np.append(start, ranks[1:][changes])


def fewer_steps(start: float, meet: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each ω (c,), in any order, at which a rank that begins at `start` changes, and by how much → the same, but where
    the rank is above DEEP, the changes in each of PARTS equal parts of [0, 1] become one, at the end of the part."""
    if start + len(meet) <= DEEP:
        return meet, steps
    part = (meet * PARTS).astype(np.int32)
    rises, totals = (np.bincount(part, weights, PARTS) for weights in (steps < 0, steps))
    deep = start + np.cumsum(totals) - totals - rises > DEEP
    single, parts = ~deep[part], np.flatnonzero(deep & (totals != 0))
    ends = np.minimum((parts + 1) / PARTS, np.nextafter(1, 0))
    return np.concatenate([meet[single], ends]), np.concatenate([steps[single], totals[parts]])


def meeting(short: np.ndarray, long: np.ndarray) -> np.ndarray:
    """Differences of two items' distances, of opposite signs → the ω, inside (0, 1), at which both are equally near."""
    return np.clip(short / (short - long), np.nextafter(0, 1), np.nextafter(1, 0))


def crossings_of(curves: Sequence[RankCurve], lines: np.ndarray, k: int) -> tuple[Crossing, ...]:
    """lines (2, c), one per curve → all pairs of curves that change places while one of the two is in the top k."""
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
    """Says how many items can be in the top k, and for which ω the order stays the same."""
    start = f"{len(curves)} item{' is' if len(curves) == 1 else 's are'} in the top {k} for some ω"
    if not crossings:
        return f"{start}; their order is the same for every ω."
    lower = max((crossing.omega for crossing in crossings if crossing.omega <= omega), default=0.0)
    upper = min((crossing.omega for crossing in crossings if crossing.omega > omega), default=1.0)
    return (
        f"{start}; they change places {times(len(crossings))}. Near ω = {number(omega)}, the order stays the same from "
        f"{number(lower, 3)} to {number(upper, 3)}."
    )
