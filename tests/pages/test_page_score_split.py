"""“Score split”: the bars add up to the distances, and a click finds a point all along each line."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from app_pages import component, opened_page

from attrec_core.explain.rank_curves import RankCurve
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.page_context import Scene
from attrec_core.views.score_split import rank_curves
from attrec_core.views.view import View

opened = partial(opened_page, "explore/score_split")


def scene_of(run: Run, user: int, omega: float | None = None) -> Scene:
    return page_context.scene(run, View(user=run.interactions.user_ids[user], omega=omega))


@pytest.mark.parametrize("omega", [0.3, 1.0])
def test_the_bars_on_screen_add_up_to_the_distances_of_the_list(sample: Run, omega: float) -> None:
    drawn = component(opened(user=sample.interactions.user_ids[17], omega=str(omega)), "score_split")
    ranking = scene_of(sample, 17, omega).ranking
    distances = [row["short"] + row["long"] for row in drawn["rows"][:10]]
    assert distances == pytest.approx(ranking.blended[ranking.top(10)].tolist(), abs=1e-6)
    assert drawn["omega"] == omega
    assert [row["rank"] for row in drawn["rows"][:3]] == ["1st", "2nd", "3rd"]


def curve(item: int, edges: list[float], ranks: list[float]) -> RankCurve:
    return RankCurve(item, np.array(edges), np.array(ranks))


def test_a_click_finds_points_all_along_a_line_and_the_picture_stays_small_where_items_are_many() -> None:
    """A rank that changes 10,000 times is drawn by a few hundred points, exactly near the top."""
    x, y = rank_curves.steps(curve(0, [0, 0.5, 1], [1, 3]))
    assert (x[0], x[-1]) == (0, 1)
    assert x.count(0.5) >= 2 and {1.0, 3.0} == set(y)
    assert max(right - left for left, right in pairwise(x)) <= 0.02 + 1e-9
    ranks = np.concatenate([np.arange(10_000, 0, -1), [1]]).astype(float)
    x, y = rank_curves.steps(curve(0, np.linspace(0, 1, len(ranks) + 1).tolist(), ranks.tolist()))
    assert len(x) < 800
    assert set(range(1, rank_curves.FAR + 1)) <= set(y)
