"""The type, axes and range of each array in a run's files: declared beside its field, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, get_type_hints

import numpy as np

from attrec_core.storage.read_errors import expect

ROUNDING = 1e-4  # how far out of its range a value may be
INDEXED = {"M": "a user", "N": "an item"}


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


def columns_of(record: type) -> dict[str, Column]:
    """The columns of a dataclass by the names of its fields, which are `Annotated[np.ndarray, Column(…)]`."""
    hints = get_type_hints(record, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")}


def checked_columns(
    arrays: Mapping[str, np.ndarray], columns: Mapping[str, Column], *, values: bool = True, **lengths: int
) -> dict[str, np.ndarray]:
    """Returns the arrays of the columns, checked. lengths: the known lengths of axes; any other axis takes its length
    from the first array that has it. values: whether the values are checked too. Raises KeyError for a missing array,
    ValueError saying which array is wrong and how."""
    for name, column in columns.items():
        array = arrays[name]
        if array.ndim == len(column.axes):
            for axis, length in zip(column.axes, array.shape, strict=True):
                lengths.setdefault(axis, int(axis) if axis.isdigit() else length)
        shape = tuple(lengths.get(axis, axis) for axis in column.axes)
        fits, wanted = array.shape == shape and np.issubdtype(array.dtype, column.dtype), column.dtype.__name__
        expect(fits, f"{name} is {array.dtype} {array.shape} where {wanted} {shape} is expected")
        if values and column.dtype is not np.str_:
            low, high = column.low, lengths[column.high] if isinstance(column.high, str) else column.high
            fault = "a value that is not a number" + ("" if high == inf else f" from {low} to {high}")
            if column.of:
                low, high = -1 if column.may_miss else 0, lengths[column.of] - 1
                fault = f"{INDEXED[column.of]} that does not exist"
            valid = np.isfinite(array) & (array >= low - ROUNDING) & (array <= high + ROUNDING)
            if column.may_miss:
                valid |= np.isnan(array)
            expect(bool(valid.all()), f"{name} {'names' if column.of else 'holds'} {fault}")
            in_order = not column.ascending or bool((array[1:] > array[:-1]).all())
            expect(in_order, f"{name} are not in ascending order")
    return {name: arrays[name] for name in columns}
