"""The rank of every user's test item alone, where it can be had while somebody waits."""

from __future__ import annotations

import numpy as np

from attrec_core.data.windows import PADDING, last_windows, leave_one_out, seen_before
from attrec_core.explain.population.batch import attention, blocks, pooled, scores_here_and_moved_up
from attrec_core.explain.population.users import Catalogue, ranked
from attrec_core.runs.cached_on_owner import kept
from attrec_core.runs.run import Run

CHEAP = 1_000_000_000  # products of two numbers: a second, about


@kept
def ranks_of_test_items(run: Run) -> tuple[np.ndarray, np.ndarray] | None:
    """(E,) users, ascending, and (E,) the ranks of their test items, as stored with the run or computed once. None
    where that would take more than a moment."""
    if run.at_large is not None:
        return run.at_large.users, run.at_large.ranks.astype(float)
    data, config, arrays = run.interactions, run.model_config, run.arrays
    split = leave_one_out(data)
    users = split.evaluated
    if len(users) * data.n_items * 2 * config.dim > CHEAP:
        return None
    places, targets = split.held_out("test")
    windows = last_windows(data, users, places, config.window)
    lengths = (windows != PADDING).sum(1)
    catalogue, ranks = Catalogue(arrays, config), np.zeros(len(users))
    for n, rows in blocks(lengths, config, each=3 * data.n_items):
        values = arrays["item_short"][windows[rows, config.window - n :]]
        weights = attention(scores_here_and_moved_up(arrays, config, values)[:, :n, :n], config)
        intents = pooled(weights[:, None], values[:, None], config)[:, 0]
        distances = catalogue.distances(users[rows], intents)
        ranks[rows] = ranked(distances, targets[rows], seen_before(data, users[rows], places[rows]))[0]
    return users, ranks
