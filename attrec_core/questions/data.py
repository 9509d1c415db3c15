"""A data set: what it holds, how it is spread, and where it stands among the paper's."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path

from attrec_core import data
from attrec_core.data import data_sets
from attrec_core.data.distributions import distributions
from attrec_core.errors import InputError, sentence_of
from attrec_core.questions.bringing import Stamp, stamp
from attrec_core.results.importing import Counts, Distributions, ImportReport
from attrec_core.results.shelf import Shelved, Sizes
from attrec_core.shelf.data_words import source_in_words
from attrec_core.shelf.listing import created, size_of

# Table 1 of the paper. Its densities and actions a user follow from these, but for a last digit here and there.
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
def known(path: Path, version: Stamp) -> Known | str:
    """Of a data set, or of files that are read as they stand; a sentence where they cannot be read."""
    try:
        if data_sets.is_data_set(path):
            opened = data_sets.load(path)
            return Known(opened.report, distributions(opened.interactions))
        interactions, report = data.import_data(path)
        return Known(report, distributions(interactions))
    except (InputError, OSError, MemoryError) as error:
        return sentence_of(error)


def as_it_stands(path: Path) -> Shelved:
    """Files that are no data set of the shelf, as its list shows one."""
    try:
        found = known(path, stamp(path))
    except InputError as error:
        found = str(error)
    entry = Shelved(path.name, path, size_of(path), created(path))
    if isinstance(found, str):
        return replace(entry, fault=found)
    counts, source = found.report.counts, f"{found.report.source} ({source_in_words(found.report.format)})"
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
