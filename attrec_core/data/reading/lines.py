"""Reads a text table line by line: slowly, but exact about which line is wrong. The rows are the same as with Arrow.

Also decides whether quotation marks enclose fields or are part of them: `"7 inch` at the start of a title encloses
nothing. A mark that is not meant to close would swallow all text up to the next mark, row after row, unnoticed.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.layout import Layout
from attrec_core.errors import InputError, Place

# The fact "mend" of an error about some rows: without these rows the file could be read.
MEND = InputError(
    "mend_rows",
    "Correct the file, or leave out such rows and count them: {name:broken_rows=skip}.",
    setting="broken_rows",
)


def count_of(file: Path, sign: bytes, skip: int = 0) -> int:
    """How often a character is in a file, after the first `skip` lines."""
    with file.open("rb") as stream:
        for _ in range(skip):
            stream.readline()
        return sum(part.count(sign) for part in iter(lambda: stream.read(1 << 22), b""))


def lines_in(file: Path) -> int:
    """The number of lines in a file; the last line may have no line end."""
    with file.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, 2) - 1))
        has_end = stream.read() in (b"\n", b"")
    return count_of(file, b"\n") + (not has_end)


def lines_of(layout: Layout) -> Iterator[str]:
    """The lines after the header, with their line ends."""
    with layout.member.file().open(encoding=layout.encoding, errors="replace", newline="") as stream:
        yield from itertools.islice(stream, layout.skip, None)


def rows_with_lines(layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Each row, with the number of its first line. Raises InputError where a quotation mark is left open."""
    start = layout.skip + 1
    if layout.delimiter == "::" or not layout.quoting:
        for number, line in enumerate(lines_of(layout), start):
            if line.rstrip("\r\n"):
                yield number, line.rstrip("\r\n").split(layout.delimiter)
        return
    at_end = False

    def lines() -> Iterator[str]:
        nonlocal at_end
        yield from lines_of(layout)
        at_end = True

    reader = csv.reader(lines(), delimiter=layout.delimiter, strict=True)
    try:
        for row in reader:
            if row:
                yield start, row
            start = layout.skip + reader.line_num + 1
    except csv.Error as error:
        file = layout.member.path
        if at_end:  # a row that continues after the last line
            text = '{file} is not a table: a quotation mark (") opens near line {line} and is never closed.'
            raise InputError("open_quote", text, setting="quotes", file=file, line=start) from None
        text = "{file} is not a table: line {line}: {reason}."
        raise InputError("not_a_table", text, file=file, line=start, reason=str(error)) from None


def refuse_faulty(layout: Layout, *, skip: bool = False) -> None:
    """Raises InputError at the first line that is not a row of the table, if there is any. skip: rows of another width
    are accepted.
    """
    expected, fits = len(layout.names), False
    faulty: tuple[int, int] | None = None
    for index, (number, row) in enumerate(rows_with_lines(layout)):
        if len(row) == expected:
            fits = True
        elif faulty is None:
            faulty = (number, len(row))
        if not skip and faulty is not None and (fits or index > 1000):
            break
    if faulty is None or skip:
        return
    line, width = faulty
    if layout.header and not fits and width > expected:
        text = "{file} is not a table: its rows have more fields than the {expected} of the header."
        raise InputError("too_many_fields", text, file=layout.member.path, expected=expected)
    raise InputError(
        "other_width",
        "{file} is not a table: line {line} has {width} field{plural} where {first} has {expected}. {mend}",
        setting="broken_rows",
        file=layout.member.path,
        line=line,
        width=width,
        plural="s" * (width != 1),
        first="the header" if layout.header else "the first line",
        expected=expected,
        mend=MEND,
    )


def value_at(layout: Layout, row: int, column: str) -> tuple[Place, str]:
    """The place of a row (counted from 0) in its file, and its value in a column (parts of a time joined by spaces)."""
    line, fields = layout.skip + row + 1, list[str]()
    with contextlib.suppress(InputError):
        line, fields = next(itertools.islice(rows_with_lines(layout), row, None), (line, fields))
    parts = parts_of(column, layout.names)
    values = [fields[layout.names.index(name)] for name in parts if fields and name in layout.names]
    return Place(str(layout.member.path), line, column), " ".join(values).strip()


def with_quoting(layout: Layout) -> Layout:
    """The layout with `quoting` as the whole file shows it. Raises InputError, naming the lines, if quotation marks
    would swallow rows and are not clearly part of a text: others enclose fields, or they are in an id or a number.
    """
    if not layout.quoting or layout.certain:
        return layout
    lines = swallowed_lines(lines_of(layout), layout.delimiter, len(layout.names))
    if lines is None:
        return layout
    strict = {
        layout.names.index(name)
        for role in ("user", "item", "time", "rating")
        for name in parts_of(layout.roles.get(role, ""), layout.names)
        if name in layout.names
    }
    if not any(speaks_against(line, layout, strict) for line in lines_of(layout)):
        return replace(layout, quoting=False, certain=True)
    first, last = (layout.skip + line for line in lines)
    text = (
        '{file} is not a table: a quotation mark (") in line {line} {does}. Correct that line, or say whether the '
        "marks are part of the text ({name:quotes=literal}) or enclose fields ({name:quotes=enclose})."
    )
    does = "encloses no field" if first == last else f"would include all rows up to line {last}"
    raise InputError("swallowed_rows", text, setting="quotes", file=layout.member.path, line=first, does=does)


def swallowed_lines(lines: Iterable[str], delimiter: str, width: int) -> tuple[int, int] | None:
    """The first and last line (counted from 1) of the first lines that are rows as they stand but, because of quotation
    marks, would be read as one row or none; None if there are none.
    """
    row_lines: list[str] = []

    def noted() -> Iterator[str]:
        for line in lines:
            row_lines.append(line)
            yield line if line.endswith(("\n", "\r")) else line + "\n"

    reader, first_line = csv.reader(noted(), delimiter=delimiter, strict=True), 1
    while True:
        try:
            row, is_valid = next(reader, None), True
        except csv.Error:
            row, is_valid = [], False
        if row is None:
            return None
        fits = (len(plain_fields(line, delimiter)) == width for line in row_lines)
        if (len(row_lines) > 1 or len(row) != width) and all(fits):
            return first_line, first_line + len(row_lines) - 1
        if not is_valid:
            return None
        first_line += len(row_lines)
        row_lines.clear()


def speaks_against(line: str, layout: Layout, strict: set[int]) -> bool:
    """Whether the line shows that quotation marks are not just part of texts: it has marks in columns of ids or numbers
    (`strict`), or is a row only if marks enclose fields.
    """
    if '"' not in line:
        return False
    fields = plain_fields(line, layout.delimiter)
    if len(fields) == len(layout.names):
        return any('"' in fields[column] for column in strict)
    try:
        return len(next(csv.reader([line], delimiter=layout.delimiter, strict=True), [])) == len(layout.names)
    except csv.Error:
        return False


def plain_fields(line: str, delimiter: str) -> list[str]:
    """The fields of a line if quotation marks are part of them."""
    return line.rstrip("\r\n").split(delimiter)
