"""Which query item attends most to which key item, on average over the test users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrec_core.explain.across_users import causal
from attrec_core.explain.across_users.users import tested_windows
from attrec_core.explain.forward import blocks, forward
from attrec_core.runs.cached_on_owner import cached

if TYPE_CHECKING:
    from attrec_core.runs.run import Run

LISTED = 10  # pairs
MOST = 10_000  # test users, evenly spaced: this many take half a second
USUAL = 5  # windows that must hold a listed pair; fewer where not enough pairs reach this


@dataclass(frozen=True, eq=False)
class Pairs:
    """The P pairs with the largest mean attention a_ij, largest first."""

    query: np.ndarray  # (P,) items
    key: np.ndarray  # (P,) items
    attention: np.ndarray  # (P,) float64, mean over the windows that hold the pair
    counts: np.ndarray  # (P,) int64, windows that hold the pair
    least: int  # minimum number of windows that hold a listed pair
    users: int  # whose windows were searched


def cells(run: Run) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yields windows (b, n) of AttRec, their matrices (b, n, n), and which cells (n, n) are not masked."""
    config = run.model_config
    _, _, _, windows, lengths = tested_windows(run, MOST)
    for n, rows in blocks(lengths, config):
        steps = forward(run.weights, config, windows[rows, config.window - n :])
        open_cells = ~np.eye(n, dtype=bool) if config.mask != "none" else np.ones((n, n), bool)
        yield steps.window, steps.weights, open_cells


@cached
def top_pairs(run: Run, layer: int | None = None, head: int | None = None) -> Pairs:
    """Returns the top pairs over the windows before the test items. A pair counts once for each of its cells; masked
    cells do not count. layer, head: for SASRec."""
    n_items, users = run.interactions.n_items, 0
    codes, weights = [np.zeros(0, np.int64)], [np.zeros(0)]
    for window, matrices, compared in cells(run) if run.explains else causal.cells(run, layer, head):
        codes.append((window[:, :, None] * n_items + window[:, None, :])[:, compared].ravel())
        weights.append(matrices[:, compared].ravel().astype(np.float64))
        users += len(window)
    pairs, inverse, counts = np.unique(np.concatenate(codes), return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, np.concatenate(weights), len(pairs)) / counts
    least = next((count for count in range(USUAL, 1, -1) if (counts >= count).sum() >= LISTED), 1)
    frequent = np.flatnonzero(counts >= least)
    best = frequent[np.argsort(-mean[frequent], kind="stable")[:LISTED]]
    return Pairs(pairs[best] // n_items, pairs[best] % n_items, mean[best], counts[best], least, users)
