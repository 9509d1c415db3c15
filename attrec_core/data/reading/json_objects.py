"""JSON objects, one per line or in one array. Their keys are the columns of a table; a dot joins nested keys."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from attrec_core.data.reading.archives import Member
from attrec_core.data.reading.layout import encoding_of
from attrec_core.errors import InputError, Place, in_bytes

HEAD_OBJECTS = 100  # that are read to find the keys
LARGEST_ARRAY = 200_000_000  # bytes; an array is parsed in memory
DEEPEST = 8  # keys inside one another
# The beginning of a file, after a byte order mark.
OBJECTS, ARRAY = re.compile(rb"(\xef\xbb\xbf)?\s*(\[\s*)?\{"), re.compile(rb"(\xef\xbb\xbf)?\s*\[\s*\{")
SEPARATOR = re.compile(r"[\s,]*")

# The line (from 1) where an object begins, the beginning of its text, and the object; None: it is not an object.
Objects = Iterator[tuple[int, str, dict[str, Any] | None]]


def is_json(member: Member) -> bool:
    return OBJECTS.match(member.head(1 << 16)) is not None


def is_array(member: Member) -> bool:
    return ARRAY.match(member.head(1 << 16)) is not None


def names_in(member: Member) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The keys of the first objects, and their values as text. An object that the head cuts off is the end."""
    head = member.head()
    contents: Iterator[Any]
    if is_array(member):
        contents = (content for _, _, content in elements(head.decode(encoding_of(head), "replace")))
    else:
        contents = itertools.takewhile(lambda content: content is not None, map(object_in, head.splitlines()))
    objects = (content for content in contents if isinstance(content, dict))
    records = list(itertools.islice(objects, HEAD_OBJECTS))
    names = tuple(dict.fromkeys(name for record in records for name in keys_of(record)))
    return names, tuple(tuple(text_of(value_of(record, name)) for name in names) for record in records)


def keys_of(content: dict[str, Any], depth: int = 1) -> Iterator[str]:
    """The keys whose values can be fields of a table; {"article": {"id": 7}} has the key "article.id"."""
    for name, value in content.items():
        if isinstance(value, dict) and depth < DEEPEST:
            yield from (f"{name}.{inner}" for inner in keys_of(value, depth + 1))
        elif is_word(value):
            yield name


def is_word(value: Any) -> bool:
    """Whether the value can be a field of a table: text, a number, or a list of these."""
    return all(map(is_word, value)) if isinstance(value, list) else not isinstance(value, dict)


def value_of(content: dict[str, Any], name: str) -> Any:
    """The value of a key of `keys_of`; None if the object does not have it."""
    if name in content or "." not in name:
        return content.get(name)
    for dot in re.finditer(r"\.", name):
        inner = content.get(name[: dot.start()])
        if isinstance(inner, dict) and (value := value_of(inner, name[dot.end() :])) is not None:
            return value
    return None


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


def objects_in(member: Member, encoding: str | None = None) -> Objects:
    """All objects, from lines or from an array. encoding: as chosen. Raises InputError where an array is not JSON."""
    with member.file().open(encoding=encoding or encoding_of(member.head()), errors="replace") as stream:
        if is_array(member):
            size = member.file().stat().st_size
            if size > LARGEST_ARRAY:
                text = "{file} is one JSON array of {size}; at most {most} are read. Write one object per line instead."
                most = in_bytes(LARGEST_ARRAY)
                raise InputError("array_too_large", text, file=member.path, size=in_bytes(size), most=most)
            text, line, counted = stream.read(), 1, 0
            for start, end, content in elements(text):
                line, counted = line + text.count("\n", counted, start), start
                if start == end:  # what follows is lost
                    sentence = "not JSON from here on. If the file is incomplete, download it again."
                    raise InputError("not_json", sentence, place=Place(str(member.path), line))
                yield line, text[start : start + 80], content if isinstance(content, dict) else None
            return
        for number, line_text in enumerate(stream, 1):
            if line_text.strip():
                yield number, line_text, object_in(line_text)


def elements(text: str) -> Iterator[tuple[int, int, Any]]:
    """Start, end and value of each element of a JSON array; at last an empty element where the text is not JSON."""
    decoder, end = json.JSONDecoder(), text.index("[") + 1
    while True:
        separator = SEPARATOR.match(text, end)
        start = separator.end() if separator else end
        if text.startswith("]", start) and not text[start + 1 :].strip():
            return
        try:
            content, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            yield start, start, None
            return
        yield start, end, content


def closed_array(head: bytes) -> bytes:
    """The beginning of a JSON array, up to its last whole element, as an array."""
    encoding = encoding_of(head)
    text = head.decode(encoding, "replace")
    end = max((end for start, end, _ in elements(text) if start < end), default=text.index("[") + 1)
    return f"{text[:end]}]".encode(encoding)
