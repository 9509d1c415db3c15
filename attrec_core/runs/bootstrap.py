"""How certain a figure over users is: the same with users drawn again, many times."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

RESAMPLES = 2000
BLOCK = 200  # of these at once: 34 MB of numbers for 21,000 users


def per_user(ranks: np.ndarray, metric: str) -> np.ndarray:
    """ranks (seeds, E) → (E,) a user's part of the metric, the mean over the seeds."""
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
    """(RESAMPLES, users) how often each is drawn, once on average: more than 255 times is beyond all chance."""
    random, each = np.random.default_rng(0), np.full(users, 1 / users)
    counts = np.empty((RESAMPLES, users), np.uint8)
    for start in range(0, RESAMPLES, BLOCK):
        counts[start : start + BLOCK] = random.multinomial(users, each, BLOCK)
    return counts


def percentiles(means: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
