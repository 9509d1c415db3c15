"""“Score split”: for every ω, the rank curves show the same ranks as the ranking itself."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from app_pages import component, opened_page

from attrec_core.explain.rank_curves import Crossing, RankCurve, RankCurves
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Shown
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


def test_those_that_are_exactly_as_near_lead_together(sample: Run) -> None:
    """Three equally near items share rank 2 while they lead; the fourth item takes the lead from all three at once."""
    page_scene = scene_of(sample, 17)
    titles = [page_scene.title(item) for item in range(4)]
    alike = [curve(item, [0, 0.4, 1], [2, 3]) for item in range(3)]
    crossings = tuple(Crossing(0.4, item, 3, 2.0) for item in range(3))
    record = RankCurves(10, 0.3, 0.3, (*alike, curve(3, [0, 0.4, 1], [4, 1])), crossings, "")
    assert {item for _, _, item in rank_curves.leads(record)} == {0, 1, 2, 3}
    assert rank_curves.leads_sentence(page_scene, record) == (
        f"4 items rank first, depending on ω: “{titles[0]}”, “{titles[1]}” and “{titles[2]}” for ω < .400, "
        f"“{titles[3]}” for ω > .400."
    )
    assert rank_curves.lead_changes(record) == list(crossings)
    assert rank_curves.label(record).endswith("the first place changes once")
    two, alone = (
        RankCurves(10, 0.3, 0.3, tuple(curve(item, [0, 1], [rank]) for item, rank in enumerate(ranks)), (), "it stays")
        for ranks in ((1.5, 1.5), (1, 2))
    )
    assert rank_curves.leads_sentence(page_scene, two) == f"“{titles[0]}” and “{titles[1]}” tie for 1st for every ω."
    assert rank_curves.leads_sentence(page_scene, alone) == "it stays"
    assert rank_curves.label(two).endswith("the first place never changes")


@pytest.mark.parametrize(("page", "made"), [("score_split", ["ranks"]), ("why", [])])
def test_a_folded_table_is_made_only_when_wanted(page: str, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    calls, table = [], Shown.table
    monkeypatch.setattr(Shown, "table", lambda shown: (calls.append(shown.panel.key), table(shown))[1])
    opened_page(f"explore/{page}")
    assert calls == made  # those that are not folded


SIDES = {(0.54, 0.995): ["right", "left"], (0.5,): ["right"], (): []}
SIDES[0.231, 0.386] = ["left", "right"]  # one beside the other: their numbers are on the outside
SIDES[0.05, 0.1, 0.95] = ["right", "right", "left"]  # no side has room
