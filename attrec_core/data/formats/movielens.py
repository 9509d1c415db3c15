"""MovieLens. 1M and 10M: ratings.dat with user::movie::rating::time, movies.dat beside it; MovieTweetings too, whose
movies are numbered as IMDb does, with leading zeros. 20M, 25M and latest: ratings.csv, movies.csv beside it.
"""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.interactions import Item
from attrec_core.data.reading.catalogue import title_and_year
from attrec_core.data.reading.layout import Layout, head_of
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table
from attrec_core.errors import InputError

COLUMNS = ("user", "item", "rating", "time")
CSV_COLUMNS = ("userId", "movieId", "rating", "timestamp")


def two_colons(source: Source, sentence: str) -> Layout | None:
    """ratings.dat, or the only file, where most lines have four fields with two colons between; None otherwise."""
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
    return two_colons(source, "MovieLens 1M or 10M: ratings.dat as user::movie::rating::time, titles from movies.dat.")


def recognise_tweetings(source: Source) -> Layout | None:
    layout = two_colons(
        source,
        "MovieTweetings: ratings.dat as user::movie::rating::time, whose movie ids have leading zeros and stay text.",
    )
    if layout is None:
        return None
    ids = layout.values("item")
    # IMDb's numbers have seven digits or more; many begin with a zero, none of MovieLens's does.
    return layout if all(len(name) >= 6 for name in ids) and any(name.startswith("0") for name in ids) else None


def recognise_csv(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header or layout.names != CSV_COLUMNS:
        return None
    beside = "titles and genres from movies.csv" if source.named("movies.csv") else "no movies.csv beside it"
    sentence = f"MovieLens (20M, 25M, 32M or latest), known by the columns of ratings.csv; {beside}."
    return layout.with_roles(source.options, sentence)


def read(source: Source, layout: Layout) -> Rows:
    """The years of the items stand in their titles."""
    rows = rows_of_table(source, layout)
    return replace(rows, catalogue={name: dated(item) for name, item in rows.catalogue.items()})


def dated(item: Item) -> Item:
    title, year = title_and_year(item.title)
    return item if item.year else Item(title, item.genres, year)
