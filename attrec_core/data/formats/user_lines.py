"""One line a user: the user, then all items in the order of time, with spaces or tabs between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrec_core.data.formats.kind import Format, Found, Look
from attrec_core.data.options import Options
from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.layout import ALL_NAMES, Head, head_of
from attrec_core.data.reading.roles import plain
from attrec_core.data.reading.rows import Rows, rows_of
from attrec_core.data.reading.times import file_order
from attrec_core.errors import InputError

OTHER_SIGNS = (",", ";", "|", "::", '"', "{")


def recognise(look: Look) -> Found | None:
    if look.main is None:
        return None
    try:
        head = head_of(look.main, look.options)
    except InputError:
        return None
    if look.options.format != FORMAT.name and not looks_like_it(head):
        return None
    return Found(look, look.main, None, ("One line a user: the user, then the items, oldest first.",))


def looks_like_it(head: Head) -> bool:
    """Lines of unequal length with nothing but space between the words, and no name of a column in the first."""
    lines = [line for line in head.lines[:200] if line.strip()]
    if any(sign in line for line in lines for sign in OTHER_SIGNS):
        return False
    if any(plain(word) in ALL_NAMES for word in lines[0].split()):
        return False
    widths = [len(line.split()) for line in lines]
    tabs = {line.count("\t") for line in lines}
    # The same number of tabs in each line makes columns of them, unless they only part the user from the items.
    return min(widths) >= 2 and len(set(widths)) > 1 and (len(tabs) > 1 or tabs <= {0, 1})


def read(found: Found, options: Options) -> Rows:
    encoding = head_of(found.member, options).encoding
    users: list[str] = []
    counts: list[int] = []
    items: list[str] = []
    empty = 0
    with found.member.file().open(encoding=encoding, errors="replace") as stream:
        for line in stream:
            words = line.split()
            if len(words) > 1:
                users.append(words[0])
                counts.append(len(words) - 1)
                items += words[1:]
            elif words:
                empty += 1
    who = Coded.of(users)
    rows = rows_of(
        Coded(np.repeat(who.codes, counts), who.names),
        Coded.of(items),
        file_order(len(items)),
        source="user-lines",
        tie_rule="file-last",
        recognised=(*found.recognised, f"{len(users):,} lines with items, and {empty:,} with a user alone."),
    )
    again = len(users) - len(who.names)
    return replace(rows, remarks=(f"{again:,} lines go on with a user of an earlier line.",)) if again else rows


FORMAT = Format("user-lines", "one line a user", "file-last", recognise, read)
