"""Any CSV, TSV or `;` table with a header; or a folder with interactions.csv and, beside it, a catalogue."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.formats.kind import TABLE_ENDINGS, Format, Found, Look, rows_of_table
from attrec_core.data.options import Options
from attrec_core.data.reading.catalogue import about
from attrec_core.data.reading.layout import layout_of, with_roles
from attrec_core.data.reading.rows import Rows


def recognise(look: Look) -> Found | None:
    if look.main is None:
        return None
    named_so = look.main.base.endswith(TABLE_ENDINGS)
    if look.layout is None and not (named_so or look.options.format):
        return None
    return Found(look, look.main, look.layout)


def read(found: Found, options: Options) -> Rows:
    layout = found.layout or layout_of(found.member, options)  # which says what is wrong with it
    found = replace(found, layout=with_roles(layout, options, found.member))
    folder = len(found.look.source.members) > 1
    source = "table-folder" if folder else "tsv" if layout.delimiter == "\t" else "csv"
    rows = rows_of_table(found, options, source=source, tie_rule="file-last")
    return replace(rows, about=about(found.look.source.path))


FORMAT = Format(
    "table",
    "a .csv, .tsv or .txt file with a header, such as interactions.csv",
    "file-last",
    recognise,
    read,
)
