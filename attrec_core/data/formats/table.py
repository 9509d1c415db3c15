"""Text tables with a header, recognised by the names of their files or columns, and any other text table.

HetRec 2011: tabs, and the time in columns of day, month and year; LastFM's tags, MovieLens's ratings.
Retail: InvoiceNo, StockCode, Quantity, InvoiceDate, CustomerID, …; cancelled lines are dropped and counted.
Sessions: SessionId, ItemId, Time, as in YooChoose and similar data; each session is read as a user.
Any other: CSV, TSV or `;`; or a folder with interactions.csv and, beside it, a catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from attrec_core.data.reading.catalogue import about
from attrec_core.data.reading.columns import first_named, snake
from attrec_core.data.reading.layout import Layout, layout_of
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import TABLE_ENDINGS, Source
from attrec_core.data.reading.table_rows import Rule, rows_of_table

TAGS = "LastFM (HetRec 2011): each tag that a user gave an artist is an interaction"
RATINGS = "MovieLens (HetRec 2011): each rating is an interaction"
PARTS, WHOLE = "day, month and year in columns", "one time"
FILES = {
    "user_taggedartists.dat": f"{TAGS}; {PARTS}.",
    "user_taggedartists-timestamps.dat": f"{TAGS}; {WHOLE}.",
    "user_ratedmovies-timestamps.dat": f"{RATINGS}; {WHOLE}.",
    "user_ratedmovies.dat": f"{RATINGS}; {PARTS}.",
}
INVOICE = ("invoiceno", "invoice_no", "invoice")
STOCK = ("stockcode", "stock_code")
# Names of a column → the rule that leaves out its rows: cancelled invoices, whose number begins with C, and returns.
REFUSED: Mapping[tuple[str, ...], Rule] = {
    INVOICE: ("cancelled invoice", lambda numbers: numbers.str.strip().str.upper().str.startswith("C")),
    ("quantity",): ("quantity not above 0", lambda amounts: pd.to_numeric(amounts, errors="coerce") <= 0),
}
SESSION = ("session_id", "sessionid", "session")


def recognise_hetrec(source: Source) -> Layout | None:
    layout = source.layout_as_table(source.named(*FILES))
    return layout and layout.with_roles(source.options, FILES[layout.member.base])


def recognise_retail(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header or not all(first_named(layout.names, names) for names in (INVOICE, STOCK)):
        return None
    sentence = "Retail invoices (columns InvoiceNo and StockCode): each line is an interaction of its customer."
    return layout.with_roles(source.options, sentence)


def read_retail(source: Source, layout: Layout) -> Rows:
    refused = {name: rule for key, rule in REFUSED.items() if (name := first_named(layout.names, key))}
    return rows_of_table(source, layout, refused)


def recognise_sessions(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header or source.options.columns.user is not None:
        return None
    if not any(snake(name) in SESSION for name in layout.names):
        return None
    sentence = "Sessions (recognised by the column of their ids): each session is treated as a user."
    layout = layout.with_roles(source.options, sentence)
    return layout if snake(layout.roles["user"]) in SESSION else None


def recognise(source: Source) -> Layout | None:
    if source.main is None:
        return None
    is_expected = source.main.base.endswith(TABLE_ENDINGS) or source.options.format is not None
    return source.layout or (Layout(source.main) if is_expected else None)


def read(source: Source, layout: Layout) -> Rows:
    if not layout.names:
        layout = layout_of(layout.member, source.options)  # raises the error that says what is wrong
    format_ = "tsv" if layout.delimiter == "\t" else "csv"
    layout = replace(layout, format="table-folder" if len(source.members) > 1 else format_)
    return replace(rows_of_table(source, layout.with_roles(source.options)), about=about(source.path))
