"""Rows as they were read, before any filter: one table, and a count of all dropped rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.data.interactions import Item, TimeUnit, repeated, rows_at
from attrec_core.data.options import Duplicates, TieRule
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.times import in_words
from attrec_core.data.report import ItemSeen, Understood

FIRST, FIRST_ITEMS = 5, 3  # rows and items that are shown as understood
HEAD_ROWS = 1000  # rows among which these are found
NO_USER = "no user"  # a reason for dropping a row


@dataclass(frozen=True, eq=False)
class Rows:
    """The result of a reader: `table`, in file order, with the columns

    user, item, event    category: ids and kinds of event as text; no column event if the file has no events
    time                 int64
    rating               float64, NaN for no rating; no such column if the file has no ratings

    read = the rows of `table` + the sum of `dropped`.
    """

    table: pd.DataFrame
    time_unit: TimeUnit
    read: int
    dropped: Mapping[str, int]
    recognised: tuple[str, ...]
    format: str = ""  # recorded as the source; "": the name of the format that read the rows
    tie_rule: TieRule = "file-last"
    duplicates: Duplicates = "keep"
    catalogue: Mapping[str, Item] = field(default_factory=dict)
    own_items: Mapping[str, Item] = field(default_factory=dict)  # by the columns of the rows themselves
    titles_file: Layout | None = None  # of the catalogue, if it is a separate file
    about: str = ""
    remarks: tuple[str, ...] = ()
    name: str = ""  # of the file or folder
    data_set: str = ""  # the name of the data set, if the rows are from one
    roles: Mapping[str, str] = field(default_factory=dict)  # role → column, where the format has columns to choose
    columns: tuple[str, ...] = ()  # all columns of the table, where the format has any

    def __len__(self) -> int:
        return len(self.table)

    def codes(self, column: str) -> np.ndarray:
        """(n,) indices into `names`."""
        return self.table[column].array.codes

    def names(self, column: str) -> list[str]:
        """All users, items or events, in use or not; empty if there is no such column."""
        return self.table[column].array.categories.tolist() if column in self.table else []

    def first(self, duplicates: Duplicates | None = None) -> tuple[Understood, ...]:
        """The first rows, as they were understood, without those that are dropped as duplicates. duplicates: as chosen;
        default: as the format has it."""
        head, duplicates = self.table.head(HEAD_ROWS), duplicates or self.duplicates
        if duplicates != "keep":
            head = rows_at(head, ~repeated(head, at_the_time=duplicates == "collapse"))
        return tuple(map(self.understood, head.head(FIRST).to_dict("records")))

    def first_items(self) -> tuple[ItemSeen, ...]:
        """The first items with a title; if none has one, the first ones with genres or a year."""
        known = {name: self.catalogue[name] for name in self.table["item"].unique() if name in self.catalogue}
        titled = [name for name, item in known.items() if item.has_title(name)]
        chosen = titled or [name for name, item in known.items() if item.genres or item.year]
        return tuple(
            ItemSeen(name, known[name].title or name, "|".join(known[name].genres), known[name].year)
            for name in chosen[:FIRST_ITEMS]
        )

    def understood(self, row: Mapping[str, Any]) -> Understood:
        item, rating = self.catalogue.get(row["item"]), row.get("rating")
        return Understood(
            user=row["user"],
            item=row["item"],
            title=(item.title if item else "") or row["item"],
            time=in_words(row["time"], self.time_unit),
            rating=None if rating is None or np.isnan(rating) else rating,
            event=row.get("event"),
        )


def blank(names: pd.Series) -> np.ndarray:
    """(n,) bool: the name is empty or only white space."""
    empty = np.array([not name.strip() for name in names.array.categories], bool)
    return empty[names.array.codes] if empty.any() else np.zeros(len(names), bool)


def drop_rows(rows: Rows, reasons: Mapping[str, np.ndarray]) -> Rows:
    """The rows without a reason to drop them; others are counted by their first reason. reasons: name → (n,) bool."""
    dropped, counts = np.zeros(len(rows), bool), {}
    for reason, mask in reasons.items():
        if mask.any():
            counts[reason] = int((mask & ~dropped).sum())
            dropped |= mask
    table = rows_at(rows.table, ~dropped) if dropped.any() else rows.table
    return replace(rows, table=table, dropped=dict(Counter(rows.dropped) + Counter(counts)))
