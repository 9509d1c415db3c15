"""MovieLens 100K: a folder with u.data (user, item, rating, time; tabs) and u.item (|, latin-1)."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.interactions import Item
from attrec_core.data.options import Options
from attrec_core.data.reading.broken import HINT, skips
from attrec_core.data.reading.catalogue import title_and_year
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Member
from attrec_core.errors import InputError, shown

COLUMNS = ("user", "item", "rating", "time")
# The order of the 19 flags at the end of each line of u.item.
GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


def recognise(look: Look) -> Found | None:
    ratings, items = look.source.named("u.data"), look.source.named("u.item")
    if ratings is None or items is None:
        return None
    layout = Layout("\t", "latin-1", False, COLUMNS, 0, False, {name: name for name in COLUMNS})
    return Found(look, ratings, layout, ("MovieLens 100K: u.data, with titles and genres from u.item.",))


def read(found: Found, options: Options) -> Rows:
    if not skips(options):
        refuse_other_lines(found.member)
    rows = rows_of_table(found, options, source="movielens-100k", tie_rule="file-first")
    return rows if options.metadata else replace(rows, catalogue=read_items(found.look.source.named("u.item")))


def refuse_other_lines(member: Member) -> None:
    """Raises InputError for an empty file, or at the first line near the top that has not four fields."""
    lines = text_lines(member, member.head())
    for number, line in enumerate(lines[:1000], 1):
        count = line.count("\t") + 1
        if count != 4:
            raise InputError(
                f"{member.shown}, line {number}: {count} field{'s' * (count != 1)} where user, item, rating and time "
                f"were expected, with tabs between; the line is {shown(line)}. {HINT}"
            )


def read_items(member: Member) -> dict[str, Item]:
    """Title without its year, year, and genres of each item of u.item."""
    items = {}
    for number, line in enumerate(text_lines(member, member.file().read_bytes()), 1):
        row = line.split("|")
        if len(row) != 5 + len(GENRES):
            raise InputError(
                f"{member.shown}, line {number}: {len(row)} fields where {5 + len(GENRES)} were expected; is it u.item?"
            )
        title, year = title_and_year(row[1])
        genres = tuple(name for name, flag in zip(GENRES, row[5:], strict=True) if flag == "1" and name != "unknown")
        items[row[0]] = Item(title, genres, year)
    return items


def text_lines(member: Member, content: bytes) -> list[str]:
    """Lines of latin-1 text, without a blank end. Raises InputError when there are none."""
    lines = content.decode("latin-1").replace("\r\n", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise InputError(f"{member.shown} is empty.")
    return lines


FORMAT = Format("movielens-100k", "u.data and u.item (MovieLens 100K)", "file-first", recognise, read)
