"""A data set: what it holds, how it is spread, and where it stands among the paper's."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from attrec_core.data import data_sets, importing
from attrec_core.data.distributions import distributions
from attrec_core.data.report import Counts, Distributions, Histogram, ImportReport
from attrec_core.errors import PERCENT, InputError, number
from attrec_core.runs.library.data_words import source_in_words
from attrec_core.runs.library.listing import created, size_of
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.views.data.upload import Stamp, fault_of, stamp

# Table 1 of the paper: users, items, interactions, and its last two columns as they are printed: density and
# interactions per user, which differ from the counts in a last digit.
TABLE_1 = {
    "ML-100K": (943, 1_682, 100_000, f"6.30{PERCENT}", "106.04"),
    "ML-HetRec": (2_113, 10_109, 855_598, f"4.01{PERCENT}", "404.92"),
    "ML-1M": (6_040, 3_706, 1_000_209, f"4.46{PERCENT}", "165.57"),
    "Android App": (21_309, 19_256, 358_877, f".087{PERCENT}", "16.84"),
    "Health / Care": (11_588, 31_709, 211_284, f".058{PERCENT}", "18.23"),
    "Video Game": (7_220, 16_334, 140_307, f".119{PERCENT}", "19.43"),
    "Tools / Home": (5_855, 23_620, 96_467, f".070{PERCENT}", "16.48"),
    "Digital Music": (2_893, 13_183, 64_320, f".169{PERCENT}", "22.23"),
    "Garden": (1_036, 4_900, 15_576, f".307{PERCENT}", "15.03"),
    "Instant Video": (1_000, 3_296, 15_849, f".481{PERCENT}", "15.85"),
    "LastFM": (951, 12_113, 83_382, f".724{PERCENT}", "87.68"),
    "MovieTweetings": (9_608, 14_220, 461_970, f".338{PERCENT}", "48.08"),
}
PAPER = {name: Counts(*row[:3]) for name, row in TABLE_1.items()}
# Lengths of time by which axes are labelled.
SPANS = {"y": 86_400 * 365, "mo": 86_400 * 30, "wk": 86_400 * 7, "d": 86_400, "h": 3600, "min": 60, "s": 1}
PAPER_FILTERS = (
    "The paper keeps all of MovieLens; from the other data sets it drops users with fewer than 10 interactions and "
    "cold items (threshold not stated). The paper's filter does the same on import."
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


def read_from(report: ImportReport) -> str:
    return f"{report.source} ({source_in_words(report.format)})"


def as_it_stands(path: Path) -> LibraryEntry:
    """An entry of the list for files that are not a data set of the workspace."""
    entry = LibraryEntry(path.name, path, size_of(path), created(path))
    try:
        data = known(path, stamp(path))
    except InputError as error:
        data = error
    if isinstance(data, InputError):
        return replace(entry, fault=data)
    counts, source = data.report.counts, read_from(data.report)
    return replace(entry, sizes=counts, source=source)


def density(counts: Counts) -> str:
    """12.5 %, 6.30 %, .087 %: with the digits of the paper's Table 1, and one less from 10 % on."""
    return f"{number(100 * counts.density, 3 if counts.density < 0.01 else 2 if counts.density < 0.1 else 1)}{PERCENT}"


def paper_sentence(counts: Counts) -> str:
    """Which data set of Table 1 is most like this one, by density and interactions per user, both as factors."""

    def apart(other: Counts) -> float:
        sparser = max(other.density / counts.density, counts.density / other.density)
        return sparser * max(other.per_user / counts.per_user, counts.per_user / other.per_user)

    name, nearest = min(PAPER.items(), key=lambda pair: apart(pair[1]))
    if nearest == counts:
        return f"Users, items and interactions are exactly those of {name} in the paper. {PAPER_FILTERS}"
    return (
        f"The most similar data set of the paper is {name}: density {density(nearest)} (here {density(counts)}), "
        f"{nearest.per_user:.2f} interactions per user (here {counts.per_user:.2f}). {PAPER_FILTERS}"
    )


def ranges(bars: Histogram) -> list[str]:
    """What each bar holds: "3", "8–11", "1.5 h – 2 d"."""
    if bars.unit == "seconds":
        return [f"{span(a)} – {span(b)}" for a, b in pairwise(bars.edges.tolist())]
    names = [f"{int(a):,}" if b - a <= 1 else f"{int(a):,}–{int(b) - 1:,}" for a, b in pairwise(bars.edges.tolist())]
    return [*names[:-1], f"{int(bars.edges[-2]):,}+"] if bars.open_end else names


def span(seconds: float) -> str:
    """1 min, 2.5 d."""
    name = next((name for name, size in SPANS.items() if seconds >= size), "s")
    return f"{round(seconds / SPANS[name], 1):g} {name}"
