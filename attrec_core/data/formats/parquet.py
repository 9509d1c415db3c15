"""Parquet files, whose columns have types."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.delimited import PARQUET, arrow_errors, parquet_head
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_columns
from attrec_core.errors import InputError, Place


def recognise(source: Source) -> Layout | None:
    if source.main is None or source.main.head(len(PARQUET)) != PARQUET:
        return None
    names, sample = parquet_head(source.main)
    return Layout(source.main, recognised=("A Parquet file.",), names=names, sample=sample)


def read(source: Source, layout: Layout) -> Rows:
    member, layout = layout.member, layout.with_roles(source.options)
    columns = {name for named in layout.roles.values() for name in parts_of(named, layout.names)}
    with arrow_errors(member):
        table = arrow_parquet.read_table(member.file(), columns=sorted(columns))
        if table.num_rows == 0:
            raise InputError("no_rows", "{file} has no rows; expected one for each interaction.", file=member.path)
        table = pa.table({name: decode(column) for name, column in zip(table.column_names, table.columns, strict=True)})

        def locate(row: int, column: str) -> tuple[Place, str]:
            value = table[parts_of(column, table.column_names)[0]][row].as_py()
            return Place(str(member.path), column=column, row=row + 1), str(value)

        return rows_of_columns(source, layout, table, locate, recognised=(f"Columns: {layout.roles_told()}.",))


def decode(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column, with its values decoded if it is dictionary-encoded."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
