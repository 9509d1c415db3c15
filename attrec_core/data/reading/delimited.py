"""Millions of rows of a text table: Arrow reads them; when it refuses, an exact second look says which line and why."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.line_errors import count_of, holds, lines_in, refuse_faulty
from attrec_core.data.reading.quoting import settled
from attrec_core.data.reading.sources import Member
from attrec_core.errors import InputError

BLOCK = 4 << 20  # bytes; small blocks would each bring a dictionary of their own
TEXT = pa.dictionary(pa.int32(), pa.string())
WHOLE = pa.int64()
NUMBER = pa.float64()
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
    table, fault = None, ""
    if quoted and count_of(file, b'"') % 2:  # some mark may stay open
        plain = settled(member, layout)
        if not plain.quoting:
            return read_columns(member, plain, types, skip=skip)
        refuse_faulty(member, layout, skip=skip)
    try:
        table = arrow_table(file, layout, types, quoted=quoted, skipped=skipped if skip else None)
    except pa.ArrowInvalid as error:
        fault = str(error)
    if "invalid UTF8" in fault and layout.encoding.startswith("utf-8"):
        return read_columns(member, replace(layout, encoding="latin-1"), types, skip=skip)
    converts = "conversion error" not in fault
    spans = table is not None and table.num_rows + skipped.total() < lines_in(file) - layout.skip
    if quoted and (spans or (table is None and converts)):
        plain = settled(member, layout)
        if not plain.quoting:
            return read_columns(member, plain, types, skip=skip)
    if table is not None and (table.num_rows or not skipped):
        return table, layout, skipped
    # The faulty line may come before what could not be converted: then that is what to say. Where rows are left out,
    # the others may be readable as text; only where none is left is their width the fault of the whole file.
    refuse_faulty(member, layout, skip=skip and not (skipped and converts))
    if not converts:
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
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=False,
            null_values=[""],
            decimal_point="," if layout.decimal_comma else ".",
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


def short(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip().rstrip(".")[:200]
