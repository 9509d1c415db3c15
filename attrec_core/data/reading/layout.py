"""The layout of a file: its encoding, fields and header, as detected in the head of the file or chosen by a person.
Each finding is reported.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from attrec_core.data.options import DELIMITERS, Options
from attrec_core.data.reading.archives import HEAD, Member
from attrec_core.data.reading.columns import is_name, roles_of
from attrec_core.errors import InputError, Place, count_of, shown

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
LINES = 200  # lines that are read to detect the delimiter
MOST_ABOVE = 20  # lines above a table that are recognised as such
LONGEST_FIELD = 1 << 20  # characters
csv.field_size_limit(LONGEST_FIELD)  # the csv module allows fewer; this holds for the whole process


@dataclass(frozen=True)
class Layout:
    """Which file of a source to read, and how: its fields, and what they mean."""

    member: Member
    recognised: tuple[str, ...] = ()  # sentences of the format that recognised it
    format: str = ""  # if it is more specific than the format that recognised the file
    names: tuple[str, ...] = ()  # of the columns, if it has any; "1", "2", … without a header
    sample: tuple[tuple[str, ...], ...] = ()  # fields of the first rows
    roles: Mapping[str, str] = field(default_factory=dict)
    # For a text table only:
    delimiter: str = ""
    encoding: str = "utf-8"
    header: bool = True
    skip: int = 0  # lines before the first row: those above the table, blank ones, comments and the header
    above: int = 0  # lines above the table that a person leaves out
    comments: int = 0  # lines at the start that are comments (# …), with blank ones between them
    quoting: bool = False  # fields may be in quotation marks; unless `certain`, the whole file must show it
    certain: bool = False
    decimal_comma: bool = False  # in the ratings: 1,5

    def values(self, name: str) -> list[str]:
        """The values of a column in the sample."""
        position = self.names.index(name)
        return [row[position] for row in self.sample if len(row) > position]

    @property
    def choosable(self) -> bool:
        """Whether a person may choose the columns: not if the format determines them."""
        return bool(self.names) and (self.header or self.names == numbered(len(self.names)))

    def sentences(self) -> Iterator[str]:
        """Sentences for people about what was recognised of a text table."""
        header = "with a header" if self.header else "without a header"
        yield (
            f"Text table with {len(self.names)} columns (delimiter: {DELIMITERS[self.delimiter]}), {header}, "
            f"{self.encoding.replace('-sig', ' with a mark (BOM)')}."
        )
        if self.above:
            yield f"{count_of(self.above, 'line')} above the table left out, as chosen."
        if self.comments:
            yield f"{count_of(self.comments, 'line')} before the table left out, as comments (#)."
        if self.certain:
            yield f"Quotation marks {'enclose fields' if self.quoting else 'are part of the text'}."
        numbering = " (counted from 1)" if self.choosable and not self.header else ""
        yield f"Columns{numbering}: {self.roles_told()}."
        if self.decimal_comma:
            yield "Ratings with a decimal comma (1,5 is 1.5)."

    def roles_told(self) -> str:
        return ", ".join(f"{role} = {name}" for role, name in self.roles.items())

    def with_roles(self, options: Options, *recognised: str) -> Layout:
        """The layout with roles, by the names of the columns and the choices of a person, and the format's sentences.

        Raises InputError if a required role has no column.
        """
        choice, file = options.columns_of_rows, self.member.path
        roles = roles_of(self.names, choice, file, timeless=options.timeless)
        return replace(self, roles=roles, recognised=recognised or self.recognised)


def layout_of(
    member: Member, options: Options, *, delimiter: str | None = None, header: bool | None = None, quoting: bool = True
) -> Layout:
    """The layout of a text table, without roles. delimiter, header: if the format determines them.

    Raises InputError for a file without text or columns.
    """
    encoding, before, lines = head_of(member, options)
    delimiter = options.delimiter or delimiter
    comments = comments_before(lines, delimiter)
    lines, before = lines[comments:], before + comments
    separator = delimiter or delimiter_of(lines)
    if separator is None:
        refuse_lines_above(member, before, lines, delimiter)
        text = (
            "{file} has no columns: no comma, tab, semicolon, bar, two colons or space cuts most of its lines into as "
            "many fields as its first line."
        )
        raise InputError("no_columns", text, setting="delimiter", file=member.path)
    quoting = quoting and separator != "::" and options.quotes != "literal"
    rows, first_end = sample_of(lines, separator, quoting, member.path)
    if len(rows) > 1 and all(len(row) != len(rows[0]) for row in rows[1:]):
        refuse_lines_above(member, before, lines, delimiter)
    first = [name.strip() for name in rows[0]]
    first[0] = first[0].lstrip("# ") or first[0]  # "# user,item" is a header written as a comment, "#" a column
    with_header = options.header if options.header is not None else header
    if with_header is None:
        with_header = is_header(first, rows[1:])
    names = tuple(first) if with_header else numbered(len(first))
    # A name that is there twice would not show which column is meant.
    if repeated := [name for name, times in Counter(names).items() if times > 1]:
        refuse_lines_above(member, before, lines, delimiter)
        text = "the column {column} appears twice in the header."
        raise InputError("column_twice", text, place=Place(str(member.path)), column=shown(repeated[0]))
    return Layout(
        member,
        names=names,
        sample=tuple(tuple(row) for row in rows[int(with_header) :]),
        delimiter=separator,
        encoding=encoding,
        header=with_header,
        skip=before + first_end * with_header,
        above=options.skip_lines,
        comments=comments,
        quoting=quoting,
        certain=options.quotes is not None,
    )


def numbered(columns: int) -> tuple[str, ...]:
    """The names of columns without a header."""
    return tuple(str(number) for number in range(1, columns + 1))


def head_of(member: Member, options: Options) -> tuple[str, int, list[str]]:
    """The encoding of a text, the number of lines to skip and of blank lines after these, and the complete lines of its
    head after all these.

    Raises InputError for a file that is empty or not text.
    """
    raw, file = member.head(), member.path
    if not raw.strip():
        text = "{file} is empty; expected a header line and one line for each interaction."
        raise InputError("empty", text, file=file)
    encoding = options.encoding or encoding_of(raw)
    if b"\0" in raw[:100_000] and not encoding.lower().startswith("utf-16"):
        text = "{file} is not a text file (binary data); use CSV, TSV, JSON lines, Parquet or a .zip of them."
        raise InputError("no_text", text, file=file)
    whole = len(raw) < HEAD
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(raw, final=whole)
    except UnicodeError:
        text = "{file} is not {encoding} text; try another encoding."
        raise InputError("other_encoding", text, setting="encoding", file=file, encoding=encoding) from None
    lines = re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))
    if not whole and len(lines) > 1:
        lines.pop()  # the incomplete last line
    lines, skip = lines[options.skip_lines :], options.skip_lines
    if skip and not any(map(str.strip, lines)):
        text = "{file} has no text after the {lines} that are left out: {name} must be smaller."
        raise InputError("empty", text, setting="skip_lines", file=file, lines=count_of(skip, "line"))
    if not any(map(str.strip, lines)):
        raise InputError("empty", "{file} is empty: its first lines are blank.", file=file)
    blank = next(number for number, line in enumerate(lines) if line)
    return encoding, skip + blank, lines[blank:]


def encoding_of(raw: bytes) -> str:
    """The encoding: UTF-8, with or without a byte order mark; UTF-16 with one; else cp1252, or latin-1 for bytes that
    cp1252 lacks. Both have the same letters, but only cp1252 has € and “, where latin-1 has control characters.
    """
    for mark, name in MARKS:
        if raw.startswith(mark):
            return name
    for name in ("utf-8", "cp1252"):
        with contextlib.suppress(UnicodeDecodeError):
            codecs.getincrementaldecoder(name)().decode(raw, final=len(raw) < HEAD)
            return name
    return "latin-1"


def fields(line: str, delimiter: str) -> list[str]:
    """The fields of one line, which may be in quotation marks."""
    with contextlib.suppress(csv.Error):
        if delimiter != "::":
            return next(csv.reader([line], delimiter=delimiter), [])
    return line.split(delimiter)


def comments_before(lines: Sequence[str], delimiter: str | None) -> int:
    """The number of lines before a table that are comments: they begin with # and are no row of the table below. A
    header or an id may begin with #, too.
    """
    count = next((number for number, line in enumerate(lines) if line and not line.startswith("#")), 0)
    separator = (delimiter or delimiter_of(lines[count:])) if count else None
    if separator is None:
        return 0
    rows = [fields(line, separator) for line in lines[: count + 1]]
    # Where spaces separate the fields, "# on Monday" may be as wide as a row.
    is_comment = [len(row) != len(rows[-1]) or (separator == " " and row[0] == "#") for row in rows]
    return is_comment.index(False)


def delimiter_of(lines: Sequence[str]) -> str | None:
    """The delimiter that splits the first line into several fields and most lines into as many; None if there is none.

    Of several delimiters, the one with most such lines, then most fields; a space only if there is no other, since
    texts contain spaces.
    """
    lines = [line for line in lines[:LINES] if line]
    widths = {delimiter: [len(fields(line, delimiter)) for line in lines] for delimiter in DELIMITERS}
    likeness = {
        delimiter: (round(sum(width == counts[0] for width in counts) / len(counts), 1), counts[0])
        for delimiter, counts in widths.items()
        if counts[0] > 1
    }
    if "::" in likeness:
        return "::"
    space = likeness.pop(" ", None)
    if likeness:
        return max(likeness, key=likeness.__getitem__)
    return " " if space is not None and space[0] > 0.5 else None


def lines_above(lines: Sequence[str], delimiter: str | None) -> int:
    """The number of lines above the first that looks like the header of a table, such as the date of an export; 0 if
    none does. Several rows have to follow it. A space separates no fields here, since texts contain spaces."""
    for count in range(1, min(len(lines), MOST_ABOVE + 1)):
        below = [line for line in lines[count:][:LINES] if line]
        separator = delimiter or delimiter_of(below)
        if not lines[count].strip() or separator is None or separator == " ":
            continue
        first, *rows = [[field.strip() for field in fields(line, separator)] for line in below]
        alike = sum(len(row) == len(first) for row in rows)
        if alike >= 3 and alike > 0.9 * len(rows) and len(set(first)) == len(first) > 1 and is_header(first, rows):
            return count
    return 0


def refuse_lines_above(member: Member, before: int, lines: Sequence[str], delimiter: str | None) -> None:
    """Raises InputError, naming the header, if lines are above a table. before: how many the file has before these."""
    if above := lines_above(lines, delimiter):
        text = (
            "{file} does not begin with a table: line {line} looks like its header ({header}). To leave out what is "
            "above it, {choose:skip_lines={count}}."
        )
        facts: dict[str, Any] = {"file": member.path, "count": before + above, "line": before + above + 1}
        raise InputError("lines_above", text, setting="skip_lines", header=shown(lines[above].strip()), **facts)


def sample_of(lines: Sequence[str], delimiter: str, quoting: bool, file: Path) -> tuple[list[list[str]], int]:
    """The rows of the first lines, and the number of lines of the first row. Raises InputError for an open quote."""
    lines = lines[:LINES]
    if not quoting:
        return [line.split(delimiter) for line in lines if line], 1
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    try:
        first = next(reader)
        end = reader.line_num
        rest = [row for row in itertools.islice(reader, 100) if row]
    except csv.Error:
        text = "{file} is not a table: a field in its first lines has more than {most:,} characters."
        raise InputError("not_a_table", text, file=file, most=LONGEST_FIELD) from None
    return [first, *rest], end


def is_header(first: list[str], below: list[list[str]]) -> bool:
    """Whether the first row is a header: it has a known name, or no number and no name that a row below repeats."""
    if any(map(is_name, first)):
        return True
    if any(map(NUMBER.fullmatch, first)):
        return False
    # Words that are repeated below, in the same column, are values.
    is_repeated = any(
        len(row) > index and row[index].strip() == name for row in below for index, name in enumerate(first)
    )
    return not is_repeated
