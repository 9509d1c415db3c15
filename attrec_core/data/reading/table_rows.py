"""Turns columns with known roles into rows of names, numbers and times. Text tables, Parquet and JSON differ in how
their columns are read and how the place of a value is found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from attrec_core.data.interactions import TimeUnit
from attrec_core.data.options import OF_ITEMS, Options
from attrec_core.data.reading import times
from attrec_core.data.reading.catalogue import catalogue_beside, items_of_columns
from attrec_core.data.reading.columns import SINCE, part_of, parts_of, snake, whole_ids
from attrec_core.data.reading.delimited import MEND, NAME, NUMBER, WHOLE, gaps, names_of, read_columns, value_at
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import NO_USER, Rows, blank, drop_rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.times import Times
from attrec_core.errors import InputError, Place, count_of, shown

COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")  # 1,5
POINT = re.compile(r"\s*[+-]?\d*\.\d+\s*")  # 1.5
THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*")  # 1,234, which may mean 1234
NAMED = ("user", "item", "event", *OF_ITEMS)  # roles of columns with ids or words
# Code of a fault → what is wrong with the value, and what was expected.
FAULTS = {
    "not_a_time": ("is not a time", "; expected a number such as Unix seconds"),
    "not_a_date": ("is not a date", "; expected one such as 2024-05-31 or 2024-05-31T18:00:00Z"),
    "not_day_first": ("is not a date whose day comes first", ""),
    "not_month_first": ("is not a date whose month comes first", ""),
    "another_order": ("is a date in another order than this column is read in", "; its dates must have the same order"),
    "no_such_date": ("is not part of a valid date", ""),
    "not_part_of_a_date": ("is not part of a date", "; expected whole numbers"),
    "time_too_large": ("is too large for a time", ""),
    "not_a_rating": ("is not a rating", "; expected a number"),
    "single_colon": ("is text where a double colon is expected", ""),
}
# The fact "advice" of an error about a column without any readable value: without all rows, nothing would be left.
ADVICE = {
    "time": InputError(
        "other_times",
        "Times are numbers such as Unix seconds, or dates such as 2024-05-31, 31.05.2024 or 05/31/2024, also with a "
        "time of day and an offset (2024-05-31 18:00:00+02:00). If another column has the time, {choose:time_column}; "
        "to use the order of the file instead, {choose:time_unit=none}.",
    ),
    "rating": InputError(
        "other_ratings",
        "Ratings are numbers. If another column has the ratings, {choose:rating_column}; to read the file without "
        "ratings, {choose:rating_column=none}.",
    ),
}
NONE: Mapping[Any, Any] = MappingProxyType({})
Faults = Mapping[tuple[str, str], np.ndarray]  # (column, code of FAULTS) → (n,) bool: the rows whose value is wrong
Rule = tuple[str, Callable[[pd.Series], pd.Series]]  # a reason to leave out rows, and to which texts (n,) it applies
Locate = Callable[[int, str], tuple[Place, str]]  # row from 0, column → its place in the file, and the value there


def rows_of_table(source: Source, layout: Layout, refused: Mapping[str, Rule] = NONE) -> Rows:
    """The rows of a text table with known roles. refused: column → the rule by which the format leaves out rows. Raises
    InputError naming the line for a value that cannot be read.
    """
    options, rating = source.options, layout.roles.get("rating")
    if rating is not None:
        layout = with_decimal_sign(layout, Counter(layout.values(rating)))
    table, layout, skipped = read_columns(layout, types_of(layout, options, refused), skip=options.skips)
    if table.num_rows == 0:
        text = "{file} has {what}; expected one line for each interaction."
        content = "a header and no rows" if layout.header else "no rows"
        raise InputError("no_rows", text, file=layout.member.path, what=content)
    if rating is not None and table[rating].type != NUMBER:
        layout = with_decimal_sign(layout, texts(table[rating]).str.strip().value_counts().to_dict())
    colons = {(name, "single_colon"): texts(table[name]).ne("").to_numpy(bool) for name in gaps(layout, options.skips)}
    reasons = {reason: applies(texts(table[name])).to_numpy(bool) for name, (reason, applies) in refused.items()}
    return rows_of_columns(
        source, layout, table, recognised=layout.sentences(), faults=colons, refused=reasons, skipped=skipped
    )


def rows_of_columns(
    source: Source,
    layout: Layout,
    table: pa.Table,
    locate: Locate | None = None,
    *,
    recognised: Iterable[str] = (),
    faults: Faults = NONE,
    refused: Mapping[str, np.ndarray] = NONE,
    skipped: Mapping[str, int] = NONE,
) -> Rows:
    """The rows with a user, an item and a time, of a table with the columns of `layout.roles`. The others are counted
    by their first reason. Raises InputError for a value that cannot be read.

    locate: default: in a text table; recognised: sentences after those of the layout; faults: faults of other columns;
    refused: reason → (n,) bool, rows that the format leaves out, such as cancelled orders; skipped: reason → number of
    lines that are not in `table`.
    """
    roles, locate = layout.roles, locate or partial(value_at, layout)
    names = {role: names_of(table[roles[role]]) for role in NAMED if roles.get(role) in table.column_names}
    sentences = [*layout.recognised, *recognised]
    for role in ("user", "item", "event"):
        if role in names:
            names[role], sentence = without_spaces(names[role], role)
            sentences += filter(None, [sentence])
    for role in ("user", "item"):
        if (whole_names := whole_ids(names[role].cat.categories)) != names[role].cat.categories.tolist():
            names[role] = names[role].cat.rename_categories(whole_names)
            sentences.append(f"Each {role} is a whole number, written as a decimal: 1.0 is read as 1.")
    columns: dict[str, Any] = {role: names[role] for role in names if role not in OF_ITEMS}
    moments = times_of(table, layout, source.options)
    value_faults = {(roles.get("time", ""), code): rows for code, rows in moments.faults.items()}
    if "rating" in roles:
        ratings = table[roles["rating"]]
        if pa.types.is_integer(ratings.type) or pa.types.is_floating(ratings.type):
            columns["rating"] = ratings.cast(NUMBER).to_numpy()  # NaN for a missing rating
        else:
            values = ratings_of(texts(ratings), decimal_comma=layout.decimal_comma)
            columns["rating"], value_faults[roles["rating"], "not_a_rating"] = values
    for role, unread in (("time", moments.missing), ("rating", np.isnan(columns.get("rating", [0.0])))):
        if unread.all():
            refuse_column(role, roles.get(role, ""), value_faults, locate)
    broken, remarks = broken_rows({**value_faults, **faults}, table, locate, skip=source.options.skips)
    reasons = {
        **broken,
        **refused,
        NO_USER: blank(names["user"]),
        "no item": blank(names["item"]),
        "no time": moments.missing,
        "negative time": (moments.values < 0) & ~moments.missing,
    }
    catalogue, titles_file, no_titles = catalogue_beside(source, layout)
    known = {role: names[role] for role in OF_ITEMS if role in names}
    own_items = items_of_columns(names["item"], known) if known else {}
    rows = Rows(
        table=pd.DataFrame({**columns, "time": moments.values}, copy=False),
        time_unit=moments.unit,
        read=table.num_rows + sum(skipped.values()),
        dropped=skipped,
        recognised=(*sentences, moments.sentence),
        format=layout.format,
        catalogue=catalogue or own_items,
        own_items=own_items,
        titles_file=titles_file,
        roles=roles,
        columns=layout.names,
        remarks=tuple(filter(None, [moments.remark, *remarks, no_titles])),
    )
    return drop_rows(rows, reasons)


def without_spaces(names: pd.Series, role: str) -> tuple[pd.Series, str]:
    """The names without spaces around them, and a sentence with the number of rows that had some; "" without any."""
    before = names.array.categories
    after = before.str.strip()
    changed = after != before
    if not changed.any():
        return names, ""
    codes, distinct = pd.factorize(after)
    result = pd.Series(pd.Categorical.from_codes(codes[names.array.codes], distinct))
    rows = int(changed[names.array.codes].sum())
    merged = f"; {len(before):,} {role}s are then {len(distinct):,}" if len(distinct) < len(before) else ""
    return result, f"Spaces around the {role} are left out, in {count_of(rows, 'row')}{merged}."


def refuse_column(role: str, column: str, faults: Faults, locate: Locate) -> None:
    """Raises InputError for the first wrong value of a column without any value that can be read; not for a column that
    is only empty."""
    for (name, code), rows in faults.items():
        if name == column and rows.any():
            place, value = locate(int(np.argmax(rows)), column)
            text = "{value} {what}, and no other value of this column can be read. {advice}"
            what, advice = FAULTS[code][0], ADVICE[role]
            facts: dict[str, Any] = {"value": shown(value), "fault": code, "what": what, "advice": advice}
            raise InputError("unreadable_column", text, setting=f"{role}_column", place=place, **facts)


def broken_rows(
    faults: Faults, table: pa.Table, locate: Locate, *, skip: bool
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Reason → (n,) bool: the rows to leave out for it; and a sentence for each fault of a column's texts with their
    number and the first text. Raises InputError for the first of these rows unless `skip`."""
    reasons, sentences = {}, []
    found = {key: rows for key, rows in faults.items() if rows.any()}
    for (column, code), rows in sorted(found.items(), key=lambda fault: np.argmax(fault[1])):
        first, (problem, expected) = int(np.argmax(rows)), FAULTS[code]
        if not skip:
            place, value = locate(first, column)
            facts: dict[str, Any] = {"value": shown(value), "fault": code, "what": f"{problem}{expected}", "mend": MEND}
            raise InputError("unreadable_value", "{value} {what}. {mend}", setting="broken_rows", place=place, **facts)
        reasons[f"{column} {problem}"] = rows
        if column in table.column_names and pa.types.is_string(table[column].type):
            value, count = shown(table[column][first].as_py()), int(rows.sum())
            has = "row is left out: its" if count == 1 else "rows are left out: their"
            sentences.append(f"{count:,} {has} {column} {problem} ({'' if count == 1 else 'the first is '}{value}).")
    return reasons, sentences


def types_of(layout: Layout, options: Options, others: Iterable[str]) -> dict[str, pa.DataType]:
    """Column to read → its type; columns that probably hold numbers are read as numbers."""
    roles = layout.roles
    types = dict.fromkeys([*(roles[role] for role in NAMED if role in roles), *others], NAME)
    time_names = parts_of(roles["time"], layout.names) if "time" in roles else []
    all_whole = all(looks_whole(layout, name) for name in time_names) and options.time_unit in (None, *times.PER_SECOND)
    types |= dict.fromkeys(time_names, WHOLE if all_whole or len(time_names) > 1 else pa.string())
    if len(time_names) == 2 and not looks_whole(layout, time_names[0]):
        types[time_names[0]] = pa.string()  # a date
    if "rating" in roles:
        types[roles["rating"]] = NUMBER
    return types | dict.fromkeys(gaps(layout, options.skips), pa.string())


def looks_whole(layout: Layout, name: str) -> bool:
    """Whether all values of the column in the sample are whole numbers or empty."""
    return all(not value or value.isdecimal() for value in map(str.strip, layout.values(name)))


def times_of(table: pa.Table, layout: Layout, options: Options) -> Times:
    """Times from one column, from several, or from none."""
    if "time" not in layout.roles or options.timeless:
        order, missing = np.arange(table.num_rows, dtype=np.int64), np.zeros(table.num_rows, bool)
        return Times(order, missing, "order", "No time: the order of the file counts.")
    names = parts_of(layout.roles["time"], table.column_names)
    if len(names) == 1:
        return times_in(table[names[0]], options)
    if len(names) == 2 and snake(names[1]) == SINCE:
        return times.with_milliseconds(times_in(table[names[0]], options), whole_or_text(table[names[1]]))
    return times.of_parts({part_of(name): whole_or_text(table[name]) for name in names})


def times_in(column: pa.ChunkedArray, options: Options) -> Times:
    """Times from one column: timestamps, numbers or dates."""
    missing = column.is_null().to_numpy() if column.null_count else np.zeros(len(column), bool)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        unit: TimeUnit = "ns" if str(column.type).startswith("timestamp[ns") else "us"
        values = column.cast(pa.timestamp(unit)).cast(WHOLE).fill_null(0).to_numpy()
        if (values % times.PER_SECOND[unit]).any():
            sentence = "Time: dates and times with parts of a second, in UTC where no zone is given."
            return Times(values, missing, unit, sentence)
        sentence = "Time: dates and times, in UTC where no zone is given."
        return Times(values // times.PER_SECOND[unit], missing, "s", sentence)
    if not pa.types.is_integer(column.type):
        return times.of_texts(texts(column), options.time_unit)
    values = column.cast(WHOLE).fill_null(0) if column.null_count else column.cast(WHOLE)
    return times.of_numbers(values.to_numpy(), missing, options.time_unit)


def whole_or_text(column: pa.ChunkedArray) -> pd.Series:
    """The whole numbers of a column, −1 for a missing number; for any other column, its text."""
    return column.fill_null(-1).to_pandas() if column.type == WHOLE else texts(column)


def texts(column: pa.ChunkedArray) -> pd.Series:
    return pd.Series(column.cast(pa.string()).to_pandas(), dtype="str").fillna("")


def with_decimal_sign(layout: Layout, ratings: Mapping[str, int]) -> Layout:
    """The layout with `decimal_comma`: whether more ratings are numbers with a comma than with a point, and some of
    these commas cannot mean thousands. If commas separate the fields, a comma in a field is not a decimal comma.
    ratings: text → how often it occurs.
    """
    commas = {text: count for text, count in ratings.items() if COMMA.fullmatch(text)}
    points = sum(count for text, count in ratings.items() if POINT.fullmatch(text))
    has_decimals = any(not THOUSANDS.fullmatch(text) for text in commas)
    return replace(layout, decimal_comma=layout.delimiter != "," and has_decimals and sum(commas.values()) > points)


def ratings_of(texts: pd.Series, *, decimal_comma: bool) -> tuple[np.ndarray, np.ndarray]:
    """(n,) float64, NaN for a missing rating (empty, "nan" or similar); and (n,) bool: the text is not a number."""
    texts = texts.str.strip()
    missing = texts.str.lower().isin(times.MISSING).to_numpy(bool)
    if decimal_comma:
        # A point as well (1.234,5, or 1.5 among texts like 1,5) makes the meaning unclear.
        texts = texts.where(~texts.str.contains(".", regex=False), "?").str.replace(",", ".", regex=False)
    values = pd.to_numeric(texts.where(~missing), errors="coerce").to_numpy(np.float64)
    return values, np.isnan(values) & ~missing
