"""The parts that items add to a score of EASE or item kNN add up to the score that ranks."""

from __future__ import annotations

import numpy as np
import pytest
from other_runs import made

from attrec_core.errors import InputError
from attrec_core.explain.exact_sum import ItemParts, item_parts, items_read
from attrec_core.explain.moment import moment_of
from attrec_core.runs.run import Run
from attrec_core.views.page_context import scene
from attrec_core.views.view import View
from attrec_core.views.why import panels


@pytest.fixture(scope="module", params=[("ease", "0"), ("ease", "3"), ("itemknn", "0"), ("itemknn", "3")], ids=str)
def run(request: pytest.FixtureRequest) -> Run:
    name, recent = request.param
    return made(name, recent=recent, window="5", ridge="2")


def test_the_parts_add_up_to_the_score(run: Run) -> None:
    length, edited = len(run.interactions.history(4)), np.array([7, 2, 7, 11])
    asked = [(4, None, None), (4, None, length // 2), (4, edited, length - 1), (None, edited, None)]
    for moment in (moment_of(run, *one) for one in asked):
        for item in range(0, run.interactions.n_items, 3):
            parts = item_parts(moment, item)
            assert parts.score == pytest.approx(-moment.ranking.distance(item), abs=1e-5)
            assert set(parts.items) <= set(items_read(moment)) and parts.read == len(items_read(moment))
            assert list(parts.parts) == sorted(parts.parts, reverse=True) and 0 not in parts.parts


def test_the_figure_holds_every_part(run: Run) -> None:
    page_scene = scene(run, View(user=run.interactions.user_ids[4], step=3))
    item = page_scene.ranking.top(1)[0]
    parts = item_parts(page_scene.moment, item)
    (drawn,) = panels.parts_bars(page_scene, parts)["data"]
    assert sum(drawn["x"]) == pytest.approx(parts.score) and len(drawn["x"]) <= panels.MOST + 1
    assert panels.parts_table(page_scene, parts)["part of the score"].sum() == pytest.approx(parts.score)
    assert f"is the sum of {len(parts.items)} part" in panels.parts_sentence(parts)
    headline = panels.parts_headline(page_scene, parts, item)
    assert headline.endswith(f"is 1st: “{page_scene.title(parts.items[0])}” adds most to its score.")
    assert ("also items after the step" in panels.parts_guide(page_scene)) == (run.model_config.recent == 0)


def test_many_small_parts_share_a_bar_and_another_system_has_no_such_sum() -> None:
    run = made("ease", window="5")
    page_scene = scene(run, View(user=run.interactions.user_ids[4]))
    values = np.array([*np.linspace(3, 1, 10), *np.full(8, 0.01), -2.0])
    parts = ItemParts(np.arange(len(values)), values, 30)
    (drawn,) = panels.parts_bars(page_scene, parts)["data"]
    assert len(drawn["x"]) == panels.MOST + 1 and sum(drawn["x"]) == pytest.approx(values.sum())
    assert drawn["customdata"][-1] is None and drawn["text"][-2] == "−2.000"
    assert panels.parts_sentence(parts).endswith("; 11 other items that the model reads add nothing.")
    with pytest.raises(InputError, match="Markov"):
        item_parts(moment_of(made("markov"), 4), 3)
