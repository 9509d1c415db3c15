"""A text table with a known layout → rows: the roles' columns as names, numbers and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from attrec_core.data.interactions import Item
from attrec_core.data.options import Options, TieRule
from attrec_core.data.reading import times
from attrec_core.data.reading.broken import BrokenRows, Refuse, skips
from attrec_core.data.reading.catalogue import items_of_columns
from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.delimited import NUMBER, TEXT, WHOLE, NotOfThisType, coded, gaps, read_columns
from attrec_core.data.reading.layout import Layout, is_number
from attrec_core.data.reading.line_errors import value_sentence
from attrec_core.data.reading.ratings import Ratings, has_decimal_comma
from attrec_core.data.reading.roles import part_of, parts_of
from attrec_core.data.reading.sources import Member
from attrec_core.data.reading.times import Times
from attrec_core.data.reading.whole_ids import NumberedRows, numbered_rows
from attrec_core.errors import InputError

WANTED = ("title", "genres", "year")


@dataclass(frozen=True, eq=False)
class TableColumns:
    """The columns of a text table by their roles, and the layout as it turned out.

    Rows in the order of the file, or as `ordered` says, and then the first ones of the file in `head`.
    """

    users: Coded
    items: Coded
    times: Times
    ratings: Ratings | None
    events: Coded | None
    others: Mapping[str, Coded]  # further columns that a format asked for, by name
    catalogue: Mapping[str, Item]
    layout: Layout
    broken: Mapping[str, np.ndarray] = field(default_factory=dict)  # reason → (n,) bool, what cannot be read
    skipped: Mapping[str, int] = field(default_factory=dict)  # reason → lines that are no rows
    ordered: TieRule | None = None
    head: TableColumns | None = None


def table_columns(
    member: Member, layout: Layout, options: Options, tie_rule: TieRule, others: tuple[str, ...] = ()
) -> TableColumns:
    """Raises InputError naming the line for what cannot be read. others: names of further columns; tie_rule: by which
    to sort them, where that costs nothing more.
    """
    roles = layout.roles
    ids = {roles["user"], roles["item"]}
    types = dict.fromkeys(ids, TEXT) | dict.fromkeys(others, TEXT)
    types |= {roles[role]: TEXT for role in ("event", *WANTED) if role in roles}
    time_names = parts_of(roles["time"], layout.names) if "time" in roles else []
    whole = all(looks_whole(layout, name) for name in time_names) and options.time_unit in (None, "s", "ms", "us", "ns")
    types |= dict.fromkeys(time_names, WHOLE if whole or len(time_names) > 1 else pa.string())
    if "rating" in roles:
        types[roles["rating"]] = NUMBER
        layout = with_decimal_sign(layout, Counter(layout.values(roles["rating"])))
    if whole and len(time_names) == 1:
        quick = numbered_rows(member.file(), layout, tie_rule)
        if quick is not None:
            return columns_of(quick, layout, options)
    if skips(options):
        types |= dict.fromkeys(gaps(layout), pa.string())
    table, layout, skipped = columns_as(member, layout, types, skip=skips(options))

    def sentence(row: int, name: str, words: str) -> str:
        return value_sentence(member, layout, row, parts_of(name, layout.names), words)

    broken = BrokenRows(skips(options), sentence)
    if table.num_rows == 0:
        what = "a header and no rows" if layout.header else "no rows"
        raise InputError(f"{member.shown} has {what}; expected one line for each interaction.")
    users, items = (coded(table[roles[role]]) for role in ("user", "item"))
    found = when(table, time_names, options, broken.among("+".join(time_names)))
    ratings = table[roles["rating"]] if "rating" in roles else None
    if ratings is not None and ratings.type != NUMBER:
        text = texts(ratings).str.strip()
        layout = with_decimal_sign(layout, text.value_counts().to_dict())
        ratings = numbers(text, broken.among(roles["rating"]), decimal="," if layout.decimal_comma else ".")
    for name in gaps(layout) if skips(options) else ():
        broken.among(name)(texts(table[name]).ne("").to_numpy(bool), "stands a single colon")
    words = {role: coded(table[roles[role]]) for role in WANTED if role in roles}
    return TableColumns(
        users=users,
        items=items,
        times=found,
        ratings=None if ratings is None else as_ratings(ratings),
        events=coded(table[roles["event"]]) if "event" in roles else None,
        others={name: coded(table[name]) for name in others},
        catalogue=items_of_columns(items, words),
        layout=layout,
        broken=broken.reasons,
        skipped=skipped,
    )


def columns_of(found: NumberedRows, layout: Layout, options: Options) -> TableColumns:
    rows, rated = found.rows, "rating" in layout.roles
    when = times.of_numbers(rows.times, np.zeros(len(rows.times), bool), options.time_unit)

    def columns(users: Coded, items: Coded, when: Times, ratings: Ratings) -> TableColumns:
        return TableColumns(users, items, when, ratings if rated else None, None, {}, {}, layout)

    users, items, moments = found.head
    ids = (Coded.of([str(number) for number in numbers.tolist()]) for numbers in (users, items))
    head = columns(
        *ids, replace(when, values=moments, missing=when.missing[: len(moments)]), Ratings(found.first_ratings)
    )
    ids = (Coded(rows.users, found.user_ids, tidy=True), Coded(rows.items, found.item_ids, tidy=True))
    return replace(columns(*ids, when, Ratings(found.ratings)), ordered=found.tie_rule, head=head)


def looks_whole(layout: Layout, name: str) -> bool:
    """Whether the sample holds whole numbers there, or nothing."""
    return all(value.strip() == "" or (is_number(value) and value.strip().isdecimal()) for value in layout.values(name))


def columns_as(
    member: Member, layout: Layout, types: dict[str, pa.DataType], *, skip: bool
) -> tuple[pa.Table, Layout, Mapping[str, int]]:
    """The columns, numbers as numbers where all of them are, else as the text they stand in."""
    try:
        return read_columns(member, layout, types, skip=skip)
    except NotOfThisType:
        loose = {name: pa.string() if kind in (WHOLE, NUMBER) else kind for name, kind in types.items()}
        return read_columns(member, layout, loose, skip=skip)


def when(table: pa.Table, names: list[str], options: Options, refuse: Refuse) -> Times:
    """Times from one column, from several, or from none."""
    if not names or options.timeless:
        return times.file_order(table.num_rows)
    if len(names) > 1:
        return times.of_parts({part_of(name): whole_numbers(table[name], refuse) for name in names}, refuse)
    column = table[names[0]]
    if column.type == WHOLE:
        missing = missing_of(column)
        values = column.fill_null(0) if missing.any() else column
        return times.of_numbers(values.to_numpy(), missing, options.time_unit)
    return times.of_texts(texts(column), options.time_unit, refuse)


def missing_of(column: pa.ChunkedArray) -> np.ndarray:
    if column.null_count == 0:
        return np.zeros(len(column), bool)
    return column.is_null().to_numpy()


def texts(column: pa.ChunkedArray) -> pd.Series:
    return pd.Series(column.to_pandas(), dtype="str").fillna("")


def whole_numbers(column: pa.ChunkedArray, refuse: Refuse) -> np.ndarray:
    """(n,) int64 of a part of a date; −1 where nothing stands."""
    if column.type == WHOLE:
        return column.fill_null(-1).to_numpy()
    text = texts(column).str.strip()
    wrong = ~text.str.fullmatch(r"[0-9]{0,9}").to_numpy(bool)
    refuse(wrong, "is no part of a date; expected whole numbers")
    return text.where((text != "") & ~wrong, "-1").astype(np.int64).to_numpy()


def with_decimal_sign(layout: Layout, ratings: Mapping[str, int]) -> Layout:
    """The layout, with whether its ratings have a decimal comma. ratings: text → how often it stands there. Where
    commas part the fields, one in a field is no number's.
    """
    return replace(layout, decimal_comma=layout.delimiter != "," and has_decimal_comma(ratings.items()))


def numbers(text: pd.Series, refuse: Refuse, *, decimal: str) -> pa.ChunkedArray:
    """Ratings that stand in text; nothing, NaN and the like are no rating. decimal: what stands before decimals."""
    missing = text.str.lower().isin(times.MISSING).to_numpy(bool)
    if decimal != ".":
        # With a point as well, 1.234,5 or 1.5 among others like 1,5, nobody could say what is meant.
        text = text.where(~text.str.contains(".", regex=False), "?").str.replace(decimal, ".", regex=False)
    values = pd.to_numeric(text.where(~missing), errors="coerce").to_numpy(np.float64)
    wrong = np.isnan(values) & ~missing
    refuse(wrong, "is not a rating; expected a number")
    return pa.chunked_array([pa.array(values)])


def as_ratings(column: pa.ChunkedArray) -> Ratings:
    return Ratings(column.fill_null(float("nan")).to_numpy())
