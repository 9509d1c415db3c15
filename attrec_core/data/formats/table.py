"""Text tables with a header, recognised by the names of their files or columns, and any other text table.

HetRec 2011: tabs, and the time in columns of day, month and year; LastFM's tags, MovieLens's ratings.
Retail: InvoiceNo, StockCode, Quantity, InvoiceDate, CustomerID, …; cancelled lines are dropped and counted.
Sessions: SessionId, ItemId, Time, as in YooChoose and similar data; each session is read as a user.
Any other: CSV, TSV or `;`; or a folder with interactions.csv and, beside it, a catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from attrec_core.data.reading.catalogue import about
from attrec_core.data.reading.column_names import first_named, snake
from attrec_core.data.reading.layout import Layout, layout_of
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import TABLE_ENDINGS, Source
from attrec_core.data.reading.table_rows import rows_of_table
from attrec_core.errors import InputError

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
SESSION = ("session_id", "sessionid", "session")


def recognise_hetrec(source: Source) -> Layout | None:
    member = source.named(*FILES)
    if member is None:
        return None
    try:
        layout = layout_of(member, source.options, delimiter="\t", header=True, quoting=False)
    except InputError:
        return None
    return layout.with_roles(source.options, FILES[member.base])


def recognise_invoices(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header:
        return None
    if first_named(layout.names, INVOICE) is None or first_named(layout.names, ("stockcode", "stock_code")) is None:
        return None
    sentence = "Retail invoices (columns InvoiceNo and StockCode): each line is an interaction of its customer."
    return layout.with_roles(source.options, sentence)


def read_invoices(source: Source, layout: Layout) -> Rows:
    invoice, quantity = first_named(layout.names, INVOICE), first_named(layout.names, ("quantity",))
    extra_columns = tuple(name for name in (invoice, quantity) if name is not None)
    refused = partial(cancelled, invoice=invoice, quantity=quantity)
    return rows_of_table(source, layout, others=extra_columns, refused=refused)


def cancelled(table: pa.Table, *, invoice: str | None, quantity: str | None) -> Mapping[str, np.ndarray]:
    """Reason → (n,) bool: cancelled invoices, whose number begins with C, and returns, with a quantity not above 0."""
    reasons = {}
    if invoice is not None:
        is_cancelled = table[invoice].to_pandas().astype("str").str.strip().str.upper().str.startswith("C")
        reasons["cancelled invoice"] = is_cancelled.to_numpy(bool)
    if quantity is not None:
        amounts = pd.to_numeric(table[quantity].to_pandas().astype("str"), errors="coerce")
        reasons["quantity not above 0"] = (amounts <= 0).to_numpy(bool)
    return reasons


def recognise_sessions(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header or source.options.columns.user is not None:
        return None
    if not any(snake(name) in SESSION for name in layout.names):
        return None
    layout = layout.with_roles(
        source.options, "Sessions (recognised by the column of their ids): each session is treated as a user."
    )
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
