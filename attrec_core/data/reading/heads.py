"""The head of a text: its encoding, its first lines, and what stands between its fields."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from attrec_core.data.options import DELIMITERS, Options
from attrec_core.data.reading.sources import HEAD, Member
from attrec_core.errors import InputError, shown

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LINES = 200  # that are looked at to tell a delimiter


@dataclass(frozen=True)
class Head:
    """The beginning of a text file. lines: without their ends, the first of them not blank; whole ones only."""

    encoding: str
    lines: tuple[str, ...]
    blank: int  # blank lines before the first
    whole: bool  # there is no more


def head_of(member: Member, options: Options) -> Head:
    """Raises InputError for a file that is empty or no text."""
    raw = member.head()
    if not raw.strip():
        raise InputError(f"{member.shown} is empty; expected a header line and one line for each interaction.")
    encoding = options.encoding or encoding_of(raw)
    if b"\0" in raw[:100_000] and not encoding.lower().startswith("utf-16"):
        raise InputError(f"{member.shown} is not a text file: it holds bytes that no text has.")
    whole = len(raw) < HEAD
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(raw, final=whole)
    except (UnicodeDecodeError, UnicodeError) as error:
        raise InputError(f"{member.shown} is not {encoding} text ({error.reason}); try another encoding.") from None
    lines = re.split(r"\r\n|\r|\n", text)
    if not whole and len(lines) > 1:
        lines.pop()  # the cut one
    while lines and not lines[-1]:
        lines.pop()
    blank = next((number for number, line in enumerate(lines) if line), len(lines))
    if blank == len(lines):
        raise InputError(f"{member.shown} is empty: its first lines are blank.")
    return Head(encoding, tuple(lines[blank:]), blank, whole)


def encoding_of(raw: bytes) -> str:
    """UTF-8, with or without a mark; UTF-16 with one; else latin-1, in which any bytes are text."""
    marked = next((name for mark, name in MARKS if raw.startswith(mark)), None)
    if marked:
        return marked
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw, final=len(raw) < HEAD)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def fields(line: str, delimiter: str, *, quoting: bool = True) -> list[str]:
    """The fields of one line."""
    if delimiter == "::" or not quoting:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def delimiter_of(head: Head) -> str | None:
    """What cuts the first line into several fields and most others into as many; None when nothing does.

    Of several the one that makes most fields; a space only where nothing else does, since texts have spaces.
    """
    lines = [line for line in head.lines[:LINES] if line]
    widths = {delimiter: [len(fields(line, delimiter)) for line in lines] for delimiter in DELIMITERS}
    found = {
        delimiter: (round(sum(width == counts[0] for width in counts) / len(counts), 1), counts[0])
        for delimiter, counts in widths.items()
        if counts[0] > 1
    }
    if "::" in found:
        return "::"
    space = found.pop(" ", None)
    if found:
        return max(found, key=found.__getitem__)
    return " " if space is not None and space[0] > 0.5 else None


def is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", text) is not None


def refuse_twice(names: Sequence[str], shown_as: str) -> None:
    """Raises InputError when a header names a column twice: nobody could say which one is meant."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{shown_as}: the column {shown(twice)} stands twice in the header.")
