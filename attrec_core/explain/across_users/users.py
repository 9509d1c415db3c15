"""What attention does for every test user: how it is spread, and whether attended items are the items that matter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.causes import Causes
from attrec_core.data.windows import PADDING, last_windows, leave_one_out, seen_before
from attrec_core.errors import percent
from attrec_core.explain.across_users.effects import Effects, cause_shares, effects, largest
from attrec_core.explain.distances import queries
from attrec_core.explain.forward import Trace, blocks, forward
from attrec_core.explain.influence import notable, tau_b
from attrec_core.explain.ranking import remove_seen, target_ranks
from attrec_core.runs.across_users import NO_PLACE, TIES, AcrossUsers
from attrec_core.runs.cached_on_owner import cached

if TYPE_CHECKING:
    from attrec_core.runs.run import Run

FLAT = 1e-12  # variance of the cells below which a matrix has no structure to explain, only rounding
SEED = 0  # of the shuffled matrices
FEW = 300  # test users of a run without stored statistics, so that they are computed at once
# n³ of each window, in all: up to here, τ of stored statistics is computed anew, within a second or two.
CELLS = 10_000_000
LEAST = 500  # cells that also a short window costs


def across_users(run: Run, causes: Causes | None = None, *, most: int | None = None) -> AcrossUsers:
    """Computes the statistics over all test users of a run, or over `most` of them, evenly spaced.

    As in the evaluation, the window may hold the validation item, and the user's earlier items are not candidates, but
    the test item always is.
    """
    data, config, arrays = run.interactions, run.model_config, run.weights
    users, places, targets, windows, lengths = tested_windows(run, most)
    columns, total = empty(users, lengths, config), np.zeros((config.window, config.window))
    random = np.random.default_rng(SEED)
    for n, rows in blocks(lengths, config, each=3 * data.n_items):
        steps = forward(arrays, config, windows[rows, config.window - n :])
        vectors = queries(arrays["user_long"][users[rows]], steps.intent, config.long_weight)
        distances = vectors @ run.table.T
        remove_seen(distances, targets[rows], seen_before(data, users[rows], places[rows]))
        columns["ranks"][rows], columns["explained"][rows] = target_ranks(distances, targets[rows]), distances.argmin(1)
        fill(columns, rows, steps, effects(arrays, config, steps, columns["explained"][rows]), random)
        if n == config.window:
            total += steps.weights.sum(0, dtype=np.float64)
    mean_map = (total / max(int((lengths == config.window).sum()), 1)).astype(np.float32)
    shares = None if causes is None else cause_shares(run, causes)
    return AcrossUsers(**columns, mean_map=mean_map, causes=shares, tau_ties=TIES)


def tested_windows(run: Run, most: int | None = None) -> tuple[np.ndarray, ...]:
    """Returns, for all test users or `most` of them, evenly spaced: users (E,), places (E,) and items (E,) of the test
    items, windows (E, L) before them, lengths (E,) of the windows."""
    split = leave_one_out(run.interactions)
    chosen = np.arange(len(split.evaluated))
    if most is not None and most < len(chosen):
        chosen = np.linspace(0, len(chosen) - 1, most).astype(np.int64)
    users = split.evaluated[chosen]
    places, targets = (part[chosen] for part in split.held_out("test"))
    windows = last_windows(run.interactions, users, places, run.model_config.window)
    return users, places, targets, windows, (windows != PADDING).sum(1)


@cached
def statistics_of(run: Run) -> AcrossUsers:
    """Returns the statistics stored with the run, with τ as it is defined now, unless that needs more than CELLS; for a
    run without any, computes them once, over FEW users at most."""
    stored = run.across_users
    if stored is None:
        return across_users(run, most=FEW)
    cells = (stored.lengths.astype(np.int64) ** 3 + LEAST).sum()
    return with_ties(run, stored) if has_older_tau(stored) and cells <= CELLS else stored


def has_older_tau(stats: AcrossUsers) -> bool:
    """Whether the statistics hold a τ in which other effects tie than now."""
    return stats.tau_ties != TIES and not np.isnan(stats.tau_delete).all()


def older_tau(stats: AcrossUsers) -> str:
    """Says that the stored τ is the τ of an older version, as the end of a paragraph; empty if it is not."""
    if not has_older_tau(stats):
        return ""
    return f" This τ is from an older version: in it, effects below {percent(TIES)} of the largest are ordered, too."


def with_ties(run: Run, stats: AcrossUsers) -> AcrossUsers:
    """Computes τ anew for statistics that an older version has stored. The explained items stay, so that no ranking is
    needed."""
    users = stats.users.astype(np.int64)
    places = np.diff(run.interactions.starts)[users] - 1  # of the test items
    length = run.model_config.window
    windows = last_windows(run.interactions, users, places, length)
    taus: dict[str, Any] = {
        f"tau_{name}": np.full(len(users), np.nan, np.float32) for name in ("delete", "mask", "exact")
    }
    for n, rows in blocks(stats.lengths, run.model_config):
        steps = forward(run.weights, run.model_config, windows[rows, length - n :])
        measured = effects(run.weights, run.model_config, steps, stats.explained[rows])
        for name, values in taus.items():
            values[rows] = tau_b(steps.column_weights, notable(getattr(measured, name.removeprefix("tau_"))))
    return replace(stats, **taus, tau_ties=TIES)


def empty(users: np.ndarray, lengths: np.ndarray, config: ModelConfig) -> dict[str, np.ndarray]:
    """Makes the columns of AcrossUsers that have a row for each user, still to be filled."""
    numbers = ("ranks", "tau_delete", "tau_mask", "tau_exact", "columns", "columns_shuffled")
    places = ("top_delete", "top_mask", "top_exact")
    return {
        "users": users.astype(np.int32),
        "lengths": lengths.astype(np.int16),
        "explained": np.zeros(len(users), np.int32),
        "weights": np.zeros((len(users), config.window), np.float32),
        **{name: np.full(len(users), np.nan, np.float32) for name in numbers},
        **{name: np.full(len(users), NO_PLACE, np.int16) for name in places},
    }


def fill(
    columns: dict[str, np.ndarray], rows: np.ndarray, steps: Trace, measured: Effects, random: np.random.Generator
) -> None:
    """Fills in how attention is spread, and whether attended items are the items that matter."""
    length, count = columns["weights"].shape[1], steps.column_weights.shape[1]
    columns["weights"][rows, length - count :] = steps.column_weights
    columns["columns"][rows] = explained_by_column(steps.weights)
    columns["columns_shuffled"][rows] = explained_by_column(shuffled_rows(steps.weights, random))
    for name in ("delete", "mask", "exact"):
        effect = getattr(measured, name)
        columns[f"tau_{name}"][rows] = tau_b(steps.column_weights, notable(effect))
        columns[f"top_{name}"][rows] = largest(effect, length)


def explained_by_column(weights: np.ndarray) -> np.ndarray:
    """(B, n, n) matrices → (B,) η²: the variance of the average attention, as a share of the variance of all cells.

    Only the n(n − 1) cells off the diagonal count. 1: every row gives a column the same weight. Shuffled rows give the
    share that chance explains. NaN for n < 3, where each column has one cell at most, and for a flat matrix.
    """
    count = weights.shape[1]
    if count < 3:
        return np.full(len(weights), np.nan)
    off_diagonal = ~np.eye(count, dtype=bool)
    cells = np.where(off_diagonal, weights.astype(float), 0)
    mean = cells.sum((1, 2), keepdims=True) / (count * (count - 1))
    total = (np.where(off_diagonal, cells - mean, 0) ** 2).mean((1, 2))
    between = ((cells.sum(1) / (count - 1) - mean[:, 0]) ** 2).mean(1) * (count - 1) / count
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > FLAT, np.minimum(between / total, 1), np.nan)


def shuffled_rows(weights: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(B, n, n) → the same matrices with the cells off the diagonal of each row in random order."""
    count = weights.shape[1]
    if count < 3:
        return weights
    off_diagonal = ~np.eye(count, dtype=bool)
    cells = weights[:, off_diagonal].reshape(len(weights), count, count - 1)
    order = random.random(cells.shape).argsort(-1)
    result = weights.copy()
    result[:, off_diagonal] = np.take_along_axis(cells, order, -1).reshape(len(weights), -1)
    return result
