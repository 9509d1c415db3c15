"""HetRec 2011: tables with tabs and the time in columns of day, month and year; LastFM's tags, MovieLens's ratings."""

from __future__ import annotations

from attrec_core.data.reading.layout import Layout, layout_of
from attrec_core.data.reading.sources import Source
from attrec_core.errors import InputError

TAGS = "LastFM (HetRec 2011): each tag that somebody gave an artist is an action"
RATINGS = "MovieLens (HetRec 2011): each rating is an action"
PARTS, WHOLE = "day, month and year in columns", "one time"
FILES = {
    "user_taggedartists.dat": f"{TAGS}; {PARTS}.",
    "user_taggedartists-timestamps.dat": f"{TAGS}; {WHOLE}.",
    "user_ratedmovies.dat": f"{RATINGS}; {PARTS}.",
    "user_ratedmovies-timestamps.dat": f"{RATINGS}; {WHOLE}.",
}


def recognise(source: Source) -> Layout | None:
    member = source.named(*FILES)
    if member is None:
        return None
    try:
        layout = layout_of(member, source.options, delimiter="\t", header=True, quoting=False)
    except InputError:
        return None
    return layout.with_roles(source.options, FILES[member.base])
