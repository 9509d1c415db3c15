"""The only door for data: who had what, when, checked and in time order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from attrec_core.data.options import Duplicates, Options, TieRule
from attrec_core.data.reading.coded import Coded, counts_of
from attrec_core.data.reading.histories import histories
from attrec_core.errors import InputError, shown

TimeUnit = Literal["s", "ms", "us", "ns", "order"]
REPEATED = "same user and item again"


@dataclass(frozen=True, eq=False)
class Item:
    """What is known of one item besides its id."""

    title: str
    genres: tuple[str, ...] = ()
    year: str = ""


@dataclass(frozen=True, eq=False)
class Interactions:
    """All interactions, user after user, each user's in time order (oldest first).

    users, items (n,) int32 dense indices into user_ids and item_ids; times (n,) int64, unit of the source;
    starts (M + 1,): the rows of user u are starts[u]:starts[u + 1]. Ids stay the strings they were.
    """

    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    users: np.ndarray
    items: np.ndarray
    times: np.ndarray
    starts: np.ndarray
    titles: tuple[str, ...]
    genres: tuple[tuple[str, ...], ...]
    years: tuple[str, ...]
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
            raise InputError(f"These are no interactions: {fault}.")
        for array in (self.users, self.items, self.times, self.starts):
            array.setflags(write=False)

    def fault(self) -> str | None:
        """What does not fit together, in words; None when all does."""
        arrays = (self.users, self.items, self.times, self.starts)
        if not all(array.ndim == 1 and np.issubdtype(array.dtype, np.integer) for array in arrays):
            return "an array is not a list of whole numbers"
        if not len(self.users) == len(self.items) == len(self.times):
            return "users, items and times differ in length"
        if len(self.starts) != self.n_users + 1 or self.starts[0] != 0 or self.starts[-1] != len(self.items):
            return "the histories do not fit the users"
        if (np.diff(self.starts) < 1).any():
            return "a user has no interactions"
        own = np.arange(self.n_users)
        ends = (self.users[self.starts[:-1]], self.users[self.starts[1:] - 1])
        if not all(np.array_equal(end, own) for end in ends) or (self.users[1:] < self.users[:-1]).any():
            return "the users are not in order"
        if len(self.items) and not 0 <= self.items.min() <= self.items.max() < self.n_items:
            return "an item is named that the catalogue does not have"
        for name, ids in (("user", self.user_ids), ("item", self.item_ids)):
            if len(set(ids)) != len(ids):
                return f"a {name} id stands twice"
        if not len(self.titles) == len(self.genres) == len(self.years) == self.n_items:
            return "titles, genres and years do not fit the items"
        return None

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
        return counts_of(self.items, self.n_items)

    def tied_last(self) -> float:
        """Share of users who have several interactions at their last time: there the tie rule picks the test item."""
        last = self.starts[1:] - 1
        several = np.diff(self.starts) > 1
        return float(np.mean(several & (self.times[last] == self.times[np.maximum(last - 1, 0)])))

    @staticmethod
    def from_columns(
        rows: pd.DataFrame,
        *,
        source: str,
        tie_rule: TieRule,
        duplicates: Duplicates = "keep",
        catalogue: Mapping[str, Item] | None = None,
        dropped: Mapping[str, int] | None = None,
        about: str = "",
    ) -> Interactions:
        """From a frame with the columns user, item (text) and time (int64), in file order.

        Raises InputError when too little is left to learn from.
        """
        Options(tie_rule, duplicates)  # checks them
        users, items = Coded.of(rows["user"]).in_order(), Coded.of(rows["item"])
        ordered = histories(users, items.codes, rows["time"].to_numpy(np.int64), tie_rule)
        users, items, times = Coded(ordered.users, users.names), Coded(ordered.items, items.names), ordered.times
        dropped = dict(dropped or {})
        if duplicates == "drop":
            again = repeated(users.codes, items.codes)
            dropped[REPEATED] = int(again.sum())
            users, items, times = users.take(~again), items.take(~again), times[~again]
        return Interactions.from_ordered(
            users,
            items,
            times,
            source=source,
            tie_rule=tie_rule,
            duplicates=duplicates,
            catalogue=catalogue,
            dropped=dropped,
            about=about,
        )

    @staticmethod
    def from_ordered(
        users: Coded,
        items: Coded,
        times: np.ndarray,
        *,
        source: str,
        tie_rule: TieRule,
        duplicates: Duplicates,
        catalogue: Mapping[str, Item] | None = None,
        dropped: Mapping[str, int] | None = None,
        about: str = "",
        time_unit: TimeUnit = "order",
        name: str = "",
    ) -> Interactions:
        """From rows that stand in the order of `histories`. InputError when too little is left."""
        users, items = users.in_order(), items.in_order()
        catalogue = catalogue or {}
        known = [catalogue.get(item_id) or Item(title=item_id) for item_id in items.names]
        result = Interactions(
            user_ids=tuple(users.names),
            item_ids=tuple(items.names),
            users=users.codes,
            items=items.codes,
            times=times,
            # Of the same type, or all codes would be copied.
            starts=np.searchsorted(users.codes, np.arange(len(users.names) + 1, dtype=np.int32)),
            titles=tuple(item.title or item_id for item, item_id in zip(known, items.names, strict=True)),
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
            raise InputError(f"No interactions are left to read{f' ({lost})' if lost else ''}.")
        if self.n_users < 2:
            raise InputError(
                f"There is only one user, {shown(self.user_ids[0])}: "
                "a recommender compares users, so at least 2 are needed."
            )
        if self.n_items < 3:
            names = " and ".join(shown(item) for item in self.item_ids)
            raise InputError(
                f"The catalogue has only {self.n_items} item{'s' * (self.n_items > 1)} ({names}): "
                "at least 3 are needed for a ranking that says anything."
            )


def repeated(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """(n,) bool: the same user had the same item in an earlier row."""
    pairs = users.astype(np.int64) * (int(items.max(initial=0)) + 1) + items
    return pd.Series(pairs).duplicated().to_numpy()
