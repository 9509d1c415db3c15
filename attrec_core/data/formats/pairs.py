"""Two columns without a header, user and item, in the order of time: what SASRec and its kin read."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.options import Options
from attrec_core.data.reading.rows import Rows
from attrec_core.errors import InputError


def recognise(look: Look) -> Found | None:
    layout = look.layout
    if layout is None or look.main is None or layout.header or len(layout.names) != 2:
        return None
    asked = look.options.columns  # who says one of the two has said the other
    user = asked.user or ("2" if asked.item == "1" else "1")
    item = asked.item or ("1" if user == "2" else "2")
    if {user, item} != {"1", "2"}:
        raise InputError(
            f"{look.main.shown} has two columns, 1 and 2; user {user} and item {item} are not both of them."
        )
    words = f"Two columns without a header: user is column {user}, item column {item}."
    return Found(look, look.main, replace(layout, roles={"user": user, "item": item}), (words,))


def read(found: Found, options: Options) -> Rows:
    return rows_of_table(found, options, source="pairs", tie_rule="file-last")


FORMAT = Format("pairs", "user and item alone", "file-last", recognise, read)
