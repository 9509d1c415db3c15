"""What can be said about data on the command line, and the options that come of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from attrec_core.data import Columns, Options
from attrec_core.data.formats import FORMATS
from attrec_core.data.options import DELIMITERS, ROLES, BrokenRows, Quotes, TimeKind

NAMED = {name: sign for sign, name in DELIMITERS.items()} | {"\\t": "\t"}


def add_data(command: argparse.ArgumentParser) -> None:
    """DATA and everything about reading it; whatever is not said is found by looking."""
    command.add_argument("data", type=Path, metavar="DATA", help="a file or folder, packed or not, or a data set")
    how = command.add_argument_group("how to read it (else found by looking)")
    how.add_argument("--format", choices=[one.name for one in FORMATS], metavar="NAME", help=", ".join(known_formats()))
    how.add_argument("--delimiter", type=delimiter, metavar="SIGN", help="between fields: " + ", ".join(NAMED))
    how.add_argument("--encoding", metavar="NAME", help="of the text, such as utf-8 or latin-1")
    how.add_argument("--header", action=argparse.BooleanOptionalAction, help="the first line names the columns")
    how.add_argument("--quotes", choices=get_args(Quotes), help="quotation marks enclose fields, or are part of them")
    for role in ROLES:
        more = "; several joined by + for year, month and day" if role == "time" else ""
        how.add_argument(
            f"--{role}-column",
            metavar="NAME",
            help=f"the column (its name, or its number from 1; none: no column) of the {role}{more}",
        )
    how.add_argument("--member", metavar="FILE", help="which file of a folder or archive holds the interactions")
    how.add_argument("--time-unit", choices=get_args(TimeKind), help="of the time; none: the order of the file counts")
    how.add_argument(
        "--broken-rows",
        choices=get_args(BrokenRows),
        default="refuse",
        help="rows that cannot be read: an error, or left out and counted",
    )
    how.add_argument("--metadata", type=Path, metavar="FILE", help="a table of items: id, title, genres, year")
    keep = command.add_argument_group("what to keep")
    keep.add_argument("--tie-rule", choices=("file-first", "file-last"), help="which of several latest rows is last")
    keep.add_argument("--duplicates", choices=("keep", "drop"), default="keep", help="the same user and item again")
    keep.add_argument("--min-rating", type=float, metavar="R", help="leave out ratings below")
    keep.add_argument(
        "--event", action="append", default=[], metavar="NAME", help="a kind of event to keep; repeatable"
    )
    keep.add_argument("--k-core", type=int, metavar="K", help="leave out users and items with fewer actions, in turn")
    keep.add_argument("--paper-filter", action="store_true", help="users with fewer than 10 actions, then cold items")
    keep.add_argument("--cold-items", type=int, default=1, metavar="N", help="actions an item needs then (1)")
    command.add_argument("--json", action="store_true", help="answer as JSON")


def known_formats() -> list[str]:
    return [one.name for one in FORMATS]


def delimiter(text: str) -> str:
    """The sign itself, or its name."""
    return NAMED.get(text, text)


def reading_options(options: argparse.Namespace) -> Options:
    """Raises InputError for a choice that cannot be."""
    return Options(
        tie_rule=options.tie_rule,
        duplicates=options.duplicates,
        broken_rows=options.broken_rows,
        columns=Columns(**{role: getattr(options, f"{role}_column") for role in ROLES}),
        format=options.format,
        delimiter=options.delimiter,
        encoding=options.encoding,
        header=options.header,
        quotes=options.quotes,
        time_unit=options.time_unit,
        min_rating=options.min_rating,
        events=tuple(options.event),
        k_core=options.k_core,
        paper_filter=options.paper_filter,
        cold_items=options.cold_items,
        metadata=options.metadata,
        member=options.member,
    )
