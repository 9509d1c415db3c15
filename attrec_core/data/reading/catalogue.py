"""The metadata of items besides their ids: title, genres, year; from the table itself or a separate file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as arrow_parquet

from attrec_core.data.interactions import Item
from attrec_core.data.options import Options
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.columns import NAMES, first_named, listed, title_beside, whole_ids
from attrec_core.data.reading.delimited import PARQUET, arrow_errors, names_of
from attrec_core.data.reading.json_objects import is_json, names_in, objects_in, text_of, value_of
from attrec_core.data.reading.layout import layout_of
from attrec_core.data.reading.lines import rows_with_lines, with_quoting
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source, open_source
from attrec_core.errors import InputError, Place

OF_ITEMS = ("title", "genres", "year")  # roles of columns that describe the item
# File names of catalogues beside their data.
FILES = (
    *("catalogue.csv", "catalogue.tsv", "items.csv", "items.tsv", "movies.csv", "movies.dat", "artists.dat"),
    *("products.csv", "articles.csv", "catalogue.parquet", "items.parquet", "movies.parquet"),
)


def items_of_columns(items: pd.Series, columns: Mapping[str, pd.Series]) -> dict[str, Item]:
    """Title, genres and year of each item, if the interactions have these columns; an item's first row counts.

    items, columns: categories of text.
    """
    if "title" not in columns and "genres" not in columns:
        return {}
    table = pd.DataFrame({"item": items, **columns})[~items.duplicated()].astype(str)
    title, genres, year = (table[role].str.strip() if role in table else [""] * len(table) for role in OF_ITEMS)
    rows = zip(table["item"], title, genres, year, strict=True)
    return {item: Item(title, genre_list(genres), year) for item, title, genres, year in rows}


def genre_list(text: str) -> tuple[str, ...]:
    """ "Crime|Drama" → ("Crime", "Drama"); "(no genres listed)", as in data sets, is left out."""
    return tuple(part.strip() for part in text.split("|") if part.strip() and not part.startswith("(no genres"))


def title_and_year(text: str) -> tuple[str, str]:
    """ "Full Monty, The (1997)" → ("The Full Monty", "1997")."""
    dated = re.fullmatch(r"(.*?)\s*\((\d{4})\)\s*", text)
    title, year = (dated[1], dated[2]) if dated else (text.strip(), "")
    article = re.fullmatch(r"(.*), (The|A|An)", title)
    return (f"{article[2]} {article[1]}" if article else title), year


def catalogue_beside(source: Source) -> tuple[dict[str, Item], str]:
    """Items and name of the file that a person chose, else of a catalogue beside the data; empty if there is none."""
    metadata = source.options.metadata
    if metadata is not None:
        with open_source(metadata) as chosen:
            if len(chosen.members) != 1:
                text = "{file} does not hold exactly one file; name the file with the items."
                raise InputError("several_files", text, setting="metadata", file=metadata)
            return items_in(chosen.members[0], source.options.columns.item), chosen.members[0].name
    member = source.named(*FILES) if len(source.members) > 1 else None
    return (items_in(member), member.name) if member else ({}, "")


def join_catalogue(rows: Rows, *, named: bool) -> Rows:
    """Joins a catalogue file to rows and says how many of their items it has. Renumbered items are not joined, unless
    a person chose the file (`named`).
    """
    if not rows.titles_from:
        return rows
    rows = replace(rows, catalogue=dict(zip(whole_ids(rows.catalogue), rows.catalogue.values(), strict=True)))
    all_names = rows.names("item")
    names = [all_names[code] for code in np.flatnonzero(np.bincount(rows.codes("item")))]
    count = f"{sum(name in rows.catalogue for name in names):,} of {len(names):,} items"
    if not named and renumbered(names, rows.catalogue):
        remark = (
            f"No titles: the items are numbered without a gap and those of {rows.titles_from} are not, so the same "
            f"number ({count}) may mean another item. Give that file as metadata to join it all the same."
        )
        return replace(rows, catalogue={}, remarks=(*rows.remarks, remark))
    return replace(rows, recognised=(*rows.recognised, f"Titles from {rows.titles_from}: it has {count}."))


def renumbered(names: Sequence[str], catalogue: Iterable[str]) -> bool:
    """Whether the names are gapless numbers from 0 or 1, while the numbers of the catalogue have gaps and go higher."""
    numbers, catalogue_numbers = (
        {int(name) for name in ids if name.isascii() and name.isdecimal()} for ids in (names, catalogue)
    )
    return (
        len(numbers) == len(names)
        and is_gapless(numbers)
        and not is_gapless(catalogue_numbers)
        and max(catalogue_numbers, default=0) > max(numbers)
    )


def is_gapless(numbers: Collection[int]) -> bool:
    return len(numbers) > 0 and min(numbers) <= 1 and max(numbers) - min(numbers) == len(numbers) - 1


def items_in(member: Member, chosen: str | None = None) -> dict[str, Item]:
    """Items by id, from a table or from lines of JSON. chosen: the item column of the interactions, if a person named
    it. Raises InputError if the file has no item column or is damaged.
    """
    if is_json(member):
        return items_in_json(member, chosen)
    if member.head(len(PARQUET)) == PARQUET:
        return items_in_parquet(member, chosen)
    two_colons = member.base == "movies.dat" and b"::" in member.head(4096).partition(b"\n")[0]
    layout = layout_of(member, Options(), header=False if two_colons else None)  # HetRec's movies.dat has a header
    positions = {role: position for position, role in enumerate(("item", "title", "genres")[: len(layout.names)])}
    if layout.header:
        positions = {role: layout.names.index(name) for role, name in columns_in(member, layout.names, chosen).items()}
    space_separated = ":token_seq" in " ".join(member.head(4096).decode("utf-8", "replace").splitlines()[:1])
    result: dict[str, Item] = {}
    for line, row in rows_with_lines(with_quoting(layout)):
        if len(row) != len(layout.names):
            text = "{file} is not a table: line {line} has {width} field{plural} where {expected} were expected."
            file, width, plural = member.path, len(row), "s" * (len(row) != 1)
            raise InputError(
                "other_width", text, file=file, line=line, width=width, plural=plural, expected=len(layout.names)
            )
        title, genres, year = (row[positions[role]].strip() if role in positions else "" for role in OF_ITEMS)
        genres = genres.replace(" ", "|") if space_separated else genres
        result.setdefault(row[positions["item"]].strip(), Item(title, genre_list(genres), year))
    return result


def items_in_parquet(member: Member, chosen: str | None) -> dict[str, Item]:
    """Items from a Parquet table; genres may be lists."""
    with arrow_errors(member):
        table = arrow_parquet.read_table(member.file())
        columns = columns_in(member, table.column_names, chosen)
        text = {role: names_of(table[name]).astype("str").str.strip() for role, name in columns.items()}
    return items_of_columns(text.pop("item"), text)


def columns_in(member: Member, names: Sequence[str], chosen: str | None) -> dict[str, str]:
    """Role → column of a table of items, found by the column names; the chosen column has the ids, if there is one."""
    item = chosen if chosen in names else first_named(names, (*NAMES["item"], "id"))
    if item is None:
        text = "{file} has no item column (looked for {known}, …); its columns are: {columns}."
        expected = ", ".join(NAMES["item"][:10])
        raise InputError("no_item_column", text, file=member.path, known=expected, columns=listed(names))
    free = [name for name in names if name != item]
    columns = {"item": item, **{role: first_named(free, NAMES[role]) for role in OF_ITEMS}}
    columns["title"] = columns["title"] or title_beside(item, free)
    return {role: name for role, name in columns.items() if name is not None}


def items_in_json(member: Member, chosen: str | None) -> dict[str, Item]:
    """Items from JSON objects, such as Amazon's product data."""
    names, _ = names_in(member)
    columns = columns_in(member, names, chosen) if names else {}  # without names, the first line is not an object
    values: dict[str, list[str]] = {role: [] for role in columns}
    for number, _, content in objects_in(member):
        if content is None:
            raise InputError("not_an_object", "not a JSON object.", place=Place(str(member.path), number))
        for role, name in columns.items():
            values[role].append(" ".join(text_of(value_of(content, name)).split()))
    text = {role: pd.Series(texts, dtype="str") for role, texts in values.items()}
    return items_of_columns(text.pop("item"), text)


def about(path: Path) -> str:
    """The text about the data in the folder's about.txt, as one paragraph; "" without this file."""
    file = path / "about.txt"
    return " ".join(file.read_text(encoding="utf-8", errors="replace").split())[:1000] if file.is_file() else ""
