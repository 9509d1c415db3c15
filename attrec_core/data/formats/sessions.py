"""Sessions: SessionId, ItemId, Time, as of YooChoose and its kin. A session stands where a user would."""

from __future__ import annotations

from attrec_core.data.formats.format import Format
from attrec_core.data.reading.columns import plain
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.sources import Source

SESSION = ("session_id", "sessionid", "session")


def recognise(source: Source) -> Layout | None:
    layout = source.layout
    if layout is None or not layout.header or source.options.columns.user is not None:
        return None
    if not any(plain(name) in SESSION for name in layout.names):
        return None
    layout = layout.with_roles(
        source.options, "Sessions, known by the column of their ids: a session stands for a user."
    )
    return layout if plain(layout.roles["user"]) in SESSION else None


FORMAT = Format("sessions", "SessionId, ItemId, Time", recognise)
