"""“Score split”: for every ω, the rank curves show the same ranks as the ranking itself."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from app_pages import component, opened_page, sent
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core.explain.rank_curves import Crossing, RankCurve, RankCurves
from attrec_core.explain.rank_curves import rank_curves as curves_of
from attrec_core.explain.ranking import half_ranks
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.moment.split import ScoreSplit, SplitRow
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Shown
from attrec_core.views.score_split import rank_curves
from attrec_core.views.view import View

opened = partial(opened_page, "explore/score_split")


def scene_of(run: Run, user: int, omega: float | None = None) -> Scene:
    return page_context.scene(run, View(user=run.interactions.user_ids[user], omega=omega))


def height_at(curve: dict, omega: float) -> float:
    """Returns the rank that a drawn line shows at ω."""
    steps = zip(pairwise(curve["edges"]), curve["ranks"], strict=True)
    return next(rank for (left, right), rank in steps if left <= omega <= right)


@pytest.mark.parametrize("user", [17, 500])
def test_the_lines_on_screen_are_the_ranks_at_any_omega(sample: Run, user: int) -> None:
    drawn = component(opened(user=sample.interactions.user_ids[user], omega="0.62"), "rank_curves")
    assert (drawn["trained"], drawn["omega"]) == (sample.model_config.long_weight, 0.62)
    ranking, top_items = scene_of(sample, user).ranking, set()
    curves = {sample.interactions.item_ids.index(curve["id"]): curve for curve in drawn["curves"]}
    for omega in np.random.default_rng(0).uniform(0, 1, 40).tolist():
        blended = omega * ranking.long.astype(float) + (1 - omega) * ranking.short.astype(float)
        ranks = half_ranks(blended, ranking.candidates)
        top_items |= set(np.flatnonzero(ranking.candidates & (ranks <= 10)).tolist())
        for item, curve in curves.items():
            # Far down, only steps of 3% are drawn.
            far = ranks[item] > rank_curves.FAR
            assert height_at(curve, omega) == (pytest.approx(ranks[item], rel=0.04) if far else ranks[item])
    assert top_items <= set(curves)


@pytest.mark.parametrize("omega", [0.3, 1.0])
def test_the_bars_on_screen_add_up_to_the_distances_of_the_list(sample: Run, omega: float) -> None:
    drawn = component(opened(user=sample.interactions.user_ids[17], omega=str(omega)), "score_split")
    ranking = scene_of(sample, 17, omega).ranking
    distances = [row["short"] + row["long"] for row in drawn["rows"][:10]]
    assert distances == pytest.approx(ranking.blended[ranking.top(10)].tolist(), abs=1e-6)
    assert drawn["omega"] == omega
    assert [row["rank"] for row in drawn["rows"][:3]] == ["1st", "2nd", "3rd"]


def test_nobody_has_no_curves_but_a_sentence() -> None:
    app = opened(user="nobody", window="alien,amelie")
    assert sent(app, "_curves") == []
    assert any("ω has no effect" in info.value for info in app.info)


def test_the_table_says_where_each_item_stands_now_and_at_best(sample: Run) -> None:
    page_scene = scene_of(sample, 17, 0.45)
    record = curves_of(page_scene.moment, 10)
    table = rank_curves.table(page_scene, record)
    items = [curve.item for curve in record.curves]
    assert table["rank now"].tolist() == page_scene.ranking.ranks[items].tolist()
    assert table["best rank"].tolist() == [curve.ranks.min() for curve in record.curves]
    assert (table["best rank"] <= 10).all()
    assert table["crossings"].sum() == 2 * len(record.crossings)
    assert table["share of ω in the top 10"].sum() == pytest.approx(10, abs=0.02)


@settings(max_examples=25, deadline=None)
@given(user=st.integers(0, 29))
def test_somebody_leads_for_every_omega(small_run: Run, user: int) -> None:
    record = curves_of(scene_of(small_run, user).moment, 5)
    leads = rank_curves.leads(record)
    if not leads:  # the user has seen every item
        assert not record.curves
        return
    assert leads[0][0] == 0 and leads[-1][1] == 1
    for before, after in pairwise(leads):
        assert before[1] == after[0] and before[2] != after[2]


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


def test_the_list_is_split_without_what_is_only_named_besides() -> None:
    def row(short: float, long: float, is_candidate: bool) -> SplitRow:
        ranks = {"rank": 1.0, "rank_short": 1.0, "rank_long": 1.0}
        labels = {"id": "", "title": "", "subtitle": "", "mark": ""}
        parts = {"value": short + long, "short": short, "long": long}
        return SplitRow(item=0, is_candidate=is_candidate, **ranks, **labels, **parts)

    rows = [row(0.2, 0.8, True), row(1.0, 0.0, False)]
    assert ScoreSplit(rows, 10).sentence == "In the top 1, the long-term part is 80\u00a0% of the distance on average."
    assert ScoreSplit(rows[1:], 10).sentence.startswith("There is no candidate left")


@pytest.mark.parametrize(("page", "made"), [("score_split", ["ranks"]), ("why", [])])
def test_a_folded_table_is_made_only_when_wanted(page: str, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    calls, table = [], Shown.table
    monkeypatch.setattr(Shown, "table", lambda shown: (calls.append(shown.panel.key), table(shown))[1])
    opened_page(f"explore/{page}")
    assert calls == made  # those that are not folded


def test_the_best_rank_is_told_with_its_widest_interval(sample: Run) -> None:
    rank_curve = curve(0, [0, 0.1, 0.3, 0.9, 1], [2, 5, 2, 4])
    assert rank_curves.best(rank_curve) == (2.0, 0.3, 0.9)
    record = RankCurves(4, 0.5, 0.5, (rank_curve,), (), "")
    assert rank_curves.table(scene_of(sample, 17), record)["share of ω in the top 4"].tolist() == [0.8]


@pytest.mark.parametrize("user", [0, 17, 500])
def test_no_two_of_the_first_share_a_colour_and_an_item_keeps_its_own(sample: Run, user: int) -> None:
    slot_of: dict[int, int] = {}
    for omega in np.linspace(0, 1, 60).tolist():
        record = curves_of(scene_of(sample, user, omega).moment, 10)
        slots = rank_curves.slots(record, 5, 10)
        first = {rank_curve.item for rank_curve in record.curves if rank_curve.at(omega) <= 5}
        assert len({slots[item] for item in first}) == len(first) == 5
        assert set(slots) == first | {item for _, _, item in rank_curves.leads(record)}
        for item, slot in slots.items():
            assert slot_of.setdefault(item, slot) == slot


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


SIDES = {(0.54, 0.995): ["right", "left"], (0.5,): ["right"], (): []}
SIDES[0.231, 0.386] = ["left", "right"]  # one beside the other: their numbers are on the outside
SIDES[0.05, 0.1, 0.95] = ["right", "right", "left"]  # no side has room


def test_the_numbers_of_two_diamonds_are_written_beside_each_other() -> None:
    assert {omegas: rank_curves.sides(list(omegas)) for omegas in SIDES} == SIDES
