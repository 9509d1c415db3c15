"""MovieLens. 100K: a folder with u.data (user, item, rating, time; tabs) and u.item (|, latin-1). 1M and 10M:
ratings.dat with user::movie::rating::time, movies.dat beside it; also MovieTweetings, with IMDb's movie ids, which have
leading zeros. 20M, 25M and latest: ratings.csv, movies.csv beside it.
"""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.interactions import Item
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.catalogue import title_and_year
from attrec_core.data.reading.layout import Layout, head_of
from attrec_core.data.reading.lines import MEND
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table
from attrec_core.errors import InputError, Place, shown

COLUMNS = ("user", "item", "rating", "time")
CSV_COLUMNS = ("userId", "movieId", "rating", "timestamp")
# The order of the 19 flags at the end of each line of u.item.
GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


def recognise_100k(source: Source) -> Layout | None:
    ratings = source.named("u.data")
    if ratings is None or source.named("u.item") is None:
        return None
    return Layout(
        ratings,
        recognised=("MovieLens 100K: u.data.",),
        names=COLUMNS,
        roles={name: name for name in COLUMNS},
        delimiter="\t",
        encoding="latin-1",
        header=False,
    )


def read_100k(source: Source, layout: Layout) -> Rows:
    if not source.options.skips:
        refuse_other_lines(layout.member)
    rows, items = rows_of_table(source, layout), source.named("u.item")
    if items is None or source.options.metadata:
        return rows
    return replace(rows, catalogue=read_items(items), titles_file=Layout(items))


def refuse_other_lines(member: Member) -> None:
    """Raises InputError for an empty file, or at the first line near the top that does not have four fields."""
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
    """The items of u.item by id: title without its year, genres and year."""
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
    """Lines of latin-1 text, without blank lines at the end. Raises InputError when there are none."""
    lines = content.decode("latin-1").replace("\r\n", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise InputError("empty", "{file} is empty.", file=member.path)
    return lines


def two_colons(source: Source, sentence: str) -> Layout | None:
    """The layout of ratings.dat, or of the only file, if two colons separate four fields in most lines; else None."""
    member = source.named("ratings.dat") or (source.main if len(source.members) == 1 else None)
    if member is None:
        return None
    try:
        encoding, blank, lines = head_of(member, source.options)
    except InputError:
        return None
    first = lines[:20]
    if 2 * sum(line.count("::") == 3 for line in first) <= len(first):
        return None
    return Layout(
        member,
        recognised=(sentence,),
        names=COLUMNS,
        sample=tuple(tuple(line.split("::")) for line in lines[:200]),
        roles={name: name for name in COLUMNS},
        delimiter="::",
        encoding=encoding,
        header=False,
        skip=blank,
    )


def recognise_dat(source: Source) -> Layout | None:
    return two_colons(source, "MovieLens 1M or 10M: ratings.dat as user::movie::rating::time.")


def recognise_tweetings(source: Source) -> Layout | None:
    layout = two_colons(
        source,
        "MovieTweetings: ratings.dat as user::movie::rating::time, whose movie ids have leading zeros and stay text.",
    )
    if layout is None:
        return None
    ids = layout.values("item")
    # IMDb ids have seven digits or more, and many begin with a zero; no MovieLens id does.
    return layout if all(len(name) >= 6 for name in ids) and any(name.startswith("0") for name in ids) else None


def recognise_csv(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header or layout.names != CSV_COLUMNS:
        return None
    beside = "" if source.named("movies.csv") else "; no movies.csv beside it"
    sentence = f"MovieLens (20M, 25M, 32M or latest), recognised by the columns of ratings.csv{beside}."
    return layout.with_roles(source.options, sentence)


def read(source: Source, layout: Layout) -> Rows:
    """The rows of the table; the years of the items are read from their titles."""
    rows = rows_of_table(source, layout)
    return replace(rows, catalogue={name: dated(item) for name, item in rows.catalogue.items()})


def dated(item: Item) -> Item:
    title, year = title_and_year(item.title)
    return item if item.year else Item(title, item.genres, year)
