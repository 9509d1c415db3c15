"""The type, axes and range of each array in a run's files: declared beside its field, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, get_type_hints

import numpy as np

from attrec_core.errors import count_of
from attrec_core.storage.arrays import StoredArray, kind_of
from attrec_core.storage.read_errors import expect

ROUNDING = 1e-4  # how far out of its range a value may be
INDEXED = {"M": "a user", "N": "an item"}
WAYS = ("row", "column", "layer")
TYPES = {np.floating: "decimal numbers", np.integer: "whole numbers", np.str_: "texts"}
LONGEST_TEXT = 1000  # characters of a text in an array
Stored = Mapping[str, np.ndarray] | Mapping[str, StoredArray]


@dataclass(frozen=True)
class Column:
    """axes: a letter for each axis, such as "EL"; a digit is itself the length. of: the axis that the values index.
    high: a number, or the letter of an axis, which stands for its length."""

    dtype: type[Any]  # a type of NumPy
    axes: str
    low: float = -inf
    high: float | str = inf
    of: str = ""
    may_miss: bool = False  # a value may be NaN, or an index −1
    ascending: bool = False
    most: int = 10_000  # the limit of an axis of unknown length, if the array is not in memory yet


def columns_of(record: type) -> dict[str, Column]:
    """The columns of a dataclass by the names of its fields, which are `Annotated[np.ndarray, Column(…)]`."""
    hints = get_type_hints(record, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")}


def checked_columns(
    arrays: Stored, columns: Mapping[str, Column], *, values: bool = True, **lengths: int
) -> dict[str, np.ndarray]:
    """Returns the arrays of the columns, checked: the types and shapes of all, and only then the values, which are read
    now if they were not. lengths: the known lengths of axes; any other axis takes its length from the first array that
    has it. values: whether the values are checked too. Raises KeyError for a missing array, ValueError saying which
    array is wrong and how."""
    sources: dict[str, str] = {}  # which array has the length of an axis
    for name, column in columns.items():
        array, wanted = arrays[name], TYPES.get(column.dtype, column.dtype.__name__)
        fits = np.issubdtype(array.dtype, column.dtype)
        expect(fits, f"{name} holds {kind_of(array.dtype)} instead of {wanted}")
        fits = array.ndim == len(column.axes)
        expect(fits, f"{name} has {count_of(array.ndim, 'dimension')} instead of {len(column.axes)}")
        for way, axis, length in zip(WAYS, column.axes, array.shape, strict=False):
            found = f"{name} has {count_of(length, way)}"
            if axis not in lengths and isinstance(array, StoredArray) and not axis.isdigit():
                limit = lengths[column.of] if column.ascending and column.of else column.most
                expect(length <= limit, f"{found}, and at most {limit:,} are read")
            needed = lengths.setdefault(axis, int(axis) if axis.isdigit() else length)
            other = f", and {sources[axis]}" if axis in sources else f" instead of {needed:,}"
            expect(length == needed, found + other)
            sources.setdefault(axis, found)
        is_short = column.dtype is not np.str_ or array.dtype.itemsize <= LONGEST_TEXT * np.dtype("U1").itemsize
        expect(is_short, f"{name} has texts of more than {LONGEST_TEXT:,} characters")
    checked: dict[str, np.ndarray] = {}
    for name, column in columns.items():
        array = values_of(arrays[name])
        checked[name] = array
        if values and column.dtype is not np.str_:
            low, high = column.low, lengths[column.high] if isinstance(column.high, str) else column.high
            limits = "" if high == inf else f" from {low:,} to {high:,}".replace("-", "−")
            fault = f"a value that is not a number{limits}"
            if column.of:
                low, high = -1 if column.may_miss else 0, lengths[column.of] - 1
                fault = f"{INDEXED[column.of]} that does not exist"
            number = np.float32 if array.dtype == np.float16 else float  # a float16 cannot hold every limit
            valid = np.isfinite(array) & (array >= number(low - ROUNDING)) & (array <= number(high + ROUNDING))
            if column.may_miss:
                valid |= np.isnan(array)
            expect(bool(valid.all()), f"{name} {'names' if column.of else 'holds'} {fault}")
            in_order = not column.ascending or bool((array[1:] > array[:-1]).all())
            expect(in_order, f"{name} are not in ascending order")
    return checked


def values_of(array: np.ndarray | StoredArray) -> np.ndarray:
    return array.values() if isinstance(array, StoredArray) else array
