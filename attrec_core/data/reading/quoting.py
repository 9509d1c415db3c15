"""Whether quotation marks enclose fields or are part of them: `"7 inch` at the start of a title encloses nothing.

A mark that is never meant to close would swallow all up to the next one, row after row, and nobody would miss them.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.layout import Layout
from attrec_core.errors import InputError

LONGEST = 1 << 20  # characters of one field


def settled(layout: Layout) -> Layout:
    """The layout with `quoting` as the whole file shows it. Raises InputError, naming the lines, where marks would
    swallow rows and are not plainly part of a text: others enclose fields, or they stand in an id or a number.
    """
    if not layout.quoting or layout.certain:
        return layout
    width, cut = len(layout.names), layout.delimiter
    lines = swallowed(lines_of(layout), cut, width)
    if lines is None:
        return layout
    strict = {
        layout.names.index(name)
        for role in ("user", "item", "time", "rating")
        for name in parts_of(layout.roles.get(role, ""), layout.names)
        if name in layout.names
    }
    if not any(speaks_against(line, cut, width, strict) for line in lines_of(layout)):
        return replace(layout, quoting=False, certain=True)
    first, last = (layout.skip + line for line in lines)
    raise InputError(
        "swallowed_rows",
        '{file} is not a table: a quotation mark (") in line {line} {does}. Mend that line, or say whether the marks '
        "are part of the text ({name:quotes=literal}) or enclose fields ({name:quotes=enclose}).",
        setting="quotes",
        file=layout.member.path,
        line=first,
        does="encloses no field" if first == last else f"would swallow all rows up to line {last}",
    )


def speaks_against(line: str, delimiter: str, width: int, strict: set[int]) -> bool:
    """Whether the line shows that marks are not just part of texts. strict: columns of ids and numbers."""
    if '"' not in line:
        return False
    fields = line.rstrip("\r\n").split(delimiter)
    if len(fields) == width:
        return any('"' in fields[place] for place in strict)
    return needs_quotes(line, delimiter, width)


def lines_of(layout: Layout) -> Iterator[str]:
    """The lines behind the header."""
    with layout.member.file().open(encoding=layout.encoding, errors="replace", newline="") as stream:
        yield from itertools.islice(stream, layout.skip, None)


def swallowed(lines: Iterable[str], delimiter: str, width: int) -> tuple[int, int] | None:
    """The first lines (counted from 1) that are rows as they stand, and that marks would make one row or none of."""
    csv.field_size_limit(LONGEST)
    taken: list[str] = []

    def noted() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line if line.endswith(("\n", "\r")) else line + "\n"

    reader, begin = csv.reader(noted(), delimiter=delimiter, strict=True), 1
    while True:
        try:
            row, sound = next(reader, None), True
        except csv.Error:
            row, sound = [], False
        if row is None:
            return None
        if (len(taken) > 1 or len(row) != width) and all(plain_width(line, delimiter) == width for line in taken):
            return begin, begin + len(taken) - 1
        if not sound:
            return None
        begin += len(taken)
        taken.clear()


def plain_width(line: str, delimiter: str) -> int:
    return len(line.rstrip("\r\n").split(delimiter))


def needs_quotes(line: str, delimiter: str, width: int) -> bool:
    """Whether the line is a row only if marks enclose fields."""
    if '"' not in line or plain_width(line, delimiter) == width:
        return False
    try:
        return len(next(csv.reader([line], delimiter=delimiter, strict=True), [])) == width
    except csv.Error:
        return False
