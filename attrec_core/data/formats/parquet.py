"""Parquet: columns with types of their own, packed in a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from attrec_core.data.formats.kind import Format, Found, Look
from attrec_core.data.options import Options
from attrec_core.data.reading import times
from attrec_core.data.reading.broken import BrokenRows, Refuse, skips
from attrec_core.data.reading.catalogue import catalogue_beside, items_of_columns
from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.delimited import short
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.ratings import Ratings
from attrec_core.data.reading.roles import part_of, parts_of, roles_of
from attrec_core.data.reading.rows import Rows, rows_of
from attrec_core.data.reading.sources import Member
from attrec_core.data.reading.table_rows import WANTED, as_ratings, missing_of, numbers, texts, whole_numbers
from attrec_core.data.reading.times import PER_SECOND, Times
from attrec_core.errors import InputError, shown

MARK = b"PAR1"
SAMPLE = 20  # rows


def recognise(look: Look) -> Found | None:
    if look.main is None or look.main.head(4) != MARK:
        return None
    with undamaged(look.main), arrow_parquet.ParquetFile(look.main.file()) as file:
        names = tuple(file.schema_arrow.names)
        head = next(file.iter_batches(batch_size=SAMPLE), None)
        rows = head.to_pylist() if head is not None else []
    sample = tuple(tuple("" if row[name] is None else str(row[name]) for name in names) for row in rows)
    return Found(look, look.main, Layout("parquet", "utf-8", True, names, 0, False, {}, sample), ("A Parquet file.",))


def read(found: Found, options: Options) -> Rows:
    assert found.layout is not None
    member = found.member
    roles = roles_of(found.layout.names, options.columns, member.shown, timeless=options.timeless)
    wanted = {name for named in roles.values() for name in parts_of(named, found.layout.names)}
    with undamaged(member):
        table = arrow_parquet.read_table(member.file(), columns=sorted(wanted))
    if table.num_rows == 0:
        raise InputError(f"{member.shown} has no rows; expected one for each interaction.")

    def sentence(row: int, name: str, words: str) -> str:
        value = shown(str(table[parts_of(name, table.column_names)[0]][row].as_py()))
        return f"{member.shown}, row {row + 1}, column {shown(name)}: {value} {words}"

    with undamaged(member):
        return rows_of_columns(found, table, roles, options, BrokenRows(skips(options), sentence))


def rows_of_columns(found: Found, table: pa.Table, roles: dict[str, str], options: Options, broken: BrokenRows) -> Rows:
    coded = {role: as_coded(table[roles[role]]) for role in ("user", "item", "event", *WANTED) if role in roles}
    rating = table[roles["rating"]] if "rating" in roles else None
    named = ", ".join(f"{role} = {name}" for role, name in roles.items())
    moments = when(table, roles, options, broken.among(roles.get("time", "")))
    ratings = None if rating is None else ratings_in(rating, broken.among(roles["rating"]))
    return rows_of(
        coded["user"],
        coded["item"],
        moments,
        source="parquet",
        tie_rule="file-last",
        recognised=(*found.recognised, f"Columns: {named}."),
        ratings=ratings,
        refused=broken.reasons,
        events=coded.get("event"),
        catalogue=catalogue_beside(found.look.source, options) or items_of_columns(coded["item"], coded),
        roles=roles,
    )


@contextlib.contextmanager
def undamaged(member: Member) -> Iterator[None]:
    """Whatever Arrow finds wrong in a file becomes one sentence that names it."""
    try:
        yield
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{member.shown} is a damaged Parquet file: {short(str(error))}.") from None


def as_coded(column: pa.ChunkedArray) -> Coded:
    """Ids and words as text; a whole number is its digits. Nothing is an empty name."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_list(column.type) or pa.types.is_struct(column.type):
        column = pa.chunked_array([pa.array(["|".join(map(str, value or [])) for value in column.to_pylist()])])
    encoded = column.cast(pa.string()).fill_null("").combine_chunks().dictionary_encode()
    chunk = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    return Coded(chunk.indices.to_numpy(zero_copy_only=False).astype(np.int32), chunk.dictionary.to_pylist())


def when(table: pa.Table, roles: dict[str, str], options: Options, refuse: Refuse) -> Times:
    if "time" not in roles or options.timeless:
        return times.file_order(table.num_rows)
    names = parts_of(roles["time"], table.column_names)
    if len(names) > 1:
        columns = {part_of(name): table[name].cast(pa.string()).fill_null("") for name in names}
        return times.of_parts({part: whole_numbers(column, refuse) for part, column in columns.items()}, refuse)
    column = table[names[0]]
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        moments = column.cast(pa.timestamp("ns" if str(column.type).startswith("timestamp[ns") else "us"))
        return of_moments(moments)
    if pa.types.is_integer(column.type):
        missing = missing_of(column)
        values = column.cast(pa.int64()).fill_null(0).to_numpy()
        return times.of_numbers(values, missing, options.time_unit if options.time_unit in PER_SECOND else None)
    return times.of_texts(texts(column.cast(pa.string())), options.time_unit, refuse)


def of_moments(column: pa.ChunkedArray) -> Times:
    """Typed moments, in seconds where they are whole ones."""
    missing, unit = missing_of(column), column.type.unit
    values = column.cast(pa.int64()).fill_null(0).to_numpy()
    if not (values % PER_SECOND[unit]).any():
        return Times(values // PER_SECOND[unit], missing, "s", "Time as moments, in UTC where no zone is given.")
    return Times(values, missing, unit, "Time as moments with parts of a second, in UTC where no zone is given.")


def ratings_in(column: pa.ChunkedArray, refuse: Refuse) -> Ratings:
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return as_ratings(column.cast(pa.float64()))
    return as_ratings(numbers(column.cast(pa.string()), refuse))


FORMAT = Format("parquet", "Parquet", "file-last", recognise, read)
