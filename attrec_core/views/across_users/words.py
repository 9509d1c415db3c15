"""Attention over all test users: its average by position, its agreement with influence, and whether it finds causes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.errors import count_of, number, percent
from attrec_core.explain.across_users.users import Pairs, older_tau, statistics_of
from attrec_core.explain.attention import Attention, levels, uniform
from attrec_core.explain.influence import verdict
from attrec_core.runs.across_users import FINDERS, AcrossUsers, CauseShares
from attrec_core.runs.run import Run
from attrec_core.views.caveats import damage
from attrec_core.views.moment.records import AttentionRecord
from attrec_core.views.names import POINTERS
from attrec_core.views.page_context import Scene


class CauseBar(NamedTuple):
    """A line of a table with bars."""

    label: str
    share: float
    kind: str  # "attention", "baseline", or another method: ""


BASELINES = ("latest", "chance")
METHODS = {"attention": "attention"} | dict.fromkeys(BASELINES, "baseline")


@dataclass(frozen=True, eq=False)
class PlaceShares:
    """Average attention by position in the window, oldest first; the rest to 1 is lost to the mask."""

    shares: np.ndarray  # (L,) float64
    level: float  # each position's w under uniform attention
    missing: float  # mean ρ, lost to the mask
    rows: np.ndarray  # (E,) bool, the windows that are compared: the full windows, or all if none is full
    full: bool  # whether these are the full windows


@dataclass(frozen=True, eq=False)
class TauHistogram:
    """How many users have which τ. Rows: delete, mask, exact."""

    centres: np.ndarray  # (21,) float64, −1 … 1
    counts: np.ndarray  # (3, 21) int64
    means: np.ndarray  # (3,) float64, over the users who have a τ; NaN without any
    own: float | None  # τ (delete) of the user shown


def users_sentence(run: Run) -> str:
    """Which users the statistics cover."""
    count, evaluated = len(statistics_of(run).users), int((np.diff(run.interactions.starts) >= 3).sum())
    whom = f"All {count:,} test users" if count == evaluated else f"{count:,} of the {evaluated:,} test users"
    start = f"{whom} of this run, each at the step before the test item"
    if fault := damage(run, "at_large.npz"):
        return f"{start}. {fault}"
    return f"{start}{'' if run.across_users else '; this run has no stored statistics, so they were computed now'}."


def place_shares(stats: AcrossUsers, config: ModelConfig) -> PlaceShares:
    """The average over the full windows; if none is full, over all windows, with 0 for a position without an item."""
    shared, length = ~np.isnan(stats.recency), config.window
    full = bool((shared & stats.full).any())
    rows = shared & stats.full if full else shared
    shares = stats.average_attention[rows].mean(0) if rows.any() else np.zeros(length)
    total = length if config.aggregation == "sum" else 1
    return PlaceShares(shares, uniform(config, length)[1], max(total - float(shares.sum()), 0.0), rows, full)


def places_sentence(stats: AcrossUsers, record: PlaceShares) -> str:
    """Which position has most attention, how much the latest item has, and how uneven attention is within a window."""
    count = int(record.rows.sum())
    if count == 0:
        return "No window holds two items, so there is no attention to distribute."
    length, best = len(record.shares), int(record.shares.argmax())
    low, high = np.quantile(stats.recency[record.rows], (0.1, 0.9))
    name = ", the latest," if best == length - 1 else ""
    windows = count_of(count, f"{'full ' * record.full}window")
    entropies = stats.entropy[record.rows]
    entropy = np.nanmean(entropies) if not np.isnan(entropies).all() else 1.0
    return (
        f"In {windows}, position {best + 1} of {length}{name} receives the most attention: "
        f"{percent(record.shares[best])} on average (uniform: {percent(record.level)}). The latest item receives "
        f"{percent(record.shares[-1])} on average, and from {percent(low)} to {percent(high)} for eight of ten users. "
        f"The entropy is {number(entropy)} on average (1 if all items receive the same)."
    )


NO_MAP = "No window is full, so there is no average matrix to draw."


def no_map_sentence(stats: AcrossUsers) -> str:
    """The text in place of the average matrix, with the paper's claim, which needs no full window."""
    return f"{NO_MAP} {columns_sentence(stats)}"


def map_record(run: Run) -> AttentionRecord:
    """The average matrix of the full windows, drawn like the attention matrix."""
    stats, config = statistics_of(run), run.model_config
    length = config.window
    positions = list(range(1, length + 1))
    record = AttentionRecord(
        ids=positions,
        titles=[*(f"Position {position}" for position in positions[:-1]), f"Latest ({length})"],
        places=[str(position) for position in positions],
        colours=[],
        **vars(mean_attention(stats, config)),
    )
    return replace(record, most=record.top)


def mean_attention(stats: AcrossUsers, config: ModelConfig) -> Attention:
    """The mean attention in the full windows."""
    if config.model == "sasrec":
        columns, missing = stats.mean_map[-1], 0.0
    else:
        scale = config.window if config.aggregation == "sum" else 1
        columns = stats.mean_map.mean(0) * scale
        missing = max(float(scale - columns.sum()), 0.0)
    fixed = levels(config, config.window)
    return Attention(weights=stats.mean_map, column_weights=columns, missing=missing, **fixed)


def causal_sentence(stats: AcrossUsers) -> str:
    """How much attention a position gives to itself and to the position before it, in SASRec's average matrix."""
    if len(stats.mean_map) == 1:
        return "A window of one item attends to that item alone."
    itself, before = (float(np.diagonal(stats.mean_map, -offset).mean()) for offset in (0, 1))
    return (
        f"Over all full windows ({stats.full.sum():,}), a position gives {percent(itself)} of its attention to itself "
        f"and {percent(before)} to the one before it, on average."
    )


def columns_sentence(stats: AcrossUsers) -> str:
    """The paper's claim that columns are distinguishable as a number, beside the number by chance."""
    count = int((~np.isnan(stats.columns)).sum())
    if count == 0:
        return "No window has three items and uneven attention, so columns cannot be compared."
    share, chance = float(np.nanmean(stats.columns)), float(np.nanmean(stats.columns_shuffled))
    verdict = "The rows differ more than the paper says: the query item matters, too."
    if share >= (1 + chance) / 2:
        verdict = "All rows look alike: how much attention an item gets depends on the item, not on the query item."
    return (
        f"{verdict} The column explains {percent(share, 1)} of the variance of the cells (mean of {count:,} users, "
        f"without the diagonal); with shuffled rows it would explain {percent(chance)}."
    )


def tau_histogram(stats: AcrossUsers, user: int | None) -> TauHistogram:
    centres = np.linspace(-1, 1, 21)
    edges = np.append(centres - 0.05, 1.05)
    taus = [tau[~np.isnan(tau)] for tau in (stats.tau_delete, stats.tau_mask, stats.tau_exact)]
    user_taus = [] if user is None else stats.tau_delete[stats.users == user].tolist()
    return TauHistogram(
        centres=centres,
        # Rounded, so that a τ of .15 does not fall left or right of an edge by the last bit of a float32.
        counts=np.array([np.histogram(np.round(tau.astype(float) + 1e-6, 5), edges)[0] for tau in taus]),
        means=np.array([tau.mean(dtype=float) if len(tau) else np.nan for tau in taus]),
        own=next((tau for tau in user_taus if not np.isnan(tau)), None),
    )


def influence_sentence(scene: Scene, record: TauHistogram) -> str:
    """Whether attention matches influence, in one sentence or two, and this user's own τ."""
    stats = statistics_of(scene.run)
    agreed = stats.agrees(stats.top_delete)
    answered = ~np.isnan(agreed)
    count = int(answered.sum())
    if stats.lengths.max() == 1:
        return "Every window holds a single item, so there is nothing to compare."
    if count == 0:
        return "In this run removing one item moves the first recommendation as much as removing any other."
    if np.isnan(record.means[0]):
        return (
            "In this run all weights of a window are equal, so attention can neither match influence nor contradict it."
        )
    chance = float(np.mean(1 / stats.lengths[answered]))
    own_tau = f" For {scene.who}, τ = {number(record.own)}." if record.own is not None else ""
    exact = "" if np.isnan(record.means[2]) else f" (with the exact contributions: {number(record.means[2])})"
    share, tau = percent(np.nanmean(agreed)), record.means[0]
    return (
        f"The most attended item is also the most influential one for {share} of {count:,} users; by chance it would "
        f"be for {percent(chance)}. Over all items of a window, attention {verdict(tau)} influence: Kendall’s τ is "
        f"{number(tau)} on average{exact}.{own_tau}{older_tau(stats)}"
    )


def causes_sentence(causes: CauseShares) -> str:
    """How often attention finds the true cause, beside all other methods."""
    shares = dict(zip(FINDERS, causes.shares[0].tolist(), strict=True))
    rivals = {name: shares[name] for name in POINTERS if name != "attention" and not np.isnan(shares[name])}
    best, attention = max(rivals, key=rivals.__getitem__), shares["attention"]
    verdict = "Attention finds more causes than any other method here."
    if rivals[best] >= attention:
        pointer = f"“{POINTERS[best].words}”" if best in BASELINES else POINTERS[best].words
        verdict = f"Attention is only one part of the calculation: {pointer} finds {percent(rivals[best])}."
    beside = "more" if attention > shares["latest"] else "no more"
    return (
        f"For {causes.viewings[0]:,} interactions the true cause is known and in the window. The item with most "
        f"attention is the cause of {percent(attention)} of them, {beside} than “always the latest item” "
        f"({percent(shares['latest'])}) and a guess by chance ({percent(shares['chance'])}). {verdict}"
    )


def cause_bars(causes: CauseShares) -> list[CauseBar]:
    """The share of true causes that each method finds; no bar for the exact sum where there is none."""
    shares = dict(zip(FINDERS, causes.shares[0].tolist(), strict=True))
    bars = [CauseBar(pointer.label, shares[name], METHODS.get(name, "")) for name, pointer in POINTERS.items()]
    return [bar for bar in bars if not np.isnan(bar.share)]


def causes_found(run: Run) -> CauseShares | None:
    """The shares of causes found. None if no cause is known, or if a window holds one item: then there is no choice."""
    return statistics_of(run).causes if run.model_config.window > 1 else None


def no_causes_sentence(run: Run) -> str:
    if run.model_config.window == 1 and statistics_of(run).causes is not None:
        return "Every window holds a single item, so there is no choice of causes."
    why = "the data set does not record it" if run.across_users else "this run does not store it"
    return f"The true cause of each interaction is not known: {why}. The bundled sample knows it."


def pairs_sentence(pairs: Pairs) -> str:
    """Which pairs are listed."""
    often = f"at least {pairs.least} windows" if pairs.least > 1 else "a window"
    return f"The {len(pairs.query)} pairs with most attention, among pairs in {often} of {pairs.users:,} test users."


def extremes_sentence(stats: AcrossUsers) -> str:
    count = int((stats.lengths == stats.lengths.max()).sum())
    return f"One user for each rule, among the {count:,} users with the longest window."
