"""The only door for data: who had what, when, checked and in time order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from attrec_core.data.options import Duplicates, TieRule
from attrec_core.data.texts import are_different
from attrec_core.errors import InputError, shown

TimeUnit = Literal["s", "ms", "us", "ns", "order"]


@dataclass(frozen=True, eq=False)
class Item:
    """What is known of one item besides its id."""

    title: str
    genres: tuple[str, ...] = ()
    year: str = ""


@dataclass(frozen=True, eq=False)
class Interactions:
    """All interactions, user after user, each user's in time order (oldest first).

    items (n,) int32 dense indices into item_ids; times (n,) int64, unit of the source; starts (M + 1,): the rows of
    user u are starts[u]:starts[u + 1]. Ids stay the strings they were.
    """

    user_ids: Sequence[str]
    item_ids: Sequence[str]
    items: np.ndarray
    times: np.ndarray
    starts: np.ndarray
    titles: Sequence[str]
    genres: Sequence[tuple[str, ...]]
    years: Sequence[str]
    source: str  # the format it was read from
    tie_rule: TieRule
    duplicates: Duplicates
    dropped: Mapping[str, int] = field(default_factory=dict)  # reason → rows
    about: str = ""  # what the data says of itself, for people
    time_unit: TimeUnit = "order"  # since 1970; "order": times only say what came before what
    name: str = ""  # of the data set that they were read from, if it was one

    def __post_init__(self) -> None:
        fault = self.fault()
        if fault:
            raise InputError("not_interactions", "These are no interactions: {fault}.", fault=fault)
        for array in (self.items, self.times, self.starts):
            array.setflags(write=False)

    def fault(self) -> str | None:
        """What does not fit together, in words; None when all does."""
        arrays = (self.items, self.times, self.starts)
        if not all(array.ndim == 1 and np.issubdtype(array.dtype, np.integer) for array in arrays):
            return "an array is not a list of whole numbers"
        if len(self.items) != len(self.times):
            return "items and times differ in length"
        if len(self.starts) != self.n_users + 1 or self.starts[0] != 0 or self.starts[-1] != len(self.items):
            return "the histories do not fit the users"
        if (self.starts[1:] <= self.starts[:-1]).any():  # a difference of unsigned numbers is never negative
            return "a user has no interactions"
        if len(self.items) and not 0 <= self.items.min() <= self.items.max() < self.n_items:
            return "an item is named that the catalogue does not have"
        for name, ids in (("a user", self.user_ids), ("an item", self.item_ids)):
            if not are_different(ids):
                return f"{name} id appears twice"
        if not len(self.titles) == len(self.genres) == len(self.years) == self.n_items:
            return "titles, genres and years do not fit the items"
        return None

    @cached_property
    def users(self) -> np.ndarray:
        """(n,) int32 dense indices into user_ids."""
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
        """Item indices of one user, oldest first."""
        return self.items[self.starts[user] : self.starts[user + 1]]

    def popularity(self) -> np.ndarray:
        """(N,) int64: how often each item occurs."""
        return np.bincount(self.items, minlength=self.n_items)

    def tied_last(self) -> float:
        """Share of users who have several interactions at their last time: there the tie rule picks the test item."""
        last = self.starts[1:] - 1
        several = np.diff(self.starts) > 1
        return float(np.mean(several & (self.times[last] == self.times[np.maximum(last - 1, 0)])))

    @staticmethod
    def from_ordered(
        table: pd.DataFrame,
        *,
        source: str,
        tie_rule: TieRule,
        duplicates: Duplicates = "keep",
        catalogue: Mapping[str, Item] | None = None,
        dropped: Mapping[str, int] | None = None,
        about: str = "",
        time_unit: TimeUnit = "order",
        name: str = "",
    ) -> Interactions:
        """From a table that `in_time_order` gave, or some of its rows. Raises InputError when too little is left."""
        users, items = sorted_names(table["user"]), sorted_names(table["item"])
        user_ids, item_ids = (tuple(column.categories.tolist()) for column in (users, items))
        user_rows = users.codes.astype(np.int32)
        catalogue = catalogue or {}
        known = [catalogue.get(item_id) or Item(title=item_id) for item_id in item_ids]
        result = Interactions(
            user_ids=user_ids,
            item_ids=item_ids,
            items=items.codes.astype(np.int32),
            times=table["time"].to_numpy(),
            # Of the same type, or all rows would be copied.
            starts=np.searchsorted(user_rows, np.arange(len(user_ids) + 1, dtype=np.int32)),
            titles=tuple(item.title or item_id for item, item_id in zip(known, item_ids, strict=True)),
            genres=tuple(item.genres for item in known),
            years=tuple(item.year for item in known),
            source=source,
            tie_rule=tie_rule,
            duplicates=duplicates,
            dropped={reason: int(count) for reason, count in (dropped or {}).items() if count},
            about=about,
            time_unit=time_unit,
            name=name,
        )
        result.check_size()
        return result

    def check_size(self) -> None:
        """Raises InputError unless there is something to rank and somebody to compare with."""
        if self.n_interactions == 0:
            lost = "; ".join(f"{count} dropped: {reason}" for reason, count in self.dropped.items())
            text = "No interactions are left to read{lost}."
            raise InputError("nothing_left", text, lost=f" ({lost})" if lost else "")
        if self.n_users < 2:
            text = "There is only one user, {user}: a recommender compares users, so at least 2 are needed."
            raise InputError("one_user", text, user=shown(self.user_ids[0]))
        if self.n_items < 3:
            text = (
                "The catalogue has only {count} item{plural} ({items}): at least 3 are needed for a ranking that says "
                "anything."
            )
            plural, items = "s" * (self.n_items > 1), " and ".join(map(shown, self.item_ids))
            raise InputError("too_few_items", text, count=self.n_items, plural=plural, items=items)


def rows_at(table: pd.DataFrame, which: np.ndarray) -> pd.DataFrame:
    """The rows of a mask, or of positions in their order, numbered anew."""
    places = np.flatnonzero(which) if which.dtype == bool else which
    return pd.DataFrame({name: column.array.take(places) for name, column in table.items()}, copy=False)


def sorted_names(column: pd.Series) -> pd.Categorical:
    """The same values, their categories sorted as text, without those that do not occur."""
    names, codes = column.array.categories.to_numpy(object), column.array.codes
    present = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    order = present[np.argsort(names[present])]
    if np.array_equal(order, np.arange(len(names))):
        return column.array
    places = np.zeros(len(names), np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return pd.Categorical.from_codes(places[codes], pd.Index(names[order], dtype="str"))


def in_time_order(table: pd.DataFrame, tie_rule: TieRule) -> pd.DataFrame:
    """Rows in the order of a file → user after user in the order of their names, each user's in time order.

    At equal times `file-last` keeps the order of the file, so the row that stands last is the latest; `file-first`
    turns it round: of the rows with the largest time the one that stands first in the file is the latest.
    """
    table = table.assign(user=sorted_names(table["user"]))
    return rows_at(table, time_order(table["user"].array.codes, table["time"].to_numpy(), tie_rule))


def time_order(users: np.ndarray, times: np.ndarray, tie_rule: TieRule) -> np.ndarray:
    """(n,) the places of rows in the order of (user, time, place in the file), ties turned round by `file-first`.

    users (n,) whole numbers from 0. A user and a time mostly fit into one number of 63 bits, which sorts faster.
    """
    turn = slice(None, None, -1 if tie_rule == "file-first" else 1)
    first = int(times.min(initial=0))
    of_time = (int(times.max(initial=0)) - first).bit_length()
    if int(users.max(initial=0)).bit_length() + of_time > 63:
        order = np.lexsort((times[turn], users[turn]))
    else:
        keys = users.astype(np.int64)
        keys <<= of_time
        keys += times
        keys -= first
        order = np.argsort(keys[turn], kind="stable")
    return order if tie_rule == "file-last" else len(times) - 1 - order


def repeated(table: pd.DataFrame, *, at_the_time: bool = False) -> np.ndarray:
    """(n,) bool: the same user had the same item in an earlier row, at the same time where that is asked."""
    users, items = (table[name].array.codes for name in ("user", "item"))
    keys = {"pair": users.astype(np.int64) * (int(items.max(initial=0)) + 1) + items}
    return pd.DataFrame(keys | ({"time": table["time"]} if at_the_time else {})).duplicated().to_numpy()
