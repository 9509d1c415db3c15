"""Columns of text as numbers into a list of names: what sorting and counting millions of rows takes."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

PART = 1 << 18  # codes that are counted at a time
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


def counts_of(codes: np.ndarray, kinds: int) -> np.ndarray:
    """(kinds,) int64: how often each code occurs. numpy would first make a wider copy of all codes, in new memory."""
    counts = np.zeros(kinds, np.int64)
    for begin in range(0, len(codes), PART):
        counts += np.bincount(codes[begin : begin + PART], minlength=kinds)
    return counts


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
        return counts_of(self.codes, len(self.names))

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
