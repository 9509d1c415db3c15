"""Who of all test users stands out, by rule; found in every run, and so are the scenes that a presenter shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from attrec_core.explain.leave_one_out import leave_one_out
from attrec_core.explain.moment import moment_of
from attrec_core.explain.population.users import known
from attrec_core.explain.ranks import half_ranks
from attrec_core.explain.wording import against_even
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.population import NO_PLACE, SAME, AtLarge, Extreme
from attrec_core.runs.run import Run
from attrec_core.views.drawing.theme import number
from attrec_core.views.page_context import scene
from attrec_core.views.view import View

NOTHING_SEEN = "A single item has nobody else to look at, and the mask takes what it gives itself."
LOOKED_INTO = 300  # users whose ranks under each part alone are computed to find a scene


@dataclass(frozen=True)
class PreparedScene:
    """One scene of the presenter mode."""

    number: int  # from 1, the key that shows it
    title: str
    page: str  # the page's path, such as "attention"
    view: View
    say: str  # what to say, in a sentence or two


@cached
def extremes(run: Run) -> tuple[Extreme, ...]:
    """One user for each rule that has one, of those with the longest windows.

    The two ends of a measure are somebody only where it differs from user to user.
    """
    found, say = known(run), Words(run)
    dominance = found.looked.max(1)
    sides = (
        ("looks most at the latest item", found.recency, -1, say.latest, "attention"),
        ("looks least at the latest item", found.recency, 1, say.latest, "attention"),
        ("looks at one item most of all", dominance, -1, say.dominant, "attention"),
        ("has attention most at odds with influence", found.tau_delete, 1, say.influence, "why"),
        ("has attention most in line with influence", found.tau_delete, -1, say.influence, "why"),
        ("has the true next item ranked best", found.ranks, 1, say.rank, "attention"),
        ("has the true next item ranked worst", found.ranks, -1, say.rank, "attention"),
    )
    return tuple(
        Extreme(rule, int(found.users[row]), float(values[row]), words(row), page)
        for rule, values, sign, words, page in sides
        for row in in_order(run, found, sign * values)[:1].tolist()
        if values is dominance or differs(found, values)
    )


def standing_out(run: Run) -> dict[str, str]:
    """What a list of people says of those who stand out → their id. Empty for a run that does not know."""
    if run.at_large is None:
        return {}
    ids = run.interactions.user_ids
    return {f"★ {one.rule}: {ids[one.user]}": ids[one.user] for one in extremes(run)}


def differs(found: AtLarge, values: np.ndarray) -> bool:
    """Whether not all users with the longest windows have the same value."""
    known = values[(found.lengths == found.lengths.max()) & np.isfinite(values)]
    return len(known) > 0 and float(known.max() - known.min()) > SAME


def in_order(run: Run, found: AtLarge, values: np.ndarray) -> np.ndarray:
    """Rows with the longest windows, smallest value first; of equals the one whose test item is rarest, then the one
    whose attention is least even. Rows without a value are left out."""
    rows = np.flatnonzero((found.lengths == found.lengths.max()) & np.isfinite(values))
    data = run.interactions
    test_items = data.items[data.starts[found.users[rows] + 1] - 1]
    keys = (np.nan_to_num(found.entropy[rows], nan=1.0), run.popularity[test_items], values[rows])
    return rows[np.lexsort(keys)]


@dataclass(frozen=True, eq=False)
class Words:
    """Why a row stands out, in a sentence."""

    run: Run

    @property
    def found(self) -> AtLarge:
        return known(self.run)

    def who(self, row: int) -> str:
        return self.run.interactions.user_ids[self.found.users[row]]

    def window(self, row: int) -> np.ndarray:
        """(L,) item indices right-aligned, as the places of the record count."""
        history = self.run.interactions.history(int(self.found.users[row]))[:-1]
        length = self.found.weights.shape[1]
        return np.concatenate([np.full(max(length - len(history), 0), NO_PLACE), history[-length:]])

    def item(self, item: int) -> str:
        return f"“{self.run.interactions.titles[item]}”"

    def at(self, row: int, place: int) -> str:
        return self.item(int(self.window(row)[place]))

    def test_item(self, row: int) -> str:
        return self.item(int(self.run.interactions.history(int(self.found.users[row]))[-1]))

    def latest(self, row: int) -> str:
        if np.isnan(self.found.recency[row]):
            return NOTHING_SEEN
        weight = float(self.found.recency[row])
        return (
            f"{number(weight)} of the attention goes to the latest item, {self.at(row, -1)}, "
            f"{against_even(weight, self.even(row))}."
        )

    def even(self, row: int) -> float:
        """What each item's w would be if all were looked at alike."""
        return 1.0 if self.run.model_config.aggregation == "sum" else 1 / int(self.found.lengths[row])

    def dominant(self, row: int) -> str:
        place = int(self.found.top_attention[row])
        if np.isnan(self.found.looked[row, place]):
            return NOTHING_SEEN
        weight, even = float(self.found.looked[row, place]), self.even(row)
        return f"{self.at(row, place)} gets {number(weight)} of the attention, {against_even(weight, even)}."

    def influence(self, row: int) -> str:
        matters = int(self.found.top_delete[row])
        moved = self.item(int(self.found.explained[row]))
        if matters == NO_PLACE:
            return f"No item of this window matters more to {moved} than another."
        tau = float(self.found.tau_delete[row])
        tau = "(τ does not exist: all weights are equal)" if np.isnan(tau) else f"(τ = {number(tau)})"
        agreed = self.found.agrees(self.found.top_delete)[row] == 1
        looked = matters if agreed else int(self.found.top_attention[row])
        if self.effect(row, matters) <= 0:
            return (
                f"{self.at(row, looked)} is looked at most. Whichever item is left out, {moved} does not move away; it "
                f"comes nearer least without {self.at(row, matters)} {tau}."
            )
        if agreed:
            return f"{self.at(row, looked)} is looked at most, and leaving it out pushes {moved} away most {tau}."
        return (
            f"{self.at(row, looked)} is looked at most, but leaving out {self.at(row, matters)} pushes {moved} away "
            f"most {tau}."
        )

    def effect(self, row: int, place: int) -> float:
        """By how much the first recommendation moves away without the item at this place of L; the record does not
        hold it."""
        user, length = int(self.found.users[row]), self.found.weights.shape[1]
        moment = moment_of(self.run, user, step=len(self.run.interactions.history(user)) - 1)
        deleted = leave_one_out(moment, int(self.found.explained[row])).delete
        return deleted[place - length + int(self.found.lengths[row])].delta_distance

    def rank(self, row: int) -> str:
        return f"{self.test_item(row)} really came next, and is ranked {self.found.ranks[row]:g}."


@cached
def prepared_scenes(run: Run, name: str | None = None) -> tuple[PreparedScene, ...]:
    """Six scenes, by rule from the run's own numbers. `name`: what the app calls the run, else the run's name."""
    found, say, used = known(run), Words(run), set()
    name = name or run.name

    def pick(values: np.ndarray) -> int:
        """The first row in order that no scene has yet; any where all values are missing."""
        order = in_order(run, found, values).tolist() or in_order(run, found, found.ranks).tolist()
        row = next((row for row in order if row not in used), order[0])
        used.add(row)
        return row

    def view(row: int, place: int = NO_PLACE) -> View:
        item = None if place == NO_PLACE else run.interactions.item_ids[say.window(row)[place]]
        return View(run=name, user=say.who(row), selected=item)

    def at_latest(row: int) -> View:
        """The latest item is selected, and the stages follow it: its column, in the row that looks at it most."""
        chosen = view(row, found.weights.shape[1] - 1)
        weights = scene(run, chosen).trace.weights
        return replace(chosen, cell=(int(weights[:, -1].argmax()) + 1, len(weights)))

    agreed = found.agrees(found.top_delete)
    apart = np.where(agreed == 0, found.tau_delete, np.nan)
    parted = len(in_order(run, found, apart)) > 0
    dominant, odds, past = pick(-found.looked.max(1)), pick(apart if parted else found.tau_delete), pick(found.recency)
    beside = "Attention is not influence" if parted else "Attention beside influence"
    together, alone = only_together(run, found, used)
    used.add(together)
    near = pick(found.ranks)
    top, several = int(found.top_attention[dominant]), found.lengths.max() > 1
    what_if, follow = (" What if it goes?", " Follow its number, stage by stage.") if several else ("", "")
    first, second = ("One item dominates", "Past the latest") if several else ("One item alone", "The same, by stages")
    scenes = (
        (first, "attention", view(dominant, top), f"{say.dominant(dominant)}{what_if}"),
        (second, "step-by-step", at_latest(past), f"{say.latest(past)}{follow}"),
        (beside, "why", view(odds, int(found.top_delete[odds])), say.influence(odds)),
        ("Short and long together", "score-split", view(together), f"{say.rank(together)} {alone}"),
        ("Near is next", "metric-space", view(near), f"{say.rank(near)} See where it lies."),
        ("All users at once", "at-large", View(run=name, user=say.who(odds)), all_users(found)),
    )
    return tuple(PreparedScene(number, *scene) for number, scene in enumerate(scenes, 1))


def only_together(run: Run, found: AtLarge, used: set[int]) -> tuple[int, str]:
    """The row whose test item stands best under ω though neither part alone would put it there, and its ranks."""
    order = in_order(run, found, found.ranks)
    rows = [row for row in order[found.ranks[order] == found.ranks[order[0]]].tolist() if row not in used]
    best = max(
        ((row, *ranks_alone(run, int(found.users[row]))) for row in rows[:LOOKED_INTO] or order[:1].tolist()),
        key=lambda one: min(one[1:]),
    )
    omega = run.model_config.long_weight
    words = (
        f"That is with ω = {number(omega)}: by the short term alone it would be {best[1]:g}, by the long term "
        f"{best[2]:g}."
    )
    return best[0], words


def ranks_alone(run: Run, user: int) -> tuple[float, float]:
    """Of a user's test item, by the short-term and by the long-term distance alone."""
    history = run.interactions.history(user)
    ranking = moment_of(run, user, step=len(history) - 1).ranking
    short, long = (half_ranks(part, ranking.candidates) for part in (ranking.short, ranking.long))
    return float(short[history[-1]]), float(long[history[-1]])


def all_users(found: AtLarge) -> str:
    """Whether attention is influence, over everybody."""
    agreed = found.agrees(found.top_delete)
    count, apart = int((~np.isnan(agreed)).sum()), int((agreed == 0).sum())
    if count == 0:
        return "In this run no item of a window matters more than another."
    not_one = "the item looked at most is not the one that matters most"
    if apart == 0:
        return f"For all {count:,} test users with an answer, the item looked at most is the one that matters most."
    if apart == 1:
        return f"For a single one of {count:,} test users {not_one}."
    if 2 * apart < count:
        return f"For {apart:,} of {count:,} test users {not_one}."
    return f"For {apart / count:.0%} of {count:,} test users {not_one}."
