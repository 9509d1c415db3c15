"""Lines of JSON objects: Amazon reviews (reviewerID, asin, unixReviewTime), and others with recognisable keys."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from attrec_core.data.options import Options
from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.catalogue import OF_ITEMS
from attrec_core.data.reading.columns import parts_of
from attrec_core.data.reading.layout import Layout, encoding_of
from attrec_core.data.reading.lines import MEND
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import Source
from attrec_core.data.reading.table_rows import rows_of_columns
from attrec_core.errors import InputError, Place, shown

AMAZON = {"reviewerID", "asin"}


def recognise(source: Source) -> Layout | None:
    if source.main is None:
        return None
    first = source.main.head(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first != b"{":
        return None
    names, sample = names_in(source.main)
    amazon = set(names) >= AMAZON
    sentence = "Amazon reviews, one JSON object per line." if amazon else "One JSON object per line."
    format_ = "amazon-json" if amazon else ""
    return Layout(source.main, recognised=(sentence,), format=format_, names=names, sample=sample)


def names_in(member: Member) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The keys of the first objects, and their values as text."""
    lines = member.head().splitlines()
    objects = []
    for line in lines[: 100 if len(lines) > 1 else 1]:
        content = object_in(line)
        if content is None:
            break
        objects.append(content)
    keys = (name for record in objects for name, value in record.items() if not isinstance(value, dict | list))
    names = tuple(dict.fromkeys(keys))
    return names, tuple(tuple(text_of(record.get(name)) for name in names) for record in objects)


def object_in(line: str | bytes) -> dict[str, Any] | None:
    """The JSON object in a line; None if the line is not one."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def text_of(value: Any) -> str:
    """A value as the file writes it: 5 is "5", null is "", and a lone surrogate (half a character) is "?"."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode(errors="replace").decode()


def read(source: Source, layout: Layout) -> Rows:
    member, options, layout = layout.member, source.options, layout.with_roles(source.options)
    roles = {role: name for role, name in layout.roles.items() if role not in OF_ITEMS}
    columns = [name for named in roles.values() for name in parts_of(named, layout.names)]
    values: dict[str, list[str]] = {name: [] for name in columns}
    lines: list[int] = []
    skipped: Counter[str] = Counter()
    for number, content in objects_in(member, options, skipped):
        lines.append(number)
        for name in columns:
            values[name].append(text_of(content.get(name)))
    if not lines:
        raise InputError("no_rows", "{file} holds no JSON objects; expected one per line.", file=member.path)
    if not options.timeless and roles["time"] not in values:
        text = "{file}: a date in several keys is not read; {choose:time_column}."
        raise InputError("several_keys", text, setting="time_column", file=member.path)

    def locate(row: int, name: str) -> tuple[Place, str]:
        return Place(str(member.path), lines[row], name), values[name][row]

    keys = ", ".join(f"{role} = {name}" for role, name in roles.items() if name in values)
    table, sentences = pa.table(values), (f"Keys: {keys}.",)
    return rows_of_columns(source, layout, table, locate, recognised=sentences, skipped=skipped)


def objects_in(member: Member, options: Options, skipped: Counter[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object with its line number. A line that is not an object raises InputError, or is counted in `skipped`."""
    encoding = options.encoding or encoding_of(member.head())
    with member.file().open(encoding=encoding, errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            content = object_in(line)
            if content is not None:
                yield number, content
            elif options.skips:
                skipped["line that is not a JSON object"] += 1
            else:
                text = "not a JSON object, but {text}. If the file is incomplete, download it again. {mend}"
                place, start = Place(str(member.path), number), shown(line.strip(), 40)
                raise InputError("not_an_object", text, setting="broken_rows", place=place, text=start, mend=MEND)
