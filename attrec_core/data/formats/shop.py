"""Logs of shops. Retail: InvoiceNo, StockCode, Quantity, InvoiceDate, CustomerID, …; cancelled lines are counted out.
Sessions: SessionId, ItemId, Time, as of YooChoose and its kin; a session stands where a user would.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from attrec_core.data.reading.columns import first_named, plain
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table

INVOICE = ("invoiceno", "invoice_no", "invoice")
QUANTITY = ("quantity",)
SESSION = ("session_id", "sessionid", "session")


def recognise_invoices(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header:
        return None
    if first_named(layout.names, INVOICE) is None or first_named(layout.names, ("stockcode", "stock_code")) is None:
        return None
    sentence = "Retail, known by InvoiceNo and StockCode: a line of an invoice is an action of its customer."
    return layout.with_roles(source.options, sentence)


def read_invoices(source: Source, layout: Layout) -> Rows:
    invoice, quantity = first_named(layout.names, INVOICE), first_named(layout.names, QUANTITY)
    others = tuple(name for name in (invoice, quantity) if name is not None)
    refused = partial(cancelled, invoice=invoice, quantity=quantity)
    return rows_of_table(source, layout, others=others, refused=refused)


def cancelled(table: pa.Table, *, invoice: str | None, quantity: str | None) -> Mapping[str, np.ndarray]:
    """Invoices whose number begins with C, and lines that take something back."""
    reasons = {}
    if invoice is not None:
        struck = table[invoice].to_pandas().astype("str").str.strip().str.upper().str.startswith("C")
        reasons["cancelled invoice"] = struck.to_numpy(bool)
    if quantity is not None:
        amounts = pd.to_numeric(table[quantity].to_pandas().astype("str"), errors="coerce")
        reasons["quantity not above 0"] = (amounts <= 0).to_numpy(bool)
    return reasons


def recognise_sessions(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header or source.options.columns.user is not None:
        return None
    if not any(plain(name) in SESSION for name in layout.names):
        return None
    layout = layout.with_roles(
        source.options, "Sessions, known by the column of their ids: a session stands for a user."
    )
    return layout if plain(layout.roles["user"]) in SESSION else None
