"""The paper's twelve data sets: their counts as printed in Table 1, its filters, and which are in the cache.

Source: Zhang, Tay, Yao, Sun and An, "Next Item Recommendation with Self-Attentive Metric Learning" (2019), Table 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from attrec_core.data.offers import OFFERS, files_of, path_of
from attrec_core.data.options import Options
from attrec_core.data.report import Counts, ImportReport
from attrec_core.errors import InputError, shown


@dataclass(frozen=True)
class PaperSet:
    """A row of Table 1. density (in per cent), per_user: as printed; they differ from the counts in the last digit."""

    name: str
    counts: Counts
    density: str
    per_user: str
    keeps_all: bool = False  # the paper filters nothing

    @property
    def sentence(self) -> str:
        """How closely the counts of an import should match these counts."""
        if self.keeps_all:
            return f"The paper keeps all of {self.name}, so the counts should be equal."
        return (
            f"The paper drops users of {self.name} with fewer than 10 interactions and cold items, but does not give "
            "the threshold for items: with its filter the counts are near, not equal."
        )


TABLE_1 = (
    PaperSet("ML-100K", Counts(943, 1_682, 100_000), "6.30", "106.04", keeps_all=True),
    PaperSet("ML-HetRec", Counts(2_113, 10_109, 855_598), "4.01", "404.92", keeps_all=True),
    PaperSet("ML-1M", Counts(6_040, 3_706, 1_000_209), "4.46", "165.57", keeps_all=True),
    PaperSet("Android App", Counts(21_309, 19_256, 358_877), ".087", "16.84"),
    PaperSet("Health / Care", Counts(11_588, 31_709, 211_284), ".058", "18.23"),
    PaperSet("Video Game", Counts(7_220, 16_334, 140_307), ".119", "19.43"),
    PaperSet("Tools / Home", Counts(5_855, 23_620, 96_467), ".070", "16.48"),
    PaperSet("Digital Music", Counts(2_893, 13_183, 64_320), ".169", "22.23"),
    PaperSet("Garden", Counts(1_036, 4_900, 15_576), ".307", "15.03"),
    PaperSet("Instant Video", Counts(1_000, 3_296, 15_849), ".481", "15.85"),
    PaperSet("LastFM", Counts(951, 12_113, 83_382), ".724", "87.68"),
    PaperSet("MovieTweetings", Counts(9_608, 14_220, 461_970), ".338", "48.08"),
)
# By the names of OFFERS: "Health / Care" is health-care.
TWELVE = {re.sub(r"[^a-z0-9]+", "-", row.name.lower()): row for row in TABLE_1}


def row_of(name: str) -> PaperSet:
    """The row of a data set to download. Raises InputError for a data set that is not in the paper."""
    if name not in TWELVE:
        text = "{wanted} is not a data set of the paper; its twelve are: {known}."
        raise InputError("not_in_the_paper", text, setting="paper", wanted=shown(name), known=", ".join(TWELVE))
    return TWELVE[name]


def options_of(name: str) -> Options:
    """The options that filter a data set as the paper does."""
    return Options(paper_filter=not row_of(name).keeps_all)


def in_cache() -> dict[str, Path]:
    """The data sets of the paper that are downloaded completely: name → path to read, with `options_of(name)`."""
    return {name: path_of(name) for name in TWELVE if all(file.is_file() for file in files_of(name))}


def row_behind(report: ImportReport) -> PaperSet | None:
    """The row of an imported data set, filtered or not, by name and format of its source; None for other data."""
    stem = report.source.partition(".")[0]
    for name, row in TWELVE.items():
        if OFFERS[name].format == report.format and path_of(name).name.partition(".")[0] == stem:
            return row
    return None
