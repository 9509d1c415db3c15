"""Tables of nothing but numbers, read as such: twice as fast as text, where every byte of the file proves it harmless.

"007" and "7" are the same number and different ids. So after reading, the shortest text of all the numbers is added
up: only if that, the separators and the line ends are the whole file, each number stood there as its shortest text.

The file is read in pieces of some megabytes, two at a time; what has to be known of a piece is found while it is still
in the processor's cache, and nothing is put together before it is in order.
"""

from __future__ import annotations

import itertools
import mmap
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from attrec_core.data.options import TieRule
from attrec_core.data.reading.coded import Coded, side_by_side
from attrec_core.data.reading.delimited import WHOLE, arrow_columns
from attrec_core.data.reading.histories import Blocks, Histories, histories, placed, whole_users
from attrec_core.data.reading.layout import Layout

SHORTEST = re.compile(r"0|[1-9][0-9]{0,8}")
LARGEST = 200_000_000  # a table of all ids up to it must fit into memory
CONVERTED = pa.int32()
PIECE = 4 << 20  # bytes
HEAD = 5  # rows that are kept as they stand in the file


@dataclass(frozen=True, eq=False)
class Piece:
    """Some lines of the file. ratings: as text; characters: what all its fields take as their shortest text."""

    blocks: Blocks
    ratings: pa.StringArray | None
    characters: int


@dataclass(frozen=True, eq=False)
class NumberedRows:
    """Rows in the order of `histories`, and the first ones as they stand in the file: ids as numbers."""

    rows: Histories
    user_ids: list[str]
    item_ids: list[str]
    tie_rule: TieRule
    pieces: Sequence[Piece]

    @property
    def head(self) -> list[np.ndarray]:
        """Users, items and times of the first rows of the file."""
        first = [piece.blocks for piece in self.pieces[:HEAD]]
        columns = zip(*((np.repeat(one.owners, one.lengths), one.items, one.times) for one in first), strict=True)
        return [np.concatenate(parts)[:HEAD] for parts in columns]

    def first_ratings(self) -> np.ndarray:
        return in_file(self.pieces[:HEAD])[:HEAD]

    def ratings(self) -> np.ndarray:
        """(n,) float64 in the order of the rows; the sorting is done once more, with places in the items' stead."""
        ends = list(itertools.accumulate((len(piece.blocks.times) for piece in self.pieces), initial=0))
        placed_at = [
            replace(piece.blocks, items=np.arange(*span, dtype=np.int32))
            for piece, span in zip(self.pieces, itertools.pairwise(ends), strict=True)
        ]
        users = numbering([one.owners for one in placed_at])
        return in_file(self.pieces)[in_order(placed_at, users, None, self.tie_rule).items]


def numbered_rows(file: Path, layout: Layout, tie_rule: TieRule) -> NumberedRows | None:
    """The rows of a table of nothing but user, item, time and maybe rating, whose ids are whole numbers in their
    shortest text; None for any other.
    """
    roles = layout.roles
    named = {role: roles[role] for role in ("user", "item", "time", "rating") if role in roles}
    if set(layout.names) != set(named.values()) or "time" not in named or layout.decimal_comma:
        return None
    if not all(may_be_numbers(layout, named[role]) for role in ("user", "item")):
        return None
    # Quotation marks further down cannot be missed: the bytes would not add up.
    if any('"' in value for row in layout.sample[:20] for value in row):
        return None
    pieces = pieces_of(file, layout, named)
    if not pieces or not accounted(file, layout, pieces):
        return None
    users, items = side_by_side(
        numbering, [[piece.blocks.owners for piece in pieces], [piece.blocks.items for piece in pieces]]
    )
    if users is None or items is None:
        return None
    rows = in_order([piece.blocks for piece in pieces], users, items, tie_rule)
    return NumberedRows(rows, users.names, items.names, tie_rule, pieces)


def may_be_numbers(layout: Layout, name: str) -> bool:
    """Whether all ids of the sample are numbers in their shortest text."""
    values = layout.values(name)
    return bool(values) and all(SHORTEST.fullmatch(value) for value in values)


def pieces_of(file: Path, layout: Layout, named: Mapping[str, str]) -> list[Piece] | None:
    """The whole file; None where some field is not what the roles say. named: role → column."""
    types = {named["user"]: CONVERTED, named["item"]: CONVERTED, named["time"]: WHOLE}
    types |= {named["rating"]: pa.string()} if "rating" in named else {}
    with file.open("rb") as stream:
        content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    for _ in range(layout.skip):
        content.readline()
    cuts = [content.tell()]
    while cuts[-1] < len(content):
        cuts.append((content.find(b"\n", min(cuts[-1] + PIECE, len(content) - 1)) + 1) or len(content))
    everything = pa.py_buffer(content)

    def piece_of(span: tuple[int, int]) -> Piece | None:
        size = span[1] - span[0]
        lines = pa.BufferReader(everything.slice(span[0], size))
        table = arrow_columns(lines, layout, types, quoted=False, size=size)
        return checked({role: table[name].combine_chunks() for role, name in named.items()})

    try:
        found = side_by_side(piece_of, list(itertools.pairwise(cuts)))
    except pa.ArrowInvalid:
        return None
    return None if None in found else found


def checked(columns: Mapping[str, pa.Array]) -> Piece | None:
    """None where a number is missing or below 0, or a rating is more than digits and points."""
    ratings = columns.get("rating")
    numbers = {role: columns[role] for role in ("user", "item", "time")}
    if any(column.null_count for column in numbers.values()):
        return None
    users, items, times = (column.to_numpy(zero_copy_only=False) for column in numbers.values())
    if len(times) == 0 or min(int(column.min()) for column in (users, items, times)) < 0:
        return None
    if ratings is not None and not (digits_and_points(ratings) and one_point_at_most(ratings)):
        return None
    blocks = Blocks.of(users, items, times)
    characters = int((digits_of(blocks.owners) * blocks.lengths).sum())
    characters += sum(digits_of_all(column) for column in (items, times))
    if ratings is not None:
        first, last = text_ends(ratings)
        characters += last - first
    return Piece(blocks, ratings, characters)


@dataclass(frozen=True, eq=False)
class Numbering:
    """names: of the numbers that occur, in order as text; places: number → place of its name."""

    names: list[str]
    places: np.ndarray


def numbering(columns: Sequence[np.ndarray]) -> Numbering | None:
    """Of whole numbers in several arrays; None where they are too large for a table of all of them."""
    largest = max(int(column.max()) for column in columns)
    if largest > min(LARGEST, 4 * sum(map(len, columns)) + 1_000_000):
        return None
    seen = np.zeros(largest + 1, bool)
    for column in columns:
        seen[column] = True
    present = np.flatnonzero(seen)
    names = [str(number) for number in present.tolist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    places = np.zeros(largest + 1, np.int32)
    places[present[order]] = np.arange(len(order), dtype=np.int32)
    return Numbering([names[place] for place in order], places)


def in_order(blocks: Sequence[Blocks], users: Numbering, items: Numbering | None, tie_rule: TieRule) -> Histories:
    """Pieces of a file → its histories. Without `items` the items are codes already."""
    named = [replace(one, owners=users.places[one.owners]) for one in blocks]
    counts = np.zeros(len(users.names), np.int64)
    for one in named:
        np.add.at(counts, one.owners, one.lengths)
    whole = list(whole_users(named))
    codes = None if items is None else items.places
    if sum(len(one.owners) for one in whole) == len(users.names):
        return placed(whole, counts, tie_rule, codes)
    # Not each user's rows together: no piece can be sorted by itself.
    owners = np.concatenate([np.repeat(one.owners, one.lengths) for one in named])
    numbers, times = (np.concatenate([getattr(one, name) for one in named]) for name in ("items", "times"))
    return histories(
        Coded(owners, users.names, tidy=True), numbers if codes is None else codes[numbers], times, tie_rule
    )


def digits_of(numbers: np.ndarray) -> np.ndarray:
    """(n,) how many digits each whole number from 0 has."""
    return np.searchsorted(10 ** np.arange(1, 10), numbers, side="right") + 1


def digits_of_all(numbers: np.ndarray) -> int:
    """How many digits whole numbers from 0 have together."""
    least, largest = (len(str(number)) for number in (numbers.min(), numbers.max()))
    # Each power of ten that a number reaches is a digit more than the fewest.
    more = sum(int(np.count_nonzero(numbers >= 10**power)) for power in range(least, largest))
    return least * len(numbers) + more


def digits_and_points(column: pa.StringArray) -> bool:
    """Whether a column of text holds nothing but digits and points."""
    letters = np.frombuffer(column.buffers()[2] or b"", np.uint8)[slice(*text_ends(column))]
    # "." and "/" come just before the digits; letters below them wrap round to large numbers.
    return not len(letters) or bool(
        (letters - np.uint8(ord("."))).max() <= ord("9") - ord(".") and not (letters == ord("/")).any()
    )


def one_point_at_most(column: pa.StringArray) -> bool:
    """Whether text of digits and points is numbers, or nothing."""
    points = compute.max(compute.count_substring(column, ".")).as_py() or 0
    return points <= 1 and not compute.any(compute.equal(column, ".")).as_py()


def text_ends(column: pa.StringArray) -> tuple[int, int]:
    """Where the text of a column begins and ends in its buffer."""
    if len(column) == 0:
        return 0, 0
    ends = np.frombuffer(column.buffers()[1], np.int32)
    return int(ends[column.offset]), int(ends[column.offset + len(column)])


def in_file(pieces: Sequence[Piece]) -> np.ndarray:
    """The ratings of some pieces, one after the other."""
    return np.concatenate([values_of(piece.ratings) for piece in pieces if piece.ratings is not None])


def values_of(column: pa.StringArray) -> np.ndarray:
    """(n,) float64 of text made of digits and points; NaN for what is no number, and for nothing."""
    encoded = column.dictionary_encode()
    names = pd.Series(encoded.dictionary.to_pylist(), dtype="str")
    numbers = pd.to_numeric(names, errors="coerce").to_numpy(np.float64)
    return numbers[encoded.indices.to_numpy(zero_copy_only=False)]


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


def accounted(file: Path, layout: Layout, pieces: Sequence[Piece]) -> bool:
    """Whether the fields of these rows, with what stands between and behind them, are all the bytes of the file."""
    have, end = bytes_of_rows(file, layout)
    between = (len(layout.names) - 1) * len(layout.delimiter)
    rows = sum(len(piece.blocks.times) for piece in pieces)
    return end > 0 and have == sum(piece.characters for piece in pieces) + rows * (between + end)
