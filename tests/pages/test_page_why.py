"""“Why this item?”: words agree with the signs of the numbers, and an edit does what it promised."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from app_pages import Clicks, clicks, component, opened_page, said, sent
from other_runs import remembering

from attrec_core.errors import ordinal
from attrec_core.explain.rank_curves import RankCurve
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.score_split import rank_curves
from attrec_core.views.view import View
from attrec_core.views.why import exact_sum, panels
from attrec_core.views.why.exact_sum import explained
from attrec_core.views.why.panels import INFLUENCE, TASTE, VERSUS, WHY
from attrec_core.views.why.taste import TasteOfItems
from pages.frame import session

__all__ = ["clicks"]  # a fixture

opened = partial(opened_page, "explore/why")
USER = 17


def scene_of(run: Run, user: int = USER, **fields: object) -> Scene:
    return page_context.scene(run, View(**{"user": run.interactions.user_ids[user]} | fields))


def test_without_the_items_that_are_called_misleading_the_item_is_nearer(sample: Run) -> None:
    n_misleading = 0
    for user in range(40):
        scene = scene_of(sample, user)
        shown, explanation = INFLUENCE.of(scene), exact_sum.explained(scene)
        effects, misleading = explanation.leave_one_out.delete, explanation.influence.misleading
        assert all(effects[place - 1].delta_distance < 0 for place in misleading)
        assert ("yet removal lowers it" in shown.sentence) == bool(misleading)
        n_misleading += len(misleading)
        assert [row.delete for row in shown.record.rows] == list(effects)
    assert n_misleading, "the sample has such a user"


def test_the_smallest_edit_applied_does_what_it_promised_and_can_be_undone(sample: Run) -> None:
    for user in sample.interactions.user_ids:
        scene = page_context.scene(sample, View(user=user))
        edit = smallest_edit(scene.moment, scene.explained, 10)
        removal = panels.removal(scene, exact_sum.explained(scene))
        if edit.kind != "none" and removal and scene.ids(edit.window) != removal[1]:
            break  # else the lead offers the same edit
    app, window = opened(user=user), scene.ids(edit.window)
    app.button(key="apply_edit").click().run()
    assert app.query_params["window"] == ",".join(window)
    rank = float(page_context.scene(sample, replace(scene.view, window=tuple(window))).ranking.ranks[edit.item])
    assert rank == edit.new_rank > 10 >= edit.rank
    assert app.selectbox(key="why_item").value == edit.item
    assert f"from {ordinal(edit.rank)} to {ordinal(rank)}" in said(app)
    assert "leaves the top 10" in said(app)
    app.button(key="why_undo").click().run()
    assert "window" not in app.query_params
    assert "Last edit" not in said(app)
    assert app.selectbox(key="why_item").value == edit.item


def test_an_edit_that_the_lead_offers_is_not_offered_again_and_does_what_it_says(sample: Run) -> None:
    scene = page_context.scene(sample, View(user="Bilal Weber"))
    before = exact_sum.explained(scene)
    window = scene.ids(smallest_edit(scene.moment, scene.explained, 10).window)
    assert window == panels.removal(scene, before)[1]
    app = opened(user="Bilal Weber")
    assert [button.key for button in app.button if button.key in ("apply_edit", "remove_reason")] == ["remove_reason"]
    assert app.button(key="remove_reason").label == "Remove Rocky"
    app.button(key="remove_reason").click().run()
    after = exact_sum.explained(page_context.scene(sample, app.session_state["view"]))
    assert (after.item, after.rank) == (before.item, before.reason.new_rank)
    assert after.reason.sentence in app.header[0].value.replace("\\", "")


def test_the_search_box_explains_any_item_and_emptied_the_first_again(sample: Run, clicks: Clicks) -> None:
    """The selection goes with the explained item where it was on the one before. A click on a bar explains no other."""
    scene = scene_of(sample)
    order, window_item = scene.ranking.top(50).tolist(), scene.item_id(scene.window[0])
    first, last = scene.item_id(order[1]), scene.item_id(order[-1])
    app = opened(user=scene.who, item=first, selected=first)
    app.selectbox(key="why_item").set_value(order[-1]).run()
    assert app.query_params["selected"] == app.query_params["item"] == last
    marks = {row["id"]: row["marks"] for row in sent(app, "ranking")[0]["rows"]}
    assert "explained" in marks[last]
    app.selectbox(key="why_item").set_value(None).run()
    assert "item" not in app.query_params and "selected" not in app.query_params
    assert app.selectbox(key="why_item").value == order[0]
    app = opened(user=scene.who, item=first, selected=window_item)
    app.selectbox(key="why_item").set_value(order[2]).run()
    assert app.query_params["selected"] == window_item
    app = opened(user=scene.who, selected=first)
    clicks.append(partial(session.mark, window_item))
    assert app.run().selectbox(key="why_item").value == order[1]


def test_a_title_is_text_in_every_figure(small_run: Run) -> None:
    data = replace(small_run.interactions, titles=tuple("<b>&lt;" for _ in small_run.interactions.titles))
    scene = page_context.scene(replace(small_run, interactions=data), View(user=data.user_ids[3]))
    for panel in (WHY, VERSUS, INFLUENCE):
        drawing = panel.of(scene).figure
        assert "&lt;b&gt;&amp;lt;" in drawing and "<b>" not in drawing


def test_a_tau_is_explained_where_it_stands(sample: Run) -> None:
    for user in (USER, sample.user_index["Sami Jain"]):
        shown = INFLUENCE.of(scene_of(sample, user))
        assert " τ = " in shown.words("details") and "**Kendall's τ**" in shown.words("guide")


# “Score split”: the bars add up to the distances, and a click finds a point all along each line.


opened_split = partial(opened_page, "explore/score_split")


def at_omega(run: Run, user: int, omega: float | None = None) -> Scene:
    return page_context.scene(run, View(user=run.interactions.user_ids[user], omega=omega))


@pytest.mark.parametrize("omega", [0.3, 1.0])
def test_the_bars_on_screen_add_up_to_the_distances_of_the_list(sample: Run, omega: float) -> None:
    drawn = component(opened_split(user=sample.interactions.user_ids[17], omega=str(omega)), "score_split")
    ranking = at_omega(sample, 17, omega).ranking
    distances = [row["short"] + row["long"] for row in drawn["rows"][:10]]
    assert distances == pytest.approx(ranking.blended[ranking.top(10)].tolist(), abs=1e-6)
    assert drawn["omega"] == omega
    assert [row["rank"] for row in drawn["rows"][:3]] == ["1st", "2nd", "3rd"]


def curve(item: int, edges: list[float], ranks: list[float]) -> RankCurve:
    return RankCurve(item, np.array(edges), np.array(ranks))


def test_the_picture_stays_small_where_items_are_many() -> None:
    """A rank that changes 10,000 times is drawn by a few hundred steps, exactly near the top."""
    ranks = np.concatenate([np.arange(10_000, 0, -1), [1]]).astype(float)
    edges, drawn = rank_curves.visible_steps(curve(0, np.linspace(0, 1, len(ranks) + 1).tolist(), ranks.tolist()))
    assert len(drawn) == len(edges) - 1 < 400
    assert set(range(1, rank_curves.FAR + 1)) <= set(drawn)


# What of the history still counts: the panel's numbers are the model's, and are the bars of Why this item?


SEVENTH = 7


@pytest.fixture(scope="module")
def remembered(sample: Run) -> Run:
    return remembering(sample)


def taste_of(remembered: Run, **fields: object) -> tuple[Scene, TasteOfItems]:
    at = scene(remembered, View(**{"user": remembered.interactions.user_ids[SEVENTH], "step": 30, **fields}))
    return at, TASTE.of(at).record


def test_the_parts_are_those_of_the_bars_and_of_the_distance(remembered: Run) -> None:
    at, record = taste_of(remembered, terms="whole")
    parts = explained(at).sum.parts
    long = {part.age: part.value for part in parts if part.kind == "earlier"}
    long |= {len(at.window) - part.place: part.long for part in parts if part.kind == "item"}
    assert [row.adds for row in record.rows] == [long[row.age] for row in record.rows]
    assert sum(row.share for row in record.rows) == pytest.approx(1)
    item, table, point = at.explained, remembered.weights["item_long"].astype(float), at.moment.taste
    vectors = table[[row.item for row in record.rows]]
    shares = np.array([row.share for row in record.rows])
    same = at.omega * (shares @ (vectors**2).sum(1) - point @ point)
    assert sum(row.adds for row in record.rows) - same == pytest.approx(
        at.omega * ((table[item] - point) ** 2).sum(), abs=1e-5
    )
    means = at.omega * shares * ((table[:, None] - vectors) ** 2).sum(2).mean(0)
    assert [row.usual for row in record.rows] == pytest.approx(means.tolist(), rel=1e-5)
