"""Values that cannot be read: the first one is refused with its place, or all are left out and counted by reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from attrec_core.errors import InputError, Place, shown

# The fact "mend" of an error about some rows, without which the file could be read.
MEND = InputError(
    "mend_rows",
    "Mend the file, or leave out such rows and count them: {name:broken_rows=skip}.",
    setting="broken_rows",
)
# Code of a fault → what is wrong with the value, and what was expected.
FAULTS = {
    "not_a_time": ("is not a time", "; expected a number such as unix seconds"),
    "not_a_date": ("is not a date", "; expected one such as 2024-05-31 or 2024-05-31T18:00:00Z"),
    "not_day_first": ("is not a date with the day first", ""),
    "not_month_first": ("is not a date with the month first", ""),
    "no_such_date": ("is part of no date that exists", ""),
    "not_part_of_a_date": ("is no part of a date", "; expected whole numbers"),
    "time_too_large": ("is too large for a time", ""),
    "not_a_rating": ("is not a rating", "; expected a number"),
    "single_colon": ("stands a single colon", ""),
}
Faults = Mapping[tuple[str, str], np.ndarray]  # (column, code of FAULTS) → (n,) bool: the rows whose value is wrong
Locate = Callable[[int, str], tuple[Place, str]]  # row from 0, column → where that is in the file, and the value there


def reasons_of(faults: Faults, locate: Locate, *, skip: bool) -> dict[str, np.ndarray]:
    """Reason → (n,) bool: the rows to leave out for it. Raises InputError for the first of them unless `skip`."""
    reasons = {}
    for (column, code), rows in faults.items():
        if not rows.any():
            continue
        what, expected = FAULTS[code]
        if not skip:
            place, value = locate(int(np.argmax(rows)), column)
            raise InputError(
                "unreadable_value",
                "{value} {what}. {mend}",
                setting="broken_rows",
                place=place,
                value=shown(value),
                fault=code,
                what=f"{what}{expected}",
                mend=MEND,
            )
        reasons[f"{column} {what}"] = rows
    return reasons
