"""The options for reading data, each defined once: its flag, its possible values and what it does. An option left at
None is decided by looking at the data.
"""

from __future__ import annotations

import codecs
import dataclasses
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from attrec_core.errors import InputError, shown

TieRule = Literal["file-first", "file-last"]
Duplicates = Literal["keep", "collapse", "drop"]
BrokenRows = Literal["refuse", "skip"]
Quotes = Literal["enclose", "literal"]
TimeKind = Literal["s", "ms", "us", "ns", "iso", "day-first", "month-first", "none"]
Stage = Literal["reading", "keeping"]  # how the data is read; which part of it is kept
Value = TypeVar("Value")
DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "::": "two colons", " ": "space"}
OF_ITEMS = ("title", "genres", "year")  # roles of columns that describe an item
ROLES = ("user", "item", "time", "rating", "event", *OF_ITEMS)
OF_METADATA = ("metadata_item", *OF_ITEMS)  # the fields of `Columns` for the file of items
COLUMNS = (*ROLES, "metadata_item")  # the fields of `Columns`
COUNTS = (  # key, what it is, and its minimum
    ("k_core", "The k of the k-core", 2),
    ("cold_items", "The actions that an item needs", 1),
    ("skip_lines", "The number of lines to skip", 0),
)
PAPER_ACTIONS = 10  # the paper drops users with fewer, in all its data sets except MovieLens


def option(
    default: Value, stage: Stage, sentence: str, *, metavar: str | None = None, name: str = "", flag: str = ""
) -> Value:
    """A field of `Options`. sentence: its help; name: what an error calls it; flag: if not derived from the key."""
    about = {"stage": stage, "sentence": sentence, "metavar": metavar, "name": name, "flag": flag}
    return dataclasses.field(default=default, metadata=about)


@dataclass(frozen=True)
class Columns:
    """The column of each role. None: it is detected; "none" or "": no column has this role, even if one seems to. In a
    file without a header, columns are numbers from 1. `time` may name several columns, joined by "+": year, month and
    day (hour, minute, second), in any order."""

    user: str | None = None
    item: str | None = None
    time: str | None = None
    rating: str | None = None
    event: str | None = None
    title: str | None = None  # of the item, like the two below; in the metadata file, if one is named
    genres: str | None = None
    year: str | None = None
    metadata_item: str | None = None  # the column of the ids in the metadata file

    def without(self, role: str) -> bool:
        """Whether a person chose that no column has this role."""
        return getattr(self, role) in ("", "none")


@dataclass(frozen=True)
class Options:
    """How to read data, and which part of it to keep."""

    # fmt: off
    tie_rule: TieRule | None = option(None, "keeping", "which of several latest rows is last", name="tie rule")
    duplicates: Duplicates | None = option(None, "keeping",
        "the same user and item again; collapse: only at the same time", name="duplicates option")
    format: str | None = option(None, "reading", "", metavar="NAME")
    delimiter: str | None = option(None, "reading", "between fields: ", metavar="SIGN")
    encoding: str | None = option(None, "reading", "of the text, such as utf-8, cp1252 or latin-1", metavar="NAME")
    header: bool | None = option(None, "reading", "the first line names the columns")
    skip_lines: int = option(0, "reading", "lines at the start of the file that are not part of its table", metavar="N")
    quotes: Quotes | None = option(None, "reading", "quotation marks enclose fields, or are part of them",
        name="meaning of quotation marks")
    columns: Columns = Columns()
    member: str | None = option(None, "reading",
        "which file of a folder or archive holds the interactions; several, with + between, are joined", metavar="FILE")
    time_unit: TimeKind | None = option(None, "reading", "of the time; none: the order of the file counts",
        name="time unit")
    broken_rows: BrokenRows = option("refuse", "reading", "rows that cannot be read: an error, or left out and counted",
        name="choice for broken rows")
    metadata: Path | None = option(None, "reading", "a table of items: id, title, genres, year", metavar="FILE")
    min_rating: float | None = option(None, "keeping", "leave out ratings below", metavar="R")
    events: tuple[str, ...] = option((), "keeping", "a kind of event to keep; repeatable", metavar="NAME",
        flag="--event")
    k_core: int | None = option(None, "keeping", "repeatedly drop users and items with fewer interactions", metavar="K")
    paper_filter: bool = option(False, "keeping", "drop users with fewer than 10 interactions, then cold items")
    cold_items: int = option(1, "keeping", "interactions that an item needs then (1)", metavar="N")
    # fmt: on

    @property
    def columns_of_rows(self) -> Columns:
        """The columns of the interactions: with a metadata file, title, genres and year are columns of that file."""
        return self.columns if self.metadata is None else replace(self.columns, **dict.fromkeys(OF_ITEMS, "none"))

    @property
    def timeless(self) -> bool:
        """Whether the order of the file is used instead of times."""
        return self.time_unit == "none" or self.columns.without("time")

    @property
    def skips(self) -> bool:
        """Whether rows that cannot be read are left out and counted."""
        return self.broken_rows == "skip"

    def __post_init__(self) -> None:
        for entry in OPTIONS:
            value = value_of(self, entry)
            if entry.choices and value is not None and value not in entry.choices:
                text, choices = "The {option} {value} must be {choices}.", " or ".join(entry.choices)
                raise InputError(
                    "not_a_choice", text, setting=entry.key, option=entry.name, value=shown(value), choices=choices
                )
        if self.delimiter is not None and self.delimiter not in DELIMITERS:
            signs = ", ".join(f"{sign!r} ({name})" for sign, name in DELIMITERS.items())
            text = "The delimiter {value} must be one of: {known}."
            raise InputError("not_a_choice", text, setting="delimiter", value=shown(self.delimiter), known=signs)
        if self.encoding is not None:
            try:
                is_text = codecs.lookup(self.encoding)._is_text_encoding
            except (LookupError, ValueError):
                is_text = False
            if not is_text:
                text = "There is no text encoding {value}; try utf-8, cp1252, latin-1 or utf-16."
                raise InputError("not_a_choice", text, setting="encoding", value=shown(self.encoding))
        for key, name, least in COUNTS:
            value = getattr(self, key)
            if value is not None and not least <= value <= 10**6:
                text = "{what}, {value}, must be from {least} to 1,000,000."
                raise InputError("out_of_range", text, setting=key, what=name, value=value, least=least)
        if self.k_core is not None and self.paper_filter:
            text = "A k-core and the paper's filter exclude each other: choose one of them."
            raise InputError("exclusive", text, setting="k_core")
        if self.min_rating is not None and not abs(self.min_rating) < 1e300:
            text = "The minimum rating {value} must be a finite number."
            raise InputError("out_of_range", text, setting="min_rating", value=self.min_rating)


@dataclass(frozen=True)
class Option:
    """One field of `Options`, or one role of `Columns`, as the command line offers it."""

    key: str
    flag: str
    stage: Stage
    sentence: str
    name: str = ""
    metavar: str | None = None
    kind: type = str  # of the value; bool: a switch, tuple: may be repeated
    choices: tuple[str, ...] = ()
    default: Any = None


def known_options() -> tuple[Option, ...]:
    """An option for each field of `Options` in order, and for each role of `Columns`."""
    types, options = get_type_hints(Options), []
    for field in dataclasses.fields(Options):
        if field.name == "columns":
            for role in COLUMNS:
                sentence = f"the column of the {role}"
                if role == "time":
                    sentence += "; several joined by + for year, month and day"
                elif role in OF_ITEMS:
                    sentence += "; with --metadata, a column of that file"
                elif role == "metadata_item":
                    sentence = "the column of the ids in the file of --metadata"
                flag = f"--{role.replace('_', '-')}-column"
                options.append(Option(f"{role}_column", flag, "reading", sentence, metavar="NAME|N|none"))
            continue
        kind = types[field.name]
        if type(None) in get_args(kind):
            kind = next(part for part in get_args(kind) if part is not type(None))
        choices = get_args(kind) if get_origin(kind) is Literal else ()
        flag = field.metadata["flag"] or f"--{field.name.replace('_', '-')}"
        attributes = {**field.metadata, "flag": flag, "choices": choices, "default": field.default}
        options.append(Option(key=field.name, kind=str if choices else get_origin(kind) or kind, **attributes))
    return tuple(options)


OPTIONS = known_options()


def value_of(options: Options, known: Option) -> Any:
    """The value of an option in `options`; for a column option, the column of its role."""
    role = known.key.removesuffix("_column")
    return getattr(options.columns, role) if role != known.key else getattr(options, known.key)


def arguments_of(options: Options) -> tuple[str, ...]:
    """The options as command-line arguments, from which the command line creates the same options."""
    arguments = []
    for entry in OPTIONS:
        value = value_of(options, entry)
        if value == entry.default:
            continue
        if entry.kind is bool:
            arguments.append(entry.flag if value else entry.flag.replace("--", "--no-"))
        else:
            values = value if entry.kind is tuple else (value,)
            arguments += [f"{entry.flag}={item}" for item in values]
    return tuple(arguments)
