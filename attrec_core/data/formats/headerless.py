"""Files without a header: pairs of user and item; Amazon ratings in either column order, u.data alone, and other
tables, by their values; and lines of users, with the user and then all items in time order between spaces or tabs.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from attrec_core.data.options import ROLES
from attrec_core.data.reading.columns import is_name, parts_of
from attrec_core.data.reading.layout import NUMBER, Layout, head_of, is_header, lines_above
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import COMMA, rows_of_columns
from attrec_core.errors import InputError, count_of

ASIN = re.compile(r"B[0-9A-Z]{9}|[0-9]{9}[0-9X]")  # Amazon's item ids: its own numbers, or the ISBN of a book
REVIEWER = re.compile(r"A[0-9A-Z]{9,29}")
DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
MOST_COLUMNS = 5
USER_LINES = "user-lines"
OTHER_SIGNS = (",", ";", "|", "::", '"', "{")  # in no line of a user
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
    # A time is a date, or Unix seconds of 1973 or later.
    times = [
        name
        for name in reversed(layout.names)
        if all(DATE.match(text) or (NUMBER.fullmatch(text) and float(text) >= 1e8) for text in values[name])
    ]
    # A number may also be an id, while a date is always a time.
    time = next((name for name in times if any(map(DATE.match, values[name]))), next(iter(times), None))
    rest = [name for name in layout.names if name != time]
    numbers = re.compile(f"{NUMBER.pattern}|{COMMA.pattern}") if layout.delimiter != "," else NUMBER
    rating = next((name for name in rest[2:] if all(map(numbers.fullmatch, values[name]))), None)
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


def recognise_user_lines(source: Source) -> Layout | None:
    if source.main is None:
        return None
    try:
        encoding, _, lines = head_of(source.main, source.options)
    except InputError:
        return None
    if source.options.format != USER_LINES and not looks_like_it(lines):
        return None
    sentence = "One line per user: the user, then the items, oldest first."
    return Layout(source.main, recognised=(sentence,), encoding=encoding, roles={"user": "user", "item": "item"})


def looks_like_it(lines: Sequence[str]) -> bool:
    """Whether only white space separates the words, in lines of unequal length, the first without a column name."""
    lines = [line for line in lines[:200] if line.strip()]
    if any(sign in line for line in lines for sign in OTHER_SIGNS) or any(line.split()[0] == "#" for line in lines):
        return False
    if any(map(is_name, lines[0].split())) or lines_above(lines, None):
        return False
    widths = [len(line.split()) for line in lines]
    tabs = {line.count("\t") for line in lines}
    if tabs == {1} and widths[0] == 2 and is_header(lines[0].split("\t"), [line.split("\t") for line in lines[1:]]):
        return False
    # The same number of tabs in each line means columns, unless a tab only separates the user from the items.
    return min(widths) >= 2 and len(set(widths)) > 1 and (len(tabs) > 1 or tabs <= {0, 1})


def read_user_lines(source: Source, layout: Layout) -> Rows:
    with layout.member.file().open(encoding=layout.encoding, errors="replace") as stream:
        rows_of_users = itertools.islice(stream, source.options.skip_lines, None)
        lines = [fields for line in rows_of_users if (fields := line.split())]
    pairs = [(user, item) for user, *items in lines for item in items]
    users = [line[0] for line in lines if len(line) > 1]
    sentence = f"{count_of(len(users), 'line')} with items, and {len(lines) - len(users):,} with only a user."
    names = pa.table({"user": [user for user, _ in pairs], "item": [item for _, item in pairs]})
    rows = rows_of_columns(source, layout, names, recognised=[sentence])
    continued = len(users) - len(set(users))
    continues = "continues" if continued == 1 else "continue"
    remark = f"{count_of(continued, 'line')} {continues} the history of an earlier line's user."
    return replace(rows, remarks=(remark,)) if continued else rows
