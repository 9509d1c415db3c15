"""Reads millions of rows with Arrow; if it refuses a text table, a slower exact reading finds the line and reason."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.lines import count_of, lines_in, refuse_faulty, with_quoting
from attrec_core.errors import InputError
from attrec_core.storage.read_errors import reason

BLOCK = 4 << 20  # bytes; not smaller, since each block has a dictionary of its own
NAME = pa.dictionary(pa.int32(), pa.string())
WHOLE = pa.int64()
NUMBER = pa.float64()
SAMPLE = 20  # rows of a Parquet file
PARQUET = b"PAR1"  # the beginning of a Parquet file
TOO_FEW, TOO_MANY = "line with too few fields", "line with too many fields"


def read_columns(
    layout: Layout, types: dict[str, pa.DataType], *, skip: bool = False
) -> tuple[pa.Table, Layout, Counter[str]]:
    """The named columns, the layout as found in the whole file, and the number of skipped rows by reason. If any value
    is not a number, all columns of numbers are text.

    Raises InputError naming the line for an open quotation mark and, unless `skip`, for a row with too many or too few
    fields.
    """
    file, skipped = layout.member.file(), Counter[str]()
    marks = count_of(file, b'"', layout.skip) if layout.quoting else 0
    if marks % 2:  # a quotation mark may stay open
        layout = with_quoting(layout)
        if layout.quoting:
            refuse_faulty(layout, skip=skip)
    quoted, table, problem = layout.quoting and marks > 0, None, ""
    # If a value is not a number, all numbers are read as text; if the text is not UTF-8, it is read as cp1252 or,
    # for bytes that cp1252 lacks, as latin-1.
    text_types = {name: pa.string() if kind in (WHOLE, NUMBER) else kind for name, kind in types.items()}
    others = (
        ("cp1252", "latin-1") if layout.encoding.startswith("utf-8") else ("latin-1",) * (layout.encoding == "cp1252")
    )
    attempts = [layout, *(replace(layout, encoding=name) for name in others)]
    for attempt, kinds in itertools.product(attempts, [types, text_types]):
        skipped.clear()
        try:
            table, layout = arrow_table(attempt, kinds, quoted=quoted, skip=skip, skipped=skipped), attempt
            break
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            problem = reason(error)
    if quoted and (table is None or table.num_rows + skipped.total() < lines_in(file) - layout.skip):
        unquoted = with_quoting(layout)
        if not unquoted.quoting:
            return read_columns(unquoted, types, skip=skip)
    if table is not None and (table.num_rows or not skipped):
        return table, layout, skipped
    refuse_faulty(layout, skip=skip and not skipped)  # if no row is left, the width of rows is a fault of the file
    raise InputError("not_a_table", "{file} is not a table: {reason}.", file=layout.member.path, reason=problem)


def arrow_table(
    layout: Layout, types: dict[str, pa.DataType], *, quoted: bool, skip: bool, skipped: Counter[str]
) -> pa.Table:
    """The named columns. `skip`: rows of another width are dropped and counted in `skipped`. Raises pa.ArrowInvalid."""
    names = list(layout.names)
    if gap_names := gaps(layout):
        names = [name for pair in zip(names, [*gap_names, ""], strict=True) for name in pair][:-1]
        types = dict.fromkeys(gap_names, pa.null()) | types

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
            # Arrow's own pool uses huge pages, and allocating these can take as long as all the reading.
            memory_pool=pa.system_memory_pool(),
        )


def gaps(layout: Layout, needed: bool = True) -> list[str]:
    """Names of the columns that must be empty, between two colons, since Arrow splits at one character; if `needed`."""
    pairs = itertools.pairwise(layout.names) if needed and layout.delimiter == "::" else ()
    return [f"between {left} and {right}" for left, right in pairs]


@contextlib.contextmanager
def arrow_errors(member: Member) -> Iterator[None]:
    """Turns the errors of Arrow about a file into an InputError that names it."""
    try:
        yield
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        text = "{file} is a damaged Parquet file: {reason}."
        raise InputError("damaged", text, file=member.path, reason=reason(error)) from None


def parquet_head(member: Member) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The names of the columns of a Parquet file, and the values of its first rows as text."""
    with arrow_errors(member), arrow_parquet.ParquetFile(member.file()) as file:
        names = tuple(file.schema_arrow.names)
        head = next(file.iter_batches(batch_size=SAMPLE), None)
        rows = head.to_pylist() if head is not None else []
    return names, tuple(tuple("" if row[name] is None else str(row[name]) for name in names) for row in rows)


def names_of(column: pa.ChunkedArray) -> pd.Series:
    """Ids and words as categories of text: a whole number as its digits, a missing value as an empty name."""
    if column.type == NAME:
        return column.to_pandas()
    if pa.types.is_list(column.type) or pa.types.is_struct(column.type):
        column = pa.chunked_array([pa.array(["|".join(map(str, value or [])) for value in column.to_pylist()])])
    return column.cast(pa.string()).fill_null("").dictionary_encode().to_pandas()
