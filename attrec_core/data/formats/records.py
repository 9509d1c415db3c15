"""Records that name their own fields: Parquet; and JSON objects, one per line or in an array, such as Amazon reviews
(reviewerID, asin, unixReviewTime).
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.delimited import MEND, PARQUET, arrow_errors
from attrec_core.data.reading.json_objects import is_array, is_json, objects_in, text_of, value_of
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source, columns_in
from attrec_core.data.reading.table_rows import rows_of_columns
from attrec_core.errors import InputError, Place, shown

AMAZON, AMAZON_2023 = {"reviewerID", "asin"}, {"user_id", "parent_asin", "title", "text"}
BROKEN = "line that is not a JSON object"


def recognise_parquet(source: Source) -> Layout | None:
    if source.main is None or source.main.head(len(PARQUET)) != PARQUET:
        return None
    return replace(columns_in(source.main, source.options), recognised=("A Parquet file.",))


def read_parquet(source: Source, layout: Layout) -> Rows:
    member, layout = layout.member, layout.with_roles(source.options)
    columns = {name for named in layout.roles.values() for name in parts_of(named, layout.names)}
    with arrow_errors(member):
        table = arrow_parquet.read_table(member.file(), columns=sorted(columns))
        if table.num_rows == 0:
            raise InputError("no_rows", "{file} has no rows; expected one for each interaction.", file=member.path)
        for index, column in enumerate(table.columns):
            if pa.types.is_dictionary(column.type):
                table = table.set_column(index, table.column_names[index], column.cast(column.type.value_type))

        def locate(row: int, column: str) -> tuple[Place, str]:
            value = table[parts_of(column, table.column_names)[0]][row].as_py()
            return Place(str(member.path), column=column, row=row + 1), str(value)

        return rows_of_columns(source, layout, table, locate, recognised=[f"Columns: {layout.roles_told()}."])


def recognise_json(source: Source) -> Layout | None:
    if source.main is None or not is_json(source.main):
        return None
    layout = columns_in(source.main, source.options)
    shape = "an array of JSON objects" if is_array(source.main) else "one JSON object per line"
    if set(layout.names) >= AMAZON or set(layout.names) >= AMAZON_2023:
        return replace(layout, recognised=(f"Amazon reviews, {shape}.",), format="amazon-json")
    return replace(layout, recognised=(f"{shape[0].upper()}{shape[1:]}.",))


def read_json(source: Source, layout: Layout) -> Rows:
    member, options = layout.member, source.options
    if set(layout.names) >= AMAZON_2023 and options.columns.title is None:
        # The key `title` names the review, not the item.
        options = replace(options, columns=replace(options.columns, title="none"))
    layout = layout.with_roles(options)
    columns = [name for named in layout.roles.values() for name in parts_of(named, layout.names)]
    values: dict[str, list[str]] = {name: [] for name in columns}
    lines: list[int] = []
    broken = 0
    for line, start, content in objects_in(member, options.encoding):
        if content is not None:
            lines.append(line)
            for name in columns:
                values[name].append(text_of(value_of(content, name)))
        elif options.skips:
            broken += 1
        else:
            text = "not a JSON object, but {text}. If the file is incomplete, download it again. {mend}"
            place, start = Place(str(member.path), line), shown(start.strip(), 40)
            raise InputError("not_an_object", text, setting="broken_rows", place=place, text=start, mend=MEND)
    if not lines:
        raise InputError("no_rows", "{file} holds no JSON objects; expected one per line.", file=member.path)
    if not options.timeless and layout.roles["time"] not in values:
        text = "{file}: a date in several keys is not read; {choose:time_column}."
        raise InputError("several_keys", text, setting="time_column", file=member.path)

    def locate(row: int, name: str) -> tuple[Place, str]:
        return Place(str(member.path), lines[row], name), values[name][row]

    sentences, skipped = [f"Keys: {layout.roles_told()}."], {BROKEN: broken} if broken else {}
    return rows_of_columns(source, layout, pa.table(values), locate, recognised=sentences, skipped=skipped)
