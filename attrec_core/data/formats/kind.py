"""What a format is, and what is seen of a path before it is known which format it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from attrec_core.data.interactions import Item
from attrec_core.data.options import Options, TieRule
from attrec_core.data.reading.catalogue import catalogue_beside
from attrec_core.data.reading.layout import Layout, layout_of
from attrec_core.data.reading.rows import Rows, rows_of
from attrec_core.data.reading.sources import Member, Source
from attrec_core.data.reading.table_rows import TableColumns, table_columns
from attrec_core.errors import InputError

INTERACTION_FILES = ("interactions.csv", "interactions.tsv", "interactions.parquet", "ratings.csv")
TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".txt")
DATA_ENDINGS = (*TABLE_ENDINGS, ".dat", ".inter", ".json", ".jsonl", ".ndjson", ".parquet")
# What lies beside interactions and is none.
SIDE = (
    "readme",
    "licen",
    "about",
    "movies",
    "items",
    "catalogue",
    "causes",
    "artists",
    "tags",
    "links",
    "users",
    "genome",
)


@dataclass(frozen=True)
class Look:
    """A path, opened, with what every recogniser asks about it."""

    source: Source
    options: Options

    @cached_property
    def main(self) -> Member | None:
        """The file with the interactions: the one that was named, the only one, or one whose name says so."""
        members = self.source.members
        if self.options.member is not None:
            return self.source.member(self.options.member)
        if len(members) == 1 and not self.source.path.is_dir():
            return members[0]
        named = self.source.named(*INTERACTION_FILES)
        data = [one for one in members if one.base.endswith(DATA_ENDINGS) and not one.base.startswith(SIDE)]
        return named or (data[0] if len(data) == 1 else None)

    @cached_property
    def layout(self) -> Layout | None:
        """The main file as a text table; None where it is none."""
        try:
            return layout_of(self.main, self.options) if self.main else None
        except InputError:
            return None


@dataclass(frozen=True)
class Found:
    """A recognised path: which file to read, and how. `member` may be a shortened copy, for a preview."""

    look: Look
    member: Member
    layout: Layout | None = None
    recognised: tuple[str, ...] = ()
    catalogue: Mapping[str, Item] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """One kind of input: how to know it, and how to read it."""

    name: str
    expects: str  # in words, for the sentence that says what was not found
    tie_rule: TieRule  # where nobody chooses
    recognise: Callable[[Look], Found | None]
    read: Callable[[Found, Options], Rows]


def rows_of_table(
    found: Found,
    options: Options,
    *,
    source: str,
    tie_rule: TieRule,
    others: tuple[str, ...] = (),
    refused: Callable[[TableColumns], Mapping[str, np.ndarray]] = lambda columns: {},
    years_in_titles: bool = False,
) -> Rows:
    """The rows of a text table whose roles are known. refused: what the format leaves out, by reason."""
    assert found.layout is not None
    columns = table_columns(found.member, found.layout, options, options.tie_rule or tie_rule, others)
    beside = catalogue_beside(found.look.source, options, years_in_titles=years_in_titles)

    def rows_in(columns: TableColumns) -> Rows:
        return rows_of(
            columns.users,
            columns.items,
            columns.times,
            source=source,
            tie_rule=tie_rule,
            recognised=(*found.recognised, *columns.layout.sentences()),
            ratings=columns.ratings,
            events=columns.events,
            refused={**columns.broken, **refused(columns)},
            skipped=columns.skipped,
            catalogue=beside or columns.catalogue,
            roles=columns.layout.roles,
        )

    rows = rows_in(columns)
    return rows if columns.head is None else replace(rows, ordered=columns.ordered, head=rows_in(columns.head))
