"""The scenes of the presenter mode, chosen by rule from the run's own numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from attrec_core.errors import ordinal, percent
from attrec_core.explain.across_users.apart import AttentionApart, clearly_apart
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.neighbours import NEIGHBOURS, nearest
from attrec_core.explain.ranking import half_ranks
from attrec_core.explain.vectors import items_table
from attrec_core.runs.across_users import NO_PLACE
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.across_users.extremes import RowWords, in_order
from attrec_core.views.maps import kept_neighbours, projections
from attrec_core.views.page_context import scene
from attrec_core.views.view import View

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
class PreparedScene:
    """One scene of the presenter mode."""

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
    # The latest item is selected, and the stages follow the cell in its column whose row attends to it most.
    latest = view(past, stats.weights.shape[1] - 1)
    weights = scene(run, latest).trace.weights
    latest = replace(latest, cell=(int(weights[:, -1].argmax()) + 1, len(weights)))
    add(second, "step-by-step", latest, f"{why.who(past)}: {why.latest(past)}{follow}")
    scenes[APART] = None
    if odd is not None:
        add(APART, "why", view(odd.row, odd.cause), apart_in_words(why, odd))
    together, alone = only_together(why, used)
    used.add(together)
    add("Short and long term together", "score-split", view(together), f"{why.rank(together)} {alone}")
    scenes[NEAR] = next(near_scenes(why, used), None)
    everybody = View(run=run.name, user=why.who(dominant if odd is None else odd.row))
    add("All users together", "at-large", everybody, all_users(len(stats.users)))
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
        f"{percent(shares[case.attended])}. Without it, {name} {moves}. {title(case.cause)} receives only "
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
    short, long = ranks[row]
    return row, (
        f"By the short-term distance alone it would be {ordinal(short)}, by the long-term distance {ordinal(long)}."
    )


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
                say = (
                    f"{why.title(first)} is the item nearest to {point} that {why.who(row)} has not seen: it is "
                    "recommended first."
                )
                yield PreparedScene(0, NEAR, "metric-space", chosen, say)


def all_users(count: int) -> str:
    """The figures of the page say how many of them, so this does not."""
    rest = f"One user is an example. Is it the same for the other {count - 1:,}?"
    return rest if count > 1 else "This run has a single test user."
