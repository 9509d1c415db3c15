"""The items that a training compares a target with: unseen ones of each user, or items that a batch shares.

B windows, n negatives, S shared items.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from attrec_core.config import TrainConfig
from attrec_core.data.windows import Split


class Negatives:
    """Uniform draws from the items that a user has not seen in training; held-out items are never excluded."""

    def __init__(self, split: Split) -> None:
        interactions, mask = split.interactions, split.train_mask()
        n_items = interactions.n_items
        keys = np.unique(interactions.users[mask].astype(np.int64) * n_items + interactions.items[mask])
        owners = keys // n_items
        counts = np.bincount(owners, minlength=interactions.n_users)
        self.free = n_items - counts  # (M,) how many unseen items each user has
        self.n_items = n_items
        self.ends = np.cumsum(counts)
        self.starts = self.ends - counts
        # For a user's sorted items h_0 < h_1 < …, h_k − k is the number of unseen items below h_k.
        self.below = keys - (np.arange(len(keys)) - self.starts[owners])

    def draw(self, users: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
        """users (B,) → r (B, count): each negative is the r-th unseen item of the user."""
        return random.integers(0, self.free[users][:, None], (len(users), count))

    def items(self, users: np.ndarray, draws: np.ndarray) -> np.ndarray:
        """users (B,), draws (B, n) → (B, n) item indices.

        Exact, without rejection: the r-th unseen item is r + #{k: h_k − k ≤ r}.
        """
        skipped = np.searchsorted(self.below, users[:, None] * self.n_items + draws, side="right")
        return draws + skipped - self.starts[users][:, None]


class Others(NamedTuple):
    """The items that a block of windows shares, for its softmax. Each window leaves out its own target."""

    items: np.ndarray  # (S,) each once
    correction: float  # taken from their logits: the logarithm of the share of all items that they are


class SharedNegatives:
    """A sample of items for each block of windows: every item is as likely, whatever its popularity. Blocks of a batch
    share no item, as far as the items last: so a step pushes as many items away as it can."""

    # A block has a fifteenth of the items, within limits: with 256 of 9,724, MovieLens latest-small took more epochs.
    ALL, LEAST, MOST, PART = 10_000, 256, 1024, 15
    # Windows that share a sample: few enough that a batch has many samples, and that their logits fit the cache.
    BLOCK = 128

    def __init__(self, split: Split, config: TrainConfig) -> None:
        n_items = split.interactions.n_items
        self.size = max(config.negatives, self.LEAST, min(n_items // self.PART, self.MOST))
        self.needed = n_items > (self.size if config.loss == "sampled" else self.ALL)
        self.all = Others(np.arange(n_items), 0.0)

    def draw(self, blocks: int, random: np.random.Generator) -> list[Others]:
        """Draws `size` items for each block. By their correction, the sum of e^logit over them is expected to be that
        over all items."""
        n_items = len(self.all.items)
        most = n_items // self.size  # blocks that can share no item
        sizes = [(min(most, blocks - start), self.size) for start in range(0, blocks, most)]
        draws = np.concatenate([random.choice(n_items, size, replace=False) for size in sizes])
        return [Others(items, math.log(self.size / n_items)) for items in draws]
