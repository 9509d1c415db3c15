"""HetRec 2011: tables with tabs and the time in columns of day, month and year; LastFM's tags, MovieLens's ratings."""

from __future__ import annotations

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.options import Options
from attrec_core.data.reading.layout import layout_of, with_roles
from attrec_core.data.reading.rows import Rows
from attrec_core.errors import InputError

FILES = {
    "user_taggedartists.dat": "LastFM (HetRec 2011): each tag that somebody gave an artist is an action",
    "user_taggedartists-timestamps.dat": "LastFM (HetRec 2011): each tag that somebody gave an artist is an action",
    "user_ratedmovies.dat": "MovieLens (HetRec 2011): each rating is an action",
    "user_ratedmovies-timestamps.dat": "MovieLens (HetRec 2011): each rating is an action",
}


def recognise(look: Look) -> Found | None:
    member = look.source.named(*FILES)
    if member is None:
        return None
    try:
        layout = layout_of(member, look.options, delimiter="\t", header=True, quoting=False)
    except InputError:
        return None
    words = (
        f"{FILES[member.base]}; {'day, month and year in columns' if 'timestamps' not in member.base else 'one time'}."
    )
    return Found(look, member, with_roles(layout, look.options, member), (words,))


def read(found: Found, options: Options) -> Rows:
    return rows_of_table(found, options, source="hetrec", tie_rule="file-last")


FORMAT = Format("hetrec", "HetRec 2011", "file-last", recognise, read)
