"""Attention over all test users: its average by position, its agreement with influence, and whether it finds causes.

Each with its record, sentence, figure and table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.config import ModelConfig
from attrec_core.errors import all_of, count_of, number, percent
from attrec_core.explain.across_users.users import older_tau, statistics_of, with_statistics
from attrec_core.explain.attention import uniform
from attrec_core.explain.influence import verdict
from attrec_core.runs.across_users import FINDERS, SAME, AcrossUsers, CauseShares
from attrec_core.runs.run import Run
from attrec_core.views.caveats import damage
from attrec_core.views.drawing.plot import axis, bar, figure, hover, legend, scatter
from attrec_core.views.drawing.spec import Figure, Trace
from attrec_core.views.drawing.theme import COUNT, SELECTED, SHORT, percent_ticks, short_title, ticks
from attrec_core.views.names import POINTERS
from attrec_core.views.page_context import Scene

HEIGHT = 320
MARGIN = (10, 10, 30, 46)
FAINT = {"color": "rgba(111, 127, 143, 0.45)", "line": {"color": COUNT, "width": 1}}  # COUNT, on which it shows
WRITTEN, LABELLED = 12, 20  # positions up to which each bar has its number, and its label; of more, every fifth has it
BASELINES = ("latest", "chance")
METHODS = {"attention": "attention"} | dict.fromkeys(BASELINES, "baseline")


def measured(scene: Scene) -> Run:
    """The run with its statistics; of SASRec, those of the scene's layer and head."""
    return with_statistics(scene.run, scene.moment.layer, scene.moment.head)


def statistics(scene: Scene) -> AcrossUsers:
    return statistics_of(measured(scene))


def users_sentence(run: Run) -> str:
    count, evaluated = len(statistics_of(run).users), int((np.diff(run.interactions.starts) >= 3).sum())
    whom = f"{count:,} of the {evaluated:,} test users"
    if count == evaluated:
        whom = all_of(count, "test user")
    start = f"{whom} of this run, each at the step before the test item"
    if fault := damage(run, "at_large.npz"):
        return f"{start}. {fault}"
    return f"{start}{'' if run.across_users else '; this run has no stored statistics, so they were computed now'}."


@dataclass(frozen=True, eq=False)
class PlaceShares:
    """Average attention by position in the window, oldest first."""

    stats: AcrossUsers
    shares: np.ndarray  # (L,) float64
    levels: np.ndarray  # (L,) float64, the same under uniform attention
    rows: np.ndarray  # (E,) bool, the windows that are compared: the full windows, or all if none is full
    full: bool  # whether these are the full windows

    @property
    def sentence(self) -> str:
        """Which position has most attention, how much the latest item has, and how uneven attention is in a window."""
        count, shares = int(self.rows.sum()), self.shares
        if count == 0:
            return "No window holds two items, so there is no attention to distribute."
        length, best = len(shares), int(shares.argmax())
        low, high = np.quantile(self.stats.recency[self.rows], (0.1, 0.9))
        spread = f", and from {percent(low)} to {percent(high)} for eight of ten users" if count > 1 else ""
        name = ", the latest," if best == length - 1 else ""
        windows = count_of(count, "full window" if self.full else "window")
        entropies = self.stats.entropy[self.rows]
        entropy = np.nanmean(entropies) if not np.isnan(entropies).all() else 1.0
        return (
            f"In {windows}, position {best + 1} of {length}{name} receives the most attention: {percent(shares[best])} "
            f"on average (uniform: {percent(self.levels[best])}). The latest item receives {percent(shares[-1])} on "
            f"average{spread}. The entropy is {number(entropy)} on average (1 if all items receive the same)."
        )

    def table(self) -> pd.DataFrame:
        """The average attention at each position of the window, and how it differs between users."""
        length = len(self.shares)
        rows = self.stats.average_attention[self.rows]
        quantiles = np.nanquantile(rows, (0.1, 0.5, 0.9), axis=0) if len(rows) else np.zeros((3, length))
        columns = {
            "position": [*map(str, range(1, length)), f"{length} (latest)"],
            "average attention": self.shares.round(3),
            "uniform": self.levels.round(3),
            "lowest tenth has at most": quantiles[0].round(3),
            "median": quantiles[1].round(3),
            "highest tenth has at least": quantiles[2].round(3),
        }
        return pd.DataFrame(columns)


def place_shares(stats: AcrossUsers, config: ModelConfig) -> PlaceShares:
    """The average over the full windows; if none is full, over all windows, with 0 for a position without an item."""
    shared, length = ~np.isnan(stats.recency), config.window
    full = bool((shared & stats.full).any())
    rows = shared & stats.full if full else shared
    shares = stats.average_attention[rows].mean(0) if rows.any() else np.zeros(length)
    lengths = stats.lengths[rows] if rows.any() else np.array([length])
    of_length = np.array([uniform(config, count)[1] for count in range(1, length + 1)])
    levels = np.where(np.arange(length) >= length - lengths[:, None], of_length[lengths - 1][:, None], 0).mean(0)
    return PlaceShares(stats, shares, levels, rows, full)


def places(record: PlaceShares) -> Figure:
    """A bar for each position, oldest first, and the level of uniform attention."""
    count = len(record.shares)
    columns, names = list(range(count)), [*map(str, range(1, count)), f"{count}, latest"]
    labelled = columns if count <= LABELLED else [*range(4, count - 1, 5), count - 1]
    texts = [f"position {name}<br>{percent(share)}" for name, share in zip(names, record.shares, strict=True)]
    inside: dict[str, Any] = {"textposition": "auto", "insidetextanchor": "start"}
    inside["text"] = [percent(share) for share in record.shares] if count <= WRITTEN else None
    inside["insidetextfont"] = {"color": "#FFFFFF"}
    bars = bar(columns, record.shares.tolist(), name="average attention", marker={"color": SHORT}, **inside)
    top = float(max(record.levels.max(), record.shares.max()))
    name = f"uniform: {percent(record.levels[-1])}" if np.ptp(record.levels) <= SAME else "uniform"
    level = line([-0.5, *columns, count - 0.5], np.pad(record.levels, 1, "edge").tolist(), name, SELECTED, "dash")
    written = {"tickmode": "array", "tickvals": labelled, "ticktext": [names[k] for k in labelled]}
    across = axis("position in the window, oldest first", **written, fixedrange=True)
    up = axis("average attention", **percent_ticks(top), rangemode="tozero", automargin=True, fixedrange=True)
    look = {"bargap": 0.3, "legend": legend(), "xaxis": across, "yaxis": up}
    return figure([bars | hover(texts), level], HEIGHT, MARGIN, **look)


def line(x: Sequence[float], y: Sequence[float], name: str, colour: str, dash: str) -> Trace:
    """A line at a level, named in the legend, because a name beside the line would lie over the bars."""
    return scatter(x, y, "lines", name=name, line={"color": colour, "dash": dash, "width": 2.5}, hoverinfo="skip")


@dataclass(frozen=True, eq=False)
class TauHistogram:
    """How many users have which τ. Rows: delete, mask, exact."""

    centres: np.ndarray  # (21,) float64, −1 … 1
    counts: np.ndarray  # (3, 21) int64
    means: np.ndarray  # (3,) float64, over the users who have a τ; NaN without any
    own: float | None  # τ (delete) of the user shown

    def table(self) -> pd.DataFrame:
        """How many users have a τ within .05 of each listed value."""
        table = pd.DataFrame({"τ": [f"{centre:.1f}" for centre in self.centres.round(1) + 0.0]})
        kinds = ("positions shift", "positions kept", "exact sum")
        for name, counts, mean in zip(kinds, self.counts, self.means, strict=True):
            table[f"users ({name}{'' if np.isnan(mean) else f', mean τ {number(mean)}'})"] = counts
        return table


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
        why = "all weights of a window are equal"
        return f"In this run {why}, so attention can neither match influence nor contradict it."
    chance = float(np.mean(1 / stats.lengths[answered]))
    own_tau = f" For {scene.who}, τ = {number(record.own)}." if record.own is not None else ""
    exact = "" if np.isnan(record.means[2]) else f" (with the exact contributions: {number(record.means[2])})"
    share, tau = percent(np.nanmean(agreed)), record.means[0]
    return (
        f"The most attended item is also the most influential one for {share} of {count_of(count, 'user')}; by chance "
        f"it would be for {percent(chance)}. Over all items of a window, attention {verdict(tau)} influence: Kendall’s "
        f"τ is {number(tau)} on average{exact}.{own_tau}{older_tau(stats)}"
    )


def taus(scene: Scene, record: TauHistogram) -> Figure:
    """How many users have which τ between attention and influence; the mean, and the τ of the user shown, by name."""
    look = {"width": 0.09, "marker": FAINT, "hovertemplate": "τ = %{x:.1f}: %{y:,} users<extra></extra>"}
    data = [bar(record.centres.tolist(), record.counts[0].tolist(), name="users", **look)]
    upright, mean = [0, int(record.counts[0].max())], float(record.means[0])
    if mean == mean:  # NaN if nobody has a τ
        data.append(line([mean, mean], upright, f"mean: {number(mean)}", COUNT, "dash"))
    if record.own is not None:
        label = f"{short_title(scene.who)}: {number(record.own)}"
        data.append(line([record.own, record.own], upright, label, SELECTED, "dot"))
    written = {"range": [-1.08, 1.08], "fixedrange": True} | ticks(-1, 1, 0.5)
    across = axis("τ (−1 opposite order, 0 no relation, 1 same order)", **written)
    up = axis("users", rangemode="tozero", automargin=True, fixedrange=True)
    return figure(data, HEIGHT, MARGIN, legend=legend(), xaxis=across, yaxis=up)


def causes_found(run: Run) -> CauseShares | None:
    """The shares of causes found. None if no cause is known, or if a window holds one item: then there is no choice."""
    return statistics_of(run).causes if run.model_config.window > 1 else None


def no_causes_sentence(run: Run) -> str:
    """Why there is no share of causes found; empty where there is."""
    if causes_found(run) is not None:
        return ""
    if statistics_of(run).causes is not None:
        return "Every window holds a single item, so there is no choice of causes."
    why = "the data set does not record it" if run.across_users else "this run does not store it"
    return f"The true cause of each interaction is not known: {why}. The bundled sample knows it."


def causes_sentence(causes: CauseShares) -> str:
    """How often attention finds the true cause, beside all other methods."""
    shares = dict(zip(FINDERS, causes.shares[0].tolist(), strict=True))
    rivals = {name: shares[name] for name in POINTERS if name != "attention" and not np.isnan(shares[name])}
    best, attention = max(rivals, key=rivals.__getitem__), shares["attention"]
    verdict = "Attention finds more causes than any other method here."
    if rivals[best] >= attention:
        pointer = f"“{POINTERS[best].words}”" if best in BASELINES else POINTERS[best].words
        verdict = f"Attention is only one part of the calculation: {pointer} finds {percent(rivals[best])}."
    return (
        f"For {causes.viewings[0]:,} interactions the true cause is known and in the window. The item with most "
        f"attention is the cause of {percent(attention)} of them, the latest item of {percent(shares['latest'])}; a "
        f"guess by chance finds {percent(shares['chance'])}. {verdict}"
    )


def causes_table(causes: CauseShares) -> pd.DataFrame:
    """The share of true causes found by each method, for each kind of cause."""
    table = pd.DataFrame({"method": [pointer.words for pointer in POINTERS.values()]})
    order = [FINDERS.index(name) for name in POINTERS]
    for kind, viewings, shares in zip(causes.kinds, causes.viewings, causes.shares, strict=True):
        table[f"{kind} ({viewings:,})"] = shares[order].round(3)
    return table


def cause_bars(causes: CauseShares) -> list[tuple[str, float, str]]:
    """The label of each method, its share of true causes, and its kind: "attention", "baseline" or "". No bar for the
    exact sum where there is none."""
    shares = dict(zip(FINDERS, causes.shares[0].tolist(), strict=True))
    bars = [(pointer.label, shares[name], METHODS.get(name, "")) for name, pointer in POINTERS.items()]
    return [bar for bar in bars if not np.isnan(bar[1])]
