"""An opened path: its files, the file that holds the interactions, and the layout of that file."""

from __future__ import annotations

import itertools
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from attrec_core.data.options import Options
from attrec_core.data.reading.archives import HEAD, Member, file_errors, members_of_file
from attrec_core.data.reading.column_names import NAMES, first_named
from attrec_core.data.reading.columns import listed
from attrec_core.data.reading.delimited import PARQUET, parquet_head
from attrec_core.data.reading.json_objects import closed_array, is_array, is_json, names_in
from attrec_core.data.reading.layout import Layout, layout_of
from attrec_core.data.reading.parts import JOIN, joined, parts_in
from attrec_core.errors import InputError, shown
from attrec_core.storage.atomic_folder import heal
from attrec_core.storage.limits import ARCHIVE_FILES
from attrec_core.storage.uploads import check_stays

INTERACTION_FILES = ("interactions.csv", "interactions.tsv", "interactions.parquet", "ratings.csv")
# File names of tables of items beside their interactions.
ITEM_FILES = (
    *("catalogue.csv", "catalogue.tsv", "items.csv", "items.tsv", "movies.csv", "movies.dat", "artists.dat"),
    *("products.csv", "articles.csv", "catalogue.parquet", "items.parquet", "movies.parquet"),
)
TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".txt")
DATA_ENDINGS = (*TABLE_ENDINGS, ".dat", ".inter", ".json", ".jsonl", ".ndjson", ".parquet")
MOST_TABLES = 20  # of which the columns are read to find the interactions
# Beginnings of the names of files that lie beside interactions and hold none.
SIDE = (
    *("readme", "licen", "about", "movies", "items", "catalogue", "causes", "artists", "tags", "links", "users"),
    "genome",
)


@dataclass(frozen=True)
class Source:
    """All files of a path, and the options for reading it."""

    path: Path
    members: tuple[Member, ...]
    options: Options

    def named(self, *names: str) -> Member | None:
        """The file with the first of the names that is there, in any folder and in upper or lower case."""
        by_name = {member.base: member for member in reversed(self.members)}
        return next((by_name[name] for name in names if name in by_name), None)

    def ending(self, *endings: str) -> list[Member]:
        return [member for member in self.members if member.base.endswith(endings)]

    def called(self, name: str) -> Member | None:
        """The file of this name, with or without its folders."""
        return next((member for member in self.members if name in (member.name, PurePosixPath(member.name).name)), None)

    @cached_property
    def main(self) -> Member | None:
        """The file with the interactions: the chosen file, or several joined; else the only file, or a file with a
        suitable name.

        Raises InputError naming the files there are if the chosen file is not one of them.
        """
        chosen = self.options.member
        if chosen is not None:
            names = [chosen] if self.called(chosen) else chosen.split(JOIN)
            parts = [member for member in map(self.called, names) if member is not None]
            if len(parts) == len(names):
                return parts[0] if len(parts) == 1 else joined(parts, self.path, self.options)
            text, files = (
                "{file} holds no file {wanted}; it holds: {files}.",
                listed(file.name for file in self.members),
            )
            missing = shown(next(name for name in names if not self.called(name)))
            raise InputError("no_such_member", text, setting="member", file=self.path, wanted=missing, files=files)
        if len(self.members) == 1 and not self.path.is_dir():
            return self.members[0]
        return self.named(*INTERACTION_FILES) or (self.tables[0] if len(self.tables) == 1 else self.by_columns)

    @cached_property
    def tables(self) -> list[Member]:
        """The files that may hold the interactions."""
        return [member for member in self.ending(*DATA_ENDINGS) if not member.base.startswith(SIDE)]

    @cached_property
    def by_columns(self) -> Member | None:
        """Of several tables, the only one with columns of users, items and times; None if these are parts of one
        history, of which none may be left out."""
        if not 1 < len(self.tables) <= MOST_TABLES or parts_in(self.members):
            return None
        tables = [member for member in self.tables if has_interactions(member, self.options)]
        return tables[0] if len(tables) == 1 else None

    @cached_property
    def items(self) -> Member | None:
        """The file of items beside the interactions: one with a usual name, else the only table with columns of items
        and titles and none of users."""
        if len(self.members) < 2:
            return None
        if (member := self.named(*ITEM_FILES)) is not None or len(self.tables) > MOST_TABLES:
            return member
        tables = [member for member in self.tables if member is not self.main and has_titles(member)]
        return tables[0] if len(tables) == 1 else None

    @cached_property
    def layout(self) -> Layout | None:
        """The layout of the main file as a text table, without roles; None if it is not a text table."""
        try:
            return layout_of(self.main, self.options) if self.main else None
        except InputError:
            return None


def has_interactions(member: Member, options: Options) -> bool:
    """Whether the table has columns with known or chosen names for user, item and, unless `timeless`, time."""
    names = table_of(member, options).names
    roles = ("user", "item") if options.timeless else ("user", "item", "time")
    return all(getattr(options.columns, role) in names or first_named(names, NAMES[role]) for role in roles)


def has_titles(member: Member) -> bool:
    """Whether the table has columns with known names for items and titles, and none for users."""
    table = table_of(member, Options())
    item, user = (first_named(table.names, NAMES[role]) for role in ("item", "user"))
    title = first_named([name for name in table.names if name not in table.numeric], NAMES["title"])
    return user is None and None not in (item, title)


def table_of(member: Member, options: Options) -> Layout:
    """The columns of a table, or the keys of JSON, with their first values; no columns if it is neither."""
    try:
        return columns_in(member, options)
    except InputError:
        return Layout(member)


def columns_in(member: Member, options: Options, *, header: bool | None = None) -> Layout:
    """The columns of a table, or the keys of JSON, with their first values. Raises InputError if it is neither."""
    is_text = member.head(len(PARQUET)) != PARQUET
    if is_text and not is_json(member):
        return layout_of(member, options, header=header)
    names, sample = names_in(member) if is_text else parquet_head(member)
    return Layout(member, names=names, sample=sample)


@contextmanager
def open_source(path: Path, options: Options | None = None) -> Iterator[Source]:
    """The files of a path; unpacked copies are deleted after use. Raises InputError for unreadable or unsafe files."""
    with tempfile.TemporaryDirectory(prefix="attrec-", ignore_cleanup_errors=True) as scratch, ExitStack() as archives:
        heal(path)
        with file_errors(path):
            # `exists` returns False for some faults and raises for others; `stat` raises for all.
            mode = path.stat().st_mode
            if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
                raise InputError("no_file", "{file} is neither a file nor a folder.", file=path)
            files = files_of(path) if stat.S_ISDIR(mode) else [path]
            check_stays(path, files)
            all_members = (member for file in files for member in members_of_file(file, Path(scratch), archives))
            members = tuple(itertools.islice(all_members, ARCHIVE_FILES()))  # nested archives may hold any number
        yield Source(path, members, options or Options())


def head_as_file(member: Member) -> tuple[Member, bool]:
    """The member's first complete lines as a separate file, and whether they are the whole file."""
    head = member.head()
    if len(head) < HEAD:
        return member, True
    cut = head.rfind(b"\n") + 1
    # Not inside quotation marks: an open mark would swallow the rest.
    while cut > 0 and head.count(b'"', 0, cut) % 2:
        cut = head.rfind(b"\n", 0, cut - 1) + 1
    is_of_json = is_array(member)
    if (cut == 0 and not is_of_json) or head.startswith(b"PAR1"):
        return member, False
    file = member.scratch / f"head-{abs(hash(member.path))}"
    file.write_bytes(closed_array(head) if is_of_json else head[:cut])
    return replace(member, plain=file, stream=lambda: file.open("rb")), False


def files_of(folder: Path) -> list[Path]:
    """The files of a folder; if it only holds another folder, the files of that folder."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "__MACOSX")))
    files = [entry for entry in entries if entry.is_file()]
    folders = [entry for entry in entries if entry.is_dir()]
    return files_of(folders[0]) if not files and len(folders) == 1 else files
