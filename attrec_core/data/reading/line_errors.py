"""A text table line by line: slow, and exact about which line is wrong. The same rows as Arrow reads."""

from __future__ import annotations

import contextlib
import csv
import itertools
import mmap
from collections.abc import Iterator
from pathlib import Path

from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.faults import MEND
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.quoting import LONGEST
from attrec_core.errors import InputError, Place


def holds(file: Path, sign: bytes, skip: int) -> bool:
    """Whether a sign is anywhere in a file that is not empty, after so many lines."""
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for _ in range(skip):
            content.readline()
        return content.find(sign, content.tell()) >= 0


def count_of(file: Path, sign: bytes) -> int:
    with file.open("rb") as stream:
        return sum(part.count(sign) for part in iter(lambda: stream.read(1 << 22), b""))


def lines_in(file: Path) -> int:
    """How many lines the file has; the last one may lack its end."""
    with file.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, 2) - 1))
        closed = stream.read() in (b"\n", b"")
    return count_of(file, b"\n") + (not closed)


def rows_with_lines(layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Each row and the number of the line it starts on. Raises InputError where a quotation mark is left open."""
    csv.field_size_limit(LONGEST)
    with layout.member.file().open(encoding=layout.encoding, errors="replace", newline="") as stream:
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
            raise unreadable_line(layout, start, str(error)) from None


def unreadable_line(layout: Layout, line: int, reason: str) -> InputError:
    """What the csv module found wrong with a line."""
    if "unexpected end of data" in reason:
        text = '{file} is not a table: a quotation mark (") opens near line {line} and is never closed.'
        return InputError("open_quote", text, setting="quotes", file=layout.member.path, line=line)
    text = "{file} is not a table: line {line}: {reason}."
    return InputError("not_a_table", text, file=layout.member.path, line=line, reason=reason)


def refuse_faulty(layout: Layout, *, skip: bool = False) -> None:
    """Raises InputError at the first line that is not a row of the table; returns when all are. skip: rows of another
    width are none of its business.
    """
    expected, fits = len(layout.names), False
    wrong: tuple[int, int] | None = None
    for place, (number, row) in enumerate(rows_with_lines(layout)):
        if len(row) == expected:
            fits = True
        elif wrong is None:
            wrong = (number, len(row))
        if not skip and wrong is not None and (fits or place > 1000):
            break
    if wrong is None or skip:
        return
    line, width = wrong
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
    """Where a row (counted from 0) of the table stands in its file, and its value of a column, or of several parts."""
    line, fields = layout.skip + row + 1, []
    with contextlib.suppress(InputError):
        line, fields = next(itertools.islice(rows_with_lines(layout), row, None), (line, fields))
    parts = parts_of(column, layout.names)
    values = [fields[layout.names.index(name)] for name in parts if fields and name in layout.names]
    return Place(str(layout.member.path), line, column), " ".join(values).strip()
