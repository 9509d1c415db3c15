"""A data set: what it holds, how it is spread, and where it stands among the paper's."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from attrec_core.data import data_sets, importing
from attrec_core.data.distributions import distributions
from attrec_core.data.report import Counts, Distributions, Histogram, ImportReport
from attrec_core.errors import InputError
from attrec_core.runs.library.data_words import source_in_words
from attrec_core.runs.library.listing import created, size_of
from attrec_core.runs.library.records import LibraryEntry, Sizes
from attrec_core.views.data.upload import Stamp, fault_of, stamp

# Table 1 of the paper.
PAPER = {
    "ML-100K": Counts(943, 1_682, 100_000),
    "ML-HetRec": Counts(2_113, 10_109, 855_598),
    "ML-1M": Counts(6_040, 3_706, 1_000_209),
    "Android App": Counts(21_309, 19_256, 358_877),
    "Health / Care": Counts(11_588, 31_709, 211_284),
    "Video Game": Counts(7_220, 16_334, 140_307),
    "Tools / Home": Counts(5_855, 23_620, 96_467),
    "Digital Music": Counts(2_893, 13_183, 64_320),
    "Garden": Counts(1_036, 4_900, 15_576),
    "Instant Video": Counts(1_000, 3_296, 15_849),
    "LastFM": Counts(951, 12_113, 83_382),
    "MovieTweetings": Counts(9_608, 14_220, 461_970),
}
# Its last two columns as they are printed: density and actions a user, which differ from the counts in a last digit.
PRINTED = {
    "ML-100K": ("6.30%", "106.04"),
    "ML-HetRec": ("4.01%", "404.92"),
    "ML-1M": ("4.46%", "165.57"),
    "Android App": (".087%", "16.84"),
    "Health / Care": (".058%", "18.23"),
    "Video Game": (".119%", "19.43"),
    "Tools / Home": (".070%", "16.48"),
    "Digital Music": (".169%", "22.23"),
    "Garden": (".307%", "15.03"),
    "Instant Video": (".481%", "15.85"),
    "LastFM": (".724%", "87.68"),
    "MovieTweetings": (".338%", "48.08"),
}
# Lengths of time by which axes are labelled.
SPANS = (
    (86_400 * 365, "y"),
    (86_400 * 30, "mo"),
    (86_400 * 7, "wk"),
    (86_400, "d"),
    (3600, "h"),
    (60, "min"),
    (1, "s"),
)
PAPER_FILTERS = (
    "The paper keeps all of MovieLens; of the others, users with fewer than 10 actions and cold items (how cold is not "
    "said) were dropped, as the paper's filter does on import."
)


@dataclass(frozen=True, eq=False)
class Known:
    """What a page says of a data set."""

    report: ImportReport
    spread: Distributions


@functools.lru_cache(maxsize=16)
def known(path: Path, version: Stamp) -> Known | InputError:
    """Of a data set, or of files that are read as they stand; or why they cannot be read."""
    try:
        if data_sets.is_data_set(path):
            opened = data_sets.load(path)
            return Known(opened.report, distributions(opened.interactions))
        interactions, report = importing.import_data(path)
        return Known(report, distributions(interactions))
    except InputError as error:
        return error
    except (OSError, MemoryError) as error:
        return fault_of(error, path)


def as_it_stands(path: Path) -> LibraryEntry:
    """Files that are no data set of the shelf, as its list shows one."""
    entry = LibraryEntry(path.name, path, size_of(path), created(path))
    try:
        data = known(path, stamp(path))
    except InputError as error:
        data = error
    if isinstance(data, InputError):
        return replace(entry, fault=data)
    counts, source = data.report.counts, f"{data.report.source} ({source_in_words(data.report.format)})"
    return replace(entry, sizes=Sizes(counts.users, counts.items, counts.interactions), source=source)


def same_as(counts: Counts) -> str | None:
    """The paper's data set of exactly these counts."""
    return next((name for name, one in PAPER.items() if one == counts), None)


def nearest(counts: Counts) -> str:
    """The paper's data set that is most like this one, by density and actions a user; both as factors."""

    def apart(one: Counts) -> float:
        density = max(one.density / counts.density, counts.density / one.density)
        return density * max(one.per_user / counts.per_user, counts.per_user / one.per_user)

    return min(PAPER, key=lambda name: apart(PAPER[name]))


def paper_sentence(counts: Counts) -> str:
    """Where the data set stands among those of Table 1."""
    same = same_as(counts)
    if same is not None:
        return f"Users, items and interactions are exactly those of {same} in the paper. {PAPER_FILTERS}"
    name = nearest(counts)
    one = PAPER[name]
    return (
        f"Of the paper's data sets {name} is most like it: density {one.density:.3%} against {counts.density:.3%} "
        f"here, {one.per_user:.2f} actions a user against {counts.per_user:.2f}. {PAPER_FILTERS}"
    )


def ranges(bars: Histogram) -> list[str]:
    """What each bar holds: "3", "8–11", "1.5 h – 2 d"."""
    if bars.unit == "seconds":
        return [f"{span(a)} – {span(b)}" for a, b in pairwise(bars.edges.tolist())]
    names = [f"{int(a):,}" if b - a <= 1 else f"{int(a):,}–{int(b) - 1:,}" for a, b in pairwise(bars.edges.tolist())]
    return [*names[:-1], f"{int(bars.edges[-2]):,}+"] if bars.open_end else names


def span(seconds: float) -> str:
    """1 min, 2.5 d."""
    size, name = next(((size, name) for size, name in SPANS if seconds >= size), (1, "s"))
    return f"{round(seconds / size, 1):g} {name}"
