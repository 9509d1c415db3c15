"""Test users for whom attention clearly is not influence: their most attended item matters least for the rank of the
first recommendation, and an item with little attention matters most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrec_core.data.windows import last_windows, seen_before
from attrec_core.explain.across_users.users import statistics_of, windows_before_test
from attrec_core.explain.attention import LITTLE, uniform
from attrec_core.explain.forward import blocks, without_each
from attrec_core.explain.ranking import queries, remove_seen, target_ranks
from attrec_core.explain.taste import tastes_without_each
from attrec_core.runs.across_users import AcrossUsers
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

MOST_READ = 1_000_000_000  # numbers of a run's table that are read to find the cases: a few tenths of a second


@dataclass(frozen=True)
class AttentionApart:
    """One user for whom attention is not influence. Places are positions of L, with the latest item last."""

    row: int  # of the statistics
    attended: int  # place of the item with the most attention
    cause: int  # place of the item whose removal raises the distance most
    without_attended: float  # rank of the first recommendation without that item; positions shift
    without_cause: float


@cached
def clearly_apart(run: Run) -> tuple[AttentionApart, ...]:
    """Returns the users with the longest windows for whom attention clearly is not influence, the clearest first: a
    large change of rank by an item with little attention. Looks at all test users, in a large run at as many as
    MOST_READ allows."""
    stats = statistics_of(run)
    n, length = int(stats.lengths.max()), run.model_config.window
    if n < 2:
        return ()
    weights = stats.weights[np.arange(len(stats.users)), stats.top_delete]
    little = weights < LITTLE * uniform(run.model_config, n)[1]
    rows = np.flatnonzero((stats.lengths == n) & (stats.agrees(stats.top_delete) == 0) & little)
    rows = rows[np.argsort(weights[rows], kind="stable")][: max(1, MOST_READ // (n * run.table.size))]
    cases = []
    for row, ranks in zip(rows.tolist(), ranks_without_each(run, stats, rows), strict=True):
        attended, cause = int(stats.top_attention[row]), int(stats.top_delete[row])
        of_attended, of_cause = ranks[attended - length], ranks[cause - length]
        if of_attended == ranks.min() < ranks.max() == of_cause:
            cases.append(AttentionApart(row, attended, cause, float(of_attended), float(of_cause)))
    change = {case: (case.without_cause - 1) / stats.weights[case.row, case.cause] for case in cases}
    return tuple(sorted(cases, key=lambda case: -change[case] * stats.weights[case.row, case.attended]))


def ranks_without_each(run: Run, stats: AcrossUsers, rows: np.ndarray) -> np.ndarray:
    """(R,) rows with equally long windows → (R, n) the rank of the first recommendation when each item of the window is
    removed and the positions shift."""
    data, config, n = run.interactions, run.model_config, int(stats.lengths.max())
    users = stats.users[rows].astype(np.int64)
    places, windows = windows_before_test(run, users)
    result = np.empty((len(rows), n))
    for _, block in blocks(np.full(len(rows), n), config, each=3 * n * data.n_items):
        deleted = without_each(run.weights, config, windows[block, config.window - n :])[0].reshape(-1, config.dim)
        people, before = np.repeat(users[block], n), np.repeat(places[block], n)
        if config.remembers:
            histories = last_windows(data, users[block], places[block], config.history + 1)
            points = tastes_without_each(run.weights, config, users[block], histories, n)[0].reshape(-1, config.dim)
        else:
            points = run.weights["user_long"][people]
        distances = queries(points, deleted, config.long_weight) @ run.table.T
        remove_seen(distances, data.items[data.starts[people] + before], seen_before(data, people, before))
        explained = np.repeat(stats.explained[rows[block]], n)
        result[block] = target_ranks(distances, explained).reshape(-1, n)
    return result
