"""The steps on what not to believe: that attention is influence, and that a map is the space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.errors import number
from attrec_core.explain.distances import squared_distances
from attrec_core.explain.leave_one_out import leave_one_out
from attrec_core.explain.population.users import known
from attrec_core.explain.wording import amount
from attrec_core.runs.cached_on_owner import cached_latest
from attrec_core.runs.run import Run
from attrec_core.views.lesson.step import (
    Question,
    Step,
    called,
    columns,
    largest,
    mentioned_elsewhere,
    most_attended,
    quoted,
    quoted_at,
    same_window,
    somebody,
)
from attrec_core.views.metric_space.coordinates import items_at, place
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.population.extremes import in_order
from attrec_core.views.view import View

LOOKED_INTO = 30  # users who are tried for a clear example


def effects_of(scene: Scene) -> np.ndarray:
    """(n,) by how much the distance of the explained item grows when each item of the window is deleted. Cached: a step
    is compared with its beginning each time the page runs."""
    return cached_latest(scene.run, computed_effects, scene, key=scene.view, most=64)


def computed_effects(_: Run, scene: Scene) -> np.ndarray:
    return np.array([effect.delta_distance for effect in leave_one_out(scene.moment, scene.explained).delete])


class Influence(Step):
    title = "Attention is not influence"
    page = "why"
    keys = "Tab to the table, walk with the arrow keys, Enter selects."
    about = (
        "An item that is looked at long need not be the reason for a recommendation. There is a test: leave an item "
        "out, and see how far the recommendation moves away."
    )

    def obstacle(self, run: Run) -> str | None:
        if run.model_config.long_weight == 1:
            return "This model was trained with ω = 1: the window has no say in its list, so there is no influence."
        return super().obstacle(run)

    def prepared(self, run: Run) -> View:
        """A test user whose most attended item is clearly not the most influential one.

        Of the users whose attention disagrees most with influence, and whom the app does not mention elsewhere, the one
        whose most influential item has the largest effect.
        """
        stats = known(run)
        rows = in_order(run, stats, stats.tau_delete)[:LOOKED_INTO] if len(stats.users) else []
        users = [user for user in stats.users[rows].tolist() if user not in mentioned_elsewhere(run)]
        views = [self.explaining(run, View(user=run.interactions.user_ids[user])) for user in users]
        apart = [view for view in views if self.apart(scene(run, view))]
        if not apart:
            return self.explaining(run, somebody(run, self.fewest))
        return max(apart, key=lambda view: effects_of(scene(run, view)).max())

    def why_them(self, scene: Scene) -> str:
        if not self.apart(scene):
            return ""
        return "one in whom the item that is looked at most and the one that matters most are clearly not the same"

    def explaining(self, run: Run, view: View) -> View:
        """With the first recommendation as the explained item, so that it stays so whatever is selected."""
        first = scene(run, view).explained
        return replace(view, item=None if first is None else run.interactions.item_ids[first])

    def apart(self, scene: Scene) -> bool:
        effects = effects_of(scene)
        return effects.max() > 0 and effects[most_attended(scene)] < effects.max() / 2

    def question(self, scene: Scene) -> Question:
        options = tuple(
            f"{called(scene, place)} (looked at {number(weight)})" for place, weight in enumerate(columns(scene))
        )
        text = f"{quoted(scene, scene.explained)} is recommended first. Without which item would it move away most?"
        return Question(text, options, tuple(largest(effects_of(scene), 3).tolist()))

    def task(self, scene: Scene) -> str:
        return "Find that item under “Is attention influence?”, in the column “left out: deleted”, and click its row."

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.selected in before.window[largest(effects_of(before), 3)]

    def reveal(self, before: Scene, now: Scene) -> str:
        effects, attended = effects_of(before), most_attended(before)
        most, weight = int(effects.argmax()), number(columns(before)[attended])
        item, cause = quoted(before, before.explained), quoted_at(before, most)
        start = f"Without any of them {item} comes nearer; least without {cause}"
        if effects[most] > 0:
            start = f"Without {cause}, {item} moves away by {amount(effects[most], 3)}"
        if most == attended:
            return f"{start}. It is also looked at most, {weight}: here attention tells the truth."
        without = f"even comes nearer, by {amount(abs(effects[attended]), 3)}"
        if effects[attended] > 0:
            without = f"moves away by only {amount(effects[attended], 3)}".replace("only less", "less")
        return (
            f"{start}: the most of all. Yet {quoted_at(before, attended)} is looked at most, {weight}; without it, "
            f"{item} {without}."
        )

    def seen(self, before: Scene, now: Scene) -> str:
        effects, attended = effects_of(before), most_attended(before)
        most, weight = int(effects.argmax()), number(columns(before)[attended])
        item, cause = quoted(before, before.explained), quoted_at(before, most)
        if effects[most] <= 0:
            least = f"least, by {amount(abs(float(effects[most])), 3)}, without {cause}"
            return f"An item can push away: without any one of them {item} comes nearer, {least}."
        moves = f"without {cause}, {item} moves away most, by {amount(effects[most], 3)}"
        if most == attended:
            return f"Attention can tell the truth: {moves}, and {cause} is looked at most, {weight}."
        return f"Attention is not influence: {quoted_at(before, attended)} is looked at most, {weight}; yet {moves}."


class Space(Step):
    title = "The metric space"
    page = "metric-space"
    fewest = 1
    keys = "Tab to “Find an item”, type its title, Enter."
    about = (
        "Items and **m** are points in a space of many dimensions; what is near m is recommended. A map shows only two "
        "dimensions of it, so a map can mislead. Distances are computed in all of them."
    )

    def prepared(self, run: Run) -> View:
        return replace(somebody(run, self.fewest), projection="pca")

    def away(self, scene: Scene) -> np.ndarray:
        """(N,) true distances to m."""
        return scene.ranking.short

    def on_the_map(self, scene: Scene) -> int:
        """The item nearest to m on the map."""
        intent = place(scene.run, "short", "pca", scene.trace.intent)
        return int(squared_distances(items_at(scene.run, "short", "pca"), intent).argmin())

    def offered(self, scene: Scene) -> list[int]:
        """Items to choose from, in the order of their titles."""
        away = self.away(scene)
        attended = int(scene.window[most_attended(scene)])
        items = [int(away.argmin()), self.on_the_map(scene), attended, int(scene.window[-1])]
        items += scene.ranking.top(1).tolist()
        if len(set(items)) == 1:
            items.append(int(away.argmax()))
        return sorted(set(items), key=lambda item: (scene.title(item), item))

    def question(self, scene: Scene) -> Question:
        offered, away = self.offered(scene), self.away(scene)
        titles = [quoted(scene, item)[1:-1] for item in offered]
        options = [
            title if titles.count(title) == 1 else f"{title} ({scene.item_id(item)})"
            for title, item in zip(titles, offered, strict=True)
        ]
        right = [k for k, item in enumerate(offered) if item in nearest(away)]
        return Question("Which of these lies nearest to m?", tuple(options), tuple(right))

    def task(self, scene: Scene) -> str:
        return "Find the item that is truly nearest to m: the table under the second map knows. Select it."

    def done(self, before: Scene, now: Scene) -> bool:
        return same_window(before, now) and now.selected in nearest(self.away(before))

    def reveal(self, before: Scene, now: Scene) -> str:
        away, looks = self.away(before), self.on_the_map(before)
        best, rank = int(away.argmin()), int((away < away[looks]).sum()) + 1
        start = f"{quoted(before, best)} is nearest to m: {number(away[best], 3)}, squared."
        dim = before.run.model_config.dim
        if dim <= 2:
            return f"{start} This space has {dim} dimension{'s' * (dim > 1)}, so the map shows all of it: it is exact."
        if looks == best:
            return f"{start} Here the map of 2 of the {dim} dimensions is right about it; often it is not."
        return (
            f"{start} On the map {quoted(before, looks)} looks nearest; in all {dim} dimensions it is number {rank}, "
            f"{number(away[looks], 3)}."
        )

    def seen(self, before: Scene, now: Scene) -> str:
        away, looks = self.away(before), self.on_the_map(before)
        best = int(away.argmin())
        start = f"What is near m is recommended: {quoted(before, best)} is nearest to it, {number(away[best], 3)}"
        return f"{start}; on the map {'it' if looks == best else quoted(before, looks)} looks nearest."


def nearest(away: np.ndarray) -> np.ndarray:
    """The item with the smallest distance, and those that read the same."""
    return largest(-away, 3)
