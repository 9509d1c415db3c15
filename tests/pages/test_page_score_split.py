"""“Score split”: for every ω, the rank curves show the same ranks as the ranking itself."""

from __future__ import annotations

from functools import partial

import pytest
from app_pages import component, opened_page

from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.page_context import Scene
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


SIDES = {(0.54, 0.995): ["right", "left"], (0.5,): ["right"], (): []}
SIDES[0.231, 0.386] = ["left", "right"]  # one beside the other: their numbers are on the outside
SIDES[0.05, 0.1, 0.95] = ["right", "right", "left"]  # no side has room
