"""A data set that was imported before: a folder with data.json. Its rows can be filtered again."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data import data_sets
from attrec_core.data.filters import rows_again
from attrec_core.data.formats.kind import Format, Found, Look
from attrec_core.data.options import Options
from attrec_core.data.reading.rows import Rows


def recognise(look: Look) -> Found | None:
    member = look.source.named("data.json")
    return Found(look, member) if member is not None and data_sets.is_data_set(look.source.path) else None


def read(found: Found, options: Options) -> Rows:
    opened = data_sets.load(found.look.source.path)
    rows = rows_again(opened.interactions)
    words = f"The data set {opened.name!r}, imported from {opened.report.source} ({opened.report.format})."
    return replace(rows, recognised=(words,), data_set=opened.name)


FORMAT = Format("data-set", "a data set of this program", "file-last", recognise, read)
