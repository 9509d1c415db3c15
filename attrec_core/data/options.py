"""What a person may decide about reading; whatever is left at None is decided by looking at the data."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from attrec_core.errors import InputError, shown

TieRule = Literal["file-first", "file-last"]
Duplicates = Literal["keep", "drop"]
BrokenRows = Literal["refuse", "skip"]
Quotes = Literal["enclose", "literal"]
TimeKind = Literal["s", "ms", "us", "ns", "iso", "day-first", "month-first", "none"]
DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "::": "two colons", " ": "space"}
ROLES = ("user", "item", "time", "rating", "event", "title", "genres", "year")
PAPER_ACTIONS = 10  # users with fewer are dropped, on every data set of the paper but MovieLens


@dataclass(frozen=True)
class Columns:
    """Which columns hold what; None means: find it; "none" (or nothing): no column does, even where one seems to. In a
    file without a header columns are numbers from 1.

    `time` may name several, joined by "+": year, month and day (hour, minute, second), in any order.
    """

    user: str | None = None
    item: str | None = None
    time: str | None = None
    rating: str | None = None
    event: str | None = None
    title: str | None = None  # of the item, like the two below
    genres: str | None = None
    year: str | None = None

    def without(self, role: str) -> bool:
        """Whether a person said that no column plays this role."""
        return getattr(self, role) in ("", "none")


@dataclass(frozen=True)
class Options:
    """How to read, and what to keep."""

    tie_rule: TieRule | None = None
    duplicates: Duplicates = "keep"
    broken_rows: BrokenRows = "refuse"  # those that cannot be read; "skip": left out, and counted
    columns: Columns = field(default_factory=Columns)
    format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    quotes: Quotes | None = None  # whether quotation marks enclose fields or are part of the text
    time_unit: TimeKind | None = None
    min_rating: float | None = None
    events: tuple[str, ...] = ()  # kinds of event to keep; none named keeps all
    k_core: int | None = None  # users and items with fewer than k actions are dropped, again and again
    paper_filter: bool = False  # users with fewer than 10 actions, then items with fewer than `cold_items`
    cold_items: int = 1
    metadata: Path | None = None  # a table of items, instead of the one found beside the data
    member: str | None = None  # which file of a folder or an archive holds the interactions

    @property
    def timeless(self) -> bool:
        """Whether the order of the file stands for time."""
        return self.time_unit == "none" or self.columns.without("time")

    def __post_init__(self) -> None:
        for name, value, kind in (
            ("tie rule", self.tie_rule, TieRule),
            ("duplicates option", self.duplicates, Duplicates),
            ("choice for broken rows", self.broken_rows, BrokenRows),
            ("meaning of quotation marks", self.quotes, Quotes),
            ("time unit", self.time_unit, TimeKind),
        ):
            if value is not None and value not in get_args(kind):
                raise InputError(f"The {name} {shown(value)} must be {' or '.join(get_args(kind))}.")
        if self.delimiter is not None and self.delimiter not in DELIMITERS:
            known = ", ".join(f"{sign!r} ({name})" for sign, name in DELIMITERS.items())
            raise InputError(f"The delimiter {shown(self.delimiter)} must be one of: {known}.")
        if self.encoding is not None:
            check_encoding(self.encoding)
        if self.k_core is not None and not 2 <= self.k_core <= 10**6:
            raise InputError(f"The k of the k-core, {self.k_core}, must be from 2 to 1,000,000.")
        if not 1 <= self.cold_items <= 10**6:
            raise InputError(f"The actions that an item needs, {self.cold_items}, must be from 1 to 1,000,000.")
        if self.k_core is not None and self.paper_filter:
            raise InputError("A k-core and the paper's filter exclude each other: choose one of them.")
        if self.min_rating is not None and not abs(self.min_rating) < 1e300:
            raise InputError(f"The minimum rating {self.min_rating} must be a finite number.")


def check_encoding(name: str) -> None:
    """Raises InputError unless Python knows a text encoding of this name."""
    try:
        known = codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        known = False
    if not known:
        raise InputError(f"There is no text encoding {shown(name)}; try utf-8, latin-1 or utf-16.")


def words_of(options: Options) -> tuple[str, ...]:
    """Options as words of the command line, from which the command line makes them again."""
    said = {
        "--format": options.format,
        "--delimiter": options.delimiter,
        "--encoding": options.encoding,
        "--quotes": options.quotes,
        **{f"--{role}-column": getattr(options.columns, role) for role in ROLES},
        "--member": options.member,
        "--time-unit": options.time_unit,
        "--broken-rows": options.broken_rows,
        "--metadata": options.metadata,
        "--tie-rule": options.tie_rule,
        "--duplicates": options.duplicates,
        "--min-rating": options.min_rating,
        "--k-core": options.k_core,
        "--cold-items": options.cold_items,
    }
    words = [f"{name}={value}" for name, value in said.items() if value is not None]
    words += [f"--event={name}" for name in options.events]
    words += [] if options.header is None else ["--header" if options.header else "--no-header"]
    return (*words, *(["--paper-filter"] if options.paper_filter else []))
