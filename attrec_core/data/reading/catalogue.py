"""What is known of the items besides their ids: title, genres, year; from the table itself or a file of its own."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from attrec_core.data.interactions import Item
from attrec_core.data.options import Options
from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.layout import Layout, layout_of
from attrec_core.data.reading.line_errors import rows_of
from attrec_core.data.reading.quoting import settled
from attrec_core.data.reading.roles import GENRE_NAMES, ITEM_NAMES, TITLE_NAMES, YEAR_NAMES, first_named, listed, plain
from attrec_core.data.reading.sources import Member, Source, opened
from attrec_core.errors import InputError

# Names under which catalogues lie beside their data.
FILES = (
    *("catalogue.csv", "catalogue.tsv", "items.csv", "items.tsv", "movies.csv", "movies.dat", "artists.dat"),
    *("products.csv", "articles.csv"),
)


def items_of_columns(items: Coded, words: Mapping[str, Coded]) -> dict[str, Item]:
    """Title, genres and year of each item where the interactions have such columns; an item's first row counts."""
    if "title" not in words and "genres" not in words:
        return {}
    codes, rows = np.unique(items.codes, return_index=True)
    columns = [
        [words[role].at(row).strip() for row in rows] if role in words else [""] * len(rows)
        for role in ("title", "genres", "year")
    ]
    return {
        items.names[code]: Item(title, genre_list(genres), year)
        for code, title, genres, year in zip(codes, *columns, strict=True)
    }


def genre_list(text: str) -> tuple[str, ...]:
    """ "Crime|Drama" → ("Crime", "Drama"); the data sets' "(no genres listed)" is none."""
    return tuple(part.strip() for part in text.split("|") if part.strip() and not part.startswith("(no genres"))


def title_and_year(text: str) -> tuple[str, str]:
    """ "Full Monty, The (1997)" → ("The Full Monty", "1997")."""
    found = re.fullmatch(r"(.*?)\s*\((\d{4})\)\s*", text)
    title, year = (found[1], found[2]) if found else (text.strip(), "")
    article = re.fullmatch(r"(.*), (The|A|An)", title)
    return (f"{article[2]} {article[1]}" if article else title), year


def catalogue_beside(source: Source, options: Options, *, years_in_titles: bool = False) -> dict[str, Item]:
    """The items of the file that a person named, or of the one found beside the data; none without one."""
    if options.metadata is not None:
        with opened(options.metadata) as other:
            if len(other.members) != 1:
                raise InputError(f"{options.metadata} is no single table of items; name the file.")
            return items_in(other.members[0], years_in_titles=years_in_titles)
    member = source.named(*FILES) if len(source.members) > 1 else None
    return items_in(member, years_in_titles=years_in_titles) if member else {}


def items_in(member: Member, *, years_in_titles: bool = False) -> dict[str, Item]:
    """Items by id, from a table or from lines of JSON. Raises InputError where it has no item column or is damaged."""
    if member.head(64).lstrip()[:1] == b"{":
        return items_in_json(member)
    layout = layout_of(member, Options(), header=False if member.base == "movies.dat" else None)
    item, *others = columns_of(layout, member)
    places = [layout.names.index(name) if name else None for name in others]
    spaced = ":token_seq" in " ".join(member.head(4096).decode("utf-8", "replace").splitlines()[:1])
    result: dict[str, Item] = {}
    for row in whole_rows(member, layout):
        title, genres, year = ("" if place is None else row[place].strip() for place in places)
        if years_in_titles and not year:
            title, year = title_and_year(title)
        genres = genres.replace(" ", "|") if spaced else genres
        result.setdefault(row[layout.names.index(item)], Item(title, genre_list(genres), year))
    return result


def columns_of(layout: Layout, member: Member) -> tuple[str, str | None, str | None, str | None]:
    """The columns of item, title, genres and year."""
    if not layout.header:
        item, title, genres, *_ = (*layout.names, None, None)
        return str(item), title, genres, None
    item = first_named(layout.names, (*ITEM_NAMES, "id"))
    if item is None:
        raise InputError(
            f"{member.shown} has no item column (looked for {', '.join(ITEM_NAMES[:10])}, …); its columns are: "
            f"{listed(layout.names)}."
        )
    free = [name for name in layout.names if name != item]
    return item, *(first_named(free, names) for names in (TITLE_NAMES, GENRE_NAMES, YEAR_NAMES))


def whole_rows(member: Member, layout: Layout) -> Iterator[list[str]]:
    """Rows with a field for each column. Raises InputError naming the line of the first that has not."""
    try:
        for line, row in rows_of(member.file(), settled(member, layout)):
            if len(row) != len(layout.names):
                raise InputError(
                    f"{member.shown} is not a table: line {line} has {len(row)} field{'s' * (len(row) != 1)} where "
                    f"{len(layout.names)} were expected."
                )
            yield row
    except csv.Error as error:
        raise InputError(f"{member.shown} is not a table: near line {error.args[0]}: {error.args[1]}.") from None


def items_in_json(member: Member) -> dict[str, Item]:
    """Items from lines of JSON objects, such as Amazon's product data."""
    result: dict[str, Item] = {}
    with member.file().open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                found = json.loads(line)
                known = {plain(name): value for name, value in found.items()}
            except (ValueError, AttributeError, RecursionError):
                raise InputError(f"{member.shown}, line {number}: not a JSON object.") from None
            item = next((known[name] for name in ITEM_NAMES if name in known), None)
            title = next((known[name] for name in TITLE_NAMES if isinstance(known.get(name), str)), "")
            if item is not None:
                result.setdefault(str(item), Item(" ".join(title.split())))
    return result


def about(path: Path) -> str:
    """What the folder's about.txt says of the data, as one paragraph; "" without one."""
    file = path / "about.txt"
    return " ".join(file.read_text(encoding="utf-8", errors="replace").split())[:1000] if file.is_file() else ""
