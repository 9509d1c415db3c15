"""What may be left out: low ratings, other events, repeats, users and items with too few actions.

Each is a function of plain arrays that says which rows stay, so that what a filter would do can be shown before it is
done. All take milliseconds for a million rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from attrec_core.data.interactions import REPEATED, Interactions, Item, repeated
from attrec_core.data.options import PAPER_ACTIONS, Options
from attrec_core.data.reading.columns import listed
from attrec_core.data.reading.rows import Rows, added, taken
from attrec_core.data.report import Counts, FilterEffect
from attrec_core.errors import InputError, shown


def k_core(users: np.ndarray, items: np.ndarray, k: int) -> tuple[np.ndarray, int]:
    """(n,) bool: what stays when users and items with fewer than k actions go, until none is left that has fewer.

    Also how many rounds that took. users, items (n,) whole numbers from 0.
    """
    stays, rounds = np.ones(len(users), bool), 0
    while True:
        few_users = np.bincount(users[stays], minlength=int(users.max(initial=0)) + 1) < k
        few_items = np.bincount(items[stays], minlength=int(items.max(initial=0)) + 1) < k
        left = stays & ~few_users[users] & ~few_items[items]
        rounds += 1
        if left.sum() == stays.sum():
            return left, rounds
        stays = left


def enough_actions(codes: np.ndarray, least: int, among: np.ndarray | None = None) -> np.ndarray:
    """(n,) bool: rows whose user (or item) has at least `least` rows, counted among those of a mask."""
    counted = codes if among is None else codes[among]
    counts = np.bincount(counted, minlength=int(codes.max(initial=0)) + 1)
    return (counts >= least)[codes]


def by_value(rows: Rows, options: Options) -> tuple[np.ndarray, dict[str, int]]:
    """(n,) bool: rows with a rating and an event that are asked for; and how many each reason drops.

    Raises InputError where there are no ratings or events to go by.
    """
    stays, dropped = np.ones(len(rows), bool), {}
    if options.min_rating is not None:
        if "rating" not in rows.table:
            raise InputError(
                "no_ratings",
                "There is no rating column, so a minimum rating of {least:g} says nothing; {choose:rating_column}.",
                setting="min_rating",
                least=options.min_rating,
            )
        ratings = rows.table["rating"].to_numpy()
        stays, without = ratings >= options.min_rating, np.isnan(ratings)
        dropped["no rating"] = int(without.sum())
        dropped[f"rating below {options.min_rating:g}"] = int((~stays & ~without).sum())
    if options.events:
        if "event" not in rows.table:
            text = "There is no event column, so no events can be chosen; {choose:event_column}."
            raise InputError("no_events", text, setting="events")
        missing = [name for name in options.events if name not in rows.names("event")]
        if missing:
            raise InputError(
                "no_such_event",
                "There is no event {event}; the events are: {known}.",
                setting="events",
                event=shown(missing[0]),
                known=listed(rows.names("event")),
            )
        chosen = rows.table["event"].isin(options.events).to_numpy()
        dropped[f"event other than {', '.join(options.events)}"] = int((stays & ~chosen).sum())
        stays = stays & chosen
    return stays, dropped


def by_count(users: np.ndarray, items: np.ndarray, options: Options) -> tuple[np.ndarray, dict[str, int], int]:
    """(n,) bool: rows of users and items with enough actions; how many each reason drops; rounds of a k-core."""
    if options.k_core is not None:
        stays, rounds = k_core(users, items, options.k_core)
        reason = f"user or item with fewer than {options.k_core} actions, in turn ({options.k_core}-core)"
        return stays, {reason: int((~stays).sum())}, rounds
    stays = enough_actions(users, PAPER_ACTIONS)
    dropped = {f"user with fewer than {PAPER_ACTIONS} actions": int((~stays).sum())}
    warm = enough_actions(items, options.cold_items, among=stays)
    dropped[f"item with fewer than {options.cold_items} actions"] = int((stays & ~warm).sum())
    return stays & warm, dropped, 0


def with_values(rows: Rows, options: Options) -> Rows:
    """The rows with a rating and an event that are asked for, the others counted."""
    if options.min_rating is None and not options.events:
        return rows
    stays, dropped = by_value(rows, options)
    return rows if stays.all() else taken(rows, stays, dropped)


def with_enough(rows: Rows, options: Options) -> tuple[Rows, int]:
    """Without repeats and without users and items of too few actions, as asked for; and the rounds of a k-core.

    `duplicates="drop"` keeps the first row of a user and an item in the order given: sort by time before.
    """
    if options.duplicates == "drop":
        again = repeated(rows.table)
        rows = taken(rows, ~again, {REPEATED: int(again.sum())}) if again.any() else rows
    if options.k_core is None and not options.paper_filter:
        return rows, 0
    stays, dropped, rounds = by_count(rows.codes("user"), rows.codes("item"), options)
    return (rows if stays.all() else taken(rows, stays, dropped)), rounds


def effect(data: Rows | Interactions, options: Options) -> FilterEffect:
    """What the filters of the options do to rows that were read, or to interactions; nothing is changed.

    Interactions have no ratings and events any more: asking for them raises InputError.
    """
    rows = rows_again(data) if isinstance(data, Interactions) else data
    before = counts_of(rows)
    left, rounds = with_enough(with_values(rows, options), options)
    after = counts_of(left)
    dropped = {
        reason: count - rows.dropped.get(reason, 0)
        for reason, count in left.dropped.items()
        if count > rows.dropped.get(reason, 0)
    }
    sentence = f"{unread_sentence(rows)}{effect_sentence(before, after, dropped, rounds)}"
    return FilterEffect(before, after, dropped, rounds, dict(rows.dropped), sentence)


def unread_sentence(rows: Rows) -> str:
    """What is missing before any filter, with a space behind it; empty where nothing is."""
    if not rows.dropped:
        return ""
    why = "; ".join(f"{count:,}: {reason}" for reason, count in rows.dropped.items())
    return f"{rows.read:,} rows were read, {rows.read - len(rows):,} of them left out while reading ({why}). "


def effect_sentence(before: Counts, after: Counts, dropped: dict[str, int], rounds: int) -> str:
    if not dropped:
        return f"These filters drop nothing: all {before.interactions:,} rows stay."
    why = "; ".join(f"{count:,}: {reason}" for reason, count in dropped.items())
    times = f", after {rounds} rounds" if rounds > 1 else ""
    return (
        f"{after.interactions:,} of {before.interactions:,} rows stay{times}, with {after.users:,} of {before.users:,} "
        f"users and {after.items:,} of {before.items:,} items; dropped are {why}."
    )


def counts_of(rows: Rows) -> Counts:
    users, items = (int(np.count_nonzero(np.bincount(rows.codes(column)))) for column in ("user", "item"))
    return Counts(users, items, len(rows))


def rows_again(data: Interactions) -> Rows:
    """Interactions as rows, in an order of the file from which their tie rule makes them again."""
    turn = slice(None, None, -1 if data.tie_rule == "file-first" else 1)
    users, items = pd.Index(data.user_ids, dtype="str"), pd.Index(data.item_ids, dtype="str")
    columns = {
        "user": pd.Categorical.from_codes(data.users[turn], users),
        "item": pd.Categorical.from_codes(data.items[turn], items),
        "time": data.times[turn],
    }
    return Rows(
        table=pd.DataFrame(columns, copy=False),
        time_unit=data.time_unit,
        read=data.n_interactions + sum(data.dropped.values()),
        dropped=added({}, data.dropped),
        recognised=(),
        format=data.source,
        tie_rule=data.tie_rule,
        catalogue={
            item: Item(title, genres, year)
            for item, title, genres, year in zip(data.item_ids, data.titles, data.genres, data.years, strict=True)
        },
        about=data.about,
    )
