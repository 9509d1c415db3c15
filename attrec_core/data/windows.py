"""Leave-one-out, and windows with left padding."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError

PADDING = -1  # not an item: never looked up, gets no weight


@dataclass(frozen=True, eq=False)
class Split:
    """Leave-one-out: a user's last item is the test item, the one before it the validation item, the rest trains.

    Users with fewer than 3 interactions train with all they have and are not evaluated.
    lengths (M,): how many of each user's interactions train; evaluated (E,): the users with a held-out pair.
    """

    interactions: Interactions
    lengths: np.ndarray
    evaluated: np.ndarray

    def with_validation(self) -> Split:
        """The same split with the validation items in the training part, for the final fit."""
        longer = self.lengths.copy()
        longer[self.evaluated] += 1
        return Split(self.interactions, longer, self.evaluated)

    @property
    def windows(self) -> int:
        """How many windows train: one before each item that trains, but the first of a history."""
        return int(np.maximum(self.lengths - 1, 0).sum())

    def train_mask(self) -> np.ndarray:
        """(n,) bool over the interactions: which of them train."""
        place = np.arange(self.interactions.n_interactions) - self.interactions.starts[self.interactions.users]
        return place < self.lengths[self.interactions.users]

    def held_out(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        """The place in the history (E,) and the item (E,) held out of each evaluated user; part: validation | test."""
        ends = self.interactions.starts[self.evaluated + 1]
        rows = ends - {"test": 1, "validation": 2}[part]
        return rows - self.interactions.starts[self.evaluated], self.interactions.items[rows]


def leave_one_out(interactions: Interactions) -> Split:
    """Raises InputError when nobody has the 3 interactions it takes to train, validate and test."""
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
    """A split by one moment for everybody: what came before it trains, so that nothing is learned from anybody's later
    time. The moment is when `share` of all interactions had come.

    A user's first item after it is the test item and the last before it the validation item; later ones are left out.
    Who has no item after it, or fewer than two before, only trains. Raises InputError where times only give an order,
    or nobody is left to test.
    """
    if interactions.time_unit == "order":
        text = "The times of this data only give an order within each history; a split by time needs real ones."
        raise InputError("no_times", text)
    moment = np.quantile(interactions.times, share, method="lower")
    before = np.add.reduceat(interactions.times <= moment, interactions.starts[:-1])
    counts = np.diff(interactions.starts)
    place = np.arange(interactions.n_interactions) - interactions.starts[interactions.users]
    kept = place <= before[interactions.users]  # the first one after the moment too
    lengths = np.minimum(counts, before + 1)
    evaluated = np.flatnonzero((before >= 2) & (before < counts))
    if len(evaluated) == 0:
        text = "Nobody has two interactions before the moment that parts training and test, and one after it."
        raise InputError("nobody_to_test", text)
    shorter = replace(
        interactions,
        items=interactions.items[kept],
        times=interactions.times[kept],
        starts=np.concatenate([[0], np.cumsum(lengths)]),
    )
    trains = np.minimum(lengths, before)
    trains[evaluated] -= 1
    return Split(shorter, trains, evaluated)


def repeated_targets(items: np.ndarray, starts: np.ndarray) -> float:
    """Share of the test items that their user had before, 0 to 1. items (n,), starts (M + 1,): of `Interactions`."""
    lengths = np.diff(starts)
    tested = np.flatnonzero(lengths >= 3)
    rows = np.flatnonzero(items == np.repeat(items[starts[1:] - 1], lengths))
    times_had = np.diff(np.searchsorted(rows, starts))
    return float(np.mean(times_had[tested] > 1)) if len(tested) else 0.0


def last_windows(
    interactions: Interactions, users: np.ndarray, places: np.ndarray, length: int, *, after: int = 0
) -> np.ndarray:
    """(B, length) item indices: the `length` items before place `places[b]` of user `users[b]`, padded on the left;
    without the first `after` of a history."""
    offsets = places[:, None] + np.arange(-length, 0)[None, :]
    rows = np.maximum(interactions.starts[users][:, None] + offsets, 0)
    return np.where(offsets >= after, interactions.items[rows], PADDING).astype(np.int64)


def seen_before(interactions: Interactions, users: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and item indices of everything each of `users` had before its place in the history."""
    rows = np.repeat(np.arange(len(users)), places)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(places) - places, places)
    return rows, interactions.items[interactions.starts[users][rows] + within]


def training_windows(split: Split, length: int, targets: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """users (B,), windows (B, length), targets (B, targets) of every place of the training part but the first.

    Window and targets touch: the targets are the next ones after the window. Both are padded with PADDING, the window
    on the left, the targets on the right.
    """
    interactions = split.interactions
    place = np.arange(interactions.n_interactions) - interactions.starts[interactions.users]
    rows = np.flatnonzero(split.train_mask() & (place > 0))
    users = interactions.users[rows].astype(np.int64)
    windows = last_windows(interactions, users, place[rows], length)
    ahead = place[rows][:, None] + np.arange(targets)[None, :]
    inside = ahead < split.lengths[users][:, None]
    following = np.minimum(rows[:, None] + np.arange(targets)[None, :], interactions.n_interactions - 1)
    return users, windows, np.where(inside, interactions.items[following], PADDING).astype(np.int64)


def training_chunks(split: Split, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """users (C,), windows (C, length) and the item after each of their places (C, length): the training part of each
    history cut into pieces from its end, both padded on the left with PADDING. Every item but the first is learned
    once."""
    data, lasts = split.interactions, split.lengths - 1  # place of the last item, which only follows
    counts = -(-np.maximum(lasts, 0) // length)
    users = np.repeat(np.arange(data.n_users), counts)
    back = np.arange(len(users)) - np.repeat(np.cumsum(counts) - counts, counts)  # 0: the latest piece
    ends = lasts[users] - back * length
    return users, last_windows(data, users, ends, length), last_windows(data, users, ends + 1, length, after=1)
