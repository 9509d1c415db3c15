"""Leave-one-out and temporal splits, and windows of recent items, padded on the left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from attrec_core.errors import InputError

if TYPE_CHECKING:
    from attrec_core.data.interactions import Interactions

PADDING = -1  # not an item: it is never looked up and gets no weight


@dataclass(frozen=True, eq=False)
class Split:
    """Leave-one-out: a user's last item is the test item, the item before it the validation item, the rest training.
    Users with fewer than 3 interactions have only training items and are not evaluated. lengths (M,): number of
    training items of each user; evaluated (E,): the users with a validation and a test item."""

    interactions: Interactions
    lengths: np.ndarray
    evaluated: np.ndarray

    def with_validation(self) -> Split:
        """The same split with the validation items added to the training part, for the final fit."""
        lengths = self.lengths.copy()
        lengths[self.evaluated] += 1
        return Split(self.interactions, lengths, self.evaluated)

    @property
    def windows(self) -> int:
        """The number of training windows: one before each training item except the first of a history."""
        return int(np.maximum(self.lengths - 1, 0).sum())

    def some(self, part: float, seed: int = 0) -> Split:
        """The same split of a seeded share of the users, all items included; part: 0 to 1, at least one user."""
        if part >= 1:
            return self
        data, count = self.interactions, max(1, round(part * len(self.evaluated)))
        users = np.sort(np.random.default_rng(seed).choice(self.evaluated, count, replace=False))
        counts = np.diff(data.starts)[users]
        rows = np.repeat(data.starts[users] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        theirs = replace(
            data,
            user_ids=[data.user_ids[user] for user in users],
            items=data.items[rows],
            times=data.times[rows],
            starts=np.concatenate([[0], np.cumsum(counts)]),
        )
        return Split(theirs, self.lengths[users], np.arange(count))

    def train_mask(self) -> np.ndarray:
        """(n,) bool: whether each interaction is in the training part."""
        position = np.arange(self.interactions.n_interactions) - self.interactions.starts[self.interactions.users]
        return position < self.lengths[self.interactions.users]

    def held_out(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Position in the history (E,) and item (E,) held out for each evaluated user; part: validation | test."""
        ends = self.interactions.starts[self.evaluated + 1]
        rows = ends - {"test": 1, "validation": 2}[part]
        return rows - self.interactions.starts[self.evaluated], self.interactions.items[rows]


def leave_one_out(interactions: Interactions) -> Split:
    """The leave-one-out split. Raises InputError if no user has 3 interactions: for training, validation and test."""
    counts = np.diff(interactions.starts)
    evaluated = np.flatnonzero(counts >= 3)
    if len(evaluated) == 0:
        text = (
            "No user has 3 or more interactions (the longest history has {longest}): leave-one-out needs one to train, "
            "one to validate and one to test."
        )
        raise InputError("short_histories", text, longest=counts.max())
    return Split(interactions, np.where(counts >= 3, counts - 2, counts), evaluated)


def temporal(interactions: Interactions, share: float = 0.9) -> Split:
    """A split at one moment for all users: the model trains on earlier interactions and learns nothing from later ones
    of any user. The moment is the `share` quantile of all times.

    A user's first item after it is the test item and the last before it the validation item; later items are dropped.
    Users with no item after it, or fewer than two before it, have only training items. Raises InputError if times only
    give an order, or if no user is left to test.
    """
    if interactions.time_unit == "order":
        text = (
            "The times of this data only give an order within each history; a split by time needs real ones. If its "
            "numbers are times that all users share, {choose:time_unit=s}, or another unit."
        )
        raise InputError("no_times", text)
    moment = np.quantile(interactions.times, share, method="lower")
    before = np.add.reduceat(interactions.times <= moment, interactions.starts[:-1])
    counts = np.diff(interactions.starts)
    position = np.arange(interactions.n_interactions) - interactions.starts[interactions.users]
    kept_rows = position <= before[interactions.users]  # and the first item after the moment
    lengths = np.minimum(counts, before + 1)
    evaluated = np.flatnonzero((before >= 2) & (before < counts))
    if len(evaluated) == 0:
        text = "No user has two interactions before the time that separates training and test, and one after it."
        raise InputError("nobody_to_test", text)
    shortened = replace(
        interactions,
        items=interactions.items[kept_rows],
        times=interactions.times[kept_rows],
        starts=np.concatenate([[0], np.cumsum(lengths)]),
    )
    train_lengths = np.minimum(lengths, before)
    train_lengths[evaluated] -= 1
    return Split(shortened, train_lengths, evaluated)


def repeated_targets(items: np.ndarray, starts: np.ndarray, users: np.ndarray | None = None) -> float:
    """Share (0 to 1) of test items already in the user's history. items (n,), starts (M + 1,): as in `Interactions`.
    users: who is tested; None: everybody with three items."""
    lengths = np.diff(starts)
    tested_users = np.flatnonzero(lengths >= 3) if users is None else users
    occurrences = np.add.reduceat(items == np.repeat(items[starts[1:] - 1], lengths), starts[:-1])
    return float(np.mean(occurrences[tested_users] > 1)) if len(tested_users) else 0.0


def last_windows(
    interactions: Interactions, users: np.ndarray, places: np.ndarray, length: int, *, after: int = 0
) -> np.ndarray:
    """(B, length) item indices: the `length` items before position `places[b]` in the history of `users[b]`, padded on
    the left; the first `after` items of a history are left out."""
    offsets = places[:, None] + np.arange(-length, 0)[None, :]
    rows = np.maximum(interactions.starts[users][:, None] + offsets, 0)
    return np.where(offsets >= after, interactions.items[rows], PADDING).astype(np.int64)


def seen_before(interactions: Interactions, users: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """users (B,), places (B,) → row b and item index of each seen item (S,), in all: the items before position
    `places[b]` in the history of `users[b]`."""
    rows = np.repeat(np.arange(len(users)), places)
    positions = np.arange(len(rows)) - np.repeat(np.cumsum(places) - places, places)
    return rows, interactions.items[interactions.starts[users][rows] + positions]


def training_places(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """users (B,) and places (B,): the position in the history of each training item except the first of a history."""
    interactions = split.interactions
    position = np.arange(interactions.n_interactions) - interactions.starts[interactions.users]
    rows = np.flatnonzero(split.train_mask() & (position > 0))
    return interactions.users[rows].astype(np.int64), position[rows]


def training_windows(split: Split, length: int, targets: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """users (B,), windows (B, length), targets (B, targets) for each training item except the first of a history. The
    targets are the items directly after the window. Both are padded with PADDING, the window on the left, the targets
    on the right."""
    interactions, (users, places) = split.interactions, training_places(split)
    windows = last_windows(interactions, users, places, length)
    target_places = places[:, None] + np.arange(targets)[None, :]
    in_training = target_places < split.lengths[users][:, None]
    target_rows = np.minimum(interactions.starts[users][:, None] + target_places, interactions.n_interactions - 1)
    return users, windows, np.where(in_training, interactions.items[target_rows], PADDING).astype(np.int64)


def training_chunks(split: Split, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """users (C,), windows (C, length) and the item after each position of the windows (C, length): the training part of
    each history, cut into chunks from its end; both padded on the left with PADDING. Every item except the first is a
    target once."""
    data, last_positions = split.interactions, split.lengths - 1  # positions of the last items, which are only targets
    counts = -(-np.maximum(last_positions, 0) // length)
    users = np.repeat(np.arange(data.n_users), counts)
    chunks = np.arange(len(users)) - np.repeat(np.cumsum(counts) - counts, counts)  # 0: the latest chunk
    ends = last_positions[users] - chunks * length
    return users, last_windows(data, users, ends, length), last_windows(data, users, ends + 1, length, after=1)
