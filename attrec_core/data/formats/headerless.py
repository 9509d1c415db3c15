"""Tables without a header: Amazon's ratings in either order, u.data alone, and others, told by their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.options import ROLES, Options
from attrec_core.data.reading.layout import Layout, is_number
from attrec_core.data.reading.ratings import COMMA
from attrec_core.data.reading.roles import parts_of
from attrec_core.data.reading.rows import Rows

ASIN = re.compile(r"B[0-9A-Z]{9}|[0-9]{9}[0-9X]")  # Amazon's items: its own numbers, or a book's ISBN
REVIEWER = re.compile(r"A[0-9A-Z]{9,29}")
MOST_COLUMNS = 5


def recognise(look: Look) -> Found | None:
    layout = look.layout
    if layout is None or look.main is None or layout.header or not 3 <= len(layout.names) <= MOST_COLUMNS:
        return None
    roles, why = roles_by_values(layout)
    chosen = look.options.columns
    given = {role: getattr(chosen, role) for role in ROLES if not chosen.without(role)}
    given = {role: name for role, name in given.items() if name is not None}
    if any(part not in layout.names for name in given.values() for part in parts_of(name, layout.names)):
        return None  # the table says which columns there are
    left = {role: name for role, name in roles.items() if name not in given.values() and not chosen.without(role)}
    roles = left | given
    if not {"user", "item"} <= set(roles) or ("time" not in roles and not look.options.timeless):
        return None
    return Found(look, look.main, replace(layout, roles=roles), (why if not given else "A table without a header.",))


def roles_by_values(layout: Layout) -> tuple[dict[str, str], str]:
    """Role → column, and why: the last column of times, one of small numbers as ratings, the first two as ids."""
    values = {name: layout.values(name) for name in layout.names}
    times = [name for name in reversed(layout.names) if all(is_time(text) for text in values[name])]
    # A number may be the id of something, a date is always one.
    time = next((name for name in times if any(is_date(text) for text in values[name])), next(iter(times), None))
    rest = [name for name in layout.names if name != time]
    rating = next((name for name in rest[2:] if all(is_rating(text, layout) for text in values[name])), None)
    user, item, why = who_and_what(rest, values)
    roles = {"user": user, "item": item, "time": time, "rating": rating}
    return {role: name for role, name in roles.items() if name is not None}, why


def who_and_what(names: Sequence[str], values: dict[str, list[str]]) -> tuple[str, str, str]:
    """Of the first two columns the user's, the item's, and how that was told."""
    first, second = names[0], names[1]
    item_first = share(values[first], ASIN) + share(values[second], REVIEWER)
    user_first = share(values[first], REVIEWER) + share(values[second], ASIN)
    if item_first > user_first and item_first > 0.5:
        return (
            second,
            first,
            "Amazon ratings without a header, item before user (as of 2018): told by how the ids look.",
        )
    if user_first > item_first and user_first > 0.5:
        return (
            first,
            second,
            "Amazon ratings without a header, user before item (as of 2014): told by how the ids look.",
        )
    return first, second, "A table without a header: user before item is assumed, since their ids do not tell."


def share(values: Sequence[str], kind: re.Pattern[str]) -> float:
    """How many of the values are wholly of a kind. A number alone may be a book, but proves nothing."""
    return sum(kind.fullmatch(text) is not None for text in values) / max(1, len(values))


def is_rating(text: str, layout: Layout) -> bool:
    """A number; with a decimal comma, where commas do not part the fields."""
    return is_number(text) or (layout.delimiter != "," and COMMA.fullmatch(text) is not None)


def is_time(text: str) -> bool:
    """Seconds of 1973 or later, or a date."""
    return is_date(text) or (is_number(text) and float(text) >= 1e8)


def is_date(text: str) -> bool:
    return re.match(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", text) is not None


def read(found: Found, options: Options) -> Rows:
    amazon = found.recognised[0].startswith("Amazon")
    return rows_of_table(found, options, source="amazon-csv" if amazon else "headerless", tie_rule="file-last")


FORMAT = Format(
    "headerless",
    "user, item, rating, time without a header",
    "file-last",
    recognise,
    read,
)
