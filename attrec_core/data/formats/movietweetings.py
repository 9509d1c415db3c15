"""MovieTweetings: the files of MovieLens 1M, but movies are numbered as IMDb does, with leading zeros."""

from __future__ import annotations

from attrec_core.data.formats.kind import Format, Found, Look, rows_of_table
from attrec_core.data.formats.movielens_dat import two_colons
from attrec_core.data.options import Options
from attrec_core.data.reading.rows import Rows


def recognise(look: Look) -> Found | None:
    found = two_colons(
        look,
        "MovieTweetings: ratings.dat as user::movie::rating::time, whose movie ids have leading zeros and stay text.",
    )
    if found is None or found.layout is None:
        return None
    ids = found.layout.values("item")
    # IMDb's numbers have seven digits or more; many begin with a zero, none of MovieLens's does.
    return found if all(len(name) >= 6 for name in ids) and any(name.startswith("0") for name in ids) else None


def read(found: Found, options: Options) -> Rows:
    return rows_of_table(found, options, source="movietweetings", tie_rule="file-last", years_in_titles=True)


FORMAT = Format("movietweetings", "MovieTweetings", "file-last", recognise, read)
