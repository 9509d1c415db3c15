"""The class `Format` and all formats; the first format that recognises a path reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from attrec_core.data import data_sets
from attrec_core.data.filters import rows_again
from attrec_core.data.formats import headerless, movielens, recbole, records, table
from attrec_core.data.options import Duplicates, TieRule
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table


@dataclass(frozen=True)
class Format:
    """One kind of input: how to recognise it, and how to read it.

    expects: what the format looks for, in words, for error messages; recognise: returns None if the path is something
    else; read: the layout may be of a shortened copy, for a preview; tie_rule, duplicates: the defaults; variants: more
    specific names that a report may give it.
    """

    name: str
    expects: str
    recognise: Callable[[Source], Layout | None]
    read: Callable[[Source, Layout], Rows] = rows_of_table
    tie_rule: TieRule = "file-last"
    duplicates: Duplicates = "keep"
    variants: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names by which the format can be chosen."""
        return (self.name, *self.variants)


def recognise_data_set(source: Source) -> Layout | None:
    """A data set that was imported before: a folder with data.json. Its rows can be filtered again."""
    member = source.named("data.json")
    return Layout(member) if member is not None and data_sets.is_data_set(source.path) else None


def read_data_set(source: Source, layout: Layout) -> Rows:
    data_set = data_sets.load(source.path)
    rows = rows_again(data_set.interactions)
    sentence = f"The data set {data_set.name!r}, imported from {data_set.report.source} ({data_set.report.format})."
    return replace(rows, recognised=(sentence,), data_set=data_set.name)


# From the most specific format to the format that accepts any table.
FORMATS = (
    Format("data-set", "a data set of this program", recognise_data_set, read_data_set),
    Format(
        "movielens-100k",
        "u.data and u.item (MovieLens 100K)",
        movielens.recognise_100k,
        movielens.read_100k,
        "file-first",
    ),
    # A user who gives an artist several tags at once has a row for each tag.
    Format("hetrec", "HetRec 2011", table.recognise_hetrec, duplicates="collapse"),
    Format("movietweetings", "MovieTweetings", movielens.recognise_tweetings, movielens.read),
    Format("movielens-dat", "ratings.dat with ::", movielens.recognise_dat, movielens.read, "file-first"),
    Format("movielens-csv", "ratings.csv of MovieLens", movielens.recognise_csv, movielens.read, "file-first"),
    Format("recbole", "RecBole’s NAME.inter", recbole.recognise, recbole.read, variants=("recbole-sessions",)),
    Format("parquet", "Parquet", records.recognise_parquet, records.read_parquet),
    Format(
        "json-lines",
        "JSON objects, one per line or in an array",
        records.recognise_json,
        records.read_json,
        variants=("amazon-json",),
    ),
    Format("retail", "InvoiceNo, StockCode, …", table.recognise_retail, table.read_retail),
    Format("sessions", "SessionId, ItemId, Time", table.recognise_sessions),
    Format("user-lines", "one line per user", headerless.recognise_user_lines, headerless.read_user_lines),
    Format("pairs", "user and item only", headerless.recognise_pairs),
    Format("headerless", "user, item, rating, time without a header", headerless.recognise, variants=("amazon-csv",)),
    Format(
        "table",
        "a .csv, .tsv or .txt file with a header, such as interactions.csv",
        table.recognise,
        table.read,
        variants=("csv", "tsv", "table-folder"),
    ),
)
# Each name that a report may give a format → its name for people.
LABELS = {
    "movielens-100k": "MovieLens 100K",
    "hetrec": "HetRec 2011",
    "movietweetings": "MovieTweetings",
    "movielens-dat": "MovieLens, ratings.dat",
    "movielens-csv": "MovieLens, ratings.csv",
    "recbole": "RecBole",
    "recbole-sessions": "sessions of RecBole",
    "parquet": "a Parquet table",
    "json-lines": "lines of JSON",
    "amazon-json": "Amazon reviews",
    "retail": "retail invoices",
    "sessions": "a table of sessions",
    "user-lines": "one line per user",
    "pairs": "pairs of user and item",
    "headerless": "a table without a header",
    "amazon-csv": "Amazon ratings",
    "csv": "a CSV table",
    "tsv": "a TSV table",
    "table-folder": "a folder with a table",
}
