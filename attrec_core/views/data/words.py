"""A data set: its content, its distributions, and how it compares with the paper's data sets."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from attrec_core.data import data_sets, importing
from attrec_core.data.distributions import distributions
from attrec_core.data.offers import TABLE_1, PaperSet, row_behind
from attrec_core.data.report import Distributions, Histogram, ImportReport
from attrec_core.errors import InputError
from attrec_core.runs.library.listing import created, size_of
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.library.words import source_in_words
from attrec_core.views.data.upload import Stamp, fault_of, stamp
from attrec_core.views.texts import text


@dataclass(frozen=True, eq=False)
class DataFacts:
    """The facts of a data set that a page shows, under its name there."""

    name: str
    report: ImportReport
    spread: Distributions


@functools.lru_cache(maxsize=16)
def facts_or_fault(path: Path, version: Stamp) -> DataFacts | InputError:
    """The facts of a data set, or of files that are read as they are; or why they cannot be read."""
    try:
        if data_sets.is_data_set(path):
            opened = data_sets.load(path)
            return DataFacts(path.name, opened.report, distributions(opened.interactions))
        interactions, report = importing.import_data(path)
        return DataFacts(path.name, report, distributions(interactions))
    except InputError as error:
        return error
    except (OSError, MemoryError) as error:
        return fault_of(error, path)


def facts_of(path: Path) -> DataFacts:
    """The same as `facts_or_fault`. Raises InputError where they cannot be read."""
    known = facts_or_fault(path, stamp(path))
    if isinstance(known, InputError):
        raise known
    return known


def read_from(report: ImportReport) -> str:
    return f"{report.source} ({source_in_words(report.format)})"


def as_it_stands(path: Path) -> LibraryEntry:
    """A list entry for files that are not a data set of the workspace."""
    entry = LibraryEntry(path.name, path, size_of(path), created(path))
    try:
        report = facts_of(path).report
    except InputError as error:
        return replace(entry, fault=error)
    return replace(entry, sizes=report.counts, source=read_from(report))


def paper_sentence(report: ImportReport) -> str:
    """Which data set of Table 1 this is, by its name; else the most similar data set, by the factors between the
    densities and between the interactions per user."""
    counts, row = report.counts, row_behind(report)

    def apart(paper_set: PaperSet) -> float:
        other = paper_set.counts
        sparser = max(other.density / counts.density, counts.density / other.density)
        return sparser * max(other.per_user / counts.per_user, counts.per_user / other.per_user)

    filters, nearest = text("data", "filters of the paper"), row or min(TABLE_1, key=apart)
    if nearest.counts == counts:
        return f"Users, items and interactions are exactly those of {nearest.name} in the paper. {filters}"
    if row is not None:
        return row.sentence
    there = {"density": nearest.counts.density_text, "per_user": nearest.counts.per_user, "name": nearest.name}
    return f"{text('data', 'nearest', **there, here=counts.density_text, per_user_here=counts.per_user)} {filters}"


def ranges(bars: Histogram) -> list[str]:
    """The range of each bar: "3", "8–11"."""
    names = [f"{int(a):,}" if b - a <= 1 else f"{int(a):,}–{int(b) - 1:,}" for a, b in pairwise(bars.edges.tolist())]
    return [*names[:-1], f"{int(bars.edges[-2]):,}+"] if bars.open_end else names
