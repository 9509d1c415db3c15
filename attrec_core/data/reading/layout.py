"""The head of a text: its encoding, its first lines, and what stands between its fields.

How a text table is laid out, found by looking at its head; each finding can be overridden and is said.
"""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from attrec_core.data.options import DELIMITERS, Options
from attrec_core.data.reading.roles import DATE_PARTS, NAMES, first_named, plain, roles_of
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


ALL_NAMES = {name for names in NAMES.values() for name in names} | set(DATE_PARTS)


@dataclass(frozen=True)
class Layout:
    """Where the fields of a text table are, and what they mean."""

    delimiter: str
    encoding: str
    header: bool
    names: tuple[str, ...]  # of the columns; "1", "2", … without a header
    skip: int  # lines before the first row: blank ones and the header
    quoting: bool  # a field may stand in quotation marks; where not `certain`, the whole file has to show it
    roles: Mapping[str, str] = field(default_factory=dict)
    sample: tuple[tuple[str, ...], ...] = ()  # fields of the first rows
    certain: bool = False
    decimal_comma: bool = False  # in the ratings: 1,5

    def values(self, name: str) -> list[str]:
        """The column in the sample."""
        place = self.names.index(name)
        return [row[place] for row in self.sample if len(row) > place]

    @property
    def choosable(self) -> bool:
        """Whether a person may say which column is which: not where the format says it."""
        return self.header or self.names == tuple(str(place) for place in range(1, len(self.names) + 1))

    def sentences(self) -> Iterator[str]:
        """What was recognised, as it is told."""
        what = "with a header" if self.header else "without a header"
        yield (
            f"A text table, {DELIMITERS[self.delimiter]} between its {len(self.names)} fields, {what}, "
            f"in {self.encoding.replace('-sig', ' with a mark (BOM)')}."
        )
        named = ", ".join(f"{role} = {name}" for role, name in self.roles.items())
        if self.certain:
            marks = "enclose fields" if self.quoting else "are part of the text"
            yield f"Quotation marks {marks}."
        counted = " (counted from 1)" if self.choosable and not self.header else ""
        yield f"Columns{counted}: {named}."
        if self.decimal_comma:
            yield "The ratings have a decimal comma: 1,5 is one and a half."


def layout_of(
    member: Member,
    options: Options,
    *,
    delimiter: str | None = None,
    header: bool | None = None,
    quoting: bool = True,
) -> Layout:
    """The layout of a file, its roles still open. delimiter, header: where the format knows them.

    Raises InputError for a file without text or columns.
    """
    head = head_of(member, options)
    cut = options.delimiter or delimiter or delimiter_of(head)
    if cut is None:
        only = first_named([head.lines[0].strip().strip('"')], ALL_NAMES)
        raise InputError(
            f"{member.shown} has no columns: its first line is not cut by a comma, tab, semicolon, bar, two colons or "
            f"space{' (its only column is ' + repr(only) + ')' if only else ''}."
        )
    quoting = quoting and cut != "::" and options.quotes != "literal"
    rows, first_end = sample_of(head, cut, quoting, member.shown)
    decided = options.header if options.header is not None else header
    if decided is None:
        decided = is_header(rows)
    if decided:
        names = tuple(name.strip() for name in rows[0])
        refuse_twice(names, member.shown)
    else:
        names = tuple(str(place) for place in range(1, len(rows[0]) + 1))
    return Layout(
        delimiter=cut,
        encoding=head.encoding,
        header=decided,
        names=names,
        skip=head.blank + first_end * decided,
        quoting=quoting,
        sample=tuple(tuple(row) for row in rows[int(decided) :]),
        certain=options.quotes is not None,
    )


def with_roles(layout: Layout, options: Options, member: Member) -> Layout:
    """Roles by the names of the columns and by what a person said."""
    roles = roles_of(layout.names, options.columns, member.shown, timeless=options.timeless)
    return replace(layout, roles=roles)


def sample_of(head: Head, delimiter: str, quoting: bool, place: str) -> tuple[list[list[str]], int]:
    """Fields of the first lines, and how many lines the first of them takes. Raises InputError for an open quote."""
    lines = head.lines[:200]
    if not quoting:
        return [fields(line, delimiter, quoting=False) for line in lines if line], 1
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    try:
        first = next(reader)
        end = reader.line_num
        # Fields may be longer than the csv module allows; those rows are no sample.
        rest = [row for row in itertools.islice(reader, 100) if row]
    except csv.Error as error:
        raise InputError(f"{place} is not a table: {str(error).rstrip('.')}.") from None
    return [first, *rest], end


def is_header(rows: list[list[str]]) -> bool:
    """Whether the first line names columns: it has a known name, or no number where lines below have some."""
    first = rows[0]
    if any(plain(name) in ALL_NAMES for name in first):
        return True
    if any(is_number(name) for name in first):
        return False
    below = rows[1:]
    # Words that come again below them are values.
    again = any(len(row) > place and row[place] == name for row in below for place, name in enumerate(first))
    return not again
