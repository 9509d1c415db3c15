"""The sentences of “Why this item?” hold for candidates, for other items, and for every way to pool m."""

from __future__ import annotations

import re

import numpy as np
import pytest

from attrec_core.errors import ordinal, percent
from attrec_core.explain import explanation as explanations
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.drawing.theme import signed
from attrec_core.views.moment.ranking import out_of_it
from attrec_core.views.page_context import Scene
from attrec_core.views.view import View
from attrec_core.views.why import exact_sum, influence, panels


def scene_of(run: Run, user: int, **fields: object) -> Scene:
    return page_context.scene(run, View(**{"user": run.interactions.user_ids[user]} | fields))


def had_before(shown: Scene) -> str:
    """Returns the id of an item that the user has seen, and that is not in the window."""
    return next(shown.item_id(item) for item in shown.history[: shown.step] if item not in shown.window)


def test_an_item_that_has_been_had_has_no_place_in_the_list(sample: Run) -> None:
    """The item would have a rank, but no text says that it has this rank."""
    before = scene_of(sample, 3)
    item, window = had_before(before), tuple(before.item_id(recent) for recent in before.window)
    page_scene = scene_of(sample, 3, item=item, window=window[:-1])
    explanation = exact_sum.explained(page_scene)
    rank, out = ordinal(explanation.rank), out_of_it(page_scene, explanation.item)
    assert panels.headline(page_scene, explanation).startswith(f"Not a candidate: {out};")
    assert f"“{page_scene.title(explanation.item)}” would be {rank}" in explanation.sentence
    edit = panels.what_happened(page_scene, before.moment, explanation.item, 10)
    assert edit.startswith("Removed ") and edit.endswith("; not a candidate.")
    assert rank not in edit
    versus = exact_sum.versus(page_scene, explanation.item, exact_sum.rival(page_scene))
    assert not versus.comparable
    assert "nearer than" in versus.heading
    inside = scene_of(sample, 5, item=scene_of(sample, 5).item_id(scene_of(sample, 5).window[0]))
    assert out_of_it(inside, inside.explained) in panels.headline(inside, exact_sum.explained(inside))


def test_an_item_is_not_compared_with_itself_without_a_word(sample: Run) -> None:
    page_scene = scene_of(sample, 5)
    item = page_scene.item_id(page_scene.explained)
    itself = scene_of(sample, 5, item=item, against=item)
    assert exact_sum.rival(itself) not in (None, itself.explained)
    records = [exact_sum.versus(shown, shown.explained, exact_sum.rival(shown)) for shown in (itself, page_scene)]
    assert all(record.comparable and "ranked above" in record.heading for record in records)
    notes = [
        exact_sum.versus_details(shown, record).partition("The bars add up to")[0]
        for shown, record in zip((itself, page_scene), records, strict=True)
    ]
    assert page_scene.title(page_scene.explained) in notes[0] and notes[1] == ""


@pytest.mark.parametrize("pool", ["max", "min"])
def test_without_a_sum_two_items_are_still_compared_in_words(sample: Run, pool: str) -> None:
    page_scene = scene_of(sample, 5, pool=pool)
    versus = exact_sum.versus(page_scene, page_scene.explained, exact_sum.rival(page_scene))
    assert not versus.difference.exists
    long_leads = versus.terms[0].value == min(part.value for part in versus.terms[:-1])
    what = "long-term taste" if long_leads else "short-term intent"
    assert re.search(f"is nearer than .* by .*; its largest advantage is the {what}", versus.difference.sentence)


def test_how_an_item_can_attract_most_and_push_away(sample: Run) -> None:
    """Both can be true. The two parts of the change explain it, because they add up to the change."""
    n_paradoxes = 0
    for user in range(40):
        page_scene = scene_of(sample, user)
        record = influence.truth_table(page_scene, exact_sum.explained(page_scene))
        sentence = influence.paradox(page_scene, record)
        largest = max(record.rows, key=lambda row: row.exact)
        assert bool(sentence) == (largest.exact > 0 > largest.delete.delta_distance)
        if sentence:
            n_paradoxes += 1
            assert largest.title in sentence
            assert signed(largest.delete.direct, 3) in sentence
            parts = largest.delete.direct + largest.delete.reweighting
            assert parts == pytest.approx(largest.delete.delta_distance, abs=1e-6)
    assert n_paradoxes, "the sample has such a user"


def test_the_lead_names_the_item_without_which_the_rank_changes_most(sample: Run) -> None:
    for user in range(25):
        page_scene = scene_of(sample, user)
        explanation, item = exact_sum.explained(page_scene), page_scene.explained
        reason = explanation.reason
        windows = [np.delete(page_scene.window, position) for position in range(len(page_scene.window))]
        ranks = np.array([page_scene.moment.with_window(window).ranking.ranks[item] for window in windows])
        changes = np.abs(ranks - explanation.rank)
        if changes.max() == 0:
            assert panels.removal(page_scene, explanation) is None
            assert "whichever recent item is removed" in reason.sentence
            continue
        assert set(reason.places) == set(np.flatnonzero(changes == changes.max()) + 1)
        assert reason.new_rank == ranks[reason.places[0] - 1]
        share = percent(float(page_scene.trace.column_weights[reason.places[0] - 1]))
        parts = (f"is {ordinal(explanation.rank)}. ", " most: without", f"({share} of the attention)")
        assert not [part for part in parts if part not in reason.sentence]
        assert f"it drops to {ordinal(reason.new_rank)}" in reason.sentence


def test_the_lead_says_where_the_rank_drops_although_the_table_shows_that_the_distance_falls(sample: Run) -> None:
    n_opposed = 0
    for user in range(40):
        explanation = exact_sum.explained(scene_of(sample, user))
        rows = {effect.place: effect.delta_distance for effect in explanation.leave_one_out.delete}
        lowered = [rows[place] <= -influence.SHOWS for place in explanation.reason.places]
        opposed = bool(lowered) and all(lowered)
        n_opposed += opposed
        assert explanation.reason.sentence.endswith(", although its distance falls.") == opposed
        assert (" its rank most: without " in explanation.reason.sentence) == opposed
    assert n_opposed, "the sample has such a user"


def test_the_lead_of_a_low_rank_blames_no_item_that_helps_and_says_either_of_two_alike(sample: Run) -> None:
    def said(rank: float, places: tuple[int, ...], new: float) -> str:
        return explanations.reason_sentence(page_scene.moment, page_scene.explained, rank, places, new)

    page_scene = scene_of(sample, 0)
    helps, holds = said(56, (1,), 120), said(56, (1,), 20)
    assert " helps it most: without " in helps and helps.endswith("it drops to 120th.")
    assert " holds it back most: without " in holds and holds.endswith("it rises to 20th.")
    assert said(1, (1, 2), 2).endswith(": without either, it drops to 2nd.")
    assert said(1, (1, 2, 3), 2).endswith(": without any one of them, it drops to 2nd.")


def test_the_lead_says_where_no_item_decides_and_where_none_can_be_removed(sample: Run) -> None:
    taste = scene_of(sample, 5, omega=1.0)
    assert exact_sum.explained(taste).reason.sentence.endswith("only the long-term taste counts.")
    single = page_context.scene(sample, View(window=("alien",)))
    explanation = exact_sum.explained(single)
    assert "is the only item of the window" in explanation.reason.sentence
    assert panels.removal(single, explanation) is None
    assert "Without a user" in panels.headline(single, explanation)
    twice = page_context.scene(sample, View(window=("alien", "rocky", "alien")))
    sentence = exact_sum.explained(twice).reason.sentence
    assert any(part in sentence for part in ("(A)", "(C)", twice.title(twice.window[1])))
