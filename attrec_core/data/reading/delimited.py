"""Reads tables with Arrow, millions of rows at a time; if Arrow refuses a text table, a slower reading of each line,
with the same rows, is exact about which line is wrong.

Also decides whether quotation marks enclose fields or are part of them: `"7 inch` at the start of a title encloses
nothing. A mark that is not meant to close would swallow all text up to the next mark, row after row, unnoticed.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from attrec_core.data.options import DELIMITERS
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.layout import LONGEST_FIELD, Layout
from attrec_core.errors import InputError, Place

BLOCK = 4 << 20  # bytes; not smaller, since each block has a dictionary of its own
NAME = pa.dictionary(pa.int32(), pa.string())
WHOLE = pa.int64()
NUMBER = pa.float64()
PARQUET = b"PAR1"  # the beginning of a Parquet file
# The fact "mend" of an error about some rows: without these rows the file could be read.
MEND = InputError(
    "mend_rows",
    "Correct the file, or leave out such rows and count them: {name:broken_rows=skip}.",
    setting="broken_rows",
)


def read_columns(
    layout: Layout, types: dict[str, pa.DataType], *, skip: bool = False
) -> tuple[pa.Table, Layout, Counter[str]]:
    """The named columns, the layout as found in the whole file, and the number of skipped rows by reason. If any value
    is not a number, all columns of numbers are text.

    Raises InputError naming the line for an open quotation mark and, unless `skip`, for a row with too many or too few
    fields.
    """
    file, skipped = layout.member.file(), Counter[str]()
    marks = signs_in(file, b'"', layout.skip) if layout.quoting else 0
    if marks % 2:  # a quotation mark may stay open
        layout = with_quoting(layout)
        if layout.quoting:
            refuse_faulty(layout, skip=skip)
    quoted, table = layout.quoting and marks > 0, None
    # If a value is not a number, all numbers are read as text; if the text is not in its encoding, it is read as cp1252
    # or, for bytes that cp1252 lacks, as latin-1.
    text_types = {name: pa.string() if kind in (WHOLE, NUMBER) else kind for name, kind in types.items()}
    wider = {"utf-8": ["cp1252", "latin-1"], "utf-8-sig": ["cp1252", "latin-1"], "cp1252": ["latin-1"]}
    attempts = [layout, *(replace(layout, encoding=name) for name in wider.get(layout.encoding, []))]
    for attempt, kinds in itertools.product(attempts, [types, text_types]):
        skipped.clear()
        try:
            table, layout = arrow_table(attempt, kinds, quoted=quoted, skip=skip, skipped=skipped), attempt
            break
        except (pa.ArrowInvalid, UnicodeDecodeError):
            continue
    if quoted and (table is None or table.num_rows + skipped.total() < lines_in(file) - layout.skip):
        unquoted = with_quoting(layout)
        if not unquoted.quoting:
            return read_columns(unquoted, types, skip=skip)
    if table is not None and (table.num_rows or not skipped):
        return table, layout, skipped
    refuse_faulty(layout, skip=skip and not skipped)  # if no row is left, the width of rows is a fault of the file
    text = "{file} is not a table: not every row is cut into {count} columns by {delimiter} alone."
    path, names = layout.member.path, len(layout.names)
    raise InputError("not_a_table", text, file=path, count=names, delimiter=DELIMITERS[layout.delimiter])


def arrow_table(
    layout: Layout, types: dict[str, pa.DataType], *, quoted: bool, skip: bool, skipped: Counter[str]
) -> pa.Table:
    """The named columns. `skip`: rows of another width are dropped and counted in `skipped`. Raises pa.ArrowInvalid."""
    if next(lines_of(layout), None) is None:  # Arrow cannot skip a last line without a line end
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    names = list(layout.names)
    if gap_names := gaps(layout):
        names = [name for pair in zip(names, [*gap_names, ""], strict=True) for name in pair][:-1]
        types = dict.fromkeys(gap_names, pa.null()) | types

    def left_out(row: arrow_csv.InvalidRow) -> str:
        skipped[f"line with too {'few' if row.actual_columns < row.expected_columns else 'many'} fields"] += 1
        return "skip"

    encoding = {"utf-8": "utf8", "utf-8-sig": "utf8"}.get(layout.encoding, layout.encoding)
    read = arrow_csv.ReadOptions(column_names=names, skip_rows=layout.skip, block_size=BLOCK, encoding=encoding)
    parse = arrow_csv.ParseOptions(delimiter=layout.delimiter[0], newlines_in_values=quoted)
    parse.quote_char = '"' if quoted else False
    if skip:
        parse.invalid_row_handler = left_out
    convert = arrow_csv.ConvertOptions(column_types=types, include_columns=list(types), null_values=[""])
    convert.decimal_point = "," if layout.decimal_comma else "."
    with pa.memory_map(str(layout.member.file())) as source:
        # Arrow's own pool uses huge pages, and allocating these can take as long as all the reading.
        return arrow_csv.read_csv(source, read, parse, convert, memory_pool=pa.system_memory_pool())


def gaps(layout: Layout, needed: bool = True) -> list[str]:
    """Names of the columns that must be empty, between two colons, since Arrow splits at one character; if `needed`."""
    pairs = itertools.pairwise(layout.names) if needed and layout.delimiter == "::" else ()
    return [f"between {left} and {right}" for left, right in pairs]


def signs_in(file: Path, sign: bytes, skip: int = 0) -> int:
    """How often a character is in a file, after the first `skip` lines."""
    with file.open("rb") as stream:
        for _ in range(skip):
            stream.readline()
        return sum(part.count(sign) for part in iter(lambda: stream.read(1 << 22), b""))


def lines_in(file: Path) -> int:
    """The number of lines in a file; the last line may have no line end."""
    with file.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, 2) - 1))
        return signs_in(file, b"\n") + (stream.read() not in (b"\n", b""))


def lines_of(layout: Layout) -> Iterator[str]:
    """The lines after the header, with their line ends."""
    with layout.member.file().open(encoding=layout.encoding, errors="replace", newline="") as stream:
        yield from itertools.islice(stream, layout.skip, None)


def plain_fields(line: str, layout: Layout) -> list[str]:
    """The fields of a line if quotation marks are part of them."""
    return line.rstrip("\r\n").split(layout.delimiter)


def records(layout: Layout) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """The number of the last line of each row after the header, and the row's fields: none in a blank line; at last an
    error where quotation marks enclose no fields."""
    skip, lines = layout.skip, lines_of(layout)
    if layout.delimiter == "::" or not layout.quoting:
        for number, line in enumerate(lines, skip + 1):
            yield number, plain_fields(line, layout) if line.rstrip("\r\n") else []
        return
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    try:
        for row in reader:
            yield skip + reader.line_num, row
    except csv.Error as error:
        yield skip + reader.line_num, error


def rows_with_lines(layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Each row, with the number of its first line. Raises InputError where a quotation mark is left open."""
    start, file = layout.skip + 1, layout.member.path
    for end, row in records(layout):
        if not isinstance(row, list):
            if "end of data" in str(row):  # a row that continues after the last line
                text = (
                    '{file} is not a table: a quotation mark (") opens near line {line} and is never closed. Close it, '
                    "or say that the marks are part of the text ({name:quotes=literal})."
                )
                raise InputError("open_quote", text, setting="quotes", file=file, line=start)
            text = (
                '{file} is not a table: in line {line}, a quotation mark (") does not enclose a whole field, or a '
                "field has more than {most:,} characters. Correct that line."
            )
            raise InputError("not_a_table", text, file=file, line=start, most=LONGEST_FIELD)
        if row:
            yield start, row
        start = end + 1


def refuse_faulty(layout: Layout, *, skip: bool = False) -> None:
    """Raises InputError at the first line that is not a row of the table, if there is any. skip: rows of another width
    are accepted.
    """
    expected, fits, line, width = len(layout.names), False, 0, 0
    for index, (number, row) in enumerate(rows_with_lines(layout)):
        if len(row) == expected:
            fits = True
        elif not line:
            line, width = number, len(row)
        if line and not skip and (fits or index > 1000):
            break
    if skip or not line:
        return
    if layout.header and not fits and width > expected:
        text = "{file} is not a table: its rows have more fields than the {expected} of the header."
        raise InputError("too_many_fields", text, file=layout.member.path, expected=expected)
    facts: dict[str, Any] = {"file": layout.member.path, "line": line, "width": width}
    first = "the header" if layout.header else "the first line" if layout.choosable else "the format"
    facts |= {"plural": "" if width == 1 else "s", "first": first, "expected": expected, "mend": MEND}
    text = "{file} is not a table: line {line} has {width} field{plural} where {first} has {expected}. {mend}"
    raise InputError("other_width", text, setting="broken_rows", **facts)


def value_at(layout: Layout, row: int, column: str) -> tuple[Place, str]:
    """The place of a row in its file, and its value in a column (parts of a time joined by spaces). row: counted from 0
    among the rows of full width."""
    line, fields, width = layout.skip + row + 1, list[str](), len(layout.names)
    rows = (numbered_row for numbered_row in rows_with_lines(layout) if len(numbered_row[1]) == width)
    with contextlib.suppress(InputError):
        line, fields = next(itertools.islice(rows, row, None), (line, fields))
    parts = parts_of(column, layout.names)
    values = [fields[layout.names.index(name)] for name in parts if fields and name in layout.names]
    return Place(str(layout.member.path), line, column), " ".join(values).strip()


def with_quoting(layout: Layout) -> Layout:
    """The layout with `quoting` as the whole file shows it. Raises InputError, naming the lines, if quotation marks
    would swallow rows and are not clearly part of a text: others enclose fields, or they are in an id or a number.
    """
    if not layout.quoting or layout.certain or (swallowed := swallowed_lines(layout)) is None:
        return layout
    roles = [parts_of(layout.roles.get(role, ""), layout.names) for role in ("user", "item", "time", "rating")]
    strict = {layout.names.index(name) for parts in roles for name in parts if name in layout.names}
    if not any(speaks_against(line, layout, strict) for line in lines_of(layout) if '"' in line):
        return replace(layout, quoting=False, certain=True)
    first, last = swallowed
    text = (
        '{file} is not a table: a quotation mark (") in line {line} {does}. Correct that line, or say whether the '
        "marks are part of the text ({name:quotes=literal}) or enclose fields ({name:quotes=enclose})."
    )
    does = "encloses no field" if first == last else f"would include all rows up to line {last}"
    raise InputError("swallowed_rows", text, setting="quotes", file=layout.member.path, line=first, does=does)


def swallowed_lines(layout: Layout) -> tuple[int, int] | None:
    """The numbers of the first and last line of the first lines that are rows as they stand but, because of quotation
    marks, would be read as one row or none; None if there are none.
    """
    start, width, all_lines = layout.skip + 1, len(layout.names), lines_of(layout)
    for end, row in records(layout):
        is_row = start == end and isinstance(row, list) and len(row) == width
        lines = list(itertools.islice(all_lines, end - start + 1))
        if not is_row and all(len(plain_fields(line, layout)) == width for line in lines):
            return start, end
        start = end + 1
    return None


def speaks_against(line: str, layout: Layout, strict: set[int]) -> bool:
    """Whether a line with quotation marks shows that they are not just part of texts: it has marks in columns of ids or
    numbers (`strict`), or is a row only if marks enclose fields.
    """
    fields = plain_fields(line, layout)
    if len(fields) == len(layout.names):
        return any('"' in fields[column] for column in strict)
    with contextlib.suppress(csv.Error):
        return len(next(csv.reader([line], delimiter=layout.delimiter, strict=True))) == len(layout.names)
    return False


@contextlib.contextmanager
def arrow_errors(member: Member) -> Iterator[None]:
    """Turns the errors of Arrow about a file into an InputError that names it."""
    try:
        yield
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError):
        text = "{file} is a damaged Parquet file. Download it or write it again."
        raise InputError("damaged", text, file=member.path) from None


def names_of(column: pa.ChunkedArray) -> pd.Series:
    """Ids and words as categories of text: a whole number as its digits, a missing value as an empty name."""
    if column.type == NAME:
        return column.to_pandas()
    if pa.types.is_list(column.type) or pa.types.is_struct(column.type):
        column = pa.chunked_array([pa.array(["|".join(map(str, value or [])) for value in column.to_pylist()])])
    return column.cast(pa.string()).fill_null("").dictionary_encode().to_pandas()
