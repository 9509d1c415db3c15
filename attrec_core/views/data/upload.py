"""An uploaded file: how it is understood, and what would be kept of it. It is read once for each way of reading.

Every fault becomes an InputError that names the file as its owner knows it, without our folder.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from attrec_core.data import importing
from attrec_core.data.filters import dropped_text, effect
from attrec_core.data.options import OPTIONS, Options
from attrec_core.data.reading.rows import Rows
from attrec_core.data.reading.sources import DATA_ENDINGS
from attrec_core.data.report import FilterEffect, ImportReport, Preview
from attrec_core.errors import InputError, as_input_error, count_of, in_bytes, percent
from attrec_core.explain.wording import listed
from attrec_core.views.texts import text

LIVE = 48 << 20  # unpacked bytes up to which all rows are read while a page is shown: two seconds
PACKED = (".gz", ".zip", ".parquet")
UNPACKS_TO = 8  # times the packed size, roughly
SECOND = 20e6  # unpacked bytes that an import reads per second; measured with twenty million rows of ratings.csv

REQUIRED = ("user", "item", "time")  # roles; time may be the order of the file

Stamp = tuple[int, ...]  # changes when the files do


@dataclass(frozen=True)
class ImportOutcome:
    effect: FilterEffect
    report: ImportReport
    events: tuple[str, ...]  # all kinds of event, before any is left out
    has_ratings: bool


def files_of(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def stamp(path: Path, metadata: Path | None = None) -> Stamp:
    """metadata: the file of items beside it. Raises InputError when one of them no longer exists."""
    if metadata is not None:
        return stamp(path) + stamp(metadata)
    try:
        stats = [file.stat() for file in files_of(path)]
    except OSError as error:
        gone = "{file} cannot be read any more: {reason}."
        raise InputError("gone", gone, file=path.name, reason=error.strerror) from None
    return tuple(number for stat in stats for number in (stat.st_mtime_ns, stat.st_size, stat.st_ino))


def size(path: Path) -> int:
    """The approximate number of bytes when unpacked."""
    return sum(file.stat().st_size * (UNPACKS_TO if file.suffix.lower() in PACKED else 1) for file in files_of(path))


def fault_of(error: InputError | OSError | MemoryError, *paths: Path | None) -> InputError:
    """The fault of files that a person uploaded, without the folders in which we store them."""
    fault = as_input_error(error)
    # The innermost folder first: the file of titles lies in a folder beside the interactions.
    for folder in sorted({path.parent for path in paths if path}, key=lambda folder: -len(folder.parts)):
        fault = fault.seen_from(folder)
    return fault


@functools.lru_cache(maxsize=32)
def preview(path: Path, version: Stamp, options: Options) -> Preview:
    """The head of the file as it would be read; only the fault if no choice of columns would help."""
    try:
        head = importing.preview(path, options)
    except (InputError, OSError, MemoryError) as error:
        return Preview(fault=fault_of(error, path, options.metadata))
    return replace(head, fault=None if head.fault is None else fault_of(head.fault, path, options.metadata))


def missing(preview: Preview, options: Options) -> list[str]:
    """The required roles without a column, if that is why the file cannot be read."""
    if preview.fault is None or preview.fault.code != "no_column" or not preview.candidates:
        return []
    used = {column.role for column in preview.columns}
    return [role for role in REQUIRED if role not in used and not (role == "time" and options.timeless)]


def missing_sentence(preview: Preview, options: Options) -> str:
    """Which columns a person has to choose; empty if none is missing."""
    roles = missing(preview, options)
    order = " A file without times can use “none (order of the file)”." if "time" in roles else ""
    return f"Not recognised: {listed([f'the {role} column' for role in roles])}. Choose below.{order}" if roles else ""


@functools.lru_cache(maxsize=2)
def rows(path: Path, version: Stamp, options: Options) -> Rows | InputError:
    """All rows. The two latest files are cached, so that the effect of filters takes only milliseconds."""
    try:
        return importing.rows(path, options)
    except (InputError, OSError, MemoryError) as error:
        return fault_of(error, path, options.metadata)


@functools.lru_cache(maxsize=64)
def outcome(path: Path, version: Stamp, options: Options) -> ImportOutcome | InputError:
    """What would be imported, or why nothing would be imported."""
    # Only these options decide how the rows are read; the others decide which rows are kept.
    reading = replace(options, **{option.key: option.default for option in OPTIONS if option.stage == "keeping"})
    all_rows = rows(path, version, reading)
    if isinstance(all_rows, InputError):
        return all_rows
    try:
        report, events = importing.interactions_of(all_rows, options)[1], tuple(sorted(all_rows.names("event")))
        return ImportOutcome(effect(all_rows, options), report, events, "rating" in all_rows.table)
    except InputError as error:
        return fault_of(error, path)


def ties_sentence(report: ImportReport) -> str:
    if report.tied_last == 0:
        return "Each user has one latest row. It is the test item of each user with three rows or more."
    which = report.tie_rule.removeprefix("file-")
    several = f"{percent(report.tied_last, 1)} of the users have several rows at their latest time"
    return f"{several}; the {which} of these in the file is the test item."


def size_sentence(path: Path) -> str:
    """Why a large file is not counted at once, and how long counting takes."""
    return text("data", "large", size=in_bytes(size(path)), seconds=max(2, size(path) / SECOND))


def counted_sentence(answer: Mapping[str, Any]) -> str:
    """The answer of `inspect --json` in sentences."""
    why = dropped_text(answer["dropped"])
    kept = (
        f"{answer['kept']:,} of {answer['read']:,} rows are kept: {count_of(answer['users'], 'user')}, "
        f"{count_of(answer['items'], 'item')}{'; dropped: ' + why if why else ''}."
    )
    if not answer["may_tie"]:
        return kept
    return f"{kept} {percent(answer['tied_last'], 1)} of the users have several rows at their last time."


@functools.lru_cache(maxsize=32)
def members(path: Path, version: Stamp) -> tuple[str, ...]:
    """The files of a folder or an archive, to choose from; empty if there is only one."""
    try:
        names = importing.members_of(path)
    except (InputError, OSError):
        return ()
    return names if len(names) > 1 else ()


def suggested_name(path: Path) -> str:
    """A name for the data set: the file's name without its endings and without forbidden characters."""
    name = path.name
    for ending in (".gz", ".zip", *DATA_ENDINGS, ".data"):
        name = name.removesuffix(ending)
    return re.sub(r'[/\\:*?"<>|]', " ", name).strip(" .-")[:60] or "data"
