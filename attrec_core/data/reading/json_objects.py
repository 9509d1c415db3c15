"""JSON objects, one per line. The keys of the first objects are the columns of a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.layout import encoding_of

HEAD_OBJECTS = 100  # that are read to find the keys


def is_json(member: Member) -> bool:
    return member.head(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def names_in(member: Member) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The keys of the first objects, and their values as text."""
    lines = member.head().splitlines()
    objects = []
    for line in lines[: HEAD_OBJECTS if len(lines) > 1 else 1]:
        content = object_in(line)
        if content is None:
            break
        objects.append(content)
    keys = (name for record in objects for name, value in record.items() if is_word(value))
    names = tuple(dict.fromkeys(keys))
    return names, tuple(tuple(text_of(record.get(name)) for name in names) for record in objects)


def is_word(value: Any) -> bool:
    """Whether the value can be a field of a table: text, a number, or a list of these."""
    return all(map(is_word, value)) if isinstance(value, list) else not isinstance(value, dict)


def object_in(line: str | bytes) -> dict[str, Any] | None:
    """The JSON object in a line; None if the line is not one."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def text_of(value: Any) -> str:
    """A value as the file writes it: 5 is "5", null is "", ["a", "b"] is "a|b" as in a column of genres, and a lone
    surrogate (half a character) is "?"."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(map(text_of, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode(errors="replace").decode()


def objects_in(member: Member, encoding: str | None = None) -> Iterator[tuple[int, str, dict[str, Any] | None]]:
    """Number, text and object of each line that is not blank; None: the line is not an object. encoding: as chosen."""
    with member.file().open(encoding=encoding or encoding_of(member.head()), errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield number, line, object_in(line)
