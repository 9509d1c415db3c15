"""Retail: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, CustomerID. Cancelled lines are counted out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.options import Options
from attrec_core.data.reading.layout import with_roles
from attrec_core.data.reading.roles import first_named
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.table_rows import TableColumns

INVOICE = ("invoiceno", "invoice_no", "invoice")
QUANTITY = ("quantity",)


def recognise(look: Look) -> Found | None:
    layout = look.layout
    if layout is None or look.main is None or not layout.header:
        return None
    if first_named(layout.names, INVOICE) is None or first_named(layout.names, ("stockcode", "stock_code")) is None:
        return None
    words = "Retail, known by InvoiceNo and StockCode: a line of an invoice is an action of its customer."
    return Found(look, look.main, with_roles(layout, look.options, look.main), (words,))


def read(found: Found, options: Options) -> Rows:
    assert found.layout is not None
    invoice, quantity = first_named(found.layout.names, INVOICE), first_named(found.layout.names, QUANTITY)
    others = tuple(name for name in (invoice, quantity) if name is not None)

    def refused(columns: TableColumns) -> Mapping[str, np.ndarray]:
        return cancelled(columns, invoice, quantity)

    return rows_of_table(found, options, source="retail", tie_rule="file-last", others=others, refused=refused)


def cancelled(columns: TableColumns, invoice: str | None, quantity: str | None) -> Mapping[str, np.ndarray]:
    """Invoices whose number begins with C, and lines that take something back."""
    reasons = {}
    if invoice is not None:
        numbers = columns.others[invoice]
        struck = np.array([name.strip().upper().startswith("C") for name in numbers.names], bool)
        reasons["cancelled invoice"] = struck[numbers.codes]
    if quantity is not None:
        amounts = columns.others[quantity]
        less = pd.to_numeric(pd.Series(amounts.names, dtype="str"), errors="coerce").to_numpy(np.float64) <= 0
        reasons["quantity not above 0"] = less[amounts.codes]
    return reasons


FORMAT = Format("retail", "InvoiceNo, StockCode, …", "file-last", recognise, read)
