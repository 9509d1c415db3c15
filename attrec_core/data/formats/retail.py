"""Retail: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, CustomerID. Cancelled lines are counted out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from attrec_core.data.formats.format import Format
from attrec_core.data.reading.columns import first_named
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_table

INVOICE = ("invoiceno", "invoice_no", "invoice")
QUANTITY = ("quantity",)


def recognise(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header:
        return None
    if first_named(layout.names, INVOICE) is None or first_named(layout.names, ("stockcode", "stock_code")) is None:
        return None
    sentence = "Retail, known by InvoiceNo and StockCode: a line of an invoice is an action of its customer."
    return layout.with_roles(source.options, sentence)


def read(source: Source, layout: Layout) -> Rows:
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


FORMAT = Format("retail", "InvoiceNo, StockCode, …", recognise, read)
