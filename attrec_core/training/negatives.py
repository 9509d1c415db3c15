"""Negatives: items that a user has not seen."""

from __future__ import annotations

import numpy as np

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


class SharedNegatives:
    """A sample of items for a whole batch, drawn by popularity^¾: for the softmax, if there are too many items."""

    ALL, LEAST, POWER = 10_000, 512, 0.75

    def __init__(self, split: Split) -> None:
        items = split.interactions.items[split.train_mask()]
        shares = np.bincount(items, minlength=split.interactions.n_items).astype(float) ** self.POWER
        self.shares = shares / shares.sum()
        self.ends = np.cumsum(self.shares)
        self.needed = len(shares) > self.ALL

    def draw(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Returns items (S,), with repeats, and how often each is expected among them (S,). S is at least LEAST."""
        size = max(count, self.LEAST)
        drawn = np.searchsorted(self.ends, random.random(size) * self.ends[-1], side="right")
        drawn = np.minimum(drawn, len(self.shares) - 1)
        return drawn, (size * self.shares[drawn]).astype(np.float32)
