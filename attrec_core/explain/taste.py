"""The long-term taste U of a person from their own items, in numpy. It is not the paper's, whose U is a free vector.

    items:  U = Σ_k c_k V_k                    over the latest items of the history, the window's too; Σ_k c_k = 1
    both:   U = (1 − β) Σ_k c_k V_k + β F      F: a free vector of the user; β: one learned share, 0 for a new person

c_k ∝ 2^(−age_k / h): an item counts half as much after h newer items. The shares sum to 1, so that, for every item i,

    ‖U − V_i‖² = Σ_k c_k ‖V_i − V_k‖² + β ‖V_i − F‖² − (Σ_k c_k ‖V_k‖² + β ‖F‖² − ‖U‖²)    with (1 − β) c_k for c_k

and the bracket is the same for all items. Known ideas: FISM (Kabbur et al. 2013), SVD++ (Koren 2008). A history is a
row of item indices, oldest first, padded with -1; padding may also stand between items, and has no age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from attrec_core.config import ModelConfig, memory_weights
from attrec_core.data.windows import PADDING, last_windows
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.run import Run

NOBODY = -1  # a user without a vector of their own
FLOATS = 6_000_000  # item vectors that are gathered at once: 24 MB


@dataclass(frozen=True, eq=False)
class Memory:
    """What of a history the taste is made of: k items, oldest first."""

    items: np.ndarray  # (k,) int64 item indices
    ages: np.ndarray  # (k,) int64 how many items of the history are newer
    shares: np.ndarray  # (k,) float32 c, with (1 − β): of the whole taste
    own_share: float  # β; 0 without a vector of the user's own
    own: np.ndarray | None  # (d,) F

    def without(self, age: int) -> Memory:
        """Returns the memory without the item of an age; the other items keep their ages."""
        kept = self.ages != age
        total, shares = float(self.shares.sum()), self.shares[kept]
        scale = total / float(shares.sum()) if shares.sum() > 0 else 0.0
        return replace(self, items=self.items[kept], ages=self.ages[kept], shares=(shares * scale).astype(np.float32))

    def point(self, item_long: np.ndarray) -> np.ndarray | None:
        """Returns U (d,), by the items' V (N, d); None where there is nothing that it could be made of."""
        of_own = None if self.own is None else np.float32(self.own_share) * self.own
        if not len(self.items):
            return of_own
        point = self.shares @ item_long[self.items]
        return point if of_own is None else point + of_own


def memory_of(arrays: Mapping[str, np.ndarray], config: ModelConfig, user: int | None, history: np.ndarray) -> Memory:
    """history (n,): the items before the moment, oldest first → what of them the taste of this user is made of."""
    weights = np.array(memory_weights(config.half_life)[: len(history)], np.float32)[::-1]
    ages = np.arange(len(weights))[::-1]
    has_own = user is not None and config.taste == "both"
    own, share = (arrays["user_long"][user], own_share(arrays)) if has_own else (None, 0.0)
    shares = weights / weights.sum() * np.float32(1 - share) if len(weights) else weights
    return Memory(history[len(history) - len(weights) :].astype(np.int64), ages, shares, share, own)


def own_share(arrays: Mapping[str, np.ndarray]) -> float:
    """Returns β, which is stored as its logit."""
    return float(1 / (1 + np.exp(-arrays["own_share"][0].astype(float))))


def shares_of(histories: np.ndarray, half_life: float) -> np.ndarray:
    """histories (B, R) → c (B, R) float32; 0 at padding and for items that are too old."""
    counts = counts_of(histories, half_life)[0]
    return counts / np.maximum(counts.sum(1, keepdims=True), np.finfo(np.float32).tiny)


def counts_of(histories: np.ndarray, half_life: float) -> tuple[np.ndarray, np.ndarray]:
    """histories (B, R) → 2^(−age / h) (B, R) float32, 0 at padding and for items that are too old; and the ages, which
    mean nothing at padding."""
    real, weights = histories != PADDING, np.array(memory_weights(half_life), np.float32)
    ages = np.cumsum(real[:, ::-1], 1)[:, ::-1] - 1
    return np.where(real & (ages < len(weights)), weights[np.clip(ages, 0, len(weights) - 1)], np.float32(0)), ages


def tastes(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, users: np.ndarray, histories: np.ndarray
) -> np.ndarray:
    """users (B,), histories (B, R) with R ≥ `config.history` → U (B, d): by rows of the user table, or from items."""
    if not config.remembers:
        return arrays["user_long"][users]
    shares = shares_of(histories, config.half_life)
    result = (shares[:, None] @ arrays["item_long"][np.maximum(histories, 0)])[:, 0]
    if config.taste == "both":
        share = np.where(users == NOBODY, 0, own_share(arrays)).astype(np.float32)[:, None]
        result = (1 - share) * result + share * arrays["user_long"][users]
    return result


def tastes_without_each(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, users: np.ndarray, histories: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """users (B,), histories (B, R) with R > the number of remembered items → U without each of their latest `count`
    items, deleted (B, n, d) and masked (B, n, d). deleted: the items before it become newer by one. masked: all other
    items keep their ages. The latest `count` columns hold no padding, and another item remains.

    Σ over the newer items and over the older ones are known for each place, so no history is summed again.
    """
    most, (counts, ages) = len(memory_weights(config.half_life)), counts_of(histories, config.half_life)
    # What one more item would count, which enters when a newer one is deleted.
    enters = (histories != PADDING) & (ages == most)
    entering = np.where(enters, np.float32(2 ** (-most / config.half_life)), np.float32(0))
    vectors = arrays["item_long"][np.maximum(histories, 0)]
    sums = [(c[:, None] @ vectors)[:, 0] for c in (counts, entering)]
    own = counts[:, -count:, None] * vectors[:, -count:]
    newer, newer_counts = ((np.cumsum(x[:, ::-1], 1)[:, ::-1] - x) for x in (own, counts[:, -count:, None]))
    older = sums[0][:, None] - newer - own
    older_counts = counts.sum(1)[:, None, None] - newer_counts - counts[:, -count:, None]
    grown = np.float32(2 ** (1 / config.half_life))
    deleted = newer + grown * (older + sums[1][:, None])
    deleted /= newer_counts + grown * (older_counts + entering.sum(1)[:, None, None])
    masked = (newer + older) / (newer_counts + older_counts)
    too_old = ages[:, -count:, None] >= most
    deleted = np.where(too_old, (sums[0] / counts.sum(1)[:, None])[:, None], deleted)
    if config.taste == "both":
        share = np.float32(own_share(arrays))
        of_own = share * arrays["user_long"][users][:, None]
        deleted, masked = (1 - share) * deleted + of_own, (1 - share) * masked + of_own
    return deleted, masked


def tastes_before(run: Run, users: np.ndarray, places: np.ndarray) -> np.ndarray:
    """users (B,), places (B,) → U (B, d) of each user after that many items of their history."""
    arrays, config = run.weights, run.model_config
    if not config.remembers:
        return arrays["user_long"][users]
    result = np.empty((len(users), config.dim), np.float32)
    size = max(1, FLOATS // (config.history * config.dim))
    for start in range(0, len(users), size):
        rows = slice(start, start + size)
        histories = last_windows(run.interactions, users[rows], places[rows], config.history)
        result[rows] = tastes(arrays, config, users[rows], histories)
    return result


@cached
def user_points(run: Run) -> np.ndarray:
    """(M, d) U of every user: a row of the user table, or the taste from all items of their history."""
    if not run.model_config.remembers:
        return run.weights["user_long"]
    data = run.interactions
    return tastes_before(run, np.arange(data.n_users), np.diff(data.starts))
