"""Tables without a header: pairs of user and item; also Amazon ratings in either column order, u.data alone, and
others, recognised by their values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from attrec_core.data.options import ROLES
from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.layout import Layout, is_number
from attrec_core.data.reading.ratings import COMMA
from attrec_core.data.reading.sources import Source
from attrec_core.errors import InputError

ASIN = re.compile(r"B[0-9A-Z]{9}|[0-9]{9}[0-9X]")  # Amazon's item ids: its own numbers, or the ISBN of a book
REVIEWER = re.compile(r"A[0-9A-Z]{9,29}")
MOST_COLUMNS = 5
AMAZON = "Amazon ratings without a header, {order} (recognised by the form of the ids)."


def recognise_pairs(source: Source) -> Layout | None:
    """Two columns, user and item, in time order: the format that SASRec and similar programs read."""
    layout = source.layout
    if layout is None or layout.header or len(layout.names) != 2:
        return None
    choice = source.options.columns  # choosing one of the two columns determines the other
    user = choice.user or ("2" if choice.item == "1" else "1")
    item = choice.item or ("1" if user == "2" else "2")
    if {user, item} != {"1", "2"}:
        text = "{file} has two columns, 1 and 2; user {user} and item {item} are not both of them."
        raise InputError("no_such_column", text, file=layout.member.path, user=user, item=item)
    sentence = f"Two columns without a header: user is column {user}, item column {item}."
    return replace(layout, roles={"user": user, "item": item}, recognised=(sentence,))


def recognise(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or layout.header or not 3 <= len(layout.names) <= MOST_COLUMNS:
        return None
    roles, format_, sentence = roles_by_values(layout)
    choice = source.options.columns_of_rows
    chosen = {role: name for role in ROLES if (name := getattr(choice, role)) and not choice.without(role)}
    if any(part not in layout.names for name in chosen.values() for part in parts_of(name, layout.names)):
        return None  # the format "table" then reports which columns there are
    detected = {role: name for role, name in roles.items() if name not in chosen.values() and not choice.without(role)}
    roles = detected | chosen
    if not {"user", "item"} <= set(roles) or ("time" not in roles and not source.options.timeless):
        return None
    if chosen:
        format_, sentence = "", "A table without a header."
    return replace(layout, roles=roles, format=format_, recognised=(sentence,))


def roles_by_values(layout: Layout) -> tuple[dict[str, str], str, str]:
    """Role → column, format and reason. Time is the last column of times, ratings are small numbers, the rest ids."""
    values = {name: layout.values(name) for name in layout.names}
    times = [name for name in reversed(layout.names) if all(is_time(text) for text in values[name])]
    # A number may also be an id, while a date is always a time.
    time = next((name for name in times if any(is_date(text) for text in values[name])), next(iter(times), None))
    rest = [name for name in layout.names if name != time]
    rating = next((name for name in rest[2:] if all(is_rating(text, layout) for text in values[name])), None)
    first, second, *_ = rest
    item_first = share(values[first], ASIN) + share(values[second], REVIEWER)
    user_first = share(values[first], REVIEWER) + share(values[second], ASIN)
    user, item = first, second
    format_ = "amazon-csv"
    if item_first > user_first and item_first > 0.5:
        user, item, reason = second, first, AMAZON.format(order="item before user (as of 2018)")
    elif user_first > item_first and user_first > 0.5:
        reason = AMAZON.format(order="user before item (as of 2014)")
    else:
        format_, reason = "", "A table without a header. The ids do not show their order; user before item is assumed."
    roles = {"user": user, "item": item, "time": time, "rating": rating}
    return {role: name for role, name in roles.items() if name is not None}, format_, reason


def share(values: Sequence[str], kind: re.Pattern[str]) -> float:
    """The share of values that match a kind of id completely; 0 if these are all numbers. A number may be an ISBN, but
    ids of users are numbers, too."""
    matches = [text for text in values if kind.fullmatch(text)]
    return 0.0 if all(map(str.isdigit, matches)) else len(matches) / len(values)


def is_rating(text: str, layout: Layout) -> bool:
    """Whether the text is a number; a decimal comma counts unless commas separate the fields."""
    return is_number(text) or (layout.delimiter != "," and COMMA.fullmatch(text) is not None)


def is_time(text: str) -> bool:
    """Whether the text is a date, or Unix seconds of 1973 or later."""
    return is_date(text) or (is_number(text) and float(text) >= 1e8)


def is_date(text: str) -> bool:
    return re.match(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", text) is not None
