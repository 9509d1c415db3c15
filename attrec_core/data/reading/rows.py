"""Rows as they were read, before anybody decides what to keep: one table, and every dropped row counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.data.interactions import Item, TimeUnit, rows_at
from attrec_core.data.options import Duplicates, TieRule
from attrec_core.data.reading.times import in_words
from attrec_core.data.report import Understood

FIRST = 5  # rows that are shown as understood
NO_USER = "no user"  # why a row is dropped


@dataclass(frozen=True, eq=False)
class Rows:
    """What a reader gives: `table`, in the order of the file, with the columns

    user, item, event    category: ids and kinds of event as text; no event where the file has none
    time                 int64
    rating               float64, NaN for none; not there where the file has no ratings

    read = the rows of `table` + the sum of `dropped`.
    """

    table: pd.DataFrame
    time_unit: TimeUnit
    read: int
    dropped: Mapping[str, int]
    recognised: tuple[str, ...]
    format: str = ""  # what is recorded as the source; "": the name of the format that read them
    tie_rule: TieRule = "file-last"
    duplicates: Duplicates = "keep"
    catalogue: Mapping[str, Item] = field(default_factory=dict)
    titles_from: str = ""  # the file of the catalogue, where it is another one
    about: str = ""
    remarks: tuple[str, ...] = ()
    name: str = ""  # of the file or folder
    data_set: str = ""  # what the data set is called, if it is one
    roles: Mapping[str, str] = field(default_factory=dict)  # role → column, where the format has columns to choose

    def __len__(self) -> int:
        return len(self.table)

    def codes(self, column: str) -> np.ndarray:
        """(n,) which of `names`."""
        return self.table[column].array.codes

    def names(self, column: str) -> list[str]:
        """All users, items or events, occurring or not; empty where there is no such column."""
        return self.table[column].array.categories.tolist() if column in self.table else []

    def first(self) -> tuple[Understood, ...]:
        """The first rows, as they were understood."""
        return tuple(map(self.understood, self.table.head(FIRST).to_dict("records")))

    def understood(self, row: Mapping[str, Any]) -> Understood:
        known, rating = self.catalogue.get(row["item"]), row.get("rating")
        return Understood(
            user=row["user"],
            item=row["item"],
            title=(known.title if known else "") or row["item"],
            time=in_words(row["time"], self.time_unit),
            rating=None if rating is None or np.isnan(rating) else rating,
            event=row.get("event"),
        )


def blank(names: pd.Series) -> np.ndarray:
    """(n,) bool: there is no name, or nothing but space."""
    empty = np.array([not name.strip() for name in names.array.categories], bool)
    return empty[names.array.codes] if empty.any() else np.zeros(len(names), bool)


def without(rows: Rows, reasons: Mapping[str, np.ndarray]) -> Rows:
    """The rows to which no reason applies, the others counted, each for its first one. reasons: name → (n,) bool."""
    gone, counts = np.zeros(len(rows), bool), {}
    for reason, which in reasons.items():
        if which.any():
            counts[reason] = int((which & ~gone).sum())
            gone |= which
    table = rows_at(rows.table, ~gone) if gone.any() else rows.table
    return replace(rows, table=table, dropped=dict(Counter(rows.dropped) + Counter(counts)))
