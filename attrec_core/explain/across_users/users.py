"""What attention does for every test user: how it is spread, whether attended items are those that matter, and which
measure of an item's contribution finds true causes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from attrec_core.config import ModelConfig
from attrec_core.data.causes import Causes
from attrec_core.data.windows import PADDING, last_windows, leave_one_out, seen_before
from attrec_core.errors import percent
from attrec_core.explain import sasrec
from attrec_core.explain.attention import matrices_of
from attrec_core.explain.forward import Trace, blocks, forward, of_equal_length, without_each
from attrec_core.explain.influence import notable, tau_b
from attrec_core.explain.ranking import queries, remove_seen, squared, target_ranks
from attrec_core.explain.taste import own_share, shares_of, tastes, tastes_before, tastes_without_each
from attrec_core.runs.across_users import FINDERS, NO_PLACE, TIES, AcrossUsers, CauseShares
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

Head = tuple[int | None, int | None]  # a layer and a head of it; None: the last, and the mean of all
FEW = 300  # test users of a run without stored statistics, so that they are computed at once
# n³ of each window, in all: up to here, τ of stored statistics is computed anew, within a second or two.
CELLS = 10_000_000
LEAST = 500  # cells that also a short window costs
# In the matrices of all sampled users of SASRec, which are evenly spaced: computed within a second or two.
MATRIX_CELLS = 2_500_000


def across_users(
    run: Run, causes: Causes | None = None, *, most: int | None = None, sasrec_head: Head | None = None
) -> AcrossUsers:
    """Computes the statistics over all test users of a run, or over `most` of them, evenly spaced.

    As in the evaluation, the window may hold the validation item, and the user's earlier items are not candidates, but
    the test item always is. sasrec_head: the layer and head of a SASRec run, whose last row makes the ranking;
    influence and its τ are NaN.
    """
    data, config = run.interactions, run.model_config
    users, places, targets, windows, lengths = tested_windows(run, most)
    columns = empty(users, lengths, config)
    for n, rows in batches(run, lengths):
        window = windows[rows, config.window - n :]
        if sasrec_head is None:
            steps = forward(run.weights, config, window)
            points = tastes_before(run, users[rows], places[rows])
            distances = queries(points, steps.intent, config.long_weight) @ run.table.T
        else:
            trace = sasrec.forward(run.arrays, config, window)
            weights, distances = (
                matrices_of(trace, *sasrec_head),
                sasrec.distances(run.arrays["item"], config, trace.asked[:, -1]),
            )
        remove_seen(distances, targets[rows], seen_before(data, users[rows], places[rows]))
        columns["ranks"][rows], columns["explained"][rows] = target_ranks(distances, targets[rows]), distances.argmin(1)
        if sasrec_head is None:
            columns["weights"][rows, config.window - n :] = steps.column_weights
            fill_effects(columns, rows, run, steps, places)
        else:
            columns["weights"][rows, config.window - n :] = weights[:, -1]
    shares = None if causes is None else cause_shares(run, causes)
    return AcrossUsers(**columns, causes=shares, tau_ties=TIES)


@cached
def with_statistics(run: Run, layer: int | None, head: int | None) -> Run:
    """Returns the run with statistics of a layer (None: last) and head (None: mean of all); an AttRec run unchanged."""
    if run.explains:
        return run
    stats = across_users(run, most=most_users(run.model_config), sasrec_head=(layer, head))
    return replace(run, across_users=stats)


def most_users(config: ModelConfig) -> int:
    """Returns how many users of a SASRec run are measured."""
    return max(50, MATRIX_CELLS // config.window**2)


def batches(run: Run, lengths: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """As `blocks`, also for SASRec, with room for the distances of all items from each window."""
    config, n_items = run.model_config, run.interactions.n_items
    if run.explains:
        remembered = (config.history + 1) * config.dim if config.remembers else 0
        return blocks(lengths, config, each=3 * n_items + remembered)
    return of_equal_length(
        lengths, lambda n: config.layers * (4 * config.heads * n * n + 10 * n * config.dim) + n_items
    )


def tested_windows(run: Run, most: int | None = None) -> tuple[np.ndarray, ...]:
    """Returns, for all test users or `most` of them, evenly spaced: users (E,), places (E,) and items (E,) of the test
    items, windows (E, L) before them, lengths (E,) of the windows."""
    users = leave_one_out(run.interactions).evaluated
    if most is not None and most < len(users):
        users = users[np.linspace(0, len(users) - 1, most).astype(np.int64)]
    places, windows = windows_before_test(run, users)
    targets = run.interactions.items[run.interactions.starts[users] + places]
    return users, places, targets, windows, (windows != PADDING).sum(1)


def windows_before_test(run: Run, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """users (B,) → places (B,) of their test items, and the windows (B, L) before them."""
    places = np.diff(run.interactions.starts)[users] - 1
    return places, last_windows(run.interactions, users, places, run.model_config.window)


@cached
def statistics_of(run: Run) -> AcrossUsers:
    """Returns the statistics stored with the run, with τ as it is defined now, unless that needs more than CELLS; for a
    run without any, computes them once, over FEW users at most. Its weights are averages, also where m is a sum."""
    stats = run.across_users or across_users(run, most=FEW)
    cells = (stats.lengths.astype(np.int64) ** 3 + LEAST).sum()
    if has_older_tau(stats) and cells <= CELLS:
        stats = with_ties(run, stats)
    if run.model_config.aggregation == "sum":
        stats = replace(stats, weights=stats.weights / stats.lengths[:, None].astype(np.float32))
    return stats


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
    places, windows = windows_before_test(run, stats.users.astype(np.int64))
    columns = empty(stats.users, stats.lengths, run.model_config) | {"explained": stats.explained}
    for n, rows in blocks(stats.lengths, run.model_config):
        steps = forward(run.weights, run.model_config, windows[rows, windows.shape[1] - n :])
        fill_effects(columns, rows, run, steps, places)
    taus: dict[str, Any] = {name: columns[name] for name in ("tau_delete", "tau_mask", "tau_exact")}
    return replace(stats, **taus, tau_ties=TIES)


def empty(users: np.ndarray, lengths: np.ndarray, config: ModelConfig) -> dict[str, np.ndarray]:
    """Makes the columns of AcrossUsers that have a row for each user, still to be filled."""
    numbers = ("ranks", "tau_delete", "tau_mask", "tau_exact")
    places = ("top_delete", "top_mask", "top_exact")
    return {
        "users": users.astype(np.int32),
        "lengths": lengths.astype(np.int16),
        "explained": np.zeros(len(users), np.int32),
        "weights": np.zeros((len(users), config.window), np.float32),
        **{name: np.full(len(users), np.nan, np.float32) for name in numbers},
        **{name: np.full(len(users), NO_PLACE, np.int16) for name in places},
    }


def fill_effects(columns: dict[str, np.ndarray], rows: np.ndarray, run: Run, steps: Trace, places: np.ndarray) -> None:
    """Fills in whether the attended items of each window are those that matter for its explained item. places (E,): of
    the test items."""
    users = columns["users"][rows].astype(np.int64)
    measured = effects(run, steps, columns["explained"][rows], users, places[rows])
    for name in ("delete", "mask", "exact"):
        effect = measured[name]
        columns[f"tau_{name}"][rows] = tau_b(steps.column_weights, notable(effect))
        columns[f"top_{name}"][rows] = largest(effect, run.model_config.window)


def effects(run: Run, steps: Trace, items: np.ndarray, users: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray]:
    """Measures the effects of each window on its item (B,), four times (B, n); large: it lowers the distance. users
    (B,), places (B,) in their histories: of the windows. The long-term part depends on the window only with a taste
    from items.

    delete, mask: growth of the distance y without the item. exact: how far its term, (1 − ω) w_j ‖X_i − x_j‖² and with
    a taste from items + ω c_j ‖V_i − V_j‖², lies below the term's mean over the catalogue; NaN where m is a max or min.
    nearest: −‖X_i − x_j‖².
    """
    arrays, config, table = run.weights, run.model_config, run.weights["item_short"]
    deleted, masked = without_each(arrays, config, steps.window)
    points = table[items][:, None, :]
    weight = 1 - config.long_weight
    now = squared(points - steps.intent[:, None])
    gaps = squared(points - steps.values)
    additive = config.aggregation in ("mean", "sum")
    exact = weight * steps.column_weights * (mean_gaps(table, steps.values) - gaps)
    found = {
        "delete": weight * (squared(points - deleted) - now),
        "mask": weight * (squared(points - masked) - now),
        "exact": exact if additive else np.full_like(gaps, np.nan),
        "nearest": -gaps,
    }
    if config.remembers and steps.window.shape[1] > 1:
        for name, effect in long_effects(run, steps.window, items, users, places).items():
            found[name] = found[name] + config.long_weight * effect
    return found


def mean_gaps(table: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(…, d) points → (…,) their mean squared distance from the rows of a table, without computing all distances."""
    return squared(table).mean() - 2 * points @ table.mean(0) + squared(points)


def long_effects(
    run: Run, windows: np.ndarray, items: np.ndarray, users: np.ndarray, places: np.ndarray
) -> dict[str, np.ndarray]:
    """windows (B, n) → the same effects in ‖U − V_i‖², of a taste from items, (B, n) each."""
    arrays, config, count = run.weights, run.model_config, windows.shape[1]
    histories = last_windows(run.interactions, users, places, config.history + 1)
    deleted, masked = tastes_without_each(arrays, config, users, histories, count)
    table = arrays["item_long"]
    now = squared(table[items] - tastes(arrays, config, users, histories))[:, None]
    vectors, points = table[windows], table[items][:, None]
    of_items = np.float32(1 - own_share(arrays)) if config.taste == "both" else np.float32(1)
    shares = of_items * shares_of(histories, config.half_life)[:, -count:]
    return {
        "delete": squared(points - deleted) - now,
        "mask": squared(points - masked) - now,
        "exact": shares * (mean_gaps(table, vectors) - squared(points - vectors)),
    }


def largest(effect: np.ndarray, length: int) -> np.ndarray:
    """(B, n) → (B,) int16: the place among `length` of the largest effect; NO_PLACE where all are equal or NaN."""
    spread = np.nan_to_num(effect.max(1) - effect.min(1))
    return np.where(spread > 0, effect.argmax(1) + length - effect.shape[1], NO_PLACE).astype(np.int16)


def cause_shares(run: Run, causes: Causes) -> CauseShares | None:
    """Returns how often each measure finds the true cause, over all viewings whose true cause lies in the full window
    before them; None if there are none. The explained item is the viewed item. Among equal items the oldest is picked.
    The share is NaN for delete and mask in windows of a single item, and for exact where m is a max or min."""
    config, length = run.model_config, run.model_config.window
    inside = np.flatnonzero((causes.steps >= length) & (causes.steps - causes.cause_steps <= length))
    if len(inside) == 0:
        return None
    users, viewed_at = causes.users[inside], causes.steps[inside]
    cause_places = length - (viewed_at - causes.cause_steps[inside])
    viewed = run.interactions.items[run.interactions.starts[users] + viewed_at]
    windows = last_windows(run.interactions, users, viewed_at, length)
    hits = np.zeros((len(inside), len(FINDERS)))
    for _, rows in blocks(np.full(len(inside), length), config):
        steps = forward(run.weights, config, windows[rows])
        pointers = effects(run, steps, viewed[rows], users[rows], viewed_at[rows])
        for name, pointer in {"attention": steps.column_weights, **pointers}.items():
            hit = pointer.argmax(1) == cause_places[rows]
            hits[rows, FINDERS.index(name)] = np.where(np.isnan(pointer).any(1), np.nan, hit)
    hits[:, FINDERS.index("latest")] = cause_places == length - 1
    kinds = [kind for code, kind in enumerate(causes.kinds) if (causes.codes[inside] == code).any()]
    groups = [np.arange(len(inside)), *(np.flatnonzero(causes.codes[inside] == causes.kinds.index(k)) for k in kinds)]
    shares = np.array([hits[group].mean(0) for group in groups])
    shares[:, FINDERS.index("chance")] = 1 / length
    return CauseShares(("all", *kinds), np.array([len(group) for group in groups]), shares)
