"""Sessions: SessionId, ItemId, Time, as of YooChoose and its kin. A session stands where a user would."""

from __future__ import annotations

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.options import Options
from attrec_core.data.reading.layout import with_roles
from attrec_core.data.reading.roles import plain
from attrec_core.data.reading.rows import Rows

SESSION = ("session_id", "sessionid", "session")


def recognise(look: Look) -> Found | None:
    layout = look.layout
    if layout is None or look.main is None or not layout.header or look.options.columns.user is not None:
        return None
    layout = (
        with_roles(layout, look.options, look.main) if any(plain(name) in SESSION for name in layout.names) else None
    )
    if layout is None or plain(layout.roles["user"]) not in SESSION:
        return None
    return Found(look, look.main, layout, ("Sessions, known by the column of their ids: a session stands for a user.",))


def read(found: Found, options: Options) -> Rows:
    return rows_of_table(found, options, source="sessions", tie_rule="file-last")


FORMAT = Format("sessions", "SessionId, ItemId, Time", "file-last", recognise, read)
