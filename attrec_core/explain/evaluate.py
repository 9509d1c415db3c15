"""Full ranking of the held-out items: no sampled candidates, exact ties count as half."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from attrec_core.config import METRICS
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, last_windows, leave_one_out, seen_before
from attrec_core.errors import InputError
from attrec_core.explain.forward import intents
from attrec_core.explain.ranking import queries, seen_above, target_ranks
from attrec_core.explain.taste import tastes
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.history import Evaluation, Metrics, per_user
from attrec_core.runs.run import Run

# What is evaluated: users (B,), windows (B, L) → distances (B, N). Only the order within a row counts. For a taste from
# items, a row is longer than the window, which its last L items are.
Ranker = Callable[[np.ndarray, np.ndarray], np.ndarray]
CHEAP = 1_000_000_000  # multiplications: about a second
MOST = 256  # users per block
FLOATS = 8_000_000  # distances per block: 32 MB


def evaluate(ranker: Ranker, split: Split, length: int, part: str) -> Evaluation:
    """Ranks the `part` ("validation" | "test") item of every evaluated user against the whole catalogue.

    The model reads the `length` items before the held-out item, so before a test item it may hold the validation item.
    The user's earlier items are not candidates, but the held-out item always is. Rank = 1 + the number of candidates
    with a strictly smaller distance + half the number with exactly the same distance. Raises InputError if a distance
    is NaN, which no comparison would notice.
    """
    interactions = split.interactions
    places, targets = split.held_out(part)
    ranks = np.empty((2, len(targets)))
    size = max(1, min(MOST, FLOATS // interactions.n_items))
    for start in range(0, len(targets), size):
        rows = slice(start, start + size)
        users = split.evaluated[rows]
        distances = ranker(users, last_windows(interactions, users, places[rows], length))
        if np.isnan(distances).any():
            text = "The model gives distances that are not numbers (NaN), so it cannot rank."
            raise InputError("not_numbers", text, setting="model")
        ranks[1, rows] = target_ranks(distances, targets[rows])
        ranks[0, rows] = ranks[1, rows] - seen_above(
            distances, targets[rows], seen_before(interactions, users, places[rows])
        )
    return Evaluation(split.evaluated, ranks[0], ranks[1], metrics(ranks[0]), metrics(ranks[1]))


def metrics(ranks: np.ndarray) -> Metrics:
    """Hit rate at 10 and 50, NDCG at 10 (one relevant item), and untruncated mean reciprocal rank."""
    return {name: float(per_user(ranks[None], name).mean()) for name in METRICS}


def as_json(evaluation: Evaluation, interactions: Interactions) -> dict[str, Any]:
    """Returns an evaluation in the form that the command line and metrics.json use."""
    return {
        **evaluation.metrics,
        "n_users": len(evaluation.users),
        "tie_rule": interactions.tie_rule,
        "all": evaluation.metrics_all,
    }


@cached
def ranks_of_test_items(run: Run) -> tuple[np.ndarray, np.ndarray] | None:
    """Returns (E,) users, ascending, and (E,) the ranks of their test items: stored with the run, or computed once.
    Returns None where computing them takes more than a moment, as for every system other than AttRec."""
    kept = run.across_users or run.ranks
    if kept is not None:
        return kept.users, kept.ranks.astype(float)
    if not run.explains:
        return None
    config, arrays, split = run.model_config, run.weights, leave_one_out(run.interactions)
    if len(split.evaluated) * run.table.size > CHEAP:
        return None

    def distances(users: np.ndarray, histories: np.ndarray) -> np.ndarray:
        points, m = tastes(arrays, config, users, histories), intents(arrays, config, histories[:, -config.window :])
        return queries(points, m, config.long_weight) @ run.table.T

    return split.evaluated, evaluate(distances, split, config.history, "test").ranks
