"""MovieLens. 100K: a folder with u.data (user, item, rating, time; tabs) and u.item (|, latin-1). 1M and 10M:
ratings.dat with user::movie::rating::time, movies.dat beside it; also MovieTweetings, with IMDb's movie ids, which have
leading zeros. 20M, 25M and latest: ratings.csv, movies.csv beside it.
"""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.interactions import Item
from attrec_core.data.options import Options
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.catalogue import title_and_year
from attrec_core.data.reading.delimited import rows_with_lines
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table
from attrec_core.errors import InputError, Place

COLUMNS = ("user", "item", "rating", "time")
BY_NAME = {name: name for name in COLUMNS}
DAT = "MovieLens 1M or 10M: ratings.dat as user::movie::rating::time."
TWEETINGS = (
    "MovieTweetings: ratings.dat as user::movie::rating::time, whose movie ids have leading zeros and stay text."
)
CSV_COLUMNS = ("userId", "movieId", "rating", "timestamp")
# The order of the 19 flags at the end of each line of u.item.
GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


def recognise_100k(source: Source) -> Layout | None:
    ratings, said = source.named("u.data"), ("MovieLens 100K: u.data.",)
    if ratings is None or source.named("u.item") is None:
        return None
    return Layout(ratings, said, names=COLUMNS, roles=BY_NAME, delimiter="\t", encoding="latin-1", header=False)


def read_100k(source: Source, layout: Layout) -> Rows:
    rows, items = rows_of_table(source, layout), source.named("u.item")
    if items is None or source.options.metadata:
        return rows
    return replace(rows, catalogue=read_items(items), titles_file=Layout(items))


def read_items(member: Member) -> dict[str, Item]:
    """The items of u.item by id: title without its year, genres and year."""
    items, expected = {}, 5 + len(GENRES)
    for line, row in rows_with_lines(Layout(member, delimiter="|", encoding="latin-1")):
        if not "".join(row).strip():
            continue
        if len(row) != expected:
            text, place = "{count} fields where {expected} were expected; is it u.item?", Place(str(member.path), line)
            raise InputError("other_width", text, place=place, count=len(row), expected=expected)
        title, year = title_and_year(row[1])
        genres = tuple(name for name, flag in zip(GENRES, row[5:], strict=True) if flag == "1" and name != "unknown")
        items[row[0]] = Item(title, genres, year)
    if not items:
        raise InputError("empty", "{file} is empty.", file=member.path)
    return items


def recognise_dat(source: Source, sentence: str = DAT) -> Layout | None:
    """The layout of ratings.dat, or of the only file, if two colons separate four fields in most lines; else None."""
    member = source.named("ratings.dat") or (source.main if len(source.members) == 1 else None)
    as_it_is = replace(source, options=Options(encoding=source.options.encoding))
    layout = as_it_is.layout_as_table(member, delimiter="::", header=False)
    first = layout.sample[:20] if layout else ()
    if layout is None or 2 * sum(len(row) == len(COLUMNS) for row in first) <= len(first):
        return None
    return replace(layout, recognised=(sentence,), names=COLUMNS, roles=BY_NAME)


def recognise_tweetings(source: Source) -> Layout | None:
    layout = recognise_dat(source, TWEETINGS)
    ids = layout.values("item") if layout else []
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
    rows, dated = rows_of_table(source, layout), {}
    for name, item in rows.catalogue.items():
        title, year = title_and_year(item.title)
        dated[name] = item if item.year else Item(title, item.genres, year)
    return replace(rows, catalogue=dated)
