"""Cached answers: each is computed once and freed together with its owner."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass, replace

from attrec_core.runs.cached_on_owner import cached, cached_latest
from attrec_core.runs.run import Run
from attrec_core.views import PANELS
from attrec_core.views.page_context import Scene, scene, set_by_hand
from attrec_core.views.view import View


@dataclass(frozen=True, eq=False)
class Owner:
    size: int


def test_an_answer_is_computed_once_for_each_question() -> None:
    calls = []

    @cached
    def double(owner: Owner, by: int = 2) -> int:
        calls.append(by)
        return owner.size * by

    owner = Owner(3)
    assert [double(owner), double(owner), double(owner, by=5), double(owner, by=5)] == [6, 6, 15, 15]
    assert calls == [2, 5]
    assert double(replace(owner, size=4)) == 8  # a copy begins without answers


def test_of_few_the_last_asked_stay() -> None:
    calls = []

    def answer(owner: Owner, number: int) -> int:
        calls.append(number)
        return owner.size + number

    owner = Owner(10)
    for number in (1, 2, 1, 3, 1, 2):
        assert cached_latest(owner, answer, number, key=number, most=2) == 10 + number
    assert calls == [1, 2, 3, 2]


def test_owner_and_answers_go_together() -> None:
    owner = Owner(1)
    cached_latest(owner, lambda argument: [argument], key=0)
    reference = weakref.ref(owner)
    del owner
    gc.collect()
    assert reference() is None


def test_scenes_that_are_no_longer_kept_are_freed_at_once(sample: Run) -> None:
    """Without waiting for a collection: each holds arrays as long as the catalogue."""
    gc.collect()
    gc.disable()
    try:
        made = [weakref.ref(shown(sample, user)) for user in sample.interactions.user_ids[:40]]
        assert sum(scene() is not None for scene in made) <= 16
    finally:
        gc.enable()


def shown(run: Run, user: str) -> Scene:
    asked = set_by_hand(scene(run, View(user=user)))
    assert PANELS["attention"].of(asked).sentence and PANELS["ranking"].of(asked).sentence
    return asked
