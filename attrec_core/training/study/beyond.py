"""Measures beyond accuracy: how much of the catalogue is recommended to any user, and how popular these items are; and
data in random order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, last_windows, seen_before
from attrec_core.explain.evaluate import FLOATS, MOST, Ranker

FIRST = 10


def coverage_and_popularity(ranker: Ranker, split: Split, length: int) -> tuple[float, float]:
    """Returns the share of all items that are in the top ten at some user's test moment, and the mean popularity of the
    items in the top ten, as a share of the most popular item's. Seen items are removed."""
    data, (positions, _) = split.interactions, split.held_out("test")
    counts, popularity = np.zeros(data.n_items, np.int64), data.popularity()
    size = max(1, min(MOST, FLOATS // data.n_items))
    for start in range(0, len(positions), size):
        users, ends = split.evaluated[start : start + size], positions[start : start + size]
        distances = np.array(ranker(users, last_windows(data, users, ends, length)))
        distances[seen_before(data, users, ends)] = np.inf
        count = min(FIRST, data.n_items)
        top = np.argpartition(distances, count - 1, axis=1)[:, :count]
        unseen = np.isfinite(np.take_along_axis(distances, top, axis=1))  # fewer than ten, if most items are seen
        counts += np.bincount(top[unseen], minlength=data.n_items)
    mean = float((counts * popularity).sum() / max(counts.sum(), 1) / max(popularity.max(), 1))
    return float((counts > 0).mean()), mean


def shuffled(interactions: Interactions, seed: int = 0) -> Interactions:
    """Returns the interactions with the items of each history in random order, which no model can learn from."""
    random = np.random.default_rng(seed)
    keys = random.random(interactions.n_interactions)
    order = np.lexsort((keys, interactions.users))
    return replace(interactions, items=interactions.items[order])
