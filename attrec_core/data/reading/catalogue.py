"""The metadata of items besides their ids: title, genres, year; from the table itself or a separate file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as arrow_parquet

from attrec_core.data.interactions import Item
from attrec_core.data.options import OF_ITEMS, OF_METADATA, Columns, Options
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.column_names import ID_NAMES, NAMES, first_named
from attrec_core.data.reading.columns import chosen_column, column_called, listed, title_beside
from attrec_core.data.reading.delimited import PARQUET, arrow_errors, names_of
from attrec_core.data.reading.json_objects import is_json, objects_in, text_of, value_of
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.lines import rows_with_lines, with_quoting
from attrec_core.data.reading.sources import Source, columns_in, open_source
from attrec_core.errors import InputError, Place, shown


def items_of_columns(items: pd.Series, columns: Mapping[str, pd.Series]) -> dict[str, Item]:
    """Title, genres and year of each item, if there are such columns; an item's first row counts.

    items, columns: categories of text.
    """
    if not columns:
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


@contextmanager
def file_of_items(source: Source) -> Iterator[Member | None]:
    """The file of items that a person named, else a catalogue beside the data; None if there is neither."""
    metadata = source.options.metadata
    if metadata is None:
        yield source.items
        return
    with open_source(metadata) as chosen:
        if len(chosen.members) != 1:
            text = "{file} does not hold exactly one file; name the file with the items."
            raise InputError("several_files", text, setting="metadata", file=metadata)
        yield chosen.members[0]


def catalogue_beside(source: Source, of_rows: Layout) -> tuple[dict[str, Item], Layout | None]:
    """The items of the file of items, and its layout; empty if there is none. of_rows: the interactions' layout."""
    is_named = source.options.metadata is not None
    with file_of_items(source) as member:
        if member is None:
            return {}, None
        choice = source.options.columns if is_named else Columns(item=source.options.columns.item)
        layout = items_layout(member, choice, of_rows)
        if is_named and not {*OF_ITEMS} & layout.roles.keys():
            if any(map(choice.without, OF_ITEMS)):  # a person wants no column of those there are
                return {}, None
            text = (
                "{file} has no column of titles, genres or years (looked for {known}, …); its columns are: {columns}. "
                "{Choose}."
            )
            known, names = ", ".join(NAMES["title"][:5]), listed(layout.names)
            raise InputError(
                "no_title_column", text, setting="title_column", file=member.path, known=known, columns=names
            )
        items = items_in(layout)
        if is_named and not items:
            text = "{file} has columns ({columns}) and no rows; expected one row for each item."
            raise InputError("no_rows", text, setting="metadata", file=member.path, columns=listed(layout.names))
        return items, layout


def items_layout(member: Member, choice: Columns | None = None, of_rows: Layout | None = None) -> Layout:
    """The layout of a table of items or of lines of JSON, with a role for each column that is used. of_rows: the
    interactions' layout. Raises InputError if the file is damaged, or has no item column or no column that was chosen.
    """
    choice, layout, of_rows = choice or Columns(), columns_of_items(member), of_rows or Layout(member)
    unused = chosen_of_rows(choice, layout.names, of_rows.names)
    for role, wanted in chosen_of_items(choice).items():
        if role not in unused:
            chosen_column(layout.names, wanted, role if role in OF_ITEMS else "metadata_item", member.path)
    layout = replace(layout, roles=roles_of_items(layout, choice, of_rows.roles.get("item", "")))
    if "item" not in layout.roles:
        text = "{file} has no item column (looked for {known}, …); its columns are: {columns}. {Choose}."
        known, names = ", ".join(NAMES["item"][:10]), listed(layout.names)
        raise InputError(
            "no_item_column", text, setting="metadata_item_column", file=member.path, known=known, columns=names
        )
    return layout


def columns_of_items(member: Member) -> Layout:
    """The layout of a file of items, without roles. Raises InputError if it is neither a table nor JSON."""
    two_colons = member.base == "movies.dat" and b"::" in member.head(4096).partition(b"\n")[0]
    layout = columns_in(member, Options(), header=False if two_colons else None)  # HetRec's movies.dat has a header
    if not layout.names:
        raise no_items(member)
    return layout


def no_items(member: Member) -> InputError:
    """The error for JSON without any key that can be a column."""
    number, line, first = next(objects_in(member), (1, "", None))
    if first is None:
        return not_an_object(member, number, line)
    text = (
        "{file} is JSON, but its first object has no id and no title. Write an object for each item, such as "
        "{example}: one per line, or all in an array."
    )
    example = '{"item": "a1", "title": "Alien"}'
    return InputError("no_item_column", text, setting="metadata", file=member.path, example=example)


def not_an_object(member: Member, line: int, content: str) -> InputError:
    text = (
        "not a JSON object, but {text}. A file of items has an object for each item: one per line, or all in an array."
    )
    place = Place(str(member.path), line)
    return InputError("not_an_object", text, setting="metadata", place=place, text=shown(content.strip(), 40))


def chosen_of_items(choice: Columns) -> dict[str, str]:
    """Role → the column of the file of items that a person chose for it."""
    chosen = {field.removeprefix("metadata_"): getattr(choice, field) for field in OF_METADATA}
    return {role: name for role, name in chosen.items() if name not in (None, "", "none")}


def chosen_of_rows(choice: Columns, of_items: Sequence[str], of_rows: Sequence[str]) -> dict[str, str]:
    """Role → the chosen column that only the rows have, not the file of items. It is not used: where there is such a
    file, the rows' columns are not read. Once they could be chosen all the same, and old commands still name them."""
    chosen = {role: name for role, name in chosen_of_items(choice).items() if role in OF_ITEMS}
    return {
        role: name
        for role, name in chosen.items()
        if column_called(of_items, name) is None and column_called(of_rows, name) is not None
    }


def roles_of_items(layout: Layout, choice: Columns, item_column: str = "") -> dict[str, str]:
    """Role → column of a table of items: as chosen, else by its name; without a header, the first columns are item,
    title and genres."""
    names, wanted = layout.names, chosen_of_items(choice)
    roles = {role: name for role, text in wanted.items() if (name := column_called(names, text)) is not None}
    usual = {role: [name] for role, name in zip(("item", "title", "genres"), names, strict=False)}
    if layout.header:
        own = (choice.item or "", item_column)
        usual = {"item": [*own, *NAMES["item"], *ID_NAMES], **{role: list(NAMES[role]) for role in OF_ITEMS}}
    for role, expected in usual.items():
        free = [name for name in names if name not in roles.values()]
        free = [name for name in free if role != "title" or name not in layout.numeric]
        if role in roles or (role in OF_ITEMS and choice.without(role)):
            continue
        exact = next((name for name in expected if name in free), None)
        name = exact or first_named(free, expected)
        if name is None and role == "title":
            name = title_beside(roles.get("item", ""), free)
        if name is not None:
            roles[role] = name
    return {role: roles[role] for role in ("item", *OF_ITEMS) if role in roles}


def items_in(layout: Layout) -> dict[str, Item]:
    """The items by id, from the columns of `items_layout`. Raises InputError if the file is damaged."""
    member = layout.member
    if is_json(member):
        return items_in_json(layout)
    if member.head(len(PARQUET)) == PARQUET:
        with arrow_errors(member):
            table = arrow_parquet.read_table(member.file(), columns=list(layout.roles.values()))
            columns = {role: names_of(table[name]).astype("str").str.strip() for role, name in layout.roles.items()}
        return items_of_columns(columns.pop("item"), columns)
    positions = {role: layout.names.index(name) for role, name in layout.roles.items()}
    space_separated = ":token_seq" in " ".join(member.head(4096).decode("utf-8", "replace").splitlines()[:1])
    result: dict[str, Item] = {}
    for line, row in rows_with_lines(with_quoting(layout)):
        if len(row) != len(layout.names):
            text = (
                "{file} is not a table: line {line} has {width} field{plural} where {expected} were expected. Correct "
                "that line."
            )
            file, width, plural = member.path, len(row), "s" * (len(row) != 1)
            raise InputError(
                "other_width", text, file=file, line=line, width=width, plural=plural, expected=len(layout.names)
            )
        title, genres, year = (row[positions[role]].strip() if role in positions else "" for role in OF_ITEMS)
        genres = genres.replace(" ", "|") if space_separated else genres
        result.setdefault(row[positions["item"]].strip(), Item(title, genre_list(genres), year))
    return result


def items_in_json(layout: Layout) -> dict[str, Item]:
    """Items from JSON objects, such as Amazon's product data."""
    values: dict[str, list[str]] = {role: [] for role in layout.roles}
    for number, line, content in objects_in(layout.member):
        if content is None:
            raise not_an_object(layout.member, number, line)
        for role, name in layout.roles.items():
            values[role].append(" ".join(text_of(value_of(content, name)).split()))
    texts = {role: pd.Series(column, dtype="str") for role, column in values.items()}
    return items_of_columns(texts.pop("item"), texts)


def about(path: Path) -> str:
    """The text about the data in the folder's about.txt, as one paragraph; "" without this file."""
    file = path / "about.txt"
    return " ".join(file.read_text(encoding="utf-8", errors="replace").split())[:1000] if file.is_file() else ""
