"""What accuracy does not say: how much of the catalogue is recommended to anybody, and how popular that is; and data
whose order says nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, last_windows, seen_before
from attrec_core.explain.evaluate import FLOATS, MOST, Ranker

FIRST = 10


def coverage_and_popularity(ranker: Ranker, split: Split, length: int) -> tuple[float, float]:
    """The share of all items that stand in the first ten of some user's test moment, and the mean popularity of what
    stands there, as a share of the most popular item's. Seen items are removed."""
    data, (places, _) = split.interactions, split.held_out("test")
    listed, popularity = np.zeros(data.n_items, np.int64), data.popularity()
    size = max(1, min(MOST, FLOATS // data.n_items))
    for start in range(0, len(places), size):
        users, own = split.evaluated[start : start + size], places[start : start + size]
        distances = np.array(ranker(users, last_windows(data, users, own, length)))
        distances[seen_before(data, users, own)] = np.inf
        count = min(FIRST, data.n_items)
        first = np.argpartition(distances, count - 1, axis=1)[:, :count]
        unseen = np.isfinite(np.take_along_axis(distances, first, axis=1))  # who has had most items has fewer than ten
        listed += np.bincount(first[unseen], minlength=data.n_items)
    mean = float((listed * popularity).sum() / max(listed.sum(), 1) / max(popularity.max(), 1))
    return float((listed > 0).mean()), mean


def shuffled(interactions: Interactions, seed: int = 0) -> Interactions:
    """The same with the items of each history in random order: what a model finds in it is no order."""
    random = np.random.default_rng(seed)
    keys = random.random(interactions.n_interactions)
    order = np.lexsort((keys, interactions.users))
    return replace(interactions, items=interactions.items[order])
