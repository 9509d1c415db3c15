"""Leave-one-out: removes each item of the window, in two ways, and measures one item's new distance and rank.

Does attention mean influence? Compares attention in a window with each item's effect on one item's distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.errors import number, percent
from attrec_core.explain.attention import HIGH
from attrec_core.explain.exact_sum import attraction, has_sum
from attrec_core.explain.forward import forward, without_each
from attrec_core.explain.moment import Moment
from attrec_core.explain.ranking import rankings
from attrec_core.explain.wording import amount, listed, quoted, quoted_at
from attrec_core.runs.across_users import SAME, TIES


@dataclass(frozen=True)
class Effect:
    """The effect of removing one item of the window on the explained item. Positive: it moves away, its rank drops.

    direct: the effect when the attention to the other items is only scaled up to the old total. reweighting: the rest,
    due to recomputed attention. long: the change of the long-term part, where the taste is made of items, else 0. The
    three sum to delta_distance; the first two are None where m is a max or min: no weighted sum.
    """

    place: int  # in the window, from 1, oldest first
    item: int
    delta_distance: float
    delta_rank: float
    direct: float | None
    reweighting: float | None
    long: float = 0.0


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
    """Measures the effects of deleting and of masking each place on one item, candidate or not. After a deletion the
    candidates are those of the shorter window."""
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
    tastes = [shorter.taste for shorter in without] + [taste_without(moment, place) for place in range(count)]
    direct, effects = direct_part(moment, item), []
    _, (long,) = moment.ranking.parts([item])
    for row, after in enumerate(rankings(moment.ranking, np.concatenate([deleted, masked]), excluded, tastes)):
        place, change = row % count, after.distance(item) - distance
        own = None if direct is None else float(direct[place])
        of_taste = float(after.parts([item])[1][0] - long)
        rest = None if own is None else change - own - of_taste
        drop = after.rank(item) - rank
        effects.append(Effect(place + 1, int(moment.window[place]), change, drop, own, rest, of_taste))
    by_deletion = tuple(effects[:count])
    text = removal_sentence(moment, item, by_deletion)
    return LeaveOneOut(int(item), distance, rank, by_deletion, tuple(effects[count:]), text)


def taste_without(moment: Moment, place: int) -> np.ndarray | None:
    """Returns U without the item at a place of the window (from 0), where the other items keep their places."""
    if moment.memory is None:
        return None
    return moment.memory.without(len(moment.window) - 1 - place).point(moment.run.weights["item_long"])


def direct_part(moment: Moment, item: int) -> np.ndarray | None:
    """(n,) float64: the change of y when w_j falls to 0 and the other w keep their proportions and the old Σ w. The
    same for both ways of removing. If the item had all the weight, the others share it equally. None for max, min."""
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


def removal_sentence(moment: Moment, item: int, effects: tuple[Effect, ...]) -> str:
    """Names the deletion that changes the distance most."""
    main = max(effects, key=lambda effect: abs(effect.delta_distance))
    name, removed = quoted(moment.run, item), quoted_at(moment.run, moment.window, main.place)
    if abs(main.delta_distance) <= SAME:
        return f"No removal changes the distance of {name}."
    raises, drop = "raises" if main.delta_distance > 0 else "lowers", main.delta_rank
    step = f"{number(abs(drop), 1).removesuffix('.0')} {'rank' if abs(drop) == 1 else 'ranks'}"
    ranks = "the rank stays" if drop == 0 else f"{name} {'drops' if drop > 0 else 'rises'} by {step}"
    by = f"by {amount(abs(main.delta_distance), 3)}"
    if np.ptp([effect.delta_distance for effect in effects]) <= SAME:  # such as of two items: no attention is left
        same_rank = f"; {ranks}" if all(effect.delta_rank == drop for effect in effects) else ""
        return f"Removing any one item {raises} the distance of {name} {by}{same_rank}."
    return f"Removing {removed} {raises} the distance of {name} most, {by}; {ranks}."


@dataclass(frozen=True)
class Influence:
    """Attention compared with influence on one item, in one window. Tuples are (n,), oldest first.

    The influence of an item is how much the distance grows without it. τ is Kendall's τ-b of the weights and influence,
    where effects that are not `notable` are equal; None where all weights or all effects are equal, for a single item,
    and for tau_exact where m is a max or min.
    """

    item: int
    weights: tuple[float, ...]  # w
    delete: tuple[float, ...]  # empty for a single item
    mask: tuple[float, ...]  # empty for a single item
    exact: tuple[float, ...]  # attraction in the exact sum; empty where m is a max or min
    tau_delete: float | None
    tau_mask: float | None
    tau_exact: float | None
    favoured: tuple[int, ...]  # places, from 1, whose weight is more than HIGH times the mean of w
    misleading: tuple[int, ...]  # the favoured places whose removal (delete) lowers the distance visibly
    sentence: str


def tau_b(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(B, n) and (B, n) → (B,) float64 τ-b of each pair of rows; NaN where a row is constant, has a NaN, or n < 2."""
    first, second = np.triu_indices(left.shape[1], 1)
    rises = [np.sign(rows[:, second] - rows[:, first]) for rows in (left.astype(float), right.astype(float))]
    agreement = (rises[0] * rises[1]).sum(1)
    untied = np.abs(rises[0]).sum(1) * np.abs(rises[1]).sum(1)
    with np.errstate(invalid="ignore"):
        return agreement / np.sqrt(untied)  # 0 / 0 where all are tied


def notable(effects: np.ndarray) -> np.ndarray:
    """(…, n) → (…, n): the effects, with 0 for each one below TIES of the largest effect of its window. Only rounding
    and chance order such effects, so they tie in τ and in the order of the items."""
    sizes = np.abs(effects)
    return np.where(sizes < TIES * sizes.max(-1, keepdims=True, initial=0), 0.0, effects)


def visible(effects: Sequence[float] | np.ndarray) -> np.ndarray:
    """(n,) → (n,): the effects, with 0 for each one of which every sentence says that it hardly changes the distance:
    it is not notable, or reads as 0 in three digits."""
    measured = notable(np.asarray(effects, float))
    return np.where(np.abs(measured) < SHOWS, 0.0, measured)


def several_matter(effects: Sequence[float] | np.ndarray) -> bool:
    """Whether more than one of (n,) effects is notable. Else there is no order to compare, and no text gives τ."""
    return int((notable(np.asarray(effects, float)) != 0).sum()) > 1


SHOWS = 0.0005  # the smallest distance that is not 0 in three digits


def influence(moment: Moment, item: int, without: LeaveOneOut | None = None) -> Influence:
    """Compares attention with influence. `without`: the leave-one-out of this moment and item, if already computed."""
    without = without or leave_one_out(moment, item)
    weights = moment.trace.column_weights.astype(float)
    deleted, masked = (
        np.array([effect.delta_distance for effect in effects]) for effects in (without.delete, without.mask)
    )
    exact = attraction(moment, item) if has_sum(moment) else np.empty(0)
    mean_weight = float(weights.mean())
    favoured = tuple(int(place) + 1 for place in np.flatnonzero(weights > HIGH * mean_weight + SAME))
    lowering = np.flatnonzero(visible(deleted) < 0) + 1
    misleading = tuple(place for place in favoured if place in lowering)
    return Influence(
        item=int(item),
        weights=tuple(weights.tolist()),
        delete=tuple(deleted.tolist()),
        mask=tuple(masked.tolist()),
        exact=tuple(exact.tolist()),
        tau_delete=agreement(weights, notable(deleted)),
        tau_mask=agreement(weights, notable(masked)),
        tau_exact=agreement(weights, notable(exact)),
        favoured=favoured,
        misleading=misleading,
        sentence=sentence(moment, item, weights, deleted, misleading),
    )


def agreement(weights: np.ndarray, effects: np.ndarray) -> float | None:
    """Returns Kendall's τ-b; None where all weights or all effects are equal, or there are fewer than two."""
    if len(effects) < 2:
        return None
    tau = float(tau_b(weights[None], effects[None])[0])
    return None if np.isnan(tau) else tau


def sentence(moment: Moment, item: int, weights: np.ndarray, effects: np.ndarray, misleading: tuple[int, ...]) -> str:
    """Says whether the most attended item is the most influential one, then τ if several items matter, then the items
    for which attention misleads."""
    if len(effects) == 0:
        return "The window holds a single item, so there is nothing to compare."
    measured = notable(effects)
    tau = agreement(weights, measured)
    if tau is None:
        same = (
            "Removing any one item has the same effect"
            if np.ptp(measured) == 0
            else "All items have the same attention"
        )
        return f"{same}, so attention can neither agree nor disagree with influence."
    name = quoted(moment.run, item)
    attended, strongest = int(weights.argmax()), int(effects.argmax())
    top, cause = (quoted_at(moment.run, moment.window, place + 1) for place in (attended, strongest))
    if visible(effects)[strongest] <= 0:
        raises = "hardly raises" if effects[strongest] > 0 else "does not raise"
        text = f"{top} has the most attention, but removing any single item {raises} the distance of {name}."
    elif effects[strongest] - effects[attended] <= SAME:  # also of two that leave the same window
        text = f"{top} has the most attention, and removing it raises the distance of {name} most."
    else:
        text = f"{top} has the most attention, but removing {cause} raises the distance of {name} most."
    if several_matter(effects):
        text += f" Over all items, attention {verdict(tau)} influence (Kendall’s τ = {number(tau)})."
    elif measured[strongest] >= SHOWS:
        text += f" Removing any other item changes it by less than {percent(TIES)} of that."
    if misleading:
        titles = listed([quoted_at(moment.run, moment.window, place) for place in misleading], 3)
        text += f" Attention misleads about the distance for {titles}: high attention, yet removal lowers it."
    return text


def verdict(tau: float) -> str:
    if tau >= 0.6:
        return "agrees with"
    if tau >= 0.2:
        return "partly agrees with"
    return "says little about" if tau > -0.2 else "contradicts"
