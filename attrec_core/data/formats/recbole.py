"""RecBole's atomic files: NAME.inter with types in its header, NAME.item beside it; its session sets as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.options import Options
from attrec_core.data.reading.broken import skips
from attrec_core.data.reading.catalogue import items_in
from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.delimited import TEXT, coded, read_columns
from attrec_core.data.reading.layout import Layout, layout_of, with_roles
from attrec_core.data.reading.roles import plain
from attrec_core.data.reading.rows import Rows, rows_of
from attrec_core.data.reading.times import file_order
from attrec_core.errors import InputError

TYPES = (":token", ":token_seq", ":float", ":float_seq")
SHORTER = "a shorter beginning of the same session"


def recognise(look: Look) -> Found | None:
    member = next(iter(look.source.ending(".inter")), look.main)
    if member is None:
        return None
    try:
        layout = layout_of(member, look.options, quoting=False)
    except InputError:
        return None
    if not all(name.endswith(TYPES) for name in layout.names):
        return None
    layout = replace(layout, header=True, skip=max(layout.skip, 1))
    if sequence_of(layout) is not None:
        return Found(look, member, layout, ("RecBole sessions: each row a beginning of a session and its next item.",))
    return Found(
        look, member, with_roles(layout, look.options, member), ("RecBole's atomic files, with types in the header.",)
    )


def sequence_of(layout: Layout) -> str | None:
    """The column that holds a list of earlier items."""
    return next((name for name in layout.names if name.endswith(":token_seq") and "item" in plain(name)), None)


def read(found: Found, options: Options) -> Rows:
    assert found.layout is not None
    sequence = sequence_of(found.layout)
    if sequence is not None:
        return read_sessions(found, found.layout, sequence, options)
    rows = rows_of_table(found, options, source="recbole", tie_rule="file-last")
    items = found.look.source.ending(".item")
    return replace(rows, catalogue=items_in(items[0])) if items and not options.metadata else rows


def read_sessions(found: Found, layout: Layout, sequence: str, options: Options) -> Rows:
    """Of the rows of a session the one with the longest beginning says it all; the others are counted."""
    ids = {plain(name): name for name in layout.names}
    session, target = ids.get("session_id") or ids.get("user_id"), ids.get("item_id")
    if session is None or target is None:
        raise InputError(f"{found.member.shown} has lists of items, but no session_id:token and item_id:token.")
    columns = dict.fromkeys((session, sequence, target), TEXT)
    table, layout, skipped = read_columns(found.member, layout, columns, skip=skips(options))
    sessions, lists, targets = (coded(table[name]) for name in (session, sequence, target))
    lengths = np.array([len(text.split()) for text in lists.names], np.int64)[lists.codes]
    longest = np.lexsort((np.arange(len(lengths)), -lengths, sessions.codes))
    kept = longest[np.concatenate([[True], np.diff(sessions.codes[longest]) > 0])] if len(lengths) else longest
    kept.sort()
    names, items = [], []
    for row in kept:
        whole = [*lists.at(row).split(), targets.at(row)]
        names += [sessions.at(row)] * len(whole)
        items += whole
    shorter = len(lengths) - len(kept)
    rows = rows_of(
        Coded.of(names),
        Coded.of(items),
        file_order(len(items)),
        source="recbole-sessions",
        tie_rule="file-last",
        recognised=found.recognised,
        skipped=skipped,
    )
    return replace(rows, read=rows.read + shorter, dropped={**rows.dropped, **({SHORTER: shorter} if shorter else {})})


FORMAT = Format("recbole", "RecBole’s NAME.inter", "file-last", recognise, read)
