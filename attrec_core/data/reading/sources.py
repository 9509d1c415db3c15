"""An opened path: its files, the file that holds the interactions, and the layout of that file."""

from __future__ import annotations

import itertools
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.parquet as arrow_parquet

from attrec_core.data.options import Options
from attrec_core.data.reading.archives import HEAD, Member, file_errors, members_of_file
from attrec_core.data.reading.columns import NAMES, first_named, is_name, listed
from attrec_core.data.reading.delimited import BLOCK, PARQUET, arrow_errors
from attrec_core.data.reading.json_objects import closed_array, is_array, is_json, names_in
from attrec_core.data.reading.layout import Layout, encoding_of, layout_of
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
JOIN = "+"  # between the names of files that are to be joined
# A word in the name of a file → its position in time order.
ORDER = {"train": 0, "training": 0, "valid": 1, "validation": 1, "val": 1, "dev": 1, "test": 2, "testing": 2}
FULL = "full"  # in the name of a training file: it includes the validation, as in rsc15_train_full.txt
PARQUET_ROWS = 20  # in the sample of a Parquet file
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
            missing = shown(next(name for name in names if not self.called(name)))
            text, files = "{file} holds no file {wanted}; it holds: {files}.", listed(one.name for one in self.members)
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
        roles = ("user", "item") if self.options.timeless else ("user", "item", "time")
        tables = []
        for member in self.tables:
            names = table_of(member, self.options).names
            if all(getattr(self.options.columns, role) in names or first_named(names, NAMES[role]) for role in roles):
                tables.append(member)
        return tables[0] if len(tables) == 1 else None

    @cached_property
    def items(self) -> Member | None:
        """The file of items beside the interactions: one with a usual name, else the only table with columns of items
        and titles and none of users."""
        if len(self.members) < 2:
            return None
        if (member := self.named(*ITEM_FILES)) is not None or len(self.tables) > MOST_TABLES:
            return member
        tables = []
        for member in (member for member in self.tables if member is not self.main):
            table = table_of(member, Options())
            item, user, title = (first_named(table.names, NAMES[role]) for role in ("item", "user", "title"))
            if user is None and None not in (item, title):
                tables.append(member)
        return tables[0] if len(tables) == 1 else None

    @cached_property
    def layout(self) -> Layout | None:
        """The layout of the main file as a text table, without roles; None if it is not a text table."""
        return self.layout_as_table(self.main)

    def layout_as_table(self, member: Member | None, **as_the_format_has_it: Any) -> Layout | None:
        """The result of `layout_of`; None if the member is not a text table."""
        try:
            return layout_of(member, self.options, **as_the_format_has_it) if member else None
        except InputError:
            return None


def table_of(member: Member, options: Options) -> Layout:
    """The columns of a table, or the keys of JSON, with their first values; no columns if it is neither."""
    try:
        return columns_in(member, options)
    except InputError:
        return Layout(member)


def columns_in(member: Member, options: Options, *, header: bool | None = None) -> Layout:
    """The columns of a table, or the keys of JSON, with their first values. Raises InputError if it is neither."""
    if member.head(len(PARQUET)) == PARQUET:
        with arrow_errors(member), arrow_parquet.ParquetFile(member.file()) as file:
            names = tuple(file.schema_arrow.names)
            head = next(file.iter_batches(batch_size=PARQUET_ROWS), None)
            rows = head.to_pylist() if head is not None else []
        sample = (tuple(text_of_value(row[name]) for name in names) for row in rows)
        return Layout(member, names=names, sample=tuple(sample))
    if is_json(member):
        names, values = names_in(member)
        return Layout(member, names=names, sample=values)
    return layout_of(member, options, header=header)


def text_of_value(value: object) -> str:
    """A value of a Parquet file for the sample: null is "", and the parts of a list have | between them."""
    if isinstance(value, list):
        return "|".join(map(text_of_value, value))
    return "" if value is None else str(value)


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


def parts_in(members: Sequence[Member]) -> tuple[Member, ...]:
    """Files whose names differ only in words of ORDER, in time order; empty without a file for training. If there are
    none, a training file may be FULL: it includes the validation. The last word of ORDER decides: a folder may be named
    for the training, too."""
    for ignored in ((), (FULL,)):
        groups: dict[tuple[str, ...], dict[int, Member]] = {}
        for member in members:
            words = re.split(r"[./_-]+", member.name.lower())
            positions = [ORDER[word] for word in words if word in ORDER]
            if positions:
                group = groups.setdefault(tuple(word for word in words if word not in (*ORDER, *ignored)), {})
                if positions[-1] == 0 and not set(words).isdisjoint(ignored):
                    group |= {0: member, 1: member}
                group.setdefault(positions[-1], member)
        for group in groups.values():
            parts = tuple(dict.fromkeys(group[index] for index in sorted(group)))
            if 0 in group and len(parts) > 1:
                return parts
    return ()


def joined(parts: Sequence[Member], folder: Path, options: Options) -> Member:
    """One file of all rows, part after part, with the header of the first part. The text becomes UTF-8 unless an
    encoding was chosen. folder: the folder of the source.

    Raises InputError for a Parquet file, and for parts with other columns.
    """
    name = JOIN.join(part.name for part in parts)
    file = parts[0].scratch / f"joined-{abs(hash(name))}"
    layouts: list[Layout | None] = []
    for part in parts:
        if part.head(len(PARQUET)) == PARQUET:
            text = "{file} is a Parquet file; only text files are joined."
            raise InputError("parquet_part", text, setting="member", file=part.path)
        layouts.append(None if part.head(1) == b"{" else layout_of(part, options))
    has_header = layouts[0] is not None and layouts[0].header
    headers = [one.names if one and one.header and any(map(is_name, one.names)) else () for one in layouts]
    header, first_lines = headers[0], [part.head().partition(b"\n")[0].strip() for part in parts]
    with file.open("w", encoding=options.encoding or "utf-8", newline="") as out:
        for index, part in enumerate(parts):
            if headers[index] and headers[index] != header:
                text = "{file} cannot be joined to {first}: its columns are {columns}, not {expected}."
                first, expected = parts[0].name, listed(header) or "without a header"
                facts: dict[str, Any] = {"first": first, "columns": listed(headers[index]), "expected": expected}
                raise InputError("other_columns", text, setting="member", file=part.path, **facts)
            encoding = options.encoding or encoding_of(part.head())
            with file_errors(part.path), part.file().open(encoding=encoding, newline="", errors="replace") as stream:
                layout, skip = layouts[index], 0
                if headers[index] or (has_header and first_lines[index] == first_lines[0]):
                    skip = layout.skip if layout and layout.header else 1  # comments, too
                elif layout is not None:
                    skip = options.skip_lines
                for _ in range(skip if index else 0):
                    stream.readline()
                block = "\n"
                for block in iter(partial(stream.read, BLOCK), ""):
                    out.write(block)
                out.write("" if block[-1] == "\n" else "\n")
    size = file.stat().st_size
    return replace(parts[0], name=name, path=folder / name, stream=lambda: file.open("rb"), plain=file, packed=size)
