"""Parquet: columns with types of their own, packed in a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from attrec_core.data.formats.format import Format
from attrec_core.data.options import Options
from attrec_core.data.reading import times
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.catalogue import catalogue_beside, items_of_columns
from attrec_core.data.reading.columns import part_of, parts_of, roles_of
from attrec_core.data.reading.delimited import short
from attrec_core.data.reading.faults import reasons_of
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.ratings import ratings_of
from attrec_core.data.reading.rows import Rows, rows_of
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import OF_ITEMS, texts, whole_times
from attrec_core.data.reading.times import PER_SECOND, Times
from attrec_core.errors import InputError, Place

MARK = b"PAR1"
SAMPLE = 20  # rows


def recognise(source: Source) -> Layout | None:
    if source.main is None or source.main.head(4) != MARK:
        return None
    with undamaged(source.main), arrow_parquet.ParquetFile(source.main.file()) as file:
        names = tuple(file.schema_arrow.names)
        head = next(file.iter_batches(batch_size=SAMPLE), None)
        rows = head.to_pylist() if head is not None else []
    sample = tuple(tuple("" if row[name] is None else str(row[name]) for name in names) for row in rows)
    return Layout(source.main, recognised=("A Parquet file.",), names=names, sample=sample)


def read(source: Source, layout: Layout) -> Rows:
    member = layout.member
    roles = roles_of(layout.names, source.options.columns, member.path, timeless=source.options.timeless)
    wanted = {name for named in roles.values() for name in parts_of(named, layout.names)}
    with undamaged(member):
        table = arrow_parquet.read_table(member.file(), columns=sorted(wanted))
        if table.num_rows == 0:
            raise InputError("no_rows", "{file} has no rows; expected one for each interaction.", file=member.path)
        return rows_of_columns(source, replace(layout, roles=roles), table)


def rows_of_columns(source: Source, layout: Layout, table: pa.Table) -> Rows:
    roles = layout.roles
    names = {role: as_names(table[roles[role]]) for role in ("user", "item", "event", *OF_ITEMS) if role in roles}
    columns = {role: column for role, column in names.items() if role not in OF_ITEMS}
    moments = times_of(table, layout, source.options)
    faults = {(roles.get("time", ""), code): rows for code, rows in moments.faults.items()}
    if "rating" in roles:
        ratings = table[roles["rating"]]
        if pa.types.is_integer(ratings.type) or pa.types.is_floating(ratings.type):
            columns["rating"] = ratings.cast(pa.float64()).to_numpy()  # NaN for nothing
        else:
            columns["rating"], faults[roles["rating"], "not_a_rating"] = ratings_of(texts(ratings.cast(pa.string())))

    def locate(row: int, column: str) -> tuple[Place, str]:
        value = table[parts_of(column, table.column_names)[0]][row].as_py()
        return Place(str(layout.member.path), column=column, row=row + 1), str(value)

    return rows_of(
        layout,
        columns,
        moments,
        recognised=(*layout.recognised, f"Columns: {', '.join(f'{role} = {name}' for role, name in roles.items())}."),
        refused=reasons_of(faults, locate, skip=source.options.skips),
        catalogue=catalogue_beside(source)
        or items_of_columns(names["item"], {role: column for role, column in names.items() if role in OF_ITEMS}),
    )


@contextlib.contextmanager
def undamaged(member: Member) -> Iterator[None]:
    """Whatever Arrow finds wrong in a file becomes an InputError that names it."""
    try:
        yield
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        text = "{file} is a damaged Parquet file: {reason}."
        raise InputError("damaged", text, file=member.path, reason=short(str(error))) from None


def as_names(column: pa.ChunkedArray) -> pd.Series:
    """Ids and words as categories of text; a whole number is its digits. Nothing is an empty name."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_list(column.type) or pa.types.is_struct(column.type):
        column = pa.chunked_array([pa.array(["|".join(map(str, value or [])) for value in column.to_pylist()])])
    return column.cast(pa.string()).fill_null("").dictionary_encode().to_pandas()


def times_of(table: pa.Table, layout: Layout, options: Options) -> Times:
    """Times from one column, from several, or from none."""
    if "time" not in layout.roles or options.timeless:
        return times.file_order(table.num_rows)
    names = parts_of(layout.roles["time"], table.column_names)
    if len(names) > 1:
        return times.of_parts({part_of(name): texts(table[name].cast(pa.string())) for name in names})
    column = table[names[0]]
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        moments = column.cast(pa.timestamp("ns" if str(column.type).startswith("timestamp[ns") else "us"))
        return of_moments(moments)
    if pa.types.is_integer(column.type):
        return whole_times(column, options)
    return times.of_texts(texts(column.cast(pa.string())), options.time_unit)


def of_moments(column: pa.ChunkedArray) -> Times:
    """Typed moments, in seconds where they are whole ones."""
    missing, unit = column.is_null().to_numpy(), column.type.unit
    values = column.cast(pa.int64()).fill_null(0).to_numpy()
    if not (values % PER_SECOND[unit]).any():
        return Times(values // PER_SECOND[unit], missing, "s", "Time as moments, in UTC where no zone is given.")
    return Times(values, missing, unit, "Time as moments with parts of a second, in UTC where no zone is given.")


FORMAT = Format("parquet", "Parquet", recognise, read)
