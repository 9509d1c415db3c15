"""MovieLens 20M, 25M and latest: ratings.csv with userId,movieId,rating,timestamp, and movies.csv beside it."""

from __future__ import annotations

from functools import partial

from attrec_core.data.formats.format import Format
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table

COLUMNS = ("userId", "movieId", "rating", "timestamp")


def recognise(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header or layout.names != COLUMNS:
        return None
    beside = "titles and genres from movies.csv" if source.named("movies.csv") else "no movies.csv beside it"
    sentence = f"MovieLens (20M, 25M, 32M or latest), known by the columns of ratings.csv; {beside}."
    return layout.with_roles(source.options, sentence)


read = partial(rows_of_table, years_in_titles=True)
FORMAT = Format("movielens-csv", "ratings.csv of MovieLens", recognise, read, "file-first")
