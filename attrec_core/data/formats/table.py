"""Any CSV, TSV or `;` table with a header; or a folder with interactions.csv and, beside it, a catalogue."""

from __future__ import annotations

from dataclasses import replace

from attrec_core.data.reading.catalogue import about
from attrec_core.data.reading.layout import Layout, layout_of
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import TABLE_ENDINGS, Source
from attrec_core.data.reading.table_rows import rows_of_table


def recognise(source: Source) -> Layout | None:
    if source.main is None:
        return None
    named_so = source.main.base.endswith(TABLE_ENDINGS) or source.options.format is not None
    return source.layout or (Layout(source.main) if named_so else None)


def read(source: Source, layout: Layout) -> Rows:
    if not layout.names:
        layout = layout_of(layout.member, source.options)  # which says what is wrong with it
    one_file = "tsv" if layout.delimiter == "\t" else "csv"
    layout = replace(layout, format="table-folder" if len(source.members) > 1 else one_file)
    return replace(rows_of_table(source, layout.with_roles(source.options)), about=about(source.path))
