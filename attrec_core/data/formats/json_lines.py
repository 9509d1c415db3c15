"""JSON objects, one per line or in an array: Amazon reviews (reviewerID, asin, unixReviewTime), and others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa

from attrec_core.data.options import Options
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.json_objects import is_array, is_json, names_in, objects_in, text_of, value_of
from attrec_core.data.reading.layout import Layout
from attrec_core.data.reading.lines import MEND
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_columns
from attrec_core.errors import InputError, Place, shown

AMAZON, AMAZON_2023 = {"reviewerID", "asin"}, {"user_id", "parent_asin", "title", "text"}


def recognise(source: Source) -> Layout | None:
    if source.main is None or not is_json(source.main):
        return None
    names, sample = names_in(source.main)
    amazon = set(names) >= AMAZON or set(names) >= AMAZON_2023
    shape = "an array of JSON objects" if is_array(source.main) else "one JSON object per line"
    sentence = f"Amazon reviews, {shape}." if amazon else f"{shape[0].upper()}{shape[1:]}."
    format_ = "amazon-json" if amazon else ""
    return Layout(source.main, recognised=(sentence,), format=format_, names=names, sample=sample)


def read(source: Source, layout: Layout) -> Rows:
    member, options = layout.member, source.options
    layout = layout.with_roles(with_own_titles(options, layout))
    columns = [name for named in layout.roles.values() for name in parts_of(named, layout.names)]
    values: dict[str, list[str]] = {name: [] for name in columns}
    lines: list[int] = []
    skipped: Counter[str] = Counter()
    for number, content in objects_or_refusal(member, options, skipped):
        lines.append(number)
        for name in columns:
            values[name].append(text_of(value_of(content, name)))
    if not lines:
        raise InputError("no_rows", "{file} holds no JSON objects; expected one per line.", file=member.path)
    if not options.timeless and layout.roles["time"] not in values:
        text = "{file}: a date in several keys is not read; {choose:time_column}."
        raise InputError("several_keys", text, setting="time_column", file=member.path)

    def locate(row: int, name: str) -> tuple[Place, str]:
        return Place(str(member.path), lines[row], name), values[name][row]

    table, sentences = pa.table(values), (f"Keys: {layout.roles_told()}.",)
    return rows_of_columns(source, layout, table, locate, recognised=sentences, skipped=skipped)


def with_own_titles(options: Options, layout: Layout) -> Options:
    """The options, without a title if none was chosen and the key `title` names the review, not the item."""
    if not set(layout.names) >= AMAZON_2023 or options.columns.title is not None:
        return options
    return replace(options, columns=replace(options.columns, title="none"))


def objects_or_refusal(member: Member, options: Options, skipped: Counter[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object with its line number. A line that is not an object raises InputError, or is counted in `skipped`."""
    for number, line, content in objects_in(member, options.encoding):
        if content is not None:
            yield number, content
        elif options.skips:
            skipped["line that is not a JSON object"] += 1
        else:
            text = "not a JSON object, but {text}. If the file is incomplete, download it again. {mend}"
            place, start = Place(str(member.path), number), shown(line.strip(), 40)
            raise InputError("not_an_object", text, setting="broken_rows", place=place, text=start, mend=MEND)
