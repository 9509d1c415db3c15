"""Millions of rows: Arrow reads them; when it refuses a text table, an exact second look says which line and why."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.lines import count_of, lines_in, refuse_faulty, settled
from attrec_core.errors import InputError
from attrec_core.storage.read_errors import reason

BLOCK = 4 << 20  # bytes; small blocks would each bring a dictionary of their own
NAME = pa.dictionary(pa.int32(), pa.string())
WHOLE = pa.int64()
NUMBER = pa.float64()
PARQUET = b"PAR1"  # how such a file begins
TOO_FEW, TOO_MANY = "line with too few fields", "line with too many fields"


def read_columns(
    layout: Layout, types: dict[str, pa.DataType], *, skip: bool = False
) -> tuple[pa.Table, Layout, Counter[str]]:
    """The named columns, the layout as the whole file turned out to be, and what was left out. Where some value is no
    number, all columns of numbers are text.

    Raises InputError naming the line for an open quotation mark and, unless they are to be skipped and counted by
    reason, for a row with too many or too few fields.
    """
    file, skipped = layout.member.file(), Counter[str]()
    marks = count_of(file, b'"', layout.skip) if layout.quoting else 0
    if marks % 2:  # some mark may stay open
        layout = settled(layout)
        if layout.quoting:
            refuse_faulty(layout, skip=skip)
    quoted, table, why = layout.quoting and marks > 0, None, ""
    # Where a value is not a number, all numbers are read as text; where the text is no UTF-8, as latin-1.
    loose = {name: pa.string() if kind in (WHOLE, NUMBER) else kind for name, kind in types.items()}
    others = [replace(layout, encoding="latin-1")] if layout.encoding.startswith("utf-8") else []
    for tried, kinds in itertools.product([layout, *others], [types, loose]):
        skipped.clear()
        try:
            table, layout = arrow_table(tried, kinds, quoted=quoted, skip=skip, skipped=skipped), tried
            break
        except pa.ArrowInvalid as error:
            why = reason(error)
    if quoted and (table is None or table.num_rows + skipped.total() < lines_in(file) - layout.skip):
        plain = settled(layout)
        if not plain.quoting:
            return read_columns(plain, types, skip=skip)
    if table is not None and (table.num_rows or not skipped):
        return table, layout, skipped
    refuse_faulty(layout, skip=skip and not skipped)  # only where no row is left, their width is the file's fault
    raise InputError("not_a_table", "{file} is not a table: {reason}.", file=layout.member.path, reason=why)


def arrow_table(
    layout: Layout, types: dict[str, pa.DataType], *, quoted: bool, skip: bool, skipped: Counter[str]
) -> pa.Table:
    """The named columns. Raises pa.ArrowInvalid; `skip`: rows of another width are left out, counted in `skipped`."""
    names = list(layout.names)
    if between := gaps(layout):
        names = [name for pair in zip(names, [*between, ""], strict=True) for name in pair][:-1]
        types = dict.fromkeys(between, pa.null()) | types

    def left_out(row: arrow_csv.InvalidRow) -> str:
        skipped[TOO_FEW if row.actual_columns < row.expected_columns else TOO_MANY] += 1
        return "skip"

    with pa.memory_map(str(layout.member.file())) as source:
        return arrow_csv.read_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                column_names=names,
                skip_rows=layout.skip,
                block_size=BLOCK,
                encoding={"utf-8": "utf8", "utf-8-sig": "utf8"}.get(layout.encoding, layout.encoding),
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=layout.delimiter[0],
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=left_out if skip else None,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                strings_can_be_null=False,
                null_values=[""],
                decimal_point="," if layout.decimal_comma else ".",
            ),
            # Arrow's own memory comes in huge pages, and making these can take as long as all the reading.
            memory_pool=pa.system_memory_pool(),
        )


def gaps(layout: Layout, needed: bool = True) -> list[str]:
    """Arrow cuts at one character: between two colons lies a column that must be empty. None unless they are needed."""
    pairs = itertools.pairwise(layout.names) if needed and layout.delimiter == "::" else ()
    return [f"between {left} and {right}" for left, right in pairs]


@contextlib.contextmanager
def undamaged(member: Member) -> Iterator[None]:
    """Whatever Arrow finds wrong in a file becomes an InputError that names it."""
    try:
        yield
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        text = "{file} is a damaged Parquet file: {reason}."
        raise InputError("damaged", text, file=member.path, reason=reason(error)) from None


def names_of(column: pa.ChunkedArray) -> pd.Series:
    """Ids and words as categories of text; a whole number is its digits. Nothing is an empty name."""
    if column.type == NAME:
        return column.to_pandas()
    if pa.types.is_list(column.type) or pa.types.is_struct(column.type):
        column = pa.chunked_array([pa.array(["|".join(map(str, value or [])) for value in column.to_pylist()])])
    return column.cast(pa.string()).fill_null("").dictionary_encode().to_pandas()
