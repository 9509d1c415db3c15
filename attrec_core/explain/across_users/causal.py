"""The statistics across users for one layer and head of SASRec: attention of the last row, which makes the ranking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.windows import seen_before
from attrec_core.explain.across_users.users import empty, tested_windows
from attrec_core.explain.attention import matrices_of
from attrec_core.explain.forward import of_equal_length
from attrec_core.explain.ranking import remove_seen, target_ranks
from attrec_core.explain.sasrec import distances, forward
from attrec_core.runs.across_users import TIES, AcrossUsers
from attrec_core.runs.cached_on_owner import cached

if TYPE_CHECKING:
    from attrec_core.runs.run import Run

CELLS = 2_500_000  # in the matrices of all sampled users, which are evenly spaced: computed within a second or two


@cached
def with_statistics(run: Run, layer: int | None, head: int | None) -> Run:
    """Returns the run with statistics of a layer (None: last) and head (None: mean of all); an AttRec run unchanged."""
    return run if run.explains else replace(run, across_users=causal_across_users(run, layer, head))


def causal_across_users(run: Run, layer: int | None, head: int | None) -> AcrossUsers:
    """Computes the statistics that SASRec has: influence and its τ are NaN, and columns are not measured."""
    data, config = run.interactions, run.model_config
    users, places, targets, windows, lengths = tested_windows(run, most_users(config))
    columns, total = empty(users, lengths, config), np.zeros((config.window, config.window))
    for n, rows in batches(lengths, config, data.n_items):
        trace = forward(run.arrays, config, windows[rows, config.window - n :])
        weights = matrices_of(trace, layer, head)
        columns["weights"][rows, config.window - n :] = weights[:, -1]
        away = distances(run, trace.asked[:, -1])
        remove_seen(away, targets[rows], seen_before(data, users[rows], places[rows]))
        columns["ranks"][rows], columns["explained"][rows] = target_ranks(away, targets[rows]), away.argmin(1)
        if n == config.window:
            total += weights.sum(0, dtype=np.float64)
    full = max(int((lengths == config.window).sum()), 1)
    return AcrossUsers(**columns, mean_map=(total / full).astype(np.float32), causes=None, tau_ties=TIES)


def most_users(config: ModelConfig) -> int:
    return max(50, CELLS // config.window**2)


def cells(run: Run, layer: int | None, head: int | None) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yields windows (b, n), their matrices (b, n, n), and which cells (n, n) are compared: in the later half of the
    rows, which share attention among many items, the cells of earlier key items."""
    config = run.model_config
    _, _, _, windows, lengths = tested_windows(run, most_users(config))
    for n, rows in batches(lengths, config):
        items = windows[rows, config.window - n :]
        compared = np.tril(np.ones((n, n), bool), -1) & (np.arange(n) >= n // 2)[:, None]
        yield items, matrices_of(forward(run.arrays, config, items), layer, head), compared


def batches(lengths: np.ndarray, config: ModelConfig, each: int = 0) -> Iterator[tuple[int, np.ndarray]]:
    """As `blocks` of AttRec."""
    return of_equal_length(lengths, lambda n: config.layers * (4 * config.heads * n * n + 10 * n * config.dim) + each)
