"""The class `Format` and all formats; the first format that recognises a path reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attrec_core.data.formats import (
    data_set,
    headerless,
    json_lines,
    movielens,
    parquet,
    recbole,
    table,
    user_lines,
)
from attrec_core.data.options import Duplicates, TieRule
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table


@dataclass(frozen=True)
class Format:
    """One kind of input: how to recognise it, and how to read it.

    expects: what the format looks for, in words, for error messages; called: each name that a report may give it → its
    name for people; recognise: returns None if the path is something else; read: the layout may be of a shortened
    copy, for a preview; tie_rule, duplicates: the defaults.
    """

    name: str
    expects: str
    called: Mapping[str, str]
    recognise: Callable[[Source], Layout | None]
    read: Callable[[Source, Layout], Rows] = rows_of_table
    tie_rule: TieRule = "file-last"
    duplicates: Duplicates = "keep"

    @property
    def names(self) -> tuple[str, ...]:
        """All names by which the format can be chosen."""
        return tuple(dict.fromkeys((self.name, *self.called)))


# From the most specific format to the format that accepts any table.
FORMATS = (
    Format("data-set", "a data set of this program", {}, data_set.recognise, data_set.read),
    Format(
        "movielens-100k",
        "u.data and u.item (MovieLens 100K)",
        {"movielens-100k": "MovieLens 100K"},
        movielens.recognise_100k,
        movielens.read_100k,
        "file-first",
    ),
    # A user who gives an artist several tags at once has a row for each tag.
    Format("hetrec", "HetRec 2011", {"hetrec": "HetRec 2011"}, table.recognise_hetrec, duplicates="collapse"),
    Format(
        "movietweetings",
        "MovieTweetings",
        {"movietweetings": "MovieTweetings"},
        movielens.recognise_tweetings,
        movielens.read,
    ),
    Format(
        "movielens-dat",
        "ratings.dat with ::",
        {"movielens-dat": "MovieLens, ratings.dat"},
        movielens.recognise_dat,
        movielens.read,
        "file-first",
    ),
    Format(
        "movielens-csv",
        "ratings.csv of MovieLens",
        {"movielens-csv": "MovieLens, ratings.csv"},
        movielens.recognise_csv,
        movielens.read,
        "file-first",
    ),
    Format(
        "recbole",
        "RecBole’s NAME.inter",
        {"recbole": "RecBole", "recbole-sessions": "sessions of RecBole"},
        recbole.recognise,
        recbole.read,
    ),
    Format("parquet", "Parquet", {"parquet": "a Parquet table"}, parquet.recognise, parquet.read),
    Format(
        "json-lines",
        "JSON objects, one per line or in an array",
        {"json-lines": "lines of JSON", "amazon-json": "Amazon reviews"},
        json_lines.recognise,
        json_lines.read,
    ),
    Format(
        "retail",
        "InvoiceNo, StockCode, …",
        {"retail": "retail invoices"},
        table.recognise_invoices,
        table.read_invoices,
    ),
    Format("sessions", "SessionId, ItemId, Time", {"sessions": "a table of sessions"}, table.recognise_sessions),
    Format(
        "user-lines",
        "one line per user",
        {"user-lines": "one line per user"},
        user_lines.recognise,
        user_lines.read,
    ),
    Format("pairs", "user and item only", {"pairs": "pairs of user and item"}, headerless.recognise_pairs),
    Format(
        "headerless",
        "user, item, rating, time without a header",
        {"headerless": "a table without a header", "amazon-csv": "Amazon ratings"},
        headerless.recognise,
    ),
    Format(
        "table",
        "a .csv, .tsv or .txt file with a header, such as interactions.csv",
        {"csv": "a CSV table", "tsv": "a TSV table", "table-folder": "a folder with a table"},
        table.recognise,
        table.read,
    ),
)
