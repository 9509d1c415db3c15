"""One line per user: the user, then all items in time order, separated by spaces or tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa

from attrec_core.data.reading.column_names import is_name
from attrec_core.data.reading.layout import Layout, head_of
from attrec_core.data.reading.lines import value_at
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_columns
from attrec_core.errors import InputError, count_of

NAME = "user-lines"
OTHER_SIGNS = (",", ";", "|", "::", '"', "{")


def recognise(source: Source) -> Layout | None:
    if source.main is None:
        return None
    try:
        encoding, _, lines = head_of(source.main, source.options)
    except InputError:
        return None
    if source.options.format != NAME and not looks_like_it(lines):
        return None
    sentence = "One line per user: the user, then the items, oldest first."
    return Layout(source.main, recognised=(sentence,), encoding=encoding, roles={"user": "user", "item": "item"})


def looks_like_it(lines: Sequence[str]) -> bool:
    """Whether only white space separates the words, in lines of unequal length, the first without a column name."""
    lines = [line for line in lines[:200] if line.strip()]
    if any(sign in line for line in lines for sign in OTHER_SIGNS) or any(line.split()[0] == "#" for line in lines):
        return False
    if any(map(is_name, lines[0].split())):
        return False
    widths = [len(line.split()) for line in lines]
    tabs = {line.count("\t") for line in lines}
    # The same number of tabs in each line means columns, unless a tab only separates the user from the items.
    return min(widths) >= 2 and len(set(widths)) > 1 and (len(tabs) > 1 or tabs <= {0, 1})


def read(source: Source, layout: Layout) -> Rows:
    with layout.member.file().open(encoding=layout.encoding, errors="replace") as stream:
        lines = [fields for line in stream if (fields := line.split())]
    pairs = [(user, item) for user, *items in lines for item in items]
    users = [line[0] for line in lines if len(line) > 1]
    sentence = f"{count_of(len(users), 'line')} with items, and {len(lines) - len(users):,} with only a user."
    names = pa.table({"user": [user for user, _ in pairs], "item": [item for _, item in pairs]})
    rows = rows_of_columns(source, layout, names, partial(value_at, layout), recognised=(sentence,))
    continued = len(users) - len(set(users))
    continues = "continues" if continued == 1 else "continue"
    remark = f"{count_of(continued, 'line')} {continues} the history of an earlier line's user."
    return replace(rows, remarks=(remark,)) if continued else rows
