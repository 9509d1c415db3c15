"""Which column plays which role: by its name, whatever its case."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrec_core.data.options import ROLES, Columns
from attrec_core.errors import InputError, shown

USER_NAMES = (
    *(
        "user",
        "user_id",
        "userid",
        "uid",
        "viewer",
        "viewer_id",
        "reviewerid",
        "reviewer_id",
        "visitorid",
        "visitor_id",
    ),
    *("customer", "customer_id", "customerid", "session", "session_id", "sessionid", "username", "user_name"),
    *("account", "account_id", "listener", "person", "member_id", "twitter_id"),
)
ITEM_NAMES = (
    *("item", "item_id", "itemid", "iid", "movie", "movie_id", "movieid", "product", "product_id", "productid"),
    *(
        "asin",
        "parent_asin",
        "stockcode",
        "stock_code",
        "sku",
        "artistid",
        "artist_id",
        "artist",
        "song_id",
        "track_id",
    ),
    *("track", "book_id", "business_id", "gmap_id", "game_id", "article_id", "video_id", "poi_id", "venue_id"),
)
TIME_NAMES = (
    *("timestamp", "time", "date", "datetime", "ts", "unix_time", "unixreviewtime", "unix_timestamp", "event_time"),
    *("invoicedate", "invoice_date", "created_at", "createdat", "time_stamp", "timestamps", "eventdate", "order_date"),
)
RATING_NAMES = ("rating", "overall", "stars", "score", "weight", "rate", "play_count", "playcount")
EVENT_NAMES = ("event", "event_type", "behavior", "behaviour", "behavior_type", "action", "action_type", "event_name")
TITLE_NAMES = ("title", "name", "item_title", "movie_title", "item_name", "product_name", "description", "artist_name")
GENRE_NAMES = ("genres", "genre", "category", "categories", "class", "main_category")
YEAR_NAMES = ("year", "release_year")
NAMES: Mapping[str, tuple[str, ...]] = {
    "user": USER_NAMES,
    "item": ITEM_NAMES,
    "time": TIME_NAMES,
    "rating": RATING_NAMES,
    "event": EVENT_NAMES,
    "title": TITLE_NAMES,
    "genres": GENRE_NAMES,
    "year": YEAR_NAMES,
}
# The parts of a date that stands in several columns, with and without what data sets put before them.
DATE_PARTS = ("year", "month", "day", "hour", "minute", "second")


def plain(name: str) -> str:
    """A column's name without case, without the type that RecBole puts after it, and with underscores."""
    return re.sub(r"[\s-]+", "_", name.split(":")[0].strip().lower())


def first_named(columns: Iterable[str], names: Iterable[str]) -> str | None:
    """The first column whose name is one of `names`, whatever its case and with spaces or hyphens for underscores."""
    known = {plain(name): name for name in reversed(list(columns))}
    return next((known[name] for name in names if name in known), None)


def date_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Columns that together make a date: year, month, day and, where they are, hour, minute, second."""
    known = {re.sub(r"^date_", "", plain(name)): name for name in reversed(columns)}
    if not all(part in known for part in DATE_PARTS[:3]):
        return ()
    return tuple(known[part] for part in DATE_PARTS if part in known)


def part_of(column: str) -> str:
    """Which part of a date a column holds, by its name."""
    return re.sub(r"^date_", "", plain(column))


def listed(columns: Iterable[str]) -> str:
    return ", ".join(shown(name, 40) for name in list(columns)[:12])


def given(columns: Sequence[str], wanted: str, place: str) -> str:
    """The column that a person named, or numbered from 1 where no such name is. InputError naming those there are."""
    if wanted in columns:
        return wanted
    if wanted.isdecimal() and 1 <= int(wanted) <= len(columns):
        return columns[int(wanted) - 1]
    raise InputError(f"{place} has no column {shown(wanted)}; its columns are: {listed(columns)}.")


def parts_of(named: str, columns: Collection[str]) -> list[str]:
    """The columns that a role has: one, whose own name may hold a "+", or the several parts of a time."""
    return [named] if named in columns else named.split("+")


def roles_of(columns: Sequence[str], choice: Columns, place: str, *, timeless: bool = False) -> dict[str, str]:
    """Role → column name (several, joined by "+", for a time in parts). A column plays one role only.

    Raises InputError when there is no column for user, item or, unless `timeless`, time.
    """
    roles: dict[str, str] = {}
    for role in ROLES:
        wanted = getattr(choice, role)
        if wanted is not None and (wanted in columns or not choice.without(role)):
            roles[role] = "+".join(given(columns, part.strip(), place) for part in parts_of(wanted, columns))
    for role, names in NAMES.items():
        free = [name for name in columns if name not in roles.values()]
        found = first_named(free, names)
        if role == "time" and role not in roles and found is None:
            found = "+".join(date_columns(free)) or None
        if role not in roles and found is not None and not (choice.without(role) or (role == "time" and timeless)):
            roles[role] = found
    if "time" in roles and roles.get("year") in parts_of(roles["time"], columns):
        del roles["year"]
    for role in ("user", "item", "time"):
        if role not in roles and not (role == "time" and timeless):
            more = "" if role != "time" else " Where the file has none, say --time-unit none: its order then counts."
            raise InputError(
                f"{place} has no {role} column (looked for {', '.join(NAMES[role][:10])}, …); its columns are: "
                f"{listed(columns)}. Name it with --{role}-column.{more}"
            )
    twice = next((name for name in roles.values() if list(roles.values()).count(name) > 1), None)
    if twice is not None:
        both = " and ".join(role for role, name in roles.items() if name == twice)
        raise InputError(f"{place}: the column {shown(twice)} cannot be {both} at once; name another one.")
    return roles


def likely(columns: Sequence[str], choice: Columns) -> dict[str, str]:
    """Role → column as far as that can be told: as chosen, else by its name. For a file that cannot be read yet."""
    roles = {
        role: column for role, column in vars(choice).items() if column and {*parts_of(column, columns)} <= {*columns}
    }
    for role, names in NAMES.items():
        taken = [part for column in roles.values() for part in (column, *parts_of(column, columns))]
        found = first_named((name for name in columns if name not in taken), names)
        if role not in roles and found is not None and not choice.without(role):
            roles[role] = found
    return roles


def candidates(columns: Sequence[str], roles: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """For each role that a person may choose a column for: all columns, likeliest first."""
    result = {}
    for role in ROLES:
        likely = [roles[role]] if role in roles else []
        likely += [name for name in columns if plain(name) in NAMES[role] and name not in likely]
        dates = "+".join(date_columns(columns))
        if role == "time" and dates and dates not in likely:
            likely.append(dates)
        result[role] = tuple(likely + [name for name in columns if name not in likely])
    return result
