"""How certain a mean over users is, by bootstrap: it is computed many times for users drawn again."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

RESAMPLES = 2000
BLOCK = 200  # resamples at once: 34 MB of numbers for 21,000 users


def per_user(ranks: np.ndarray, metric: str) -> np.ndarray:
    """ranks (seeds, E) → (E,) the contribution of each user to the metric, averaged over the seeds."""
    kind, _, depth = metric.partition("@")
    if kind == "mrr":
        return (1 / ranks).mean(0)
    inside = ranks <= int(depth)
    return (inside / np.log2(ranks + 1) if kind == "ndcg" else inside.astype(float)).mean(0)


def resampled(values: np.ndarray) -> np.ndarray:
    """(E,) → (RESAMPLES,) means of users drawn with replacement; the same draws for the same number of users."""
    blocks = np.split(draws(len(values)), RESAMPLES // BLOCK)
    return np.concatenate([block.astype(float) @ values for block in blocks]) / len(values)


@lru_cache(maxsize=1)
def draws(users: int) -> np.ndarray:
    """(RESAMPLES, users) how often each user is drawn: once on average, and practically never more than 255 times."""
    random, probabilities = np.random.default_rng(0), np.full(users, 1 / users)
    counts = np.empty((RESAMPLES, users), np.uint8)
    for start in range(0, RESAMPLES, BLOCK):
        counts[start : start + BLOCK] = random.multinomial(users, probabilities, BLOCK)
    return counts


def percentiles(means: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
