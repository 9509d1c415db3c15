"""Leave-one-out: removes each item of the window, in two ways, and measures one item's new distance and rank."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.exact_sum import has_sum
from attrec_core.explain.forward import forward, without_each
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import rankings
from attrec_core.explain.wording import amount, quoted, title_at


@dataclass(frozen=True)
class Effect:
    """The effect of removing one item of the window on the explained item. Positive: it moves away, its rank drops.

    direct: the effect when the attention to the other items is only scaled up to the old total. reweighting: the rest,
    due to recomputed attention. They sum to delta_distance; both None where m is a max or min: no weighted sum.
    """

    place: int  # in the window, from 1, oldest first
    item: int
    delta_distance: float
    delta_rank: float
    direct: float | None
    reweighting: float | None


@dataclass(frozen=True)
class LeaveOneOut:
    """The effects of removing each item in two ways, oldest first; empty where the window holds a single item.

    delete: the item is removed and the items before it move up one place. mask: the item keeps its place, but neither
    attends, is attended to, nor counts in m; the other items keep their places, and the candidates stay the same.
    """

    item: int
    distance: float  # y with the whole window
    rank: float
    delete: tuple[Effect, ...]
    mask: tuple[Effect, ...]
    sentence: str


def leave_one_out(moment: Moment, item: int) -> LeaveOneOut:
    """Measures the effects of deleting and of masking each place on one item, candidate or not.

    After a deletion the candidates are those of the shorter window. A masked item keeps its place, so the candidates
    stay the same.
    """
    count = len(moment.window)
    distance, rank = moment.ranking.distance(item), moment.ranking.rank(item)
    if count == 1:
        text = "The window holds a single item, so no item can be removed."
        return LeaveOneOut(int(item), distance, rank, (), (), text)
    without = [moment.with_window(np.delete(moment.window, place)) for place in range(count)]
    arrays, config = moment.run.weights, moment.config
    # A forward pass of the shorter windows, so that the rank is exactly the one that a page shows after the removal.
    deleted = forward(arrays, config, np.array([shorter.window for shorter in without])).intent
    masked = without_each(arrays, config, moment.window[None])[1][0]
    excluded = [shorter.excluded for shorter in without] + [moment.excluded] * count
    after = [
        (ranking.distance(item), ranking.rank(item))
        for ranking in rankings(moment.ranking, np.concatenate([deleted, masked]), excluded)
    ]
    distances, ranks = zip(*after, strict=True)
    direct = direct_part(moment, item)
    ways = [
        tuple(
            Effect(
                place=place + 1,
                item=int(moment.window[place]),
                delta_distance=distances[row + place] - distance,
                delta_rank=ranks[row + place] - rank,
                direct=None if direct is None else float(direct[place]),
                reweighting=None if direct is None else float(distances[row + place] - distance - direct[place]),
            )
            for place in range(count)
        )
        for row in (0, count)
    ]
    return LeaveOneOut(int(item), distance, rank, ways[0], ways[1], sentence(moment, item, ways[0]))


def direct_part(moment: Moment, item: int) -> np.ndarray | None:
    """(n,) float64: the change of y when w_j falls to 0 and the other w keep their proportions and the old Σ w.

    The same for both ways of removing. If the item had all the weight, the others share it equally. None for max, min.
    """
    if not has_sum(moment):
        return None
    values, weights = moment.trace.values.astype(float), moment.trace.column_weights.astype(float)
    count, point = len(weights), moment.run.weights["item_short"][item].astype(float)
    remaining = np.where(np.eye(count, dtype=bool), 0.0, weights)
    totals = remaining.sum(1, keepdims=True)
    uniform = (1 - np.eye(count)) / (count - 1)
    shares = np.divide(remaining, totals, out=uniform, where=totals > 0)
    points, now = point - weights.sum() * shares @ values, point - weights @ values
    return (1 - moment.ranking.long_weight) * ((points**2).sum(1) - now @ now)


def sentence(moment: Moment, item: int, effects: tuple[Effect, ...]) -> str:
    """Names the deletion that changes the distance most."""
    main = max(effects, key=lambda effect: abs(effect.delta_distance))
    name, removed = quoted(moment.run, item), title_at(moment.window, main.place, partial(quoted, moment.run))
    if main.delta_distance == 0:
        return f"No removal changes the distance of {name}."
    raises, drop = "raises" if main.delta_distance > 0 else "lowers", main.delta_rank
    step = f"{number(abs(drop), 1).removesuffix('.0')} rank{'s' * (abs(drop) != 1)}"
    ranks = "the rank stays" if drop == 0 else f"{name} {'drops' if drop > 0 else 'rises'} by {step}"
    return (
        f"Removing {removed} {raises} the distance of {name} most, by {amount(abs(main.delta_distance), 3)}; {ranks}."
    )
