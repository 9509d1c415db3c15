"""Rows of a file as histories: user after user, each in time order. Sorted a cache's worth of rows at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from attrec_core.data.options import TieRule
from attrec_core.data.reading.coded import Coded, side_by_side, unfilled

PART = 1 << 15  # rows; what is done to so many at a time stays in the processor's cache, and in memory that is there


@dataclass(frozen=True, eq=False)
class Histories:
    """Rows sorted by (user, time, place in the file). users, items (n,) int32 codes, times (n,) int64."""

    users: np.ndarray
    items: np.ndarray
    times: np.ndarray


@dataclass(frozen=True, eq=False)
class Blocks:
    """Rows as they stand in a file, with each user's rows together: a block a user.

    owners, lengths (B,): whose block, of how many rows; items, times (n,).
    """

    owners: np.ndarray
    lengths: np.ndarray
    items: np.ndarray
    times: np.ndarray

    @staticmethod
    def of(owners: np.ndarray, items: np.ndarray, times: np.ndarray) -> Blocks:
        """From rows, of which those that follow one another with the same owner are a block. owners (n,), not empty."""
        starts = np.concatenate([[0], np.flatnonzero(owners[1:] != owners[:-1]) + 1])
        return Blocks(owners[starts], np.diff(starts, append=len(owners)), items, times)

    def cut(self, places: Sequence[int]) -> Iterator[Blocks]:
        """Some of the blocks after others, cut before those places; none of them is empty."""
        ends = np.concatenate([[0], np.cumsum(self.lengths)])
        for begin, end in itertools.pairwise(sorted({0, *places, len(self.owners)})):
            blocks, rows = slice(begin, end), slice(ends[begin], ends[end])
            yield Blocks(self.owners[blocks], self.lengths[blocks], self.items[rows], self.times[rows])

    def parts(self) -> Iterator[Blocks]:
        """Blocks of about PART rows together."""
        ends = np.cumsum(self.lengths)
        return self.cut(np.searchsorted(ends, np.arange(PART, len(self.times), PART)).tolist())


def histories(users: Coded, items: np.ndarray, times: np.ndarray, tie_rule: TieRule) -> Histories:
    """The rows of a file, user after user in the order of their names, each in time order.

    At equal times `file-last` keeps the order of the file, so the row that stands last is the latest; `file-first`
    turns it round: of the rows with the largest time the one that stands first in the file is the latest.
    """
    users = users.in_order()
    if len(times) == 0:
        return Histories(users.codes, items, times)
    blocks = Blocks.of(users.codes, items, times)
    if len(blocks.owners) > len(users.names):
        together = sorting(users.codes, np.broadcast_to(np.int64(0), len(times)))
        blocks = Blocks.of(users.codes[together], items[together], times[together])
    return placed([blocks], users.counts(), tie_rule)


def whole_users(pieces: Iterable[Blocks]) -> Iterator[Blocks]:
    """The same rows, cut between users: of one who stands on both sides of a cut the rows are joined."""
    open_end: list[Blocks] = []
    for piece in pieces:
        if open_end and piece.owners[0] != open_end[0].owners[0]:
            yield joined(open_end)
            open_end = []
        *closed, last = piece.cut([1, len(piece.owners) - 1])
        if open_end and closed:
            yield joined([*open_end, closed.pop(0)])
            open_end = []
        yield from closed
        open_end.append(last)
    if open_end:
        yield joined(open_end)


def joined(one_users: Sequence[Blocks]) -> Blocks:
    """One block of several, all of the same user."""
    items, times = (np.concatenate([getattr(one, name) for one in one_users]) for name in ("items", "times"))
    return Blocks(one_users[0].owners[:1], np.array([len(times)]), items, times)


def placed(
    blocks: Iterable[Blocks], counts: np.ndarray, tie_rule: TieRule, codes: np.ndarray | None = None
) -> Histories:
    """Blocks in any order → histories. counts (M,): rows a user has. codes: of the items, where these are numbers."""
    begins = np.cumsum(counts) - counts
    result = Histories(*(unfilled(int(counts.sum()), kind) for kind in (np.int32, np.int32, np.int64)))

    def place(part: Blocks) -> None:
        rows = len(part.times)
        order = sorting(np.repeat(np.arange(len(part.owners)), part.lengths), part.times, tie_rule)
        items = part.items[order]
        target = np.repeat(begins[part.owners] - (np.cumsum(part.lengths) - part.lengths), part.lengths)
        target += np.arange(rows)
        result.users[target] = np.repeat(part.owners, part.lengths)
        result.items[target] = items if codes is None else np.take(codes, items, mode="clip")
        result.times[target] = part.times[order]

    side_by_side(place, [part for one in blocks for part in one.parts()])
    return result


def sorting(users: np.ndarray, times: np.ndarray, tie_rule: TieRule = "file-last") -> np.ndarray:
    """(n,) the places of rows in the order of (user, time, place in the file), ties turned round by `file-first`.

    users (n,) whole numbers from 0. A user, a time and a place mostly fit into one number of 63 bits. All of these are
    different, so any sort will do, and numpy's fastest sorts plain numbers ten times as fast as it sorts places.
    """
    rows, first = len(times), int(times.min(initial=0))
    places = np.arange(rows) if tie_rule == "file-last" else np.arange(rows - 1, -1, -1)
    of_time, of_place = (int(times.max(initial=0)) - first).bit_length(), rows.bit_length()
    if int(users.max(initial=0)).bit_length() + of_time + of_place > 63:
        return np.lexsort((places, times, users))
    key = users.astype(np.int64)
    key <<= of_time
    key += times
    key -= first
    key <<= of_place
    key += places
    key.sort()
    key &= (1 << of_place) - 1
    return key if tie_rule == "file-last" else rows - 1 - key
