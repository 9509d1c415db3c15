"""From files to `Interactions`: each format is one reader, and the first that recognises a path reads it.

interactions, report = import_data("ratings.csv")
found = preview("ratings.csv", Options(columns=Columns(item="movie")))
"""

from __future__ import annotations

from pathlib import Path

from attrec_core.data.filters import effect
from attrec_core.data.formats import FORMATS, Format
from attrec_core.data.importing import (
    format_of,
    import_data,
    interactions_of,
    members_of,
    preset_of,
    preset_reason,
    preview,
    rows,
)
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Columns, Options
from attrec_core.data.reading.rows import Rows

__all__ = [
    "FORMATS",
    "Columns",
    "Format",
    "Interactions",
    "Options",
    "Rows",
    "effect",
    "format_of",
    "import_data",
    "interactions_of",
    "members_of",
    "preset_of",
    "preset_reason",
    "preview",
    "read",
    "rows",
]


def read(path: Path | str, options: Options | None = None) -> Interactions:
    """Interactions from a file or folder of a known format. Raises InputError, one sentence, for anything wrong."""
    return import_data(path, options)[0]
