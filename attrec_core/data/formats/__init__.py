"""The formats, each a file; the first that recognises a path reads it."""

from __future__ import annotations

from attrec_core.data.formats import (
    data_set,
    headerless,
    hetrec,
    json_lines,
    movielens,
    movielens_100k,
    parquet,
    recbole,
    retail,
    sessions,
    table,
    user_lines,
)
from attrec_core.data.formats.format import Format

# From the most particular to the one that takes any table.
FORMATS: tuple[Format, ...] = (
    data_set.FORMAT,
    movielens_100k.FORMAT,
    hetrec.FORMAT,
    movielens.TWEETINGS,
    movielens.DAT,
    movielens.CSV,
    recbole.FORMAT,
    parquet.FORMAT,
    json_lines.FORMAT,
    retail.FORMAT,
    sessions.FORMAT,
    user_lines.FORMAT,
    headerless.PAIRS,
    headerless.FORMAT,
    table.FORMAT,
)
