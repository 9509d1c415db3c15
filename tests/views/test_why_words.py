"""“Why this item?” in words: what it says holds for candidates, for other items, and for every way to make m."""

from __future__ import annotations

import re

import numpy as np
import pytest
from app_pages import opened_page
from conftest import ROOT

from attrec_core.errors import ordinal, percent
from attrec_core.explain import main_reason
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.attention.words import out_of_it
from attrec_core.views.drawing.theme import signed
from attrec_core.views.page_context import Scene
from attrec_core.views.view import View
from attrec_core.views.why import influence_words, words


@pytest.fixture(scope="module")
def sample() -> Run:
    return load(ROOT / "sample_data" / "run")


def scene_of(run: Run, user: int, **fields: object) -> Scene:
    return page_context.scene(run, View(**{"user": run.interactions.user_ids[user]} | fields))


def had_before(shown: Scene) -> str:
    """The id of an item that the person has had, and that is not in the window."""
    return next(shown.item_id(item) for item in shown.history[: shown.step] if item not in shown.window)


def test_an_item_that_has_been_had_has_no_place_in_the_list(sample: Run) -> None:
    """It would have a rank; that is not said as if it had one."""
    before = scene_of(sample, 3)
    item = had_before(before)
    window = tuple(before.item_id(one) for one in before.window)
    shown = scene_of(sample, 3, item=item, window=window[:-1])
    found = words.explained(shown)
    rank = ordinal(found.rank)
    assert words.headline(shown, found).startswith(f"Not a candidate: {out_of_it(shown, found.item)};")
    assert f"“{shown.title(found.item)}” would be {rank}" in found.sentence
    edit = words.what_happened(shown, before.moment, found.item, 10)
    assert edit.startswith("Removed ")
    assert edit.endswith("; not a candidate.")
    assert rank not in edit
    versus = words.versus(shown, found.item, words.rival(shown))
    assert not versus.comparable
    assert "nearer than" in words.versus_heading(versus)
    app = opened_page("explore/why", user=shown.who, item=item, window=",".join(window[:-1]))
    assert not app.exception
    assert not [one.value for one in app.header if "ranked above" in one.value]


def test_an_item_of_the_window_says_so_and_two_candidates_stand_above_each_other(sample: Run) -> None:
    shown = scene_of(sample, 5)
    inside = scene_of(sample, 5, item=shown.item_id(shown.window[0]))
    assert out_of_it(inside, inside.explained) in words.headline(inside, words.explained(inside))
    versus = words.versus(shown, shown.explained, words.rival(shown))
    assert versus.comparable and "ranked above" in words.versus_heading(versus)


def test_an_item_is_not_compared_with_itself_without_a_word(sample: Run) -> None:
    shown = scene_of(sample, 5)
    item = shown.item_id(shown.explained)
    itself = scene_of(sample, 5, item=item, against=item)
    assert words.rival(itself) not in (None, itself.explained)
    assert shown.title(shown.explained) in words.rival_note(itself)
    assert words.rival_note(shown) == ""


@pytest.mark.parametrize("pool", ["max", "min"])
def test_without_a_sum_two_items_are_still_compared_in_words(sample: Run, pool: str) -> None:
    shown = scene_of(sample, 5, pool=pool)
    versus = words.versus(shown, shown.explained, words.rival(shown))
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
    """Both are so, and the two parts of the change say why: they add up to it."""
    told = 0
    for user in range(120):
        shown = scene_of(sample, user)
        found = words.explained(shown)
        rows = influence_words.truth_rows(shown, found)
        sentence = influence_words.paradox(rows)
        most = max(rows, key=lambda row: row.exact)
        assert bool(sentence) == (most.exact > 0 > most.delete.delta_distance)
        if sentence:
            told += 1
            assert most.title in sentence
            assert signed(most.delete.direct, 3) in sentence
            parts = most.delete.direct + most.delete.reweighting
            assert parts == pytest.approx(most.delete.delta_distance, abs=1e-6)
    assert told, "the sample has such a user"


def test_the_lead_names_the_item_without_which_the_rank_changes_most(sample: Run) -> None:
    for user in range(25):
        shown = scene_of(sample, user)
        found, item = words.explained(shown), shown.explained
        windows = [np.delete(shown.window, place) for place in range(len(shown.window))]
        ranks = [float(shown.moment.with_window(window).ranking.ranks[item]) for window in windows]
        most = max(abs(rank - found.rank) for rank in ranks)
        if most == 0:
            assert words.removal(shown, found) is None
            assert "whichever recent item is removed" in found.reason.sentence
            continue
        places = [place + 1 for place, rank in enumerate(ranks) if abs(rank - found.rank) == most]
        assert set(found.reason.places) == set(places)
        assert found.reason.new_rank == ranks[found.reason.places[0] - 1]
        share = percent(float(shown.trace.column_weights[found.reason.places[0] - 1]))
        assert f"is {ordinal(found.rank)} mainly because of" in found.reason.sentence
        assert f"({share} attention)" in found.reason.sentence
        assert found.reason.sentence.endswith(f"it drops to {ordinal(found.reason.new_rank)}.")


def test_the_lead_says_either_of_two_items_that_change_the_rank_alike(sample: Run) -> None:
    shown = scene_of(sample, 0)
    two, three = (main_reason.sentence(shown.moment, shown.explained, 1, places, 2) for places in ((1, 2), (1, 2, 3)))
    assert two.endswith("; without either it drops to 2nd.")
    assert three.endswith("; without any one of them it drops to 2nd.")


def test_the_lead_says_where_no_item_decides_and_where_none_can_be_removed(sample: Run) -> None:
    taste = scene_of(sample, 5, omega=1.0)
    assert words.explained(taste).reason.sentence.endswith("only the long-term taste counts.")
    single = page_context.scene(sample, View(window=("alien",)))
    found = words.explained(single)
    assert "is the only item of the window" in found.reason.sentence
    assert words.removal(single, found) is None
    assert "Without a user" in words.headline(single, found)
    twice = page_context.scene(sample, View(window=("alien", "rocky", "alien")))
    found = words.explained(twice)
    assert (
        any(f"({at})" in found.reason.sentence for at in "AC") or twice.title(twice.window[1]) in found.reason.sentence
    )


def test_the_button_of_the_lead_does_what_its_sentence_says(sample: Run) -> None:
    app = opened_page("explore/why", user="Bilal Weber")
    before = words.explained(page_context.scene(sample, app.session_state["view"]))
    assert app.button(key="remove_reason").label == "Remove Rocky"
    app.button(key="remove_reason").click().run()
    after = words.explained(page_context.scene(sample, app.session_state["view"]))
    assert after.item == before.item
    assert after.rank == before.reason.new_rank
    assert after.reason.sentence in app.header[0].value.replace("\\", "")
