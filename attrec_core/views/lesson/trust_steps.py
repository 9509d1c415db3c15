"""The lesson steps on what not to believe: that attention is influence, that a map is the space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.errors import count_of, number, ordinal, percent
from attrec_core.explain.across_users.apart import clearly_apart
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.influence import leave_one_out
from attrec_core.explain.ranking import squared_distances
from attrec_core.explain.wording import amount
from attrec_core.runs.cached_on_owner import cached
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


@cached
def effects_of(before: Scene) -> np.ndarray:
    """(n,) how much the explained item's distance grows without each item of the window. Each run of a page asks."""
    return np.array([effect.delta_distance for effect in leave_one_out(before.moment, explained(before)).delete])


def explained(before: Scene) -> int:
    assert before.explained is not None
    return before.explained


def change(effect: float) -> str:
    if effect > 0:
        return f"raises the distance by {amount(effect, 3, only='only ')}"
    return f"lowers the distance by {amount(abs(effect), 3)}"


class InfluenceStep(Selection):
    title = "Attention is not influence"
    page = "why"
    given_away_by = "reason"

    def obstacle(self, run: Run) -> str | None:
        if run.model_config.long_weight == 1 and not run.model_config.remembers:
            return (
                "This model was trained with ω = 1: the window does not affect its ranking, so there is no influence."
            )
        return super().obstacle(run)

    def prepared(self, run: Run) -> View:
        """A test user, not mentioned elsewhere, whose most attended item clearly is not the most influential one."""
        users = (int(statistics_of(run).users[case.row]) for case in clearly_apart(run))
        user = next((user for user in users if user not in mentioned_elsewhere(run)), None)
        chosen = lesson_view(run, self.fewest) if user is None else View(user=run.interactions.user_ids[user])
        # The first recommendation stays the explained item, whatever is selected.
        first = scene(run, chosen).explained
        return replace(chosen, item=None if first is None else run.interactions.item_ids[first])

    def best(self, before: Scene) -> np.ndarray:
        return before.window[largest(effects_of(before), 3)]

    def texts(self, before: Scene) -> StepTexts:
        effects, weights, attended = effects_of(before), before.moment.average_attention, most_attended(before)
        strongest = int(effects.argmax())
        effect = float(effects[strongest])
        match = "alike" if strongest == attended else "apart"
        kinds = {"because": "none does", "seen": "none", "reveal": match}
        if effect > 0:
            kinds |= {"because": "removal harms", "seen": match}
        return self.worded(
            (f"{lettered_title(before, at)} ({percent(weight)} attention)" for at, weight in enumerate(weights)),
            largest(effects, 3).tolist(),
            kinds,
            map(change, effects.tolist()),
            item=quoted(before, explained(before)),
            cause=quoted_at(before, strongest),
            favourite=quoted_at(before, attended),
            share=percent(weights[attended]),
            size=amount(abs(effect), 3),
            change=change(float(effects[attended])),
        )


class SpaceStep(Selection):
    title = "The metric space"
    page = "metric-space"
    fewest = 1

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
        return self.worded(
            (
                title if titles.count(title) == 1 else f"{title} ({before.item_id(item)})"
                for title, item in zip(titles, offered, strict=True)
            ),
            np.flatnonzero(np.isin(offered, self.best(before))).tolist(),
            {
                "reveal": "exact" if dim <= 2 else "alike" if on_map == best else "apart",
                "seen": "candidate" if before.ranking.candidates[best] else "seen",
            },
            (number(away[item], 3) for item in offered),
            nearest=quoted(before, best),
            distance=number(away[best], 3),
            dimensions=count_of(dim, "dimension"),
            nearest_on_map=quoted(before, on_map),
            on_map="it" if on_map == best else quoted(before, on_map),
            rank=ordinal(int((away < away[on_map]).sum()) + 1),
            away=number(away[on_map], 3),
        )
