"""Millions of rows of a text table: Arrow reads them; when it refuses, an exact second look says which line and why.

The same rows, whichever way: `line_of` and `faulty_line` read the file as Arrow does, one line after another.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import mmap
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from attrec_core.data.broken import HINT
from attrec_core.data.coded import Coded
from attrec_core.data.layout import Layout
from attrec_core.data.sources import Member
from attrec_core.errors import InputError, shown

BLOCK = 4 << 20  # bytes; small blocks would each bring a dictionary of their own
TEXT = pa.dictionary(pa.int32(), pa.string())
WHOLE = pa.int64()
NUMBER = pa.float64()
LONGEST = 1 << 20  # characters of one field
TOO_FEW, TOO_MANY = "line with too few fields", "line with too many fields"


class NotOfThisType(ValueError):  # noqa: N818 - a question to the caller
    """A column does not hold the numbers it was asked for; as text it can be read."""


def read_columns(
    member: Member, layout: Layout, types: dict[str, pa.DataType], *, skip: bool = False
) -> tuple[pa.Table, Layout, Counter[str]]:
    """The named columns, the layout with the encoding that the whole file turned out to have, and what was left out.

    Raises InputError naming the line for an open quotation mark and, unless they are to be skipped and counted by
    reason, for a row with too many or too few fields; NotOfThisType for a number that is none.
    """
    file, skipped = member.file(), Counter[str]()
    quoted = layout.quoting and holds(file, b'"', layout.skip)
    if quoted and count_of(file, b'"') % 2:
        refuse_faulty(member, layout, skip=skip)
    try:
        table = arrow_table(file, layout, types, quoted=quoted, skipped=skipped if skip else None)
        if table.num_rows or not skipped:
            return table, layout, skipped
        fault, skip = "no row has as many fields as the first", False
    except pa.ArrowInvalid as error:
        fault = str(error)
    if "invalid UTF8" in fault and layout.encoding.startswith("utf-8"):
        return read_columns(member, replace(layout, encoding="latin-1"), types, skip=skip)
    # The faulty line may come before: then that is what to say.
    refuse_faulty(member, layout, skip=skip)
    if "conversion error" in fault:
        raise NotOfThisType(fault)
    raise InputError(f"{member.shown} is not a table: {short(fault)}.")


def arrow_table(
    file: Path, layout: Layout, types: dict[str, pa.DataType], *, quoted: bool, skipped: Counter[str] | None = None
) -> pa.Table:
    """Raises pa.ArrowInvalid; not for rows of another width where these are counted in `skipped`."""

    def count(row: arrow_csv.InvalidRow) -> str:
        assert skipped is not None
        skipped[TOO_FEW if row.actual_columns < row.expected_columns else TOO_MANY] += 1
        return "skip"

    with pa.memory_map(str(file)) as source:
        return arrow_columns(
            source, layout, types, quoted=quoted, skip=layout.skip, handler=None if skipped is None else count
        )


def arrow_columns(
    source: pa.NativeFile,
    layout: Layout,
    types: dict[str, pa.DataType],
    *,
    quoted: bool,
    skip: int = 0,
    size: int | None = None,
    handler: Callable[[arrow_csv.InvalidRow], str] | None = None,
) -> pa.Table:
    """The named columns after `skip` lines. size: bytes, where all is read in one block by this thread alone;
    handler: told of each row of another width.

    Raises pa.ArrowInvalid.
    """
    names = list(layout.names)
    if layout.delimiter == "::":
        names = [name for pair in zip(names, [*gaps(layout), ""], strict=True) for name in pair][:-1]
        types = dict.fromkeys(gaps(layout), pa.null()) | types
    return arrow_csv.read_csv(
        source,
        read_options=arrow_csv.ReadOptions(
            column_names=names,
            skip_rows=skip,
            block_size=BLOCK if size is None else size + 1,
            use_threads=size is None,
            encoding={"utf-8": "utf8", "utf-8-sig": "utf8"}.get(layout.encoding, layout.encoding),
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.delimiter[0],
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            invalid_row_handler=handler,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types, include_columns=list(types), strings_can_be_null=False, null_values=[""]
        ),
        # Arrow's own memory comes in huge pages, and making these can take as long as all the reading.
        memory_pool=pa.system_memory_pool(),
    )


def gaps(layout: Layout) -> list[str]:
    """Arrow cuts at one character: between two colons lies a column that must be empty."""
    return (
        [f"between {one} and {next_}" for one, next_ in itertools.pairwise(layout.names)]
        if layout.delimiter == "::"
        else []
    )


def coded(column: pa.ChunkedArray) -> Coded:
    """A column of TEXT."""
    column = column.unify_dictionaries()
    if column.num_chunks == 0:
        return Coded(np.zeros(0, np.int32), [])
    codes = np.concatenate([chunk.indices.to_numpy(zero_copy_only=False) for chunk in column.chunks])
    return Coded(codes.astype(np.int32, copy=False), column.chunk(0).dictionary.to_pylist())


def holds(file: Path, sign: bytes, skip: int) -> bool:
    """Whether a sign is anywhere in a file that is not empty, after so many lines."""
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for _ in range(skip):
            content.readline()
        return content.find(sign, content.tell()) >= 0


def count_of(file: Path, sign: bytes) -> int:
    with file.open("rb") as stream:
        return sum(part.count(sign) for part in iter(lambda: stream.read(1 << 22), b""))


def rows_of(file: Path, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Each row and the number of the line it starts on. Raises csv.Error where a quotation mark is left open."""
    csv.field_size_limit(LONGEST)
    with file.open(encoding=layout.encoding, errors="replace", newline="") as stream:
        lines = iter(stream)
        for _ in range(layout.skip):
            next(lines, None)
        if layout.delimiter == "::" or not layout.quoting:
            for number, line in enumerate(lines, layout.skip + 1):
                if line.rstrip("\r\n"):
                    yield number, line.rstrip("\r\n").split(layout.delimiter)
            return
        reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
        start = layout.skip + 1
        try:
            for row in reader:
                if row:
                    yield start, row
                start = layout.skip + reader.line_num + 1
        except csv.Error as error:
            raise csv.Error(start, str(error)) from None


def refuse_faulty(member: Member, layout: Layout, *, skip: bool = False) -> None:
    """Raises InputError at the first line that is not a row of the table; returns when all are. skip: rows of another
    width are none of its business.
    """
    expected, fits = len(layout.names), False
    wrong: tuple[int, int] | None = None
    try:
        for place, (number, row) in enumerate(rows_of(member.file(), layout)):
            if len(row) == expected:
                fits = True
            elif wrong is None:
                wrong = (number, len(row))
            if not skip and wrong is not None and (fits or place > 1000):
                break
    except csv.Error as error:
        number, words = error.args
        if "unexpected end of data" in words:
            raise InputError(
                f'{member.shown} is not a table: a quotation mark (") opens near line {number} and is never closed.'
            ) from None
        raise InputError(f"{member.shown} is not a table: line {number}: {words}.") from None
    if wrong is None or skip:
        return
    number, width = wrong
    if layout.header and not fits and width > expected:
        raise InputError(f"{member.shown} is not a table: its rows have more fields than the {expected} of the header.")
    where = "the header has" if layout.header else "the first line has"
    raise InputError(
        f"{member.shown} is not a table: line {number} has {width} field{'s' * (width != 1)} where {where} {expected}. "
        f"{HINT}"
    )


def line_of(member: Member, layout: Layout, row: int) -> tuple[int, list[str]]:
    """The line on which a row starts, and its fields. row: counted from 0."""
    with contextlib.suppress(csv.Error):
        for place, found in enumerate(rows_of(member.file(), layout)):
            if place == row:
                return found
    return layout.skip + row + 1, []


def value_sentence(member: Member, layout: Layout, row: int, names: Sequence[str], words: str) -> str:
    """What is wrong with a value of a row, from the file itself. names: its column, or several that make it up."""
    line, fields = line_of(member, layout, row)
    values = [fields[layout.names.index(name)] if fields else "" for name in names]
    column = shown(names[0]) if len(names) == 1 else " + ".join(names)
    return f"{member.shown}, line {line}, column {column}: {shown(' '.join(values).strip())} {words}"


def short(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip().rstrip(".")[:200]
