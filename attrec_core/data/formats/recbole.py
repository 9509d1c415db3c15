"""RecBole's atomic files: NAME.inter with types in its header, NAME.item beside it; also its session data sets."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pyarrow as pa

from attrec_core.data.reading.catalogue import items_in, items_layout
from attrec_core.data.reading.columns import snake
from attrec_core.data.reading.delimited import NAME, read_columns
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_columns, rows_of_table
from attrec_core.errors import InputError

TYPES = (":token", ":token_seq", ":float", ":float_seq")
SHORTER = "a shorter beginning of the same session"


def recognise(source: Source) -> Layout | None:
    tables = source.ending(".inter")
    member = tables[0] if len(tables) == 1 and source.options.member is None else source.main
    layout = source.layout_as_table(member, quoting=False)
    if layout is None or not all(name.endswith(TYPES) for name in layout.names):
        return None
    layout = replace(layout, header=True, skip=max(layout.skip, 1))
    if sequence_of(layout) is not None:
        sentence = "RecBole sessions: each row a beginning of a session and its next item."
        return replace(layout, recognised=(sentence,), format="recbole-sessions")
    return layout.with_roles(source.options, "RecBole's atomic files, with types in the header.")


def sequence_of(layout: Layout) -> str | None:
    """The column that holds a list of earlier items."""
    return next((name for name in layout.names if name.endswith(":token_seq") and "item" in snake(name)), None)


def read(source: Source, layout: Layout) -> Rows:
    sequence = sequence_of(layout)
    if sequence is not None:
        return read_sessions(source, layout, sequence)
    rows = rows_of_table(source, layout)
    items = source.ending(".item")
    if not items or source.options.metadata:
        return rows
    layout = items_layout(items[0])
    return replace(rows, catalogue=items_in(layout), titles_file=layout)


def read_sessions(source: Source, layout: Layout, sequence: str) -> Rows:
    """Reads each session from the row with its longest beginning; the other rows repeat parts of it and are counted."""
    columns = {snake(name): name for name in layout.names}
    session, target = columns.get("session_id") or columns.get("user_id"), columns.get("item_id")
    if session is None or target is None:
        text = "{file} has lists of items, but no session_id:token and item_id:token."
        raise InputError("no_column", text, file=layout.member.path)
    types = dict.fromkeys((session, sequence, target), NAME)
    table, layout, skipped = read_columns(layout, types, skip=source.options.skips)
    lists = pd.DataFrame({name: table[name].to_pandas().astype("str") for name in types})
    lists["steps"] = [[*earlier.split(), last] for earlier, last in zip(lists[sequence], lists[target], strict=True)]
    longest = lists.loc[lists["steps"].str.len().groupby(lists[session], sort=False).idxmax()].sort_index()
    steps = longest.explode("steps")
    skipped[SHORTER] = len(lists) - len(longest)
    layout = replace(layout, roles={"user": session, "item": target})
    names = pa.table({session: steps[session], target: steps["steps"]})
    return rows_of_columns(source, layout, names, skipped=skipped)
