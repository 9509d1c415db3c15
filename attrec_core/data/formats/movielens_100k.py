"""MovieLens 100K: a folder with u.data (user, item, rating, time; tabs) and u.item (|, latin-1)."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.interactions import Item
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.catalogue import title_and_year
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.lines import MEND
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table
from attrec_core.errors import InputError, Place, shown

COLUMNS = ("user", "item", "rating", "time")
# The order of the 19 flags at the end of each line of u.item.
GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


def recognise(source: Source) -> Layout | None:
    ratings = source.named("u.data")
    if ratings is None or source.named("u.item") is None:
        return None
    return Layout(
        ratings,
        recognised=("MovieLens 100K: u.data, with titles and genres from u.item.",),
        names=COLUMNS,
        roles={name: name for name in COLUMNS},
        delimiter="\t",
        encoding="latin-1",
        header=False,
    )


def read(source: Source, layout: Layout) -> Rows:
    if not source.options.skips:
        refuse_other_lines(layout.member)
    rows, items = rows_of_table(source, layout), source.named("u.item")
    return replace(rows, catalogue=read_items(items)) if items and not source.options.metadata else rows


def refuse_other_lines(member: Member) -> None:
    """Raises InputError for an empty file, or at the first line near the top that has not four fields."""
    lines = text_lines(member, member.head())
    for number, line in enumerate(lines[:1000], 1):
        count = line.count("\t") + 1
        if count != 4:
            raise InputError(
                "other_width",
                "{count} field{plural} where user, item, rating and time were expected, with tabs between; the line is "
                "{text}. {mend}",
                setting="broken_rows",
                place=Place(str(member.path), number),
                count=count,
                plural="s" * (count != 1),
                text=shown(line),
                mend=MEND,
            )


def read_items(member: Member) -> dict[str, Item]:
    """Title without its year, year, and genres of each item of u.item."""
    items = {}
    for number, line in enumerate(text_lines(member, member.file().read_bytes()), 1):
        row = line.split("|")
        if len(row) != 5 + len(GENRES):
            text, expected = "{count} fields where {expected} were expected; is it u.item?", 5 + len(GENRES)
            place = Place(str(member.path), number)
            raise InputError("other_width", text, place=place, count=len(row), expected=expected)
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
        raise InputError("empty", "{file} is empty.", file=member.path)
    return lines
