"""Ratings: numbers, or text that becomes numbers when somebody asks for them, which most imports never do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Ratings:
    """(n,) of float64, or of text made of digits and points alone. NaN: no rating."""

    stored: np.ndarray | pa.ChunkedArray

    @cached_property
    def values(self) -> np.ndarray:
        if isinstance(self.stored, np.ndarray):
            return self.stored
        encoded = self.stored.dictionary_encode().unify_dictionaries()
        if encoded.num_chunks == 0:
            return np.zeros(0)
        names = pd.Series(encoded.chunk(0).dictionary.to_pylist(), dtype="str")
        numbers = pd.to_numeric(names, errors="coerce").to_numpy(np.float64)
        return np.concatenate([numbers[chunk.indices.to_numpy(zero_copy_only=False)] for chunk in encoded.chunks])

    def at(self, row: int) -> float | None:
        """One rating; None where there is none."""
        if not isinstance(self.stored, np.ndarray):
            return Ratings(self.stored.slice(row, 1)).at_first()
        value = float(self.stored[row])
        return None if np.isnan(value) else value

    def at_first(self) -> float | None:
        return Ratings(self.values).at(0)

    def take(self, rows: np.ndarray) -> Ratings:
        """The rows of a mask or of positions."""
        return Ratings(self.values[rows])


def digits_and_points(column: pa.ChunkedArray) -> bool:
    """Whether a column of text holds nothing but digits and points."""
    for chunk in column.chunks:
        first, last = text_ends(chunk)
        letters = np.frombuffer(chunk.buffers()[2] or b"", np.uint8)[first:last]
        # "." and "/" come just before the digits; letters below them wrap round to large numbers.
        if len(letters) and ((letters - np.uint8(ord("."))).max() > ord("9") - ord(".") or (letters == ord("/")).any()):
            return False
    return True


def text_ends(chunk: pa.StringArray) -> tuple[int, int]:
    """Where the text of a column begins and ends in its buffer."""
    if len(chunk) == 0:
        return 0, 0
    ends = np.frombuffer(chunk.buffers()[1], np.int32)
    return int(ends[chunk.offset]), int(ends[chunk.offset + len(chunk)])
