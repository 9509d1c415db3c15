"""Rows as they were read, before anybody decides what to keep: every dropped one counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from attrec_core.data.interactions import Item, TimeUnit
from attrec_core.data.options import TieRule
from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.ratings import Ratings
from attrec_core.data.reading.times import Times, in_words
from attrec_core.data.report import Understood

FIRST = 5  # rows that are shown as understood


@dataclass(frozen=True, eq=False)
class Rows:
    """What a reader gives. users, items, events: (n,) coded; times (n,) int64; ratings (n,) where there are any.

    read = n + the sum of dropped. They stand in the order of the file, or in that of `histories` where `ordered` says
    by which tie rule; then `head` holds the first ones of the file.
    """

    users: Coded
    items: Coded
    times: np.ndarray
    time_unit: TimeUnit
    read: int
    dropped: Mapping[str, int]
    source: str  # name of the format
    tie_rule: TieRule
    recognised: tuple[str, ...]
    ratings: Ratings | None = None
    events: Coded | None = None
    catalogue: Mapping[str, Item] = field(default_factory=dict)
    about: str = ""
    remarks: tuple[str, ...] = ()
    name: str = ""  # of the file or folder
    data_set: str = ""  # what the data set is called, if it is one
    roles: Mapping[str, str] = field(default_factory=dict)  # role → column, where the format has columns to choose
    ordered: TieRule | None = None
    head: Rows | None = None

    def __len__(self) -> int:
        return len(self.times)

    def first(self) -> tuple[Understood, ...]:
        """The first rows of the file, as they were understood."""
        if self.head is not None:
            return self.head.first()
        return tuple(self.understood(row) for row in range(min(FIRST, len(self))))

    def understood(self, row: int) -> Understood:
        item = self.items.at(row)
        known = self.catalogue.get(item)
        return Understood(
            user=self.users.at(row),
            item=item,
            title=(known.title if known else "") or item,
            time=in_words(int(self.times[row]), self.time_unit),
            rating=self.ratings.at(row) if self.ratings else None,
            event=self.events.at(row) if self.events is not None else None,
        )


def rows_of(
    users: Coded,
    items: Coded,
    times: Times,
    *,
    source: str,
    tie_rule: TieRule,
    recognised: tuple[str, ...],
    ratings: Ratings | None = None,
    events: Coded | None = None,
    refused: Mapping[str, np.ndarray] | None = None,
    skipped: Mapping[str, int] | None = None,
    catalogue: Mapping[str, Item] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Rows:
    """The rows that say who, what and when; the others counted, each for its first reason.

    refused: reason → (n,) bool, what the format itself leaves out, such as cancelled orders, and what cannot be read;
    skipped: reason → what was no row at all, and is in none of the arrays.
    """
    reasons = {
        **(refused or {}),
        "no user": users.blank(),
        "no item": items.blank(),
        "no time": times.missing,
        **({"negative time": times.negative} if times.values.min(initial=0) < 0 else {}),
    }
    gone, dropped = np.zeros(len(users), bool), dict(skipped or {})
    for reason, hit in reasons.items():
        if hit.any():
            dropped[reason] = dropped.get(reason, 0) + int((hit & ~gone).sum())
            gone |= hit
    rows = Rows(
        users=users,
        items=items,
        times=times.values,
        time_unit=times.unit,
        read=len(users) + sum((skipped or {}).values()),
        dropped={reason: count for reason, count in dropped.items() if count},
        source=source,
        tie_rule=tie_rule,
        recognised=(*recognised, times.sentence),
        ratings=ratings,
        events=events,
        catalogue=catalogue or {},
        roles=roles or {},
        remarks=(times.remark,) if times.remark else (),
    )
    return taken(rows, ~gone) if gone.any() else rows


def taken(rows: Rows, which: np.ndarray, dropped: Mapping[str, int] | None = None) -> Rows:
    """Some of the rows: those of a mask, or of positions in their order. dropped: why the others are left out."""
    return replace(
        rows,
        users=rows.users.take(which),
        items=rows.items.take(which),
        times=rows.times[which],
        ratings=None if rows.ratings is None else rows.ratings.take(which),
        events=None if rows.events is None else rows.events.take(which),
        dropped=added(rows.dropped, dropped or {}),
    )


def added(dropped: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Counts by reason, summed."""
    result = dict(dropped)
    for reason, count in more.items():
        if count:
            result[reason] = result.get(reason, 0) + int(count)
    return result
