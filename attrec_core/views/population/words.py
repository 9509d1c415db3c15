"""Attention over all test users: its average by place, its agreement with influence, and whether it finds causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.explain.population.users import known
from attrec_core.runs.population import FINDERS, AtLarge, CauseShares
from attrec_core.runs.run import Run
from attrec_core.views.attention.records import AttentionRecord, levels
from attrec_core.views.drawing.theme import number
from attrec_core.views.page_context import Scene
from attrec_core.views.runs.caveats import damage


class Pointer(NamedTuple):
    """What may point at the cause."""

    label: str  # beside its bar
    words: str  # in a sentence


POINTERS = {  # in the order of the figure
    "attention": Pointer("looked at most", "the item looked at most"),
    "exact": Pointer("exact term", "the most attracting term of the exact sum"),
    "delete": Pointer("left out, deleted", "the largest effect of leaving out (deleted)"),
    "mask": Pointer("left out, in place", "the largest effect of leaving out (in place)"),
    "nearest": Pointer("nearest", "the item nearest to what came next"),
    "latest": Pointer("always the latest", "always the latest item"),
    "chance": Pointer("by chance", "any item, by chance"),
}
BASELINES = ("latest", "chance")
ABOUT = """
**Places** count from the oldest item of the window to the latest. How much an item is looked at is its column mean
**w**, the same number as on the page Attention: of all the attention of its window, the part that goes to it. What the
mask takes goes to nobody, so the w of a window sum to less than 1; the **even share** is what each would have if
nothing were taken.

**Entropy** says how evenly one person's attention is spread: 1 where all items of the window are looked at alike, 0
where one gets all.

**Influence** of an item is how much the distance of the first recommendation grows when the item is left out (and the
others move up). **τ** (Kendall's τ-b) compares the order of the weights with the order of the influences, in one
window at a time: 1 means the same order, 0 no relation, −1 the opposite order.

**Columns are distinguishable**, says the paper: every row gives a column nearly the same weight. The number here is
the part of the variance of the cells off the diagonal that their column explains. Beside it stands the same number
after the cells of each row were shuffled.

**By chance** is what a blind guess would find: any item of the window, each as likely as the others.
"""


@dataclass(frozen=True, eq=False)
class PlaceShares:
    """Mean w by place in the window, the oldest first; what they lack to 1 is not looked at."""

    shares: np.ndarray  # (L,) float64
    level: float  # each place's w if all were looked at alike and nothing were masked
    missing: float  # mean ρ: what the mask took
    rows: np.ndarray  # (E,) bool, the windows that are compared: those that are full, or all where none is
    full: bool  # whether these are the full ones


@dataclass(frozen=True, eq=False)
class TauHistogram:
    """How many users have which τ. Rows: delete, mask, exact."""

    centres: np.ndarray  # (21,) float64, −1 … 1
    counts: np.ndarray  # (3, 21) int64
    means: np.ndarray  # (3,) float64, over the users who have one; NaN without any
    own: float | None  # τ (delete) of the user who is looked at


def users_sentence(run: Run) -> str:
    """Over which users the statistics are."""
    count, evaluated = len(known(run).users), int((np.diff(run.interactions.starts) >= 3).sum())
    whom = f"all {count:,} test users" if count == evaluated else f"{count:,} of the {evaluated:,} test users"
    start = f"Over {whom} of this run, each at the moment before the test item"
    if fault := damage(run, "at_large.npz"):
        return f"{start}. {fault}"
    return f"{start}{'' if run.at_large else '; this run was stored without such figures, so they were computed now'}."


def place_shares(stats: AtLarge, config: ModelConfig) -> PlaceShares:
    """Of the full windows; where there is none, of all windows, a place without an item counting as 0."""
    shared, length = ~np.isnan(stats.recency), config.window
    full = bool((shared & stats.full).any())
    rows = shared & stats.full if full else shared
    shares = stats.looked[rows].mean(0) if rows.any() else np.zeros(length)
    total = length if config.aggregation == "sum" else 1
    return PlaceShares(shares, total / length, max(total - float(shares.sum()), 0.0), rows, full)


def places_sentence(stats: AtLarge, config: ModelConfig) -> str:
    """Which place has most attention, how much the latest item has, and how uneven attention is within a window."""
    record = place_shares(stats, config)
    count = int(record.rows.sum())
    if count == 0:
        return "No window holds two items, so there is nothing to share out."
    length, best = len(record.shares), int(record.shares.argmax())
    low, middle, high = np.quantile(stats.recency[record.rows], (0.1, 0.5, 0.9))
    name = ", the latest," if best == length - 1 else ""
    windows = f"{count:,} {'full ' * record.full}window{'s' * (count != 1)}"
    entropies = stats.entropy[record.rows]
    entropy = np.nanmean(entropies) if not np.isnan(entropies).all() else 1.0
    lost = f", and the mask took {number(record.missing)} in all" if record.missing > 0.005 else ""
    return (
        f"In {windows}, place {best + 1} of {length}{name} is looked at most: {number(record.shares[best])} on "
        f"average; the even share is {number(record.level)}{lost}. The latest item gets {number(record.shares[-1])} on "
        f"average, yet people differ: {number(low)} or less for a tenth of them, {number(high)} or more for another, "
        f"{number(middle)} in the middle. One person's attention is spread with an entropy of {number(entropy)} on "
        "average, where 1 is even and 0 is all on one item."
    )


def no_map_sentence(stats: AtLarge) -> str:
    """Instead of the mean matrix; the paper's claim needs no full window."""
    return f"No window is full, so there is no mean map to draw. {columns_sentence(stats)}"


def map_record(run: Run) -> AttentionRecord | None:
    """The mean map of the full windows, as the attention map draws it; None where no window is full."""
    stats, config = known(run), run.model_config
    if not stats.full.any():
        return None
    length = config.window
    scale = length if config.aggregation == "sum" else 1
    columns = stats.mean_map.mean(0) * scale
    places = range(1, length + 1)
    return AttentionRecord(
        ids=places,
        titles=[f"place {place}{' (latest)' * (place == length)}" for place in places],
        colours=[],
        weights=stats.mean_map,
        column_weights=columns,
        missing=max(float(scale - columns.sum()), 0.0),
        **levels(config, length),
    )


def columns_sentence(stats: AtLarge) -> str:
    """The paper's claim as a number, beside the number by chance."""
    count = int((~np.isnan(stats.columns)).sum())
    if count == 0:
        return "No window has three items and uneven attention, so columns cannot be told apart."
    share, chance = float(np.nanmean(stats.columns)), float(np.nanmean(stats.columns_shuffled))
    verdict = "the columns are less distinguishable than the paper says: who looks matters, too"
    if share >= (1 + chance) / 2:
        verdict = "the columns are distinguishable: who is looked at decides, hardly who looks"
    return (
        f"In one person's map the column explains {number(share, 3)} of how the cells off the diagonal differ, mean of "
        f"{count:,} maps; with each row shuffled it is {number(chance, 3)}. So {verdict}."
    )


def tau_histogram(stats: AtLarge, user: int | None) -> TauHistogram:
    centres = np.linspace(-1, 1, 21)
    edges = np.append(centres - 0.05, 1.05)
    taus = [tau[~np.isnan(tau)] for tau in (stats.tau_delete, stats.tau_mask, stats.tau_exact)]
    own = [] if user is None else stats.tau_delete[stats.users == user].tolist()
    return TauHistogram(
        centres=centres,
        # Rounded, so that a τ of .15 does not fall left or right of an edge by the last bit of a float32.
        counts=np.array([np.histogram(np.round(tau.astype(float) + 1e-6, 5), edges)[0] for tau in taus]),
        means=np.array([tau.mean(dtype=float) if len(tau) else np.nan for tau in taus]),
        own=next((tau for tau in own if not np.isnan(tau)), None),
    )


def influence_sentence(scene: Scene) -> str:
    """Whether attention is influence, in one sentence or two, and this user's own τ."""
    stats = known(scene.run)
    record, agreed = tau_histogram(stats, scene.user), stats.agrees(stats.top_delete)
    answered = ~np.isnan(agreed)
    count = int(answered.sum())
    if stats.lengths.max() == 1:
        return "Every window holds a single item, so there is nothing to compare."
    if count == 0:
        return "In this run leaving out one item moves the first recommendation as much as leaving out any other."
    if np.isnan(record.means[0]):
        return (
            "In this run all weights of a window are equal, so attention can neither agree nor disagree with influence."
        )
    chance = float(np.mean(1 - 1 / stats.lengths[answered]))
    own = f" For {scene.who} it is {number(record.own)}." if record.own is not None else ""
    exact = "" if np.isnan(record.means[2]) else f", and with the terms of the exact sum {number(record.means[2])}"
    return (
        f"Attention agrees with influence by τ = {number(record.means[0])} on average{exact}.{own} For "
        f"{1 - np.nanmean(agreed):.0%} of {count:,} users the item looked at most is not the one that matters most; "
        f"by chance it would be {chance:.0%}."
    )


def causes_sentence(causes: CauseShares) -> str:
    """How often attention finds the true cause, beside everything else that could be asked."""
    shares = dict(zip(FINDERS, causes.shares[0].tolist(), strict=True))
    others = {name: shares[name] for name in POINTERS if name != "attention" and not np.isnan(shares[name])}
    best, attention = max(others, key=others.__getitem__), shares["attention"]
    verdict = "Attention finds causes more often than anything else here does."
    if others[best] >= attention:
        pointer = f"“{POINTERS[best].words}”" if best in BASELINES else POINTERS[best].words
        verdict = f"Attention is one part of the calculation; {pointer} finds the cause in {number(others[best])}."
    beside = "more" if attention > shares["latest"] else "no more"
    return (
        f"In {causes.viewings[0]:,} viewings the true cause is known and in the window. The item looked at most is the "
        f"cause in {number(attention)} of them, {beside} than “always the latest item” ({number(shares['latest'])}); "
        f"by chance it would be {number(shares['chance'])}. {verdict}"
    )


def causes_found(run: Run) -> CauseShares | None:
    """None where no cause is known, and where a window holds one item, so that nothing has to be found."""
    return known(run).causes if run.model_config.window > 1 else None


def no_causes_sentence(run: Run) -> str:
    if run.model_config.window == 1 and known(run).causes is not None:
        return (
            "Every window holds a single item, which can look at no other: there are not several to find a cause among."
        )
    why = "the data did not say" if run.at_large else "this run was stored without it"
    return f"What truly caused each viewing is not known here: {why}. The bundled sample world knows."


def extremes_sentence(stats: AtLarge) -> str:
    count = int((stats.lengths == stats.lengths.max()).sum())
    return f"One for each rule, of the {count:,} users with the longest window; each name opens the page that shows it."
