"""MovieLens 20M, 25M and latest: ratings.csv with userId,movieId,rating,timestamp, and movies.csv beside it."""

from __future__ import annotations

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.options import Options
from attrec_core.data.reading.layout import with_roles
from attrec_core.data.reading.rows import Rows

COLUMNS = ("userId", "movieId", "rating", "timestamp")


def recognise(look: Look) -> Found | None:
    layout = look.layout
    if layout is None or look.main is None or not layout.header or layout.names != COLUMNS:
        return None
    beside = "titles and genres from movies.csv" if look.source.named("movies.csv") else "no movies.csv beside it"
    words = f"MovieLens (20M, 25M, 32M or latest), known by the columns of ratings.csv; {beside}."
    return Found(look, look.main, with_roles(layout, look.options, look.main), (words,))


def read(found: Found, options: Options) -> Rows:
    return rows_of_table(found, options, source="movielens-csv", tie_rule="file-first", years_in_titles=True)


FORMAT = Format(
    "movielens-csv",
    "ratings.csv of MovieLens",
    "file-first",
    recognise,
    read,
)
