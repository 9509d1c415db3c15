"""A data set in parts: files for training, validation and test, which form one history when joined in this order."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from attrec_core.data.options import Options
from attrec_core.data.reading.archives import Member, file_errors
from attrec_core.data.reading.column_names import is_name
from attrec_core.data.reading.columns import listed
from attrec_core.data.reading.delimited import BLOCK, PARQUET
from attrec_core.data.reading.layout import encoding_of, layout_of
from attrec_core.errors import InputError

JOIN = "+"  # between the names of files that are to be joined
# A word in the name of a file → its position in time order.
ORDER = {"train": 0, "training": 0, "valid": 1, "validation": 1, "val": 1, "dev": 1, "test": 2, "testing": 2}
FULL = "full"  # in the name of a training file: it includes the validation, as in rsc15_train_full.txt


def parts_in(members: Sequence[Member]) -> tuple[Member, ...]:
    """Files whose names differ only in words of ORDER, in time order; empty without a file for training. If there are
    none, a training file may be FULL."""
    return parts_by_name(members) or parts_by_name(members, {FULL})


def parts_by_name(members: Sequence[Member], ignored: Collection[str] = ()) -> tuple[Member, ...]:
    """The same with some words left out of the names. A training file with such a word includes the validation. The
    last word of ORDER decides: a folder may be named for the training, too."""
    groups: dict[tuple[str, ...], dict[int, Member]] = {}
    for member in members:
        words = re.split(r"[./_-]+", member.name.lower())
        positions = [ORDER[word] for word in words if word in ORDER]
        if positions:
            group = groups.setdefault(tuple(word for word in words if word not in (*ORDER, *ignored)), {})
            if positions[-1] == 0 and not set(words).isdisjoint(ignored):
                group |= {0: member, 1: member}
            group.setdefault(positions[-1], member)
    parts = (tuple(dict.fromkeys(group[index] for index in sorted(group))) for group in groups.values() if 0 in group)
    return next((files for files in parts if len(files) > 1), ())


def joined(parts: Sequence[Member], folder: Path, options: Options) -> Member:
    """One file of all rows, part after part, with the header of the first part. The text becomes UTF-8 unless an
    encoding was chosen. folder: the folder of the source.

    Raises InputError for a Parquet file, and for parts with other columns.
    """
    name = JOIN.join(part.name for part in parts)
    file = parts[0].scratch / f"joined-{abs(hash(name))}"
    header, first = header_of(parts[0], options), first_line(parts[0])
    has_header = bool(header) or (parts[0].head(1) != b"{" and layout_of(parts[0], options).header)
    with file.open("w", encoding=options.encoding or "utf-8", newline="") as out:
        for index, part in enumerate(parts):
            part_header = header_of(part, options)
            if part_header and part_header != header:
                text = "{file} cannot be joined to {first}: its columns are {columns}, not {expected}."
                raise InputError(
                    "other_columns",
                    text,
                    setting="member",
                    file=part.path,
                    first=parts[0].name,
                    columns=listed(part_header),
                    expected=listed(header) or "without a header",
                )
            encoding = options.encoding or encoding_of(part.head())
            with file_errors(part.path), part.file().open(encoding=encoding, newline="", errors="replace") as stream:
                if index and (part_header or (has_header and first_line(part) == first)):
                    stream.readline()
                block = "\n"
                for block in iter(partial(stream.read, BLOCK), ""):
                    out.write(block)
                out.write("\n" * (block[-1] != "\n"))
    return replace(
        parts[0], name=name, path=folder / name, stream=lambda: file.open("rb"), plain=file, packed=file.stat().st_size
    )


def first_line(part: Member) -> bytes:
    return part.head().partition(b"\n")[0].strip()


def header_of(part: Member, options: Options) -> tuple[str, ...]:
    """The names of the columns; empty if the file has no header. Raises InputError for a file that is not text."""
    if part.head(len(PARQUET)) == PARQUET:
        text = "{file} is a Parquet file; only text files are joined."
        raise InputError("parquet_part", text, setting="member", file=part.path)
    if part.head(1) == b"{":
        return ()
    layout = layout_of(part, options)
    return layout.names if layout.header and any(map(is_name, layout.names)) else ()
