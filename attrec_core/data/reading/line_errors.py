"""A text table line by line: slow, and exact about which line is wrong. The same rows as Arrow reads."""

from __future__ import annotations

import contextlib
import csv
import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrec_core.data.reading.broken import HINT
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.quoting import LONGEST
from attrec_core.data.reading.sources import Member
from attrec_core.errors import InputError, shown


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
