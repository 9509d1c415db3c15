"""Two columns without a header, user and item, in the order of time: what SASRec and its kin read."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.formats.format import Format
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.sources import Source
from attrec_core.errors import InputError


def recognise(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or layout.header or len(layout.names) != 2:
        return None
    asked = source.options.columns  # who says one of the two has said the other
    user = asked.user or ("2" if asked.item == "1" else "1")
    item = asked.item or ("1" if user == "2" else "2")
    if {user, item} != {"1", "2"}:
        raise InputError(
            "no_such_column",
            "{file} has two columns, 1 and 2; user {user} and item {item} are not both of them.",
            file=layout.member.path,
            user=user,
            item=item,
        )
    sentence = f"Two columns without a header: user is column {user}, item column {item}."
    return replace(layout, roles={"user": user, "item": item}, recognised=(sentence,))


FORMAT = Format("pairs", "user and item alone", recognise)
