"""Public data sets to download: addresses, checksums and terms of their files, and their paths in the cache."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
        """The terms that a person should read before the download."""
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
    """The path of the partial download of a file."""
    return file.with_name(f"{file.name}.part")


def bytes_so_far(name: str) -> int:
    """Bytes of a data set in the cache, including files that are still being downloaded."""
    paths = (path for file in files_of(name) for path in (file, part_of(file)))
    return sum(file.stat().st_size for file in paths if file.is_file())
