"""SASRec's attention over all test users, compared with each user's own moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from other_runs import made

from attrec_core.explain.across_users import users as users_module
from attrec_core.explain.across_users.users import across_users, statistics_of, top_pairs, with_statistics
from attrec_core.explain.moment import Moment, moment_of
from attrec_core.models.registry import model_in
from attrec_core.runs.run import Run
from attrec_core.views.across_users import statistics
from attrec_core.views.across_users.quantities import quantities


@pytest.fixture(scope="module")
def run() -> Run:
    return made("sasrec", layers="2", heads="2", window="5")


def before_the_test_item(run: Run, user: int, layer: int | None, head: int | None) -> Moment:
    moment = moment_of(run, user, step=len(run.interactions.history(user)) - 1)
    return replace(moment, layer=layer, head=head)


@pytest.mark.parametrize(("layer", "head"), [(None, None), (1, 2)])
def test_a_row_is_what_the_last_place_of_that_user_attends_to(layer: int | None, head: int | None, run: Run) -> None:
    stats = across_users(run, sasrec_head=(layer, head))
    total, full = np.zeros((5, 5)), 0
    for row, user in enumerate(stats.users.tolist()):
        attention = before_the_test_item(run, user, layer, head).attention
        row_weights = stats.weights[row]
        assert row_weights[5 - len(attention.weights) :] == pytest.approx(attention.column_weights, abs=1e-6)
        assert not row_weights[: 5 - len(attention.weights)].any()
        if len(attention.weights) == 5:
            total, full = total + attention.weights, full + 1
    assert stats.mean_map == pytest.approx(total / full, abs=1e-6)


def test_the_ranks_are_those_of_the_evaluation_and_the_uniform_level_is_that_of_the_last_row(run: Run) -> None:
    stats, evaluated = across_users(run, sasrec_head=(None, None)), model_in(run).ranked(run, "test")
    assert stats.users.tolist() == evaluated.users.tolist()
    assert stats.ranks.tolist() == evaluated.ranks.tolist()
    assert statistics.place_shares(stats, run.model_config).level == 1 / 5
    short = across_users(replace(run, model_config=replace(run.model_config, window=1)), sasrec_head=(None, None))
    assert statistics.causal_sentence(short) == "A window of one item attends to that item alone."


def test_what_is_not_measured_is_not_offered_and_an_attrec_run_keeps_its_own_statistics(
    run: Run, small_run: Run
) -> None:
    measured = with_statistics(run, None, None)
    assert list(quantities(measured)) == ["latest", "most", "entropy", "rank", "history"]
    assert statistics_of(measured).causes is None
    assert with_statistics(run, None, None) is measured
    assert with_statistics(small_run, None, None) is small_run


def test_a_pair_has_the_mean_of_the_cells_of_later_rows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    cells: dict[tuple[int, int], list[float]] = {}
    for user in across_users(run, sasrec_head=(1, 1)).users.tolist():
        moment = before_the_test_item(run, user, 1, 1)
        items, weights = moment.window.tolist(), moment.attention.weights
        for i in range(len(items) // 2, len(items)):
            for j in range(i):
                cells.setdefault((items[i], items[j]), []).append(float(weights[i, j]))
    pairs = top_pairs(run, 1, 1)
    for query, key, mean, count in zip(pairs.query, pairs.key, pairs.attention, pairs.counts, strict=True):
        assert len(cells[query, key]) == count >= pairs.least
        assert np.mean(cells[query, key]) == pytest.approx(mean, abs=1e-6)
    counts = np.array([len(values) for values in cells.values()])
    monkeypatch.setattr(users_module, "LISTED", (counts >= 3).sum())
    assert users_module.top_pairs.__wrapped__(run, 1, 1).least >= 3  # type: ignore[attr-defined]
    best = max(np.mean(values) for values in cells.values() if len(values) >= pairs.least)
    assert pairs.attention[0] == pytest.approx(best, abs=1e-6)


def test_batches_split_what_is_too_large(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = across_users(run, sasrec_head=(None, None))
    monkeypatch.setattr("attrec_core.explain.forward.FLOATS", 1)
    assert across_users(run, sasrec_head=(None, None)).weights == pytest.approx(whole.weights, abs=1e-6)
