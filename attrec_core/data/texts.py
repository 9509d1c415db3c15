"""Many texts in one Arrow column: a million titles take little more than their letters, not 75 more bytes each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MANY = 50_000  # texts; up to this number they are a tuple
BLOCK = 10_000  # texts that are unpacked at once
Value = TypeVar("Value")


class Texts(Sequence[Value]):
    """An immutable column of texts, or of what `convert` makes of each, read by position or all in order."""

    def __init__(self, column: pa.StringArray, convert: Callable[[str], Value]) -> None:
        self.column, self.convert = column, convert

    def __len__(self) -> int:
        return len(self.column)

    @overload
    def __getitem__(self, place: int) -> Value: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Value, ...]: ...
    def __getitem__(self, place: int | slice) -> Value | tuple[Value, ...]:
        if isinstance(place, slice):
            return tuple(map(self.convert, self.column.take(np.arange(len(self))[place]).to_pylist()))
        return self.convert(self.column[int(place)].as_py())

    def __iter__(self) -> Iterator[Value]:
        for start in range(0, len(self.column), BLOCK):
            yield from map(self.convert, self.column.slice(start, BLOCK).to_pylist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.fromiter(self, object, len(self)).astype(dtype or object, copy=False)

    def __eq__(self, other: object) -> bool:
        return self.column.equals(other.column) if isinstance(other, Texts) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def ascends(self) -> bool:
        """Whether each text is larger than the one before it, so that all are different."""
        return bool(pc.all(pc.less(self.column[:-1], self.column[1:])).as_py())


class Places(Mapping[str, int]):
    """Text → position, for many ascending texts, by binary search."""

    def __init__(self, texts: Texts[str]) -> None:
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __getitem__(self, text: str) -> int:
        position = bisect_left(self.texts, text) if isinstance(text, str) else len(self.texts)
        if position == len(self.texts) or self.texts[position] != text:
            raise KeyError(text)
        return position


def split(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def texts_of(column: pa.ChunkedArray) -> Sequence[str]:
    """The texts as a tuple or, if there are many, as the column itself."""
    return Texts(column.combine_chunks(), str) if len(column) > MANY else tuple(column.to_pylist())


def lists_of(texts: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """Tuples of texts, each given as one text with `|` between its parts; an empty text is an empty tuple."""
    return Texts(texts.column, split) if isinstance(texts, Texts) else tuple(map(split, texts))


def places_of(texts: Sequence[str]) -> Mapping[str, int]:
    """Text → position, for texts that are all different."""
    if isinstance(texts, Texts) and texts.ascends():
        return Places(texts)
    return {text: position for position, text in enumerate(texts)}


def are_different(texts: Sequence[str]) -> bool:
    return (isinstance(texts, Texts) and texts.ascends()) or len(set(texts)) == len(texts)
