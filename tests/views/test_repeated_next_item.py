"""Where the actual next item is a repeat, no sentence counts it among the items that the user has not seen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from conftest import interactions_of, random_histories

from attrec_core.runs.run import Run
from attrec_core.views.moment.ranking import ranking_sentence
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View
from attrec_core.views.why.exact_sum import explained
from attrec_core.views.why.panels import headline


@pytest.fixture
def repeated(small_run: Run) -> Scene:
    histories = {user: history + history[:1] for user, history in random_histories(1).items()}
    run = dataclasses.replace(small_run, interactions=interactions_of(histories))
    return next(
        now
        for user in run.interactions.user_ids
        if (now := scene(run, View(user=user))).target is not None and now.target not in now.window
    )


def test_the_rank_of_a_repeat_is_among_the_unseen_items_and_this_one(repeated: Scene) -> None:
    unseen = repeated.run.interactions.n_items - len(np.unique(repeated.history[: repeated.step]))
    among = f"of the {unseen} items {repeated.who} has not seen"
    assert ranking_sentence(repeated).endswith(f"{among} and this one.")
    view = dataclasses.replace(repeated.view, item=repeated.item_id(repeated.target))
    about_it = scene(repeated.run, view)
    assert f"{among} and this one;" in headline(about_it, explained(about_it))
    first = int(repeated.ranking.top(2)[-1])
    if first == repeated.target:
        first = int(repeated.ranking.top(1)[0])
    other = scene(repeated.run, dataclasses.replace(repeated.view, item=repeated.item_id(first)))
    assert f"{among} and the actual next one;" in headline(other, explained(other))
