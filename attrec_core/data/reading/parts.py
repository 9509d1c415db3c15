"""A data set in parts: files for training, validation and test, which are one history when joined in that order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from attrec_core.data.options import Options
from attrec_core.data.reading.archives import Member, reading
from attrec_core.data.reading.columns import is_name, listed
from attrec_core.data.reading.delimited import BLOCK, PARQUET
from attrec_core.data.reading.layout import encoding_of, layout_of
from attrec_core.errors import InputError

JOIN = "+"  # between the names of files that are to be joined
# A word in the name of a file → its place in the order of time.
ORDER = {"train": 0, "training": 0, "valid": 1, "validation": 1, "val": 1, "dev": 1, "test": 2, "testing": 2}


def parts_in(members: Sequence[Member]) -> tuple[Member, ...]:
    """Files whose names differ in such a word alone, in the order of time; none without one for training."""
    groups: dict[tuple[str, ...], dict[int, Member]] = {}
    for member in members:
        words = re.split(r"[./_-]+", member.name.lower())
        named = next((place for place, word in enumerate(words) if word in ORDER), None)
        if named is not None:
            rest = (*words[:named], *words[named + 1 :])
            groups.setdefault(rest, {}).setdefault(ORDER[words[named]], member)
    whole = (group for group in groups.values() if 0 in group and len(group) > 1)
    return next((tuple(group[place] for place in sorted(group)) for group in whole), ())


def joined(parts: Sequence[Member], folder: Path, options: Options) -> Member:
    """One file of all rows, part after part, with the header of the first; text becomes UTF-8 unless an encoding was
    named. folder: of the source.

    Raises InputError for a Parquet file, and for parts with other columns.
    """
    name = JOIN.join(part.name for part in parts)
    file = parts[0].scratch / f"joined-{abs(hash(name))}"
    header, first = header_of(parts[0], options), first_line(parts[0])
    has_header = bool(header) or (parts[0].head(1) != b"{" and layout_of(parts[0], options).header)
    with file.open("w", encoding=options.encoding or "utf-8", newline="") as out:
        for place, part in enumerate(parts):
            own = header_of(part, options)
            if own and own != header:
                text = "{file} cannot be joined to {first}: its columns are {columns}, not {expected}."
                raise InputError(
                    "other_columns",
                    text,
                    setting="member",
                    file=part.path,
                    first=parts[0].name,
                    columns=listed(own),
                    expected=listed(header) or "without a header",
                )
            encoding = options.encoding or encoding_of(part.head())
            with reading(part.path), part.file().open(encoding=encoding, newline="", errors="replace") as stream:
                if place and (own or (has_header and first_line(part) == first)):
                    stream.readline()
                last = "\n"
                for last in iter(partial(stream.read, BLOCK), ""):
                    out.write(last)
                out.write("\n" * (last[-1] != "\n"))
    return replace(
        parts[0], name=name, path=folder / name, stream=lambda: file.open("rb"), plain=file, packed=file.stat().st_size
    )


def first_line(part: Member) -> bytes:
    return part.head().partition(b"\n")[0].strip()


def header_of(part: Member, options: Options) -> tuple[str, ...]:
    """The names of the columns; none where the file has no header. Raises InputError for a file that is not text."""
    if part.head(len(PARQUET)) == PARQUET:
        text = "{file} is a Parquet file; only text files are joined."
        raise InputError("parquet_part", text, setting="member", file=part.path)
    if part.head(1) == b"{":
        return ()
    layout = layout_of(part, options)
    return layout.names if layout.header and any(map(is_name, layout.names)) else ()
