"""Filters: low ratings, other events, repeats, users and items with too few interactions. Each takes milliseconds for
a million rows, so a page can show its effect beforehand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from attrec_core.data.interactions import Interactions, Item, repeated
from attrec_core.data.options import PAPER_ACTIONS, Options
from attrec_core.data.reading.columns import listed
from attrec_core.data.reading.rows import Rows, drop_rows
from attrec_core.data.report import Counts, FilterEffect
from attrec_core.errors import InputError, all_of, count_of, shown

REPEATED = {"drop": "same user and item again", "collapse": "same user, item and time again"}


def k_core(users: np.ndarray, items: np.ndarray, k: int) -> tuple[np.ndarray, int]:
    """(n,) bool: the rows that remain when users and items with fewer than k interactions are removed until none is
    left; and the number of rounds that removed any. users, items (n,): whole numbers from 0."""
    remaining, rounds = np.ones(len(users), bool), 0
    while True:
        few_users = np.bincount(users[remaining], minlength=int(users.max(initial=0)) + 1) < k
        few_items = np.bincount(items[remaining], minlength=int(items.max(initial=0)) + 1) < k
        reduced = remaining & ~few_users[users] & ~few_items[items]
        if reduced.sum() == remaining.sum():
            return reduced, rounds
        remaining, rounds = reduced, rounds + 1


def with_values(rows: Rows, options: Options) -> Rows:
    """The rows with the requested ratings and events; the others are counted. Raises InputError if there are no ratings
    or events to filter by."""
    reasons = {}
    for setting, column, what in (("min_rating", "rating", "ratings"), ("events", "event", "kinds of event")):
        if rows.data_set and getattr(options, setting) not in (None, ()) and column not in rows.table:
            text = "The data set {data_set} keeps no {what}. Use {name} when you import the file that it was made from."
            raise InputError("not_kept", text, setting=setting, data_set=shown(rows.data_set), what=what)
    if options.min_rating is not None:
        if "rating" not in rows.table:
            text = "There is no rating column, so a minimum rating of {least:g} cannot be used; {choose:rating_column}."
            raise InputError("no_ratings", text, setting="min_rating", least=options.min_rating)
        ratings = rows.table["rating"].to_numpy()
        reasons["no rating"] = np.isnan(ratings)
        reasons[f"rating below {options.min_rating:g}"] = ratings < options.min_rating
    if options.events:
        if "event" not in rows.table:
            text = "There is no event column, so no events can be chosen; {choose:event_column}."
            raise InputError("no_events", text, setting="events")
        event_names = rows.names("event")
        missing = next((name for name in options.events if name not in event_names), None)
        if missing is not None:
            text = "There is no event {event}; the events are: {known}."
            raise InputError("no_such_event", text, setting="events", event=shown(missing), known=listed(event_names))
        is_other = ~rows.table["event"].isin(options.events).to_numpy()
        reasons[f"event other than {', '.join(options.events)}"] = is_other
    return drop_rows(rows, reasons)


def with_enough(rows: Rows, options: Options) -> tuple[Rows, int]:
    """The rows without repeats and without users and items with too few interactions, as the options say; and the
    number of rounds of the k-core. Of repeats, the first row in the given order is kept, so sort by time before."""
    duplicates = options.duplicates or rows.duplicates
    if duplicates != "keep":
        rows = drop_rows(rows, {REPEATED[duplicates]: repeated(rows.table, at_the_time=duplicates == "collapse")})
    users, items = rows.codes("user"), rows.codes("item")
    if options.k_core is not None:
        in_core, rounds = k_core(users, items, options.k_core)
        reason = f"user or item with fewer than {options.k_core} interactions ({options.k_core}-core)"
        return drop_rows(rows, {reason: ~in_core}), rounds
    if not options.paper_filter:
        return rows, 0
    active = np.bincount(users)[users] >= PAPER_ACTIONS
    warm = np.bincount(items[active], minlength=int(items.max(initial=0)) + 1)[items] >= options.cold_items
    reasons = {
        f"user with fewer than {PAPER_ACTIONS} interactions": ~active,
        f"item with fewer than {options.cold_items} interactions": ~warm,
    }
    return drop_rows(rows, reasons), 0


def effect(rows: Rows, options: Options) -> FilterEffect:
    """The effect of the options' filters on rows; the rows are not changed."""
    filtered, rounds = with_enough(with_values(rows, options), options)
    before, after, unread = counts_of(rows), counts_of(filtered), dict(rows.dropped)
    dropped = dict(Counter(filtered.dropped) - Counter(unread))
    sentence = ""
    if unread:
        left_out = rows.read - len(rows)
        sentence = f"{left_out:,} of {rows.read:,} rows left out before these filters ({dropped_text(unread)}). "
    if dropped:
        passes = f", after {rounds} rounds" if rounds > 1 else ""
        sentence += (
            f"{after.interactions:,} of {before.interactions:,} rows are kept{passes}: {after.users:,} of "
            f"{before.users:,} users, {after.items:,} of {before.items:,} items; dropped: {dropped_text(dropped)}."
        )
    else:
        sentence += f"{all_of(before.interactions, 'row')} {'is' if before.interactions == 1 else 'are'} kept."
    return FilterEffect(before, after, sentence)


def dropped_text(dropped: Mapping[str, int]) -> str:
    return "; ".join(f"{count_of(count, 'row')}: {reason}" for reason, count in dropped.items())


def counts_of(rows: Rows) -> Counts:
    users, items = (int(np.count_nonzero(np.bincount(rows.codes(column)))) for column in ("user", "item"))
    return Counts(users, items, len(rows))


def rows_again(data: Interactions) -> Rows:
    """Interactions as rows, in a file order from which their tie rule gives the same interactions again."""
    direction = slice(None, None, -1 if data.tie_rule == "file-first" else 1)
    users, items = pd.Index(data.user_ids, dtype="str"), pd.Index(data.item_ids, dtype="str")
    columns = {
        "user": pd.Categorical.from_codes(data.users[direction], users),
        "item": pd.Categorical.from_codes(data.items[direction], items),
        "time": data.times[direction],
    }
    return Rows(
        table=pd.DataFrame(columns, copy=False),
        time_unit=data.time_unit,
        read=data.n_interactions + sum(data.dropped.values()),
        dropped=dict(data.dropped),
        recognised=(),
        format=data.source,
        tie_rule=data.tie_rule,
        duplicates=data.duplicates,
        catalogue=dict(zip(data.item_ids, map(Item, data.titles, data.genres, data.years), strict=True)),
        about=data.about,
    )
