"""A text table with a known layout → rows: the roles' columns as names, numbers and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from attrec_core.data.options import Options
from attrec_core.data.reading import times
from attrec_core.data.reading.catalogue import catalogue_beside, items_of_columns
from attrec_core.data.reading.columns import part_of, parts_of
from attrec_core.data.reading.delimited import NAME, NUMBER, WHOLE, NotOfThisType, gaps, read_columns
from attrec_core.data.reading.faults import reasons_of
from attrec_core.data.reading.layout import Layout, is_number
from attrec_core.data.reading.line_errors import value_at
from attrec_core.data.reading.ratings import has_decimal_comma, ratings_of
from attrec_core.data.reading.rows import Rows, rows_of
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.times import Times
from attrec_core.errors import InputError

OF_ITEMS = ("title", "genres", "year")  # roles of columns that say something of the item


def rows_of_table(
    source: Source,
    layout: Layout,
    *,
    others: tuple[str, ...] = (),
    refused: Callable[[pa.Table], Mapping[str, np.ndarray]] = lambda table: {},
    years_in_titles: bool = False,
) -> Rows:
    """The rows of a text table whose roles are known. others: further columns, as NAME, from which `refused` tells what
    the format leaves out, by reason. Raises InputError naming the line for what cannot be read.
    """
    options, roles, skip = source.options, layout.roles, source.options.skips
    if "rating" in roles:
        layout = with_decimal_sign(layout, Counter(layout.values(roles["rating"])))
    table, layout, skipped = columns_as(layout, types_of(layout, options, others), skip=skip)
    if table.num_rows == 0:
        text = "{file} has {what}; expected one line for each interaction."
        what = "a header and no rows" if layout.header else "no rows"
        raise InputError("no_rows", text, file=layout.member.path, what=what)
    columns = {role: table[roles[role]].to_pandas() for role in ("user", "item", "event") if role in roles}
    moments = times_of(table, layout, options)
    faults = {(roles.get("time", ""), code): rows for code, rows in moments.faults.items()}
    if "rating" in roles:
        ratings = table[roles["rating"]]
        if ratings.type == NUMBER:
            columns["rating"] = ratings.to_numpy()  # NaN for nothing
        else:
            layout = with_decimal_sign(layout, texts(ratings).str.strip().value_counts().to_dict())
            sign = "," if layout.decimal_comma else "."
            columns["rating"], faults[roles["rating"], "not_a_rating"] = ratings_of(texts(ratings), decimal=sign)
    for name in gaps(layout) if skip else ():
        faults[name, "single_colon"] = texts(table[name]).ne("").to_numpy(bool)
    reasons = reasons_of(faults, lambda row, column: value_at(layout, row, column), skip=skip)
    of_items = {role: table[roles[role]].to_pandas() for role in OF_ITEMS if role in roles}
    return rows_of(
        layout,
        columns,
        moments,
        recognised=(*layout.recognised, *layout.sentences()),
        refused={**reasons, **refused(table)},
        skipped=skipped,
        catalogue=catalogue_beside(source, years_in_titles=years_in_titles)
        or items_of_columns(columns["item"], of_items),
    )


def types_of(layout: Layout, options: Options, others: tuple[str, ...]) -> dict[str, pa.DataType]:
    """Which columns to read, and as what: what is probably numbers as numbers."""
    roles = layout.roles
    types = {roles[role]: NAME for role in ("user", "item", "event", *OF_ITEMS) if role in roles}
    types |= dict.fromkeys(others, NAME)
    time_names = parts_of(roles["time"], layout.names) if "time" in roles else []
    whole = all(looks_whole(layout, name) for name in time_names) and options.time_unit in (None, *times.PER_SECOND)
    types |= dict.fromkeys(time_names, WHOLE if whole or len(time_names) > 1 else pa.string())
    if "rating" in roles:
        types[roles["rating"]] = NUMBER
    return types | dict.fromkeys(gaps(layout) if options.skips else (), pa.string())


def looks_whole(layout: Layout, name: str) -> bool:
    """Whether the sample holds whole numbers there, or nothing."""
    return all(value.strip() == "" or (is_number(value) and value.strip().isdecimal()) for value in layout.values(name))


def columns_as(
    layout: Layout, types: dict[str, pa.DataType], *, skip: bool
) -> tuple[pa.Table, Layout, Mapping[str, int]]:
    """The columns, numbers as numbers where all of them are, else as the text they stand in."""
    try:
        return read_columns(layout, types, skip=skip)
    except NotOfThisType:
        loose = {name: pa.string() if kind in (WHOLE, NUMBER) else kind for name, kind in types.items()}
        return read_columns(layout, loose, skip=skip)


def times_of(table: pa.Table, layout: Layout, options: Options) -> Times:
    """Times from one column, from several, or from none."""
    if "time" not in layout.roles or options.timeless:
        return times.file_order(table.num_rows)
    names = parts_of(layout.roles["time"], layout.names)
    if len(names) > 1:
        return times.of_parts({part_of(name): whole_or_text(table[name]) for name in names})
    column = table[names[0]]
    if column.type == WHOLE:
        return whole_times(column, options)
    return times.of_texts(texts(column), options.time_unit)


def whole_times(column: pa.ChunkedArray, options: Options) -> Times:
    """Times from a column of whole numbers, whatever a person said of dates."""
    unit = options.time_unit if options.time_unit in times.PER_SECOND else None
    missing = column.is_null().to_numpy() if column.null_count else np.zeros(len(column), bool)
    values = column.cast(WHOLE).fill_null(0) if column.null_count else column.cast(WHOLE)
    return times.of_numbers(values.to_numpy(), missing, unit)


def whole_or_text(column: pa.ChunkedArray) -> pd.Series:
    """Whole numbers, −1 for nothing; of another column its text."""
    return column.fill_null(-1).to_pandas() if column.type == WHOLE else texts(column)


def texts(column: pa.ChunkedArray) -> pd.Series:
    return pd.Series(column.to_pandas(), dtype="str").fillna("")


def with_decimal_sign(layout: Layout, ratings: Mapping[str, int]) -> Layout:
    """The layout, with whether its ratings have a decimal comma. ratings: text → how often it stands there. Where
    commas part the fields, one in a field is no number's.
    """
    return replace(layout, decimal_comma=layout.delimiter != "," and has_decimal_comma(ratings.items()))
