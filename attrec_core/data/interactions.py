"""Interactions of users with items, checked and in time order: the only form in which data enters the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from attrec_core.data.options import Duplicates, TieRule
from attrec_core.data.texts import are_different
from attrec_core.errors import InputError, count_of, shown

TimeUnit = Literal["s", "ms", "us", "ns", "order"]


@dataclass(frozen=True, eq=False)
class Item:
    """The metadata of one item, besides its id."""

    title: str
    genres: tuple[str, ...] = ()
    year: str = ""

    def has_title(self, name: str) -> bool:
        """Whether the item, whose id is `name`, has a title of its own."""
        return self.title not in ("", name)


@dataclass(frozen=True, eq=False)
class Interactions:
    """All interactions, grouped by user and in time order (oldest first) within each user. items (n,) int32: dense
    indices into item_ids; times (n,) int64 in the unit of the source; starts (M + 1,): the rows of user u are
    starts[u]:starts[u + 1]. Ids remain the strings of the source."""

    user_ids: Sequence[str]
    item_ids: Sequence[str]
    items: np.ndarray
    times: np.ndarray
    starts: np.ndarray
    titles: Sequence[str]
    genres: Sequence[tuple[str, ...]]
    years: Sequence[str]
    source: str  # the format that the data was read from
    tie_rule: TieRule
    duplicates: Duplicates
    dropped: Mapping[str, int] = field(default_factory=dict)  # reason → rows
    about: str = ""  # a description of the data, for people
    time_unit: TimeUnit = "order"  # since 1970; "order": times only give the order
    name: str = ""  # of the data set that they were read from, if any

    def __post_init__(self) -> None:
        fault = self.fault()
        if fault:
            raise InputError("not_interactions", "These are not valid interactions: {fault}.", fault=fault)
        for array in (self.items, self.times, self.starts):
            array.setflags(write=False)

    def fault(self) -> str | None:
        """The first inconsistency, in words; None if there is none."""
        arrays = (self.items, self.times, self.starts)
        if not all(array.ndim == 1 and np.issubdtype(array.dtype, np.integer) for array in arrays):
            return "an array is not a list of whole numbers"
        if len(self.items) != len(self.times):
            return "items and times differ in length"
        if len(self.starts) != self.n_users + 1 or self.starts[0] != 0 or self.starts[-1] != len(self.items):
            return "the histories do not fit the users"
        if (self.starts[1:] <= self.starts[:-1]).any():  # not by np.diff: unsigned differences are never negative
            return "a user has no interactions"
        if len(self.items) and not 0 <= self.items.min() <= self.items.max() < self.n_items:
            return "an interaction has an item that is not in the catalogue"
        for name, ids in (("a user", self.user_ids), ("an item", self.item_ids)):
            if not are_different(ids):
                return f"{name} id appears twice"
        if not len(self.titles) == len(self.genres) == len(self.years) == self.n_items:
            return "titles, genres and years do not fit the items"
        return None

    @cached_property
    def users(self) -> np.ndarray:
        """(n,) int32: the user of each interaction, as a dense index into user_ids."""
        users = np.repeat(np.arange(self.n_users, dtype=np.int32), np.diff(self.starts))
        users.setflags(write=False)
        return users

    @property
    def n_users(self) -> int:
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        return len(self.item_ids)

    @property
    def n_interactions(self) -> int:
        return len(self.items)

    def history(self, user: int) -> np.ndarray:
        """The item indices of one user, oldest first."""
        return self.items[self.starts[user] : self.starts[user + 1]]

    def popularity(self) -> np.ndarray:
        """(N,) int64: number of interactions of each item; a user who repeats an item counts each time."""
        return np.bincount(self.items, minlength=self.n_items)

    def tied_last(self) -> float:
        """Share of users with several interactions at their last timestamp, where the tie rule picks the test item."""
        last = self.starts[1:] - 1
        several = np.diff(self.starts) > 1
        return float(np.mean(several & (self.times[last] == self.times[np.maximum(last - 1, 0)])))

    @cached_property
    def may_tie(self) -> bool:
        """Whether the tie rule may matter: not if the data has only an order, in which no two rows share a place."""
        is_tie = (self.users[1:] == self.users[:-1]) & (self.times[1:] == self.times[:-1])
        return self.time_unit != "order" or bool(is_tie.any())

    def repeated_rows(self) -> int:
        """Number of interactions with the user, item and time of an earlier one. Only tied rows are compared."""
        is_tie = (self.users[1:] == self.users[:-1]) & (self.times[1:] == self.times[:-1])
        rows = np.flatnonzero(np.append(False, is_tie) | np.append(is_tie, False))
        moments = np.cumsum(np.append(True, ~is_tie))[rows]  # numbers the pairs of a user and a time
        return len(rows) - len(np.unique(moments * self.n_items + self.items[rows]))

    def check_size(self) -> None:
        """Raises InputError without interactions, with one user (nobody to compare) or too few items to rank."""
        drops = "; ".join(f"{count:,} dropped: {reason}" for reason, count in self.dropped.items())
        if self.n_interactions == 0:
            text = "No interactions are left to read{lost}."
            raise InputError("nothing_left", text, lost=f" ({drops})" if drops else "")
        all_rows = self.n_interactions + sum(self.dropped.values())
        lost = f"{self.n_interactions:,} of {count_of(all_rows, 'row')} left ({drops}). " if drops else ""
        if self.n_users < 2:
            text = "{lost}There is only one user, {user}: a recommender compares users, so at least 2 are needed."
            raise InputError("one_user", text, lost=lost, user=shown(self.user_ids[0]))
        if self.n_items < 3:
            text = (
                "{lost}The catalogue has only {count} item{plural} ({items}): at least 3 are needed for a ranking that "
                "says anything."
            )
            plural, items = "s" if self.n_items > 1 else "", " and ".join(map(shown, self.item_ids))
            raise InputError("too_few_items", text, lost=lost, count=self.n_items, plural=plural, items=items)


def rows_at(table: pd.DataFrame, which: np.ndarray) -> pd.DataFrame:
    """The rows selected by a mask, or by positions in their order, with a new index from 0."""
    positions = np.flatnonzero(which) if which.dtype == bool else which
    return pd.DataFrame({name: column.array.take(positions) for name, column in table.items()}, copy=False)


def sorted_names(column: pd.Series) -> pd.Categorical:
    """The same values, with the categories sorted as text and unused categories removed."""
    names, codes = column.array.categories.to_numpy(object), column.array.codes
    present = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    order = present[np.argsort(names[present])]
    if np.array_equal(order, np.arange(len(names))):
        return column.array
    new_codes = np.zeros(len(names), np.int32)
    new_codes[order] = np.arange(len(order), dtype=np.int32)
    return pd.Categorical.from_codes(new_codes[codes], pd.Index(names[order], dtype="str"))


def in_time_order(table: pd.DataFrame, tie_rule: TieRule) -> pd.DataFrame:
    """Sorts rows in file order by the user's name and then by time. For equal times, `file-last` keeps the file order,
    so the last row in the file is the latest; `file-first` reverses it: of the rows with the largest time, the first in
    the file is the latest."""
    table = table.assign(user=sorted_names(table["user"]))
    return rows_at(table, time_order(table["user"].array.codes, table["time"].to_numpy(), tie_rule))


def time_order(users: np.ndarray, times: np.ndarray, tie_rule: TieRule) -> np.ndarray:
    """(n,) positions of the rows sorted by (user, time, position in the file); `file-first` reverses ties. users (n,):
    whole numbers from 0. A user and a time usually fit into one 63-bit number, which sorts faster."""
    direction = slice(None, None, -1 if tie_rule == "file-first" else 1)
    earliest = int(times.min(initial=0))
    time_bits = (int(times.max(initial=0)) - earliest).bit_length()
    if int(users.max(initial=0)).bit_length() + time_bits > 63:
        order = np.lexsort((times[direction], users[direction]))
    else:
        keys = users.astype(np.int64)
        keys <<= time_bits
        keys += times
        keys -= earliest
        order = np.argsort(keys[direction], kind="stable")
    return order if tie_rule == "file-last" else len(times) - 1 - order


def repeated(table: pd.DataFrame, *, at_the_time: bool = False) -> np.ndarray:
    """(n,) bool: an earlier row has the same user and item and, with `at_the_time`, the same time."""
    return table[["user", "item", "time"] if at_the_time else ["user", "item"]].duplicated().to_numpy()
