"""What a format is, and all of them; the first that recognises a path reads it."""

from __future__ import annotations

from collections.abc import Callable
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
    """One kind of input: how to know it, and how to read it.

    kinds: further names, of what it may turn out to be; expects: in words, for the sentence that says what was not
    found; recognise: None where the path is something else; read: the layout may be of a shortened copy, for a
    preview; tie_rule, duplicates: where nobody chooses.
    """

    name: str
    expects: str
    recognise: Callable[[Source], Layout | None]
    read: Callable[[Source, Layout], Rows] = rows_of_table
    tie_rule: TieRule = "file-last"
    duplicates: Duplicates = "keep"
    kinds: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All by which it may be chosen."""
        return (self.name, *self.kinds)


# From the most particular to the one that takes any table.
FORMATS = (
    Format("data-set", "a data set of this program", data_set.recognise, data_set.read),
    Format(
        "movielens-100k",
        "u.data and u.item (MovieLens 100K)",
        movielens.recognise_100k,
        movielens.read_100k,
        "file-first",
    ),
    # Somebody who gives an artist several tags at once has a row for each.
    Format("hetrec", "HetRec 2011", table.recognise_hetrec, duplicates="collapse"),
    Format("movietweetings", "MovieTweetings", movielens.recognise_tweetings, movielens.read),
    Format("movielens-dat", "ratings.dat with ::", movielens.recognise_dat, movielens.read, "file-first"),
    Format("movielens-csv", "ratings.csv of MovieLens", movielens.recognise_csv, movielens.read, "file-first"),
    Format("recbole", "RecBole’s NAME.inter", recbole.recognise, recbole.read, kinds=("recbole-sessions",)),
    Format("parquet", "Parquet", parquet.recognise, parquet.read),
    Format("json-lines", "lines of JSON", json_lines.recognise, json_lines.read, kinds=("amazon-json",)),
    Format("retail", "InvoiceNo, StockCode, …", table.recognise_invoices, table.read_invoices),
    Format("sessions", "SessionId, ItemId, Time", table.recognise_sessions),
    Format("user-lines", "one line a user", user_lines.recognise, user_lines.read),
    Format("pairs", "user and item alone", headerless.recognise_pairs),
    Format("headerless", "user, item, rating, time without a header", headerless.recognise, kinds=("amazon-csv",)),
    Format(
        "table",
        "a .csv, .tsv or .txt file with a header, such as interactions.csv",
        table.recognise,
        table.read,
        kinds=("csv", "tsv", "table-folder"),
    ),
)
