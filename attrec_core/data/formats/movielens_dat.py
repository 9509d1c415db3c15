"""MovieLens 1M and 10M: ratings.dat with user::movie::rating::time, and movies.dat beside it."""

from __future__ import annotations

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.options import Options
from attrec_core.data.reading.layout import Layout, head_of
from attrec_core.data.reading.rows import Rows
from attrec_core.errors import InputError

COLUMNS = ("user", "item", "rating", "time")


def two_colons(look: Look, recognised: str) -> Found | None:
    """ratings.dat, or the only file, where most lines have four fields with two colons between; None otherwise."""
    member = look.source.named("ratings.dat") or (look.main if len(look.source.members) == 1 else None)
    try:
        head = head_of(member, look.options) if member else None
    except InputError:
        return None
    first = head.lines[:20] if head else ()
    if head is None or 2 * sum(line.count("::") == 3 for line in first) <= len(first):
        return None
    roles = {name: name for name in COLUMNS}
    sample = tuple(tuple(line.split("::")) for line in head.lines[:200])
    layout = Layout("::", head.encoding, False, COLUMNS, head.blank, False, roles, sample)
    return Found(look, member, layout, (recognised,))


def recognise(look: Look) -> Found | None:
    return two_colons(look, "MovieLens 1M or 10M: ratings.dat as user::movie::rating::time, titles from movies.dat.")


def read(found: Found, options: Options) -> Rows:
    return rows_of_table(found, options, source="movielens-dat", tie_rule="file-first", years_in_titles=True)


FORMAT = Format("movielens-dat", "ratings.dat with ::", "file-first", recognise, read)
