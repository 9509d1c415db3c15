"""The lesson step on why the model uses a distance: nothing is near two items that are far apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.errors import number
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run
from attrec_core.views.lesson.step import Selection, StepTexts, largest, lesson_view, quoted
from attrec_core.views.metric_space import two_items
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View


class DistanceStep(Selection):
    title = "Distance, not dot product"
    page = "metric-space"
    fewest = 1
    keys = "Tab to “Find an item”, type its title, Enter."
    about = (
        "Training moves a user's point towards the items that the user likes. Now take two of them that are far apart."
    )

    def obstacle(self, run: Run) -> str | None:
        if run.interactions.n_items < 3:
            return f"This step needs 3 items; this run has {run.interactions.n_items}."
        return super().obstacle(run) or no_pair(run) or None

    def prepared(self, run: Run) -> View:
        view = lesson_view(run, self.fewest)
        ends = two_items.pair(scene(run, view))
        return replace(view, apart=ends and tuple(run.interactions.item_ids[item] for item in ends))

    def best(self, before: Scene) -> np.ndarray:
        """The item nearest to the point half-way, and the items whose distances read the same."""
        return largest(-two_items.record(before).to_u, 3)

    def texts(self, before: Scene) -> StepTexts:
        record = two_items.record(before)
        p, q = (quoted(before, item) for item in record.pair)
        apart, half = number(record.apart), number(record.apart / 2)
        return StepTexts(
            question=f"P is {p} and Q is {q}; they are {apart} apart. How near can one point be to both?",
            options=(
                "as near as you like",
                f"{half} from each, half the way",
                f"{apart} from one, the whole way",
            ),
            right=(1,),
            task="Scroll down to the chart below the map. Each point is an item, by its distances to P and to Q; the "
            "corner of what is near both is empty. Click the item other than P and Q that comes nearest to this "
            "corner; the sentence below the chart names it.",
            because="no way from P to Q over another point is shorter than the way between them (the triangle "
            f"inequality), {apart}",
            reveal=f"{two_items.nearest_sentence(before, record)} {two_items.product_sentence(record)}",
            seen=f"By distance, nobody is near two items that are far apart: P and Q are {apart} apart, so no point is "
            f"nearer than {half} to both. By dot product, a long vector is.",
        )


@cached
def no_pair(run: Run) -> str:
    return two_items.no_pair(scene(run, lesson_view(run, DistanceStep.fewest)))
