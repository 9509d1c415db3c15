"""Ids that are whole numbers, read as such: twice as fast as text, where every byte of the file proves it harmless.

"007" and "7" are the same number and different ids. So after reading, the shortest text of all the numbers is added
up: only if that, the separators and the line ends are the whole file, each number stood there as its shortest text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from attrec_core.data.coded import Coded, side_by_side, unfilled
from attrec_core.data.layout import Layout
from attrec_core.data.ratings import text_ends

SHORTEST = re.compile(r"0|[1-9][0-9]{0,8}")
LARGEST = 200_000_000  # a table of all ids up to it must fit into memory
CONVERTED = pa.int32()


@dataclass(frozen=True, eq=False)
class Numbered:
    """A column of ids, and how many characters all of them take as text."""

    ids: Coded
    characters: int


def may_be_numbers(layout: Layout, name: str) -> bool:
    """Whether all ids of the sample are numbers in their shortest text."""
    values = layout.values(name)
    return bool(values) and all(SHORTEST.fullmatch(value) for value in values)


def numbered(column: pa.ChunkedArray) -> Numbered | None:
    """The ids of a column of int32, tidy; None where they are too large for a table of all of them."""
    chunks = [chunk.to_numpy(zero_copy_only=False) for chunk in column.chunks if len(chunk)]
    if column.null_count or not chunks:
        return None
    least, largest = min(int(chunk.min()) for chunk in chunks), max(int(chunk.max()) for chunk in chunks)
    if least < 0 or largest > min(LARGEST, 4 * len(column) + 1_000_000):
        return None
    seen = np.zeros(largest + 1, bool)
    for chunk in chunks:
        # Where a file has a user's rows together, most rows say the same as the one before.
        new = chunk[np.flatnonzero(chunk[1:] != chunk[:-1]) + 1]
        seen[chunk[0]] = True
        seen[new] = True
    present = np.flatnonzero(seen)
    names = [str(number) for number in present.tolist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    places = np.zeros(largest + 1, np.int32)
    places[present[order]] = np.arange(len(order), dtype=np.int32)
    codes = joined(lambda chunk, out: np.take(places, chunk, out=out, mode="clip"), chunks, np.int32)
    total = sum(side_by_side(digits_of_all, chunks))
    return Numbered(Coded(codes, [names[place] for place in order], tidy=True), total)


def joined(
    work: Callable[[np.ndarray, np.ndarray], object], chunks: list[np.ndarray], kind: type[np.generic]
) -> np.ndarray:
    """What `work` makes of the chunks, one after the other, in one array. work: told a chunk and where to put it."""
    ends = np.cumsum([len(chunk) for chunk in chunks])
    result = unfilled(int(ends[-1]), kind)
    side_by_side(
        lambda part: work(part[1], result[part[0] - len(part[1]) : part[0]]), list(zip(ends, chunks, strict=True))
    )
    return result


@dataclass(frozen=True, eq=False)
class Moments:
    """(n,) int64 from 0, and how many characters all of them take as text."""

    values: np.ndarray
    characters: int


def moments(column: pa.ChunkedArray) -> Moments | None:
    """The numbers of a column of int64; None where one is missing or below 0."""
    chunks = [chunk.to_numpy(zero_copy_only=False) for chunk in column.chunks if len(chunk)]
    if column.null_count or not chunks:
        return None
    if min(int(chunk.min()) for chunk in chunks) < 0:
        return None
    total = sum(side_by_side(digits_of_all, chunks))
    return Moments(joined(lambda chunk, out: np.copyto(out, chunk), chunks, np.int64), total)


def digits_of_all(numbers: np.ndarray) -> int:
    """How many digits whole numbers from 0 have together."""
    least, largest = (len(str(number)) for number in (numbers.min(), numbers.max()))
    # Each power of ten that a number reaches is a digit more than the fewest.
    more = sum(int(np.count_nonzero(numbers >= 10**power)) for power in range(least, largest))
    return least * len(numbers) + more


def characters_of_text(column: pa.ChunkedArray) -> int:
    return sum(end - begin for begin, end in map(text_ends, column.chunks))


def bytes_of_rows(file: Path, layout: Layout) -> tuple[int, int]:
    """How many bytes follow the header, and how many end a line there: 0 where it does not end in \\n or \\r\\n."""
    with file.open("rb") as stream:
        for _ in range(layout.skip):
            stream.readline()
        begin = stream.tell()
        line = stream.readline()
        end = 2 if line.endswith(b"\r\n") else 1 if line.endswith(b"\n") else 0
        size = stream.seek(0, 2)
        stream.seek(max(begin, size - 2))
        last = stream.read()
    # A file may end without the end of its last line.
    closed = last.endswith(b"\r\n" if end == 2 else b"\n")
    return size - begin + (0 if closed else end), end


def accounted(file: Path, layout: Layout, rows: int, text: int) -> bool:
    """Whether `rows` rows with so many characters in their fields are all the bytes that the file has."""
    have, end = bytes_of_rows(file, layout)
    between = (len(layout.names) - 1) * len(layout.delimiter)
    return end > 0 and have == text + rows * (between + end)
