"""Public data sets to download: addresses, checksums and terms of their files, and their paths in the cache. Twelve of
them are those of the paper: their counts as printed in Table 1, and its filters.

Source of Table 1: Zhang, Tay, Yao, Sun and An, "Next Item Recommendation with Self-Attentive Metric Learning" (2019).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from attrec_core.data.options import Options
from attrec_core.data.report import Counts, ImportReport
from attrec_core.errors import InputError, shown

# Instead of a checksum: the publisher changes the file and keeps its MD5 beside it; or no checksum is published.
PUBLISHED, FIRST = "published", "first"
KEPT = (
    "No checksum of this data set is published. The SHA-256 of the first download is kept, and later downloads are "
    "compared with it."
)


@dataclass(frozen=True)
class Publisher:
    """A publisher of data sets. address: the folder with the files on its server."""

    name: str
    address: str
    licence: str


@dataclass(frozen=True)
class Offer:
    """A data set to download. files: name → MD5 or SHA-256 (its length shows which), PUBLISHED or FIRST; format: the
    name of the format that reads it."""

    publisher: Publisher
    files: Mapping[str, str]
    format: str

    @property
    def terms(self) -> str:
        return f"{self.publisher.licence} {KEPT}" if FIRST in self.files.values() else self.publisher.licence


MOVIELENS = Publisher(
    "MovieLens",
    "https://files.grouplens.org/datasets/movielens",
    "MovieLens data belongs to GroupLens (University of Minnesota). It is for research, not for commercial use without "
    "permission. Pass it on only under the terms in its README. Cite Harper and Konstan (2015), doi 10.1145/2827872.",
)
HETREC = Publisher(
    "HetRec 2011",
    "https://files.grouplens.org/datasets/hetrec2011",
    "HetRec 2011 data is for non-commercial use. Its ratings come from MovieLens, its tags from Last.fm: cite these, "
    "and Cantador, Brusilovsky and Kuflik (2011), doi 10.1145/2043932.2044016.",
)
AMAZON = Publisher(
    "Amazon",
    "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles",
    "Amazon ratings up to July 2014, collected by Julian McAuley (UC San Diego), are for research; cite He and McAuley "
    "(2016), doi 10.1145/2872427.2883037, and McAuley et al. (2015), doi 10.1145/2766462.2767755.",
)
TWEETINGS = Publisher(
    "MovieTweetings",
    "https://raw.githubusercontent.com/sidooms/MovieTweetings/master/latest",
    "MovieTweetings is under the MIT licence; cite Dooms, De Pessemier and Martens (2013), “MovieTweetings: a Movie "
    "Rating Dataset Collected From Twitter”.",
)


AMAZON_FILES = {
    "android-app": ("Apps_for_Android", "ed8919d499a20949a60ea10c40c25d820783da7bead896f32213f98b1887d987"),
    "health-care": ("Health_and_Personal_Care", "387374ea5c9641a6e9dc09b93423414da4f8153b2975594e8b24c4bdd60b0462"),
    "video-game": ("Video_Games", "f0ca171050c2e0f208d47f5267992476b21ab68a01439c21c8be1a4432982cfa"),
    "tools-home": ("Tools_and_Home_Improvement", "ea650a9d79e69a78f011843104ecac2a3ed8059bf7405e5a19f3a25511c9d2c6"),
    "digital-music": ("Digital_Music", "fdf164882460ff26fa2521e01f6a9cf8005ad252ddce308dd03519064f02d80e"),
    "garden": ("Patio_Lawn_and_Garden", "8edc47c5fe860e97e34ab1f339835606e551b03bec13bc4f967693c1b04ad3c0"),
    "instant-video": ("Amazon_Instant_Video", "249e1061d30db8c1230e4f3edd0523be12c37e6a8e6b9872a312cf6c326f157b"),
}
LASTFM = {"hetrec2011-lastfm-2k.zip": "6738f48195667ff03caaab4d32ca9a3133d8cc026b7c3cdaf6ce1010e913c59c"}
OFFERS = {
    "ml-100k": Offer(MOVIELENS, {"ml-100k.zip": "0e33842e24a9c977be4e0107933c0723"}, "movielens-100k"),
    "ml-1m": Offer(MOVIELENS, {"ml-1m.zip": "c4d9eecfca2ab87c1945afe126590906"}, "movielens-dat"),
    "ml-latest-small": Offer(MOVIELENS, {"ml-latest-small.zip": PUBLISHED}, "movielens-csv"),
    "ml-25m": Offer(MOVIELENS, {"ml-25m.zip": "6b51fb2759a8657d3bfcbfc42b592ada"}, "movielens-csv"),
    "ml-hetrec": Offer(HETREC, {"hetrec2011-movielens-2k-v2.zip": FIRST}, "hetrec"),
    "lastfm": Offer(HETREC, LASTFM, "hetrec"),
    **{
        name: Offer(AMAZON, {f"ratings_{category}.csv": checksum}, "amazon-csv")
        for name, (category, checksum) in AMAZON_FILES.items()
    },
    "movietweetings": Offer(TWEETINGS, {"ratings.dat": FIRST, "movies.dat": FIRST}, "movietweetings"),
}


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


def offer_of(name: str) -> Offer:
    """The offer of this name. Raises InputError naming all offers if there is none."""
    if name not in OFFERS:
        text = "There is no data set {wanted} to download; the data sets are: {known}."
        raise InputError("no_such_data_set", text, wanted=shown(name), known=", ".join(OFFERS))
    return OFFERS[name]


def cache() -> Path:
    """The folder of downloads: $ATTREC_CACHE, else attrec in the user's cache folder."""
    setting = os.environ.get("ATTREC_CACHE", "").strip()
    if setting:
        return Path(setting).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "attrec"


def path_of(name: str) -> Path:
    """The path of a data set in the cache, whether it is there or not: its file, or the folder of its files."""
    files = tuple(offer_of(name).files)
    return cache() / (files[0] if len(files) == 1 else name)


def files_of(name: str) -> list[Path]:
    """The paths of its files in the cache. A file that is there is complete: it gets this name after its check."""
    path, files = path_of(name), offer_of(name).files
    return [path] if len(files) == 1 else [path / file for file in files]


def part_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def bytes_so_far(name: str) -> int:
    """Bytes of a data set in the cache, including files that are still being downloaded."""
    paths = (path for file in files_of(name) for path in (file, part_of(file)))
    return sum(file.stat().st_size for file in paths if file.is_file())


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
