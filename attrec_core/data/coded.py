"""Columns of text as numbers into a list of names: what sorting and counting millions of rows takes."""

from __future__ import annotations

import itertools
import mmap
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from attrec_core.data.options import TieRule

AT_ONCE = 2  # threads; numpy and Arrow let go of Python's lock while they work
Part = TypeVar("Part")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """The results in the order of the parts; a single part needs no thread."""
    if len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, parts))


def unfilled(rows: int, kind: type[np.generic]) -> np.ndarray:
    """(rows,) to be filled. numpy's own memory asks the system for huge pages, and making these can take longer than
    all the sorting; this asks for none.
    """
    size = rows * np.dtype(kind).itemsize
    return (
        np.frombuffer(mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), kind) if rows else np.empty(0, kind)
    )


@dataclass(frozen=True, eq=False)
class Coded:
    """codes (n,) int32 into `names`, which are all different; a name need not occur.

    tidy: the names are sorted, and each of them occurs.
    """

    codes: np.ndarray
    names: Sequence[str]
    tidy: bool = False

    def __len__(self) -> int:
        return len(self.codes)

    @staticmethod
    def of(texts: Sequence[str] | pd.Series) -> Coded:
        codes, names = pd.factorize(pd.Series(texts, dtype="str"))
        return Coded(codes.astype(np.int32), names.tolist())

    def at(self, row: int) -> str:
        return self.names[self.codes[row]]

    def take(self, rows: np.ndarray) -> Coded:
        """The rows of a mask or of positions; the names stay."""
        return Coded(self.codes[rows], self.names)

    def counts(self) -> np.ndarray:
        """(names,) int64: how often each occurs."""
        return np.bincount(self.codes, minlength=len(self.names))

    def blank(self) -> np.ndarray:
        """(n,) bool: there is no name, or nothing but space."""
        if "" not in self.names and not any(map(str.isspace, self.names)):
            return np.zeros(len(self.codes), bool)
        empty = np.fromiter((not name.strip() for name in self.names), bool, len(self.names))
        return empty[self.codes]

    def in_order(self) -> Coded:
        """The same rows, tidy."""
        if self.tidy:
            return self
        present = np.flatnonzero(self.counts())
        order = sorted(present.tolist(), key=self.names.__getitem__)
        if order == list(range(len(self.names))):
            return Coded(self.codes, self.names, tidy=True)
        places = np.zeros(len(self.names), np.int32)
        places[order] = np.arange(len(order), dtype=np.int32)
        return Coded(places[self.codes], [self.names[code] for code in order], tidy=True)


@dataclass(frozen=True, eq=False)
class Histories:
    """Rows sorted by (user, time, place in the file). users, items (n,) int32 codes, times (n,) int64."""

    users: np.ndarray
    items: np.ndarray
    times: np.ndarray


def histories(users: Coded, items: np.ndarray, times: np.ndarray, tie_rule: TieRule) -> Histories:
    """The rows of a file, user after user in the order of their names, each in time order.

    At equal times `file-last` keeps the order of the file, so the row that stands last is the latest; `file-first`
    turns it round: of the rows with the largest time the one that stands first in the file is the latest.
    """
    users = users.in_order()
    codes = users.codes
    if tie_rule == "file-first":
        codes, items, times = codes[::-1], items[::-1], times[::-1]
    if len(times) == 0:
        return Histories(codes, items, times)
    starts = np.concatenate([[0], np.flatnonzero(codes[1:] != codes[:-1]) + 1])
    if len(starts) == len(users.names):
        return in_blocks(codes[starts], starts, items, times)
    earliest = int(times.min())
    if (int(times.max()) - earliest + 1) * len(users.names) < 2**63:
        # One number for user and time sorts several times faster than two keys.
        span = int(times.max()) - earliest + 1
        order = np.argsort(codes.astype(np.int64) * span + (times - earliest), kind="stable")
    else:
        order = np.lexsort((times, codes))
    return Histories(codes[order], items[order], times[order])


PART = 1 << 15  # rows; what is done to so many at a time stays in the processor's cache, and in memory that is there


def in_blocks(owners: np.ndarray, starts: np.ndarray, items: np.ndarray, times: np.ndarray) -> Histories:
    """`histories` of a file that has each user's rows together: sorted where they stand, block by block.

    owners, starts (M,): the user and the first row of each block.
    """
    ends = np.concatenate([starts[1:], [len(times)]])
    counts = np.zeros(len(starts), np.int64)
    counts[owners] = ends - starts
    goes_to = (np.cumsum(counts) - counts)[owners] - starts  # what to add to a place in the file
    result = Histories(*(unfilled(len(times), kind) for kind in (np.int32, np.int32, np.int64)))

    def place(blocks: slice) -> None:
        begin, end = starts[blocks][0], ends[blocks][-1]
        lengths = ends[blocks] - starts[blocks]
        since = times[begin:end] - times[begin:end].min()
        key = np.repeat(np.arange(len(lengths)) * (int(since.max()) + 1), lengths) + since
        order = np.argsort(key, kind="stable")
        target = np.repeat(goes_to[blocks], lengths) + np.arange(begin, end)
        result.users[target] = np.repeat(owners[blocks], lengths)
        result.items[target] = items[begin:end][order]
        result.times[target] = times[begin:end][order]

    cuts = np.unique(np.concatenate([[0], np.searchsorted(starts, np.arange(PART, len(times), PART)), [len(starts)]]))
    side_by_side(place, [slice(*cut) for cut in itertools.pairwise(cuts.tolist())])
    return result
