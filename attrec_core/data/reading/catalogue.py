"""The metadata of items besides their ids: title, genres, year; from the table itself, or from a separate file that is
joined to the rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as arrow_parquet

from attrec_core.data.interactions import Item
from attrec_core.data.options import OF_ITEMS, OF_METADATA, Columns, Options
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.columns import (
    NAMES,
    chosen_column,
    column_called,
    first_named,
    listed,
    title_beside,
    whole_ids,
)
from attrec_core.data.reading.delimited import PARQUET, arrow_errors, names_of, rows_with_lines, with_quoting
from attrec_core.data.reading.json_objects import is_json, objects_in, text_of, value_of
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source, columns_in, open_source
from attrec_core.errors import InputError, Place, shown


def items_of_columns(items: pd.Series, columns: Mapping[str, pd.Series]) -> dict[str, Item]:
    """Title, genres and year of each item, if there are such columns; an item's first row counts.

    items, columns: categories of text.
    """
    table = pd.DataFrame({"item": items, **columns})[~items.duplicated()].astype(str)
    texts = [table[role].str.strip() if role in table else [""] * len(table) for role in OF_ITEMS]
    rows = zip(table["item"], *texts, strict=True)
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


def catalogue_beside(source: Source, of_rows: Layout) -> tuple[dict[str, Item], Layout | None, str]:
    """The items of the file of items, and its layout; empty if there is none. A file that nobody named and whose item
    column is not known is not read: then the text is a remark. of_rows: the interactions' layout."""
    is_named = source.options.metadata is not None
    with file_of_items(source) as member:
        if member is None:
            return {}, None, ""
        choice = source.options.columns if is_named else Columns(item=source.options.columns.item)
        try:
            layout = items_layout(member, choice, of_rows)
        except InputError as error:
            if is_named or error.code != "no_item_column":
                raise
            columns = listed(columns_of_items(member).names)
            remark = f"No titles: no column of {member.name} is read as the item. Its columns are {columns}. "
            return {}, None, f"{remark}Give that file as metadata to choose one."
        if is_named and not {*OF_ITEMS} & layout.roles.keys():
            if any(map(choice.without, OF_ITEMS)):  # a person wants no column of those there are
                return {}, None, ""
            text = (
                "{file} has no column of titles, genres or years (looked for {known}, …); its columns are: {columns}. "
                "{Choose}."
            )
            file, known, names = member.path, ", ".join(NAMES["title"][:5]), listed(layout.names)
            raise InputError("no_title_column", text, setting="title_column", file=file, known=known, columns=names)
        items = items_in(layout)
        if is_named and not items:
            text = "{file} has columns ({columns}) and no rows; expected one row for each item."
            raise InputError("no_rows", text, setting="metadata", file=member.path, columns=listed(layout.names))
        return items, layout, ""


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
        file, known, names = member.path, ", ".join(NAMES["item"][:10]), listed(layout.names)
        raise InputError("no_item_column", text, setting="metadata_item_column", file=file, known=known, columns=names)
    return layout


def columns_of_items(member: Member) -> Layout:
    """The layout of a file of items, without roles. Raises InputError if it is neither a table nor JSON."""
    two_colons = member.base == "movies.dat" and b"::" in member.head(4096).partition(b"\n")[0]
    try:
        layout = columns_in(member, Options(), header=False if two_colons else None)  # HetRec's movies.dat has a header
    except InputError as error:
        if error.code != "lines_above":
            raise
        text = (
            "{file} does not begin with a table: line {line} looks like its header ({header}). Delete what is above it."
        )
        raise InputError("lines_above_items", text, setting="metadata", **error.facts) from None
    if layout.names:
        return layout
    number, line, first = next(objects_in(member), (1, "", None))
    if first is None:
        raise not_an_object(member, number, line)
    text = (
        "{file} is JSON, but its first object has no id and no title. Write an object for each item, such as "
        "{example}: one per line, or all in an array."
    )
    example = '{"item": "a1", "title": "Alien"}'
    raise InputError("no_item_column", text, setting="metadata", file=member.path, example=example)


def not_an_object(member: Member, line: int, content: str) -> InputError:
    text, start = (
        "not a JSON object, but {text}. A file of items has an object for each item: ",
        shown(content.strip(), 40),
    )
    text += "one per line, or all in an array."
    return InputError("not_an_object", text, setting="metadata", place=Place(str(member.path), line), text=start)


def chosen_of_items(choice: Columns) -> dict[str, str]:
    """Role → the column of the file of items that a person chose for it."""
    chosen = {field.removeprefix("metadata_"): getattr(choice, field) for field in OF_METADATA}
    return {role: name for role, name in chosen.items() if name not in (None, "", "none")}


def chosen_of_rows(choice: Columns, of_items: Sequence[str], of_rows: Sequence[str]) -> dict[str, str]:
    """Role → the chosen column that only the rows have, not the file of items. It is not used: where there is such a
    file, the rows' columns are not read. Once they could be chosen all the same, and old commands still name them."""
    return {
        role: name
        for role, name in chosen_of_items(choice).items()
        if role in OF_ITEMS and not column_called(of_items, name) and column_called(of_rows, name)
    }


def roles_of_items(layout: Layout, choice: Columns, item_column: str = "") -> dict[str, str]:
    """Role → column of a table of items: as chosen, else by its name; without a header, the first columns are item,
    title and genres."""
    names, wanted = layout.names, chosen_of_items(choice)
    roles = {role: name for role, text in wanted.items() if (name := column_called(names, text)) is not None}
    usual = {role: [name] for role, name in zip(("item", "title", "genres"), names, strict=False)}
    if layout.header:
        own = (choice.item or "", item_column)
        usual = {"item": [*own, *NAMES["item"], "id"], **{role: list(NAMES[role]) for role in OF_ITEMS}}
    for role, expected in usual.items():
        free = [name for name in names if name not in roles.values()]
        if role in roles or (role in OF_ITEMS and choice.without(role)):
            continue
        name = next((name for name in expected if name in free), None) or first_named(free, expected)
        if name is None and role == "title":
            name = title_beside(roles.get("item", ""), free)
        if name is not None:
            roles[role] = name
    return {role: roles[role] for role in ("item", *OF_ITEMS) if role in roles}


def items_in(layout: Layout) -> dict[str, Item]:
    """The items by id, from the columns of `items_layout`. Raises InputError if the file is damaged."""
    member, roles = layout.member, layout.roles
    if member.head(len(PARQUET)) == PARQUET:
        with arrow_errors(member):
            table = arrow_parquet.read_table(member.file(), columns=list(roles.values()))
            columns = {role: names_of(table[name]).astype("str").str.strip() for role, name in roles.items()}
        return items_of_columns(columns.pop("item"), columns)
    spaced = any(":token_seq" in name for name in layout.names)  # RecBole has spaces between genres
    result: dict[str, Item] = {}
    for item, title, genres, year in texts_of_items(layout):
        result.setdefault(item, Item(title, genre_list(genres.replace(" ", "|") if spaced else genres), year))
    return result


def texts_of_items(layout: Layout) -> Iterator[list[str]]:
    """The id, title, genres and year of each item in a text table or JSON; "" without such a column."""
    member, roles, expected = layout.member, ("item", *OF_ITEMS), len(layout.names)
    if is_json(member):
        keys = [layout.roles.get(role) for role in roles]
        for line, start, content in objects_in(member):
            if content is None:
                raise not_an_object(member, line, start)
            yield [" ".join(text_of(value_of(content, key)).split()) if key else "" for key in keys]
        return
    positions = [layout.names.index(layout.roles[role]) if role in layout.roles else None for role in roles]
    for line, row in rows_with_lines(with_quoting(layout)):
        if len(row) != expected:
            text = (
                "{file} is not a table: line {line} has {width} field{plural} where {expected} were expected. Correct "
                "that line."
            )
            file, width, plural = member.path, len(row), "" if len(row) == 1 else "s"
            raise InputError("other_width", text, file=file, line=line, width=width, plural=plural, expected=expected)
        yield ["" if position is None else row[position].strip() for position in positions]


def about(path: Path) -> str:
    """The text about the data in the folder's about.txt, as one paragraph; "" without this file."""
    file = path / "about.txt"
    return " ".join(file.read_text(encoding="utf-8", errors="replace").split())[:1000] if file.is_file() else ""


def join_catalogue(rows: Rows, options: Options) -> Rows:
    """Joins a catalogue file to rows and says what it has about their items. Where it has nothing, what the rows
    themselves say stays. Renumbered items are not joined, unless a person chose the file.
    """
    if (layout := rows.titles_file) is None:
        return rows
    file, named = layout.member.name, options.metadata is not None
    catalogue = dict(zip(whole_ids(rows.catalogue), rows.catalogue.values(), strict=True))
    all_names = rows.names("item")
    names = [all_names[code] for code in np.flatnonzero(np.bincount(rows.codes("item")))]
    present = {name: catalogue[name] for name in names if name in catalogue}
    remarks = []
    if renumbered(names, catalogue):
        count = f"{len(present):,} of {len(names):,} items"
        remark = (
            f"the items are numbered without a gap and those of {file} are not, so the same number ({count}) may mean "
            "another item."
        )
        if not named:
            remark = f"No titles: {remark} Give that file as metadata to join it all the same."
            return replace(rows, catalogue=rows.own_items, titles_file=None, remarks=(*rows.remarks, remark))
        remarks = [f"The titles may be wrong: {remark}"]
    elif named and not present:
        own, other = shown(names[0] if names else ""), shown(next(iter(catalogue), ""))
        remarks = [
            f"No titles: none of the items is in {file}. Its ids are like {other}, those of the items like {own}: "
            "another column of it may have the ids, or it is about other items."
        ]
    elif named and layout.names and "title" not in layout.roles and not options.columns.without("title"):
        remarks = [
            f"No titles: no column of {file} is read as the title. Its columns are {listed(layout.names)}; choose one."
        ]
    remarks += [
        f"{file} has no column {shown(name)}, which was chosen for the {role}. It is a column of the interactions, and "
        "is not used beside a file of items."
        for role, name in chosen_of_rows(options.columns, layout.names, rows.columns).items()
        if named
    ]
    told = f" ({layout.roles_told()})" if layout.roles else ""
    items = dict(rows.own_items)
    for name, item in catalogue.items():
        if own_item := rows.own_items.get(name):
            title = item.title if item.has_title(name) else own_item.title
            item = Item(title, item.genres or own_item.genres, item.year or own_item.year)
        items[name] = item
    sentence = f"Titles from {file}{told}: {known_of(present, len(names))}."
    recognised = (*rows.recognised, sentence)
    return replace(rows, catalogue=items, recognised=recognised, remarks=(*rows.remarks, *remarks))


def known_of(items: Mapping[str, Item], count: int) -> str:
    """What is known of how many of `count` items, in words."""
    numbers = {
        "a title": sum(item.has_title(name) for name, item in items.items()),
        "genres": sum(bool(item.genres) for item in items.values()),
        "a year": sum(bool(item.year) for item in items.values()),
    }
    known = {what: number for what, number in numbers.items() if number or what == "a title"}
    parts = [f"{number:,} {'has' if number == 1 else 'have'} {what}" for what, number in known.items()]
    return f"of {count:,} items, {', '.join(parts)}"


def renumbered(names: Sequence[str], catalogue: Iterable[str]) -> bool:
    """Whether the names are gapless numbers from 0 or 1, while the numbers of the catalogue have gaps and go higher."""
    numbers, others = ({int(name) for name in ids if name.isascii() and name.isdecimal()} for ids in (names, catalogue))
    is_higher = max(others, default=0) > max(numbers, default=0)
    return len(numbers) == len(names) and is_gapless(numbers) and not is_gapless(others) and is_higher


def is_gapless(numbers: Collection[int]) -> bool:
    return len(numbers) > 0 and min(numbers) <= 1 and max(numbers) - min(numbers) == len(numbers) - 1
