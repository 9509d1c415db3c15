"""The lesson steps on what not to believe: that attention is influence, and that a map is the space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.errors import count_of, number, ordinal, percent
from attrec_core.explain.across_users.apart import clearly_apart
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.distances import squared_distances
from attrec_core.explain.leave_one_out import leave_one_out
from attrec_core.explain.wording import amount
from attrec_core.runs.cached_on_owner import cached_latest
from attrec_core.runs.run import Run
from attrec_core.views.lesson.step import (
    Selection,
    StepTexts,
    largest,
    lesson_view,
    lettered_title,
    mentioned_elsewhere,
    most_attended,
    quoted,
    quoted_at,
)
from attrec_core.views.maps import items_at, place
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View


def effects_of(before: Scene) -> np.ndarray:
    """(n,) how much the distance of the explained item grows when each item of the window is deleted. Cached, because a
    step is compared with its beginning each time the page runs."""
    return cached_latest(before.run, computed_effects, before, key=before.view, most=64)


def computed_effects(_: Run, before: Scene) -> np.ndarray:
    return np.array([effect.delta_distance for effect in leave_one_out(before.moment, explained(before)).delete])


def explained(before: Scene) -> int:
    assert before.explained is not None
    return before.explained


class InfluenceStep(Selection):
    title = "Attention is not influence"
    page = "why"
    keys = "Tab to the table, move with the arrow keys, Enter selects."
    given_away_by = "reason"
    about = (
        "An item with much attention is not necessarily the reason for a recommendation. There is a test: remove an "
        "item and see how much the distance of the recommendation grows."
    )

    def obstacle(self, run: Run) -> str | None:
        if run.model_config.long_weight == 1:
            return (
                "This model was trained with ω = 1: the window does not affect its ranking, so there is no influence."
            )
        return super().obstacle(run)

    def prepared(self, run: Run) -> View:
        """A test user whose most attended item clearly is not the most influential one, and whom the app does not
        mention elsewhere."""
        users = (int(statistics_of(run).users[case.row]) for case in clearly_apart(run))
        user = next((user for user in users if user not in mentioned_elsewhere(run)), None)
        chosen = lesson_view(run, self.fewest) if user is None else View(user=run.interactions.user_ids[user])
        return self.explaining(run, chosen)

    def explaining(self, run: Run, view: View) -> View:
        """Fixes the first recommendation as the explained item, so that a selection does not change it."""
        first = scene(run, view).explained
        return replace(view, item=None if first is None else run.interactions.item_ids[first])

    def best(self, before: Scene) -> np.ndarray:
        return before.window[largest(effects_of(before), 3)]

    def texts(self, before: Scene) -> StepTexts:
        effects, weights, attended = effects_of(before), before.trace.column_weights, most_attended(before)
        strongest = int(effects.argmax())
        item, cause, favourite = (
            quoted(before, explained(before)),
            quoted_at(before, strongest),
            quoted_at(before, attended),
        )
        effect, attended_effect = float(effects[strongest]), float(effects[attended])
        share, size = percent(weights[attended]), amount(abs(effect), 3)
        if effect > 0:
            because = f"removing {cause} raises the distance of {item} most, by {size}"
            seen = f"Attention is not influence: {favourite} receives the most attention, {share}; but {because}."
            if strongest == attended:
                seen = f"Attention can match influence: {because}, and {cause} receives the most attention, {share}."
        else:
            because = f"removing any of the items lowers the distance of {item}, and removing {cause} lowers it least"
            seen = f"An item can raise a distance: {because}, by {size}."
        reveal = f"It also receives the most attention, {share}: here attention matches influence."
        if strongest != attended:
            change = f"lowers the distance by {amount(abs(attended_effect), 3)}"
            if attended_effect > 0:
                change = f"raises the distance by {amount(attended_effect, 3, only='only ')}"
            reveal = f"But {favourite} receives the most attention, {share}; removing it {change}."
        return StepTexts(
            question=f"{item} is recommended first. Which item, when removed, raises its distance most?",
            options=tuple(
                f"{lettered_title(before, position)} ({percent(weight)} attention)"
                for position, weight in enumerate(weights)
            ),
            right=tuple(largest(effects, 3).tolist()),
            task="Find that item under “Does attention mean influence?”, in the column “Removed”, and click its row.",
            because=because,
            reveal=reveal,
            seen=seen,
        )


class SpaceStep(Selection):
    title = "The metric space"
    page = "metric-space"
    fewest = 1
    keys = "Tab to “Find an item”, type its title, Enter."
    about = (
        "Items and **m** are points in a space of many dimensions; items near m are recommended. A map shows only two "
        "dimensions, so it can mislead. Distances are computed in all dimensions."
    )

    def prepared(self, run: Run) -> View:
        return replace(lesson_view(run, self.fewest), projection="pca", space="short")

    def best(self, before: Scene) -> np.ndarray:
        """The nearest neighbour of m, and the items whose distances read the same."""
        return largest(-before.ranking.short, 3)

    def offered(self, before: Scene, nearest_on_map: int) -> list[int]:
        """Items to choose from, in the order of their titles."""
        away = before.ranking.short
        attended = int(before.window[most_attended(before)])
        items = {int(away.argmin()), nearest_on_map, attended, int(before.window[-1]), *before.ranking.top(1).tolist()}
        if len(items) == 1:
            items.add(int(away.argmax()))
        return sorted(items, key=lambda item: (before.title(item), item))

    def texts(self, before: Scene) -> StepTexts:
        away, dim = before.ranking.short, before.run.model_config.dim  # away (N,): true distances to m
        intent = place(before.run, "short", "pca", before.trace.intent)
        on_map, best = int(squared_distances(items_at(before.run, "short", "pca"), intent).argmin()), int(away.argmin())
        offered = self.offered(before, on_map)
        titles = [quoted(before, item)[1:-1] for item in offered]
        nearest, distance, nearest_on_map = quoted(before, best), number(away[best], 3), quoted(before, on_map)
        rank = int((away < away[on_map]).sum()) + 1
        if dim <= 2:
            end = f"This space has {count_of(dim, 'dimension')}, so the map is exact."
        elif on_map == best:
            end = f"Here the map, 2 of {dim} dimensions, agrees; often it does not."
        else:
            end = f"On the map {nearest_on_map} seems nearest; in all {dim} dimensions it is {ordinal(rank)}, at "
            end += f"{number(away[on_map], 3)}."
        return StepTexts(
            question="Which of these items is nearest to m?",
            options=tuple(
                title if titles.count(title) == 1 else f"{title} ({before.item_id(item)})"
                for title, item in zip(titles, offered, strict=True)
            ),
            right=tuple(np.flatnonzero(np.isin(offered, self.best(before))).tolist()),
            task="Find the item that is nearest to m in all dimensions: it is first in the list beside the map. "
            "Select it.",
            because=f"the squared distance of {nearest} to m is the smallest, {distance}",
            reveal=end,
            seen=f"Items near m are recommended: {nearest} is nearest, at {distance}; on the map "
            f"{'it' if on_map == best else nearest_on_map} seems nearest.",
        )
