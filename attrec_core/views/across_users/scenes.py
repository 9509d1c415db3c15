"""Test users who stand out, chosen by rule from the run's own numbers, and the scenes of the presenter mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from attrec_core.errors import number, ordinal, percent
from attrec_core.explain.across_users.apart import AttentionApart, clearly_apart
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.attention import LITTLE, uniform
from attrec_core.explain.influence import leave_one_out
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.neighbours import NEIGHBOURS, nearest
from attrec_core.explain.ranking import half_ranks
from attrec_core.explain.vectors import items_table
from attrec_core.runs.across_users import NO_PLACE, SAME, AcrossUsers
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import against_even
from attrec_core.views.maps import kept_neighbours, projections
from attrec_core.views.page_context import scene
from attrec_core.views.view import View

NOTHING_SEEN = "A single item can attend only to itself, and the mask removes that."
# Weights, as times the weight under uniform attention.
DOMINANT = 1.5  # and more: the item dominates
IGNORED = 0.5  # less: the item is ignored
APART, NEAR = "Attention is not influence", "Near means recommended"
LOOKED_INTO = 300  # users whose ranks under each part alone are computed to find a scene
LEAST_KEPT = 8  # of the NEIGHBOURS nearest items, on a map that a room may trust
LISTED = 5  # of these items, beside the map
LEFT_OUT = {
    APART: "no test user was found whose most attended item matters least while an item with little attention matters "
    "most.",
    NEAR: f"no test user was found around whom a map keeps {LEAST_KEPT} of the {NEIGHBOURS} nearest items and whose "
    "nearest new item is recommended first.",
}


@dataclass(frozen=True)
class Extreme:
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
        if values is dominance or float(np.ptp(values[candidates(stats, values)])) > SAME
    )


def standing_out(run: Run) -> dict[str, str]:
    """Label in a list of users → user id, for each user who stands out. Empty for a run without statistics."""
    if run.across_users is None:
        return {}
    ids = run.interactions.user_ids
    return {f"{ids[extreme.user]} ★ {extreme.rule}": ids[extreme.user] for extreme in extremes(run)}


def candidates(stats: AcrossUsers, values: np.ndarray) -> np.ndarray:
    """The rows with the longest windows that have a value."""
    return np.flatnonzero((stats.lengths == stats.lengths.max()) & np.isfinite(values))


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
        return moment_of(self.run, user)

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
        weight, even = float(self.stats.average_attention[row, -1]), self.even(row)
        if weight < IGNORED * even:
            return "The latest item is ignored"
        little = weight < LITTLE * even
        return "The latest item receives little attention" if little else "The latest item is not ignored"

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


@dataclass(frozen=True)
class PreparedScene:
    number: int  # from 1, the key that shows it
    title: str
    page: str  # the page's path, such as "attention"
    view: View
    say: str  # what to say, in a sentence or two


def prepared_scenes(run: Run) -> tuple[PreparedScene, ...]:
    """Up to six scenes, numbered from 1."""
    scenes = [chosen for chosen in chosen_scenes(run).values() if chosen is not None]
    return tuple(replace(chosen, number=number) for number, chosen in enumerate(scenes, 1))


def left_out(run: Run) -> tuple[str, ...]:
    """A sentence for each scene that this run has no case for."""
    missing = [title for title, chosen in chosen_scenes(run).items() if chosen is None]
    return tuple(f"The scene “{title}” is left out: {LEFT_OUT[title]}" for title in missing)


@cached
def chosen_scenes(run: Run) -> dict[str, PreparedScene | None]:
    """Title → scene, in order, each without its number; None: the run has no case for it."""
    stats = statistics_of(run)
    why, used = RowWords(run, stats), set[int]()

    def pick(values: np.ndarray) -> int:
        """The first row in order that no scene uses yet; any row if all values are missing."""
        order = in_order(run, stats, values).tolist() or in_order(run, stats, stats.ranks).tolist()
        row = next((row for row in order if row not in used), order[0])
        used.add(row)
        return row

    def view(row: int, place: int = NO_PLACE) -> View:
        item = None if place == NO_PLACE else run.interactions.item_ids[why.item_at(row, place)]
        return View(run=run.name, user=why.who(row), selected=item)

    scenes: dict[str, PreparedScene | None] = {}

    def add(title: str, page: str, shown: View, say: str) -> None:
        scenes[title] = PreparedScene(0, title, page, shown, say)

    dominant = pick(-stats.average_attention.max(1))
    odd = next((case for case in clearly_apart(run) if case.row not in used), None)
    used |= set() if odd is None else {odd.row}
    past = pick(stats.recency)
    several = stats.lengths.max() > 1
    what_if, follow = (" What happens without it?", " Follow its number.") if several else ("", "")
    first, second = why.dominant_title(dominant), why.latest_title(past)
    if not several:
        first, second = "A single item", "The same, by stages"
    add(first, "attention", view(dominant, int(stats.top_attention[dominant])), f"{why.dominant(dominant)}{what_if}")
    # The latest item is selected; the stage of the weights follows the cell in its column whose row attends to it most.
    latest = view(past, stats.weights.shape[1] - 1)
    weights = scene(run, latest).trace.weights
    latest = replace(latest, cell=(int(weights[:, -1].argmax()) + 1, len(weights)), stage="mask")
    add(second, "step-by-step", latest, f"{why.who(past)}: {why.latest(past)}{follow}")
    scenes[APART] = None
    if odd is not None:
        add(APART, "why", view(odd.row, odd.cause), apart_in_words(why, odd))
    together, alone = only_together(why, used)
    used.add(together)
    add("Short and long term together", "score-split", view(together), f"{why.rank(together)} {alone}")
    scenes[NEAR] = next(near_scenes(why, used), None)
    everybody, others = View(run=run.name, user=why.who(dominant if odd is None else odd.row)), len(stats.users) - 1
    # The figures of the page say how many of them, so this does not.
    say = f"One user is an example. Is it the same for the other {others:,}?"
    add("All users together", "at-large", everybody, say if others else "This run has a single test user.")
    return scenes


def apart_in_words(why: RowWords, case: AttentionApart) -> str:
    """How the first recommendation's rank changes without the most attended item, and without the item that matters."""
    explained, shares = int(why.stats.explained[case.row]), why.stats.average_attention[case.row]
    name = why.title(explained)

    def title(place: int) -> str:
        return why.title(why.item_at(case.row, place))

    moves = f"stays {ordinal(1)}" if case.without_attended == 1 else f"drops to {ordinal(case.without_attended)}"
    return (
        f"{why.who(case.row)}: {title(case.attended)} receives the most attention, "
        f"{percent(shares[case.attended])}. Without it, {name} {moves}. {title(case.cause)} receives "
        f"{percent(shares[case.cause])}. Without it, {name} drops to {ordinal(case.without_cause)}."
    )


def only_together(why: RowWords, used: set[int]) -> tuple[int, str]:
    """The row whose test item ranks best under ω although neither part alone would rank it there, and its ranks under
    each part alone."""
    stats, ranks = why.stats, {}
    order = in_order(why.run, stats, stats.ranks)
    best = [row for row in order[stats.ranks[order] == stats.ranks[order[0]]].tolist() if row not in used]
    for row in best[:LOOKED_INTO] or order[:1].tolist():
        moment = why.moment(row)
        ranking = moment.ranking
        assert ranking.long is not None
        parts = (half_ranks(part, ranking.candidates) for part in (ranking.short, ranking.long))
        ranks[row] = [float(part[moment.target]) for part in parts]
    row = max(ranks, key=lambda row: min(ranks[row]))
    short, long = map(ordinal, ranks[row])
    return row, f"By the short-term distance alone it would be {short}, by the long-term distance {long}."


def near_scenes(why: RowWords, used: set[int]) -> Iterator[PreparedScene]:
    """Maps on which near things are near in truth: the nearest item not seen before is recommended first. The space of
    the part that decides more comes first, then the map that the page shows first, then the user with most kept."""
    run, stats = why.run, why.stats
    spaces = ("short", "long") if run.model_config.long_weight < 0.5 else ("long", "short")
    rows = np.array([row for row in in_order(run, stats, stats.ranks).tolist() if row not in used], np.int64)
    for space, projection in product(spaces, projections(run)[::-1]):
        kept = kept_neighbours(run, space, projection, stats.users[rows])
        for index in np.argsort(-kept, kind="stable")[: (kept >= LEAST_KEPT).sum()].tolist():
            row = int(rows[index])
            moment = why.moment(row)
            candidates, first = moment.ranking.candidates, int(moment.ranking.top(1)[0])
            point, vector = ("m", moment.trace.intent) if space == "short" else (why.who(row), moment.taste)
            assert vector is not None
            near = nearest(items_table(run, space), vector, LISTED)[0].tolist()
            if next((item for item in near if candidates[item]), None) == first:
                chosen = View(run=run.name, user=why.who(row), space=space, projection=projection)
                nearest_new = f"the item nearest to {point} that {why.who(row)} has not seen"
                say = f"{why.title(first)} is {nearest_new}: it is recommended first."
                yield PreparedScene(0, NEAR, "metric-space", chosen, say)
