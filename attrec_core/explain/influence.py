"""Does attention mean influence? Compares attention in a window with each item's effect on one item's distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from attrec_core.errors import number, percent
from attrec_core.explain.exact_sum import attraction, has_sum
from attrec_core.explain.leave_one_out import LeaveOneOut, leave_one_out
from attrec_core.explain.moment import Moment
from attrec_core.explain.wording import listed, quoted, title_at
from attrec_core.runs.across_users import SAME, TIES


@dataclass(frozen=True)
class Influence:
    """Attention compared with influence on one item, in one window. Tuples are (n,), oldest first.

    The influence of an item is how much the distance grows without it. τ is Kendall's τ-b of the weights and influence,
    where effects that are not `notable` are equal; None where all weights or all effects are equal, for a single item,
    and for tau_exact where m is a max or min.
    """

    item: int
    weights: tuple[float, ...]  # w
    even: float  # the mean of w
    delete: tuple[float, ...]  # empty for a single item
    mask: tuple[float, ...]  # empty for a single item
    exact: tuple[float, ...]  # attraction in the exact sum; empty where m is a max or min
    tau_delete: float | None
    tau_mask: float | None
    tau_exact: float | None
    favoured: tuple[int, ...]  # places, from 1, whose weight is above the mean of w
    misleading: tuple[int, ...]  # the favoured places whose removal (delete) lowers the distance
    sentence: str


def tau_b(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(B, n) and (B, n) → (B,) float64 τ-b of each pair of rows; NaN where a row is constant, has a NaN, or n < 2."""
    first, second = np.triu_indices(left.shape[1], 1)
    rises = [np.sign(rows[:, second] - rows[:, first]) for rows in (left.astype(float), right.astype(float))]
    agreement = (rises[0] * rises[1]).sum(1)
    untied = np.abs(rises[0]).sum(1) * np.abs(rises[1]).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(untied > 0, agreement / np.sqrt(untied), np.nan)


def notable(effects: np.ndarray) -> np.ndarray:
    """(…, n) → (…, n): the effects, with 0 for each one below TIES of the largest effect of its window. Only rounding
    and chance order such effects, so they tie in τ and in the order of the items."""
    sizes = np.abs(effects)
    return np.where(sizes < TIES * sizes.max(-1, keepdims=True, initial=0), 0.0, effects)


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
    favoured = tuple(int(place) + 1 for place in np.flatnonzero(weights > mean_weight + SAME))
    misleading = tuple(place for place in favoured if len(deleted) and deleted[place - 1] <= -SHOWS)
    return Influence(
        item=int(item),
        weights=tuple(weights.tolist()),
        even=mean_weight,
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
        return "All attention or all effects are equal, so attention can neither agree nor disagree with influence."
    name = partial(quoted, moment.run)
    attended, strongest = int(weights.argmax()), int(effects.argmax())
    top, cause = (title_at(moment.window, place + 1, name) for place in (attended, strongest))
    if effects[strongest] < SHOWS:
        raises = "hardly raises" if effects[strongest] > 0 else "does not raise"
        text = f"{top} has the most attention, but removing any single item {raises} the distance of {name(item)}."
    elif attended == strongest:
        text = f"{top} has the most attention, and removing it raises the distance of {name(item)} most."
    else:
        text = f"{top} has the most attention, but removing {cause} raises the distance of {name(item)} most."
    if several_matter(effects):
        text += f" Over all items, attention {verdict(tau)} influence (Kendall’s τ = {number(tau)})."
    elif measured[strongest] >= SHOWS:
        text += f" Removing any other item changes it by less than {percent(TIES)} of that."
    if misleading:
        titles = listed([title_at(moment.window, place, name) for place in misleading], 3)
        many = len(misleading) > 1
        text += (
            f" {titles} {'have' if many else 'has'} more than the average attention, yet removing "
            f"{'any one of them' if many else 'it'} lowers the distance."
        )
    return text


def verdict(tau: float) -> str:
    if tau >= 0.6:
        return "agrees with"
    if tau >= 0.2:
        return "partly agrees with"
    return "says little about" if tau > -0.2 else "contradicts"
