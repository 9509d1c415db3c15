"""Lines of JSON objects: Amazon's reviews (reviewerID, asin, unixReviewTime), and others whose names say as much."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from attrec_core.data.formats.kind import Format, Found, Look
from attrec_core.data.options import Options
from attrec_core.data.reading import times
from attrec_core.data.reading.broken import HINT, BrokenRows, Refuse, skips
from attrec_core.data.reading.catalogue import catalogue_beside
from attrec_core.data.reading.coded import Coded
from attrec_core.data.reading.layout import Layout, encoding_of
from attrec_core.data.reading.ratings import Ratings
from attrec_core.data.reading.roles import parts_of, roles_of
from attrec_core.data.reading.rows import Rows, rows_of
from attrec_core.data.reading.sources import Member
from attrec_core.errors import InputError, shown

AMAZON = {"reviewerID", "asin"}


def recognise(look: Look) -> Found | None:
    if look.main is None:
        return None
    first = look.main.head(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first != b"{":
        return None
    names, sample = names_in(look.main)
    layout = Layout("json", "utf-8", True, names, 0, False, {}, sample)
    words = "Amazon reviews, one JSON object a line" if set(names) >= AMAZON else "One JSON object a line"
    return Found(look, look.main, layout, (f"{words}.",))


def names_in(member: Member) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The keys of the first objects, and their values as text."""
    head = member.head()
    lines = head.splitlines()[: 100 if len(head.splitlines()) > 1 else 1]
    objects = []
    for line in lines:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(found, dict):
            break
        objects.append(found)
    names = tuple(
        dict.fromkeys(name for one in objects for name, value in one.items() if not isinstance(value, dict | list))
    )
    return names, tuple(tuple(text_of(one.get(name)) for name in names) for one in objects)


def text_of(value: Any) -> str:
    """A value as the file writes it: 5 is "5", and no value is nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read(found: Found, options: Options) -> Rows:
    assert found.layout is not None
    member, timeless = found.member, options.timeless
    roles = roles_of(found.layout.names, options.columns, member.shown, timeless=timeless)
    asked = [roles[role] for role in ("user", "item", "time", "rating", "event") if role in roles]
    wanted = [name for named in asked for name in parts_of(named, found.layout.names)]
    columns: dict[str, list[str]] = {name: [] for name in wanted}
    lines: list[int] = []
    skipped: Counter[str] = Counter()
    for number, one in objects_in(member, options, skipped):
        lines.append(number)
        for name in wanted:
            columns[name].append(text_of(one.get(name)))
    if not lines:
        raise InputError(f"{member.shown} holds no JSON objects; expected one a line.")
    texts = {name: pd.Series(values, dtype="str") for name, values in columns.items()}

    def sentence(row: int, name: str, words: str) -> str:
        return f"{member.shown}, line {lines[row]}, {shown(name)}: {shown(texts[name].iloc[row])} {words}"

    broken = BrokenRows(skips(options), sentence)
    time = roles.get("time", "")
    if timeless:
        when = times.file_order(len(lines))
    elif time not in texts:
        raise InputError(f"{member.shown}: a date in several keys is not read; name one key with --time-column.")
    else:
        when = times.of_texts(texts[time], options.time_unit, broken.among(time))
    named = ", ".join(f"{role} = {name}" for role, name in roles.items() if name in columns)
    rating = roles.get("rating")
    ratings = None if rating is None else ratings_in(texts[rating], broken.among(rating))
    return rows_of(
        Coded.of(texts[roles["user"]]),
        Coded.of(texts[roles["item"]]),
        when,
        source="amazon-json" if set(found.layout.names) >= AMAZON else "json-lines",
        tie_rule="file-last",
        recognised=(*found.recognised, f"Keys: {named}."),
        ratings=ratings,
        refused=broken.reasons,
        skipped=skipped,
        events=Coded.of(texts[roles["event"]]) if "event" in roles else None,
        catalogue=catalogue_beside(found.look.source, options),
        roles=roles,
    )


def ratings_in(texts: pd.Series, refuse: Refuse) -> Ratings:
    missing = texts.str.strip().str.lower().isin(times.MISSING).to_numpy(bool)
    values = pd.to_numeric(texts.where(~missing), errors="coerce").to_numpy(np.float64)
    wrong = np.isnan(values) & ~missing
    refuse(wrong, "is not a rating; expected a number")
    return Ratings(values)


def objects_in(member: Member, options: Options, skipped: Counter[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object with its line. Raises InputError at the first line that is none, or counts it in `skipped`."""
    encoding = options.encoding or encoding_of(member.head())
    with member.file().open(encoding=encoding, errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                found = None
            if isinstance(found, dict):
                yield number, found
            elif skips(options):
                skipped["line that is no JSON object"] += 1
            else:
                raise InputError(
                    f"{member.shown}, line {number}: not a JSON object, but {shown(line.strip(), 40)}. If the file was "
                    f"cut off, get it again. {HINT}"
                )


FORMAT = Format("json-lines", "lines of JSON", "file-last", recognise, read)
