"""The sentences of “Why this item?” hold for candidates, for other items, and for every way to pool m."""

from __future__ import annotations

import re

import numpy as np
import pytest
from app_pages import opened_page

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
    item = had_before(before)
    window = tuple(before.item_id(recent) for recent in before.window)
    page_scene = scene_of(sample, 3, item=item, window=window[:-1])
    explanation = exact_sum.explained(page_scene)
    rank = ordinal(explanation.rank)
    assert panels.headline(page_scene, explanation).startswith(
        f"Not a candidate: {out_of_it(page_scene, explanation.item)};"
    )
    assert f"“{page_scene.title(explanation.item)}” would be {rank}" in explanation.sentence
    edit = panels.what_happened(page_scene, before.moment, explanation.item, 10)
    assert edit.startswith("Removed ")
    assert edit.endswith("; not a candidate.")
    assert rank not in edit
    versus = exact_sum.versus(page_scene, explanation.item, exact_sum.rival(page_scene))
    assert not versus.comparable
    assert "nearer than" in versus.heading
    app = opened_page("explore/why", user=page_scene.who, item=item, window=",".join(window[:-1]))
    assert not app.exception
    assert not [header.value for header in app.header if "ranked above" in header.value]


def test_an_item_of_the_window_says_so_and_two_candidates_stand_above_each_other(sample: Run) -> None:
    page_scene = scene_of(sample, 5)
    inside = scene_of(sample, 5, item=page_scene.item_id(page_scene.window[0]))
    assert out_of_it(inside, inside.explained) in panels.headline(inside, exact_sum.explained(inside))
    versus = exact_sum.versus(page_scene, page_scene.explained, exact_sum.rival(page_scene))
    assert versus.comparable and "ranked above" in versus.heading


def test_an_item_is_not_compared_with_itself_without_a_word(sample: Run) -> None:
    page_scene = scene_of(sample, 5)
    item = page_scene.item_id(page_scene.explained)
    itself = scene_of(sample, 5, item=item, against=item)
    assert exact_sum.rival(itself) not in (None, itself.explained)
    notes = []
    for shown in (itself, page_scene):
        record = exact_sum.versus(shown, shown.explained, exact_sum.rival(shown))
        notes.append(exact_sum.versus_details(shown, record).partition("The bars add up to")[0])
    assert page_scene.title(page_scene.explained) in notes[0] and notes[1] == ""


@pytest.mark.parametrize("pool", ["max", "min"])
def test_without_a_sum_two_items_are_still_compared_in_words(sample: Run, pool: str) -> None:
    page_scene = scene_of(sample, 5, pool=pool)
    versus = exact_sum.versus(page_scene, page_scene.explained, exact_sum.rival(page_scene))
    assert not versus.difference.exists
    assert re.search(
        "is nearer than .* by .*; its largest advantage is the (long-term taste|short-term intent)",
        versus.difference.sentence,
    )
    gap = max((part.value for part in versus.terms[:-1]), key=lambda value: -value)
    assert (
        "long-term" in versus.difference.sentence
        if versus.terms[0].value == gap
        else "short-term" in versus.difference.sentence
    )


def test_how_an_item_can_attract_most_and_push_away(sample: Run) -> None:
    """Both can be true. The two parts of the change explain it, because they add up to the change."""
    n_paradoxes = 0
    for user in range(120):
        page_scene = scene_of(sample, user)
        explanation = exact_sum.explained(page_scene)
        record = influence.truth_table(page_scene, explanation)
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
        windows = [np.delete(page_scene.window, position) for position in range(len(page_scene.window))]
        ranks = [float(page_scene.moment.with_window(window).ranking.ranks[item]) for window in windows]
        largest_change = max(abs(rank - explanation.rank) for rank in ranks)
        if largest_change == 0:
            assert panels.removal(page_scene, explanation) is None
            assert "whichever recent item is removed" in explanation.reason.sentence
            continue
        positions = [
            position + 1 for position, rank in enumerate(ranks) if abs(rank - explanation.rank) == largest_change
        ]
        assert set(explanation.reason.places) == set(positions)
        assert explanation.reason.new_rank == ranks[explanation.reason.places[0] - 1]
        share = percent(float(page_scene.trace.column_weights[explanation.reason.places[0] - 1]))
        assert f"is {ordinal(explanation.rank)}. " in explanation.reason.sentence
        assert " most: without" in explanation.reason.sentence
        assert f"({share} of the attention)" in explanation.reason.sentence
        assert f"it drops to {ordinal(explanation.reason.new_rank)}" in explanation.reason.sentence


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


def test_the_lead_of_a_low_rank_blames_no_item_that_helps(sample: Run) -> None:
    page_scene = scene_of(sample, 0)
    moment, item = page_scene.moment, page_scene.explained
    helps, holds = (explanations.reason_sentence(moment, item, 56, (1,), new) for new in (120, 20))
    assert " helps it most: without " in helps and helps.endswith("it drops to 120th.")
    assert " holds it back most: without " in holds and holds.endswith("it rises to 20th.")


def test_the_lead_says_either_of_two_items_that_change_the_rank_alike(sample: Run) -> None:
    page_scene = scene_of(sample, 0)
    two, three = (
        explanations.reason_sentence(page_scene.moment, page_scene.explained, 1, places, 2)
        for places in ((1, 2), (1, 2, 3))
    )
    assert two.endswith(": without either, it drops to 2nd.")
    assert three.endswith(": without any one of them, it drops to 2nd.")


def test_the_lead_says_where_no_item_decides_and_where_none_can_be_removed(sample: Run) -> None:
    taste = scene_of(sample, 5, omega=1.0)
    assert exact_sum.explained(taste).reason.sentence.endswith("only the long-term taste counts.")
    single = page_context.scene(sample, View(window=("alien",)))
    explanation = exact_sum.explained(single)
    assert "is the only item of the window" in explanation.reason.sentence
    assert panels.removal(single, explanation) is None
    assert "Without a user" in panels.headline(single, explanation)
    twice = page_context.scene(sample, View(window=("alien", "rocky", "alien")))
    explanation = exact_sum.explained(twice)
    assert (
        any(f"({at})" in explanation.reason.sentence for at in "AC")
        or twice.title(twice.window[1]) in explanation.reason.sentence
    )
