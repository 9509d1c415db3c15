"""Small edits over users: the counts equal those of trying every change by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrec_core.explain.across_users import edits as module
from attrec_core.explain.across_users.edits import SIZES, TOP, edits, size_of
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.runs.run import Run
from attrec_core.views.across_users import panels


def single(moment: Moment) -> list[Moment]:
    """Returns the moment after each removal of one item and each swap of two neighbours."""
    window, windows = moment.window, []
    for place in range(len(window) if len(window) > 1 else 0):
        windows.append(np.delete(window, place))
        order = np.arange(len(window))
        order[place : place + 2] = order[place : place + 2][::-1]
        windows.append(window[order])
    return [moment.with_window(edit) for edit in windows]


def test_one_change_is_enough_for_those_for_whom_one_is_found_by_hand(small_run: Run) -> None:
    stats = edits(small_run)
    tested = [user for user in range(small_run.interactions.n_users) if len(small_run.interactions.history(user)) >= 3]
    assert (stats.users, stats.of) == (len(tested), len(tested)) == (sum(stats.out.values()), len(tested))
    enough = 0
    for user in tested:
        moment = moment_of(small_run, user, step=len(small_run.interactions.history(user)) - 1)
        first = int(moment.ranking.top(1)[0])
        after = [edit.ranking.rank(first) for edit in single(moment) if first not in edit.excluded]
        enough += any(rank > TOP for rank in after)
    assert enough == stats.out.get(SIZES[0], 0) + stats.out.get(SIZES[1], 0)


def test_each_edit_has_its_size(small_run: Run) -> None:
    moment = moment_of(small_run, 0, np.array([0, 3, 4]))
    edit = smallest_edit(moment, 7, TOP)
    kinds = [("remove", (1,)), ("swap", (1, 2)), ("remove", (1, 3)), ("none", ())]
    assert [size_of(replace(edit, kind=kind, places=places)) for kind, places in kinds] == list(SIZES)


def test_the_sample_is_bounded_seeded_and_said(small_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 6)
    whole = module.edits.__wrapped__  # type: ignore[attr-defined]
    stats = whole(small_run)
    assert stats == whole(small_run) and stats.users == 6
    assert panels.edits_table(stats)[panels.OUT].sum() == 6
    assert "a seeded sample of 6 of" in panels.edits_sentence(stats)
    monkeypatch.setattr(module, "MOST", 100)
    config, tried = small_run.model_config, 4 + 4 + 6  # in a window of 4: removals, as many swaps, pairs
    monkeypatch.setattr(module, "FLOATS", 20 * 2 * tried * small_run.interactions.n_items * config.dim)
    assert (config.window, module.users_for(small_run)) == (4, 20)
    monkeypatch.setattr(module, "FLOATS", 1)
    assert module.users_for(small_run) == module.FEWEST
