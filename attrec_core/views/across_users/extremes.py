"""Test users who stand out, chosen by rule in every run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.attention import LITTLE, uniform
from attrec_core.explain.influence import leave_one_out
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.runs.across_users import NO_PLACE, SAME, AcrossUsers
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import against_even

NOTHING_SEEN = "A single item can attend only to itself, and the mask removes that."
# Weights, as times the weight under uniform attention.
DOMINANT = 1.5  # and more: the item dominates
IGNORED = 0.5  # less: the item is ignored


@dataclass(frozen=True)
class Extreme:
    """A test user at one end of a measure."""

    rule: str  # such as "Most attention to the latest item"
    user: int
    value: float
    why: str  # a sentence with the numbers
    page: str  # the page that shows it, such as "attention"


@cached
def extremes(run: Run) -> tuple[Extreme, ...]:
    """One user for each rule that has one, among the users with the longest windows.

    A measure has a user at its two ends only if it differs between users.
    """
    stats = statistics_of(run)
    why = RowWords(run, stats)
    dominance = stats.average_attention.max(1)
    rules = (
        ("Most attention to the latest item", stats.recency, -1, why.latest, "attention"),
        ("Least attention to the latest item", stats.recency, 1, why.latest, "attention"),
        ("Most attention to a single item", dominance, -1, why.dominant, "attention"),
        ("Attention contradicts influence most", stats.tau_delete, 1, why.influence, "why"),
        ("Attention matches influence best", stats.tau_delete, -1, why.influence, "why"),
        ("Best rank of the next item", stats.ranks, 1, why.rank, "attention"),
        ("Worst rank of the next item", stats.ranks, -1, why.rank, "attention"),
    )
    return tuple(
        Extreme(rule, int(stats.users[row]), float(values[row]), sentence(row), page)
        for rule, values, sign, sentence, page in rules
        for row in in_order(run, stats, sign * values)[:1].tolist()
        if values is dominance or differs(stats, values)
    )


def standing_out(run: Run) -> dict[str, str]:
    """Label in a list of users → user id, for each user who stands out. Empty for a run without statistics."""
    if run.across_users is None:
        return {}
    ids = run.interactions.user_ids
    return {f"★ {extreme.rule}: {ids[extreme.user]}": ids[extreme.user] for extreme in extremes(run)}


def candidates(stats: AcrossUsers, values: np.ndarray) -> np.ndarray:
    """The rows with the longest windows that have a value."""
    return np.flatnonzero((stats.lengths == stats.lengths.max()) & np.isfinite(values))


def differs(stats: AcrossUsers, values: np.ndarray) -> bool:
    """Whether not all users with the longest windows have the same value."""
    rows = candidates(stats, values)
    return len(rows) > 0 and float(np.ptp(values[rows])) > SAME


def in_order(run: Run, stats: AcrossUsers, values: np.ndarray) -> np.ndarray:
    """The candidates, smallest value first. Of equal values, the user whose test item is rarest comes first, then the
    user whose attention is least even."""
    rows, data = candidates(stats, values), run.interactions
    test_items = data.items[data.starts[stats.users[rows] + 1] - 1]
    keys = (np.nan_to_num(stats.entropy[rows], nan=1.0), run.popularity[test_items], values[rows])
    return rows[np.lexsort(keys)]


@dataclass(frozen=True, eq=False)
class RowWords:
    """Sentences on why a row of the statistics stands out. Places are positions of L, with the latest item last."""

    run: Run
    stats: AcrossUsers

    def who(self, row: int) -> str:
        return self.run.interactions.user_ids[self.stats.users[row]]

    def moment(self, row: int) -> Moment:
        """The moment before the test item, which is its target."""
        user = int(self.stats.users[row])
        return moment_of(self.run, user, step=len(self.run.interactions.history(user)) - 1)

    def item_at(self, row: int, place: int) -> int:
        return int(self.moment(row).window[place - self.stats.weights.shape[1]])

    def title(self, item: int | None) -> str:
        return "" if item is None else f"“{self.run.interactions.titles[item]}”"

    def latest(self, row: int) -> str:
        last = self.stats.weights.shape[1] - 1
        return self.weight(row, last, "The latest item, {item}, receives {weight} of the attention, {beside}.")

    def dominant(self, row: int) -> str:
        attended = int(self.stats.top_attention[row])
        return self.weight(row, attended, "{item} receives {weight} of the attention, {beside}.")

    def weight(self, row: int, place: int, text: str) -> str:
        """Fills the text with the weight of an item, compared with its weight under uniform attention."""
        weight = float(self.stats.average_attention[row, place])
        if np.isnan(weight):
            return NOTHING_SEEN
        item, beside = self.title(self.item_at(row, place)), against_even(weight, self.even(row))
        return text.format(weight=percent(weight), item=item, beside=beside)

    def even(self, row: int) -> float:
        """The weight of each item under uniform attention."""
        return uniform(self.run.model_config, int(self.stats.lengths[row]))[1]

    def dominant_title(self, row: int) -> str:
        weight = float(self.stats.average_attention[row, self.stats.top_attention[row]])
        return "One item dominates" if weight >= DOMINANT * self.even(row) else "No item dominates"

    def latest_title(self, row: int) -> str:
        times = float(self.stats.average_attention[row, -1]) / self.even(row)
        if times < IGNORED:
            return "The latest item is ignored"
        return "The latest item receives little attention" if times < LITTLE else "The latest item is not ignored"

    def influence(self, row: int) -> str:
        stats = self.stats
        influential, explained = int(stats.top_delete[row]), self.title(int(stats.explained[row]))
        if influential == NO_PLACE:
            return f"No item of this window influences {explained} more than another."
        value = float(stats.tau_delete[row])
        tau = "(τ is undefined: all weights are equal)" if np.isnan(value) else f"(Kendall’s τ = {number(value)})"
        agreed = stats.agrees(stats.top_delete)[row] == 1
        attended = influential if agreed else int(stats.top_attention[row])
        start = f"{self.title(self.item_at(row, attended))} receives the most attention"
        cause = self.title(self.item_at(row, influential))
        # How much the distance of the first recommendation grows without that item is not stored.
        effect = leave_one_out(self.moment(row), int(stats.explained[row])).delete[influential - stats.weights.shape[1]]
        if effect.delta_distance <= 0:
            least = f"removing {cause} lowers it least {tau}"
            return f"{start}. Removing any item lowers the distance of {explained}; {least}."
        removing = "and removing it" if agreed else f"but removing {cause}"
        return f"{start}, {removing} raises the distance of {explained} most {tau}."

    def rank(self, row: int) -> str:
        return f"The next item, {self.title(self.moment(row).target)}, is ranked {ordinal(self.stats.ranks[row])}."
