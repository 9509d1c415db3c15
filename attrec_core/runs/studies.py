"""A study on disk: which systems or settings were compared, how each was chosen, and the results of every seed.

A folder holds study.json (the protocol) and for each entry KEY.json, rewritten after every training, and KEY.npz with
the ranks of every user's test item, with seen items left out ("out") and ranked too ("in"). results.json holds all of
it together, with the intervals that need the ranks: a folder with results.json alone can be read as a study. Each JSON
file holds its own checksum, and KEY.json that of KEY.npz; files of older versions have none and are not compared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.config import METRICS
from attrec_core.errors import InputError, shown
from attrec_core.runs.cached_on_owner import cached
from attrec_core.runs.columns import Column, checked_columns
from attrec_core.runs.history import Metrics, per_user, percentiles, resampled
from attrec_core.runs.protocol import VARIED, Protocol, protocol_of
from attrec_core.storage.arrays import arrays_in, npz_bytes
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import CheckedFolder, described, described_in, digits_of
from attrec_core.storage.read_errors import expect, read_errors, record_of

PROTOCOL, RESULTS = "study.json", "results.json"
FORMAT, KIND = "attrec-study", "study"
FIRST = "ml-100k"  # the study that is listed first: the paper has figures for its data
# The line that the others are compared with, the first of these that is done: AttRec at its best, or as in the paper.
REFERENCES = ("auto", "attrec", "mean", "vector", "omega-0.2", "window-5", "dim-100")
Triple = tuple[float, float, float]  # a value, and the ends of its interval
Figures = Mapping[str, Triple]  # metric → triple
# Whether seen items are ranked → the ending of the names in KEY.npz and results.json; a file of before lacks "in"
ENDINGS = {"out": "", "in": "_all"}
OF_USERS = Column(np.floating, "SE", most=10_000_000)
RANKS = {"ranks": OF_USERS, "ranks_all": replace(OF_USERS, may_miss=True), "seeds": Column(np.integer, "s")}
DIGITS = 7  # decimals of a stored figure; a user is 1/21,000
UNKNOWN: Triple = (math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Trial:
    """One training in the choice of settings, without the validation items."""

    settings: Mapping[str, Any]  # those that differ from the system's starting settings
    epochs: int  # the most that it could train
    best_epoch: int
    validation: Metrics
    seconds: float  # of the epochs since the round before
    part: float = 1.0  # share of the users that it trained on


@dataclass(frozen=True)
class SeedResult:
    """One training with the chosen settings, and its test items ranked once."""

    seed: int
    best_epoch: int
    validation: Metrics
    test: Metrics  # seen items removed
    test_all: Metrics  # nothing removed
    coverage: float  # share of all items that are in somebody's top ten
    popularity: float  # mean popularity of the items in a top ten, as a share of the most popular item's
    seconds: float
    engine: str = ""  # as in History; rounding differs between engines. Empty in a study of an earlier version


@dataclass(frozen=True)
class Entry:
    """A line of the table: a system, or one variant of AttRec."""

    key: str
    label: str
    model: dict[str, Any]  # the chosen settings of the model, and of the training
    train: dict[str, Any]
    trials: tuple[Trial, ...] = ()
    seeds: tuple[SeedResult, ...] = ()

    def values(self, metric: str, seen: str = "out") -> np.ndarray:
        """(seeds,) the metric on the test items. seen: whether items of the history are ranked too."""
        return np.array([(result.test if seen == "out" else result.test_all)[metric] for result in self.seeds])

    @property
    def seconds(self) -> float:
        return sum(trial.seconds for trial in self.trials) + sum(result.seconds for result in self.seeds)


@dataclass(frozen=True, eq=False)
class Study:
    """A comparison and its results. A triple is a value and its 95 % interval, by bootstrap over the users; NaN if
    neither the ranks nor the triple itself are stored."""

    protocol: Protocol
    entries: tuple[Entry, ...]
    # (key, seen) → (seeds, E) of the test items, the same users in every entry; may be empty
    ranks: Mapping[tuple[str, str], np.ndarray]
    # From results.json: (key, seen), and (key, a later key, seen) → how far the first is above the second
    kept: Mapping[tuple[str, ...], Figures] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """The entry that others are compared with: the first of REFERENCES, else of all, that is done; else empty."""
        done = [entry.key for entry in self.entries if entry.seeds]
        return next((key for key in REFERENCES if key in done), done[0] if done else "")

    @property
    def sentence(self) -> str:
        """The protocol as text, with seen items left out."""
        return f"{self.described()} {self.protocol.note('out')}".strip()

    def described(self, seen: str = "out", *, intervals: bool = True) -> str:
        """The protocol as text, with what the stored lines add to it. seen, intervals: as in Protocol.described."""
        averaged = [entry.label for entry in self.entries if entry.train.get("average", 1) > 1]
        return self.protocol.described(seen, intervals=intervals, averaged=bool(averaged))

    @cached
    def drawn(self, key: str, metric: str, seen: str) -> tuple[float, np.ndarray]:
        """Returns the mean over the users, and the mean over each resample of them."""
        values = per_user(self.ranks[key, seen], metric)
        return float(values.mean()), resampled(values)

    def interval(self, key: str, metric: str, seen: str = "out") -> tuple[float, float]:
        """Returns the 95 % interval of the mean over the seeds. seen: as in Entry.values."""
        if (key, seen) in self.ranks:
            if self.ranks[key, seen].shape[1] < 2:  # one user says nothing about others
                return UNKNOWN[1:]
            return percentiles(self.drawn(key, metric, seen)[1])
        return self.kept.get((key, seen), {}).get(metric, UNKNOWN)[1:]

    def difference(self, key: str, other: str, metric: str, seen: str = "out") -> Triple:
        """Returns how far `key` is above `other`, by paired bootstrap over the users."""
        if (key, seen) in self.ranks and (other, seen) in self.ranks:
            (mine, my_draws), (theirs, their_draws) = self.drawn(key, metric, seen), self.drawn(other, metric, seen)
            is_one = len(self.ranks[key, seen][0]) < 2
            return (mine - theirs, *(UNKNOWN[1:] if is_one else percentiles(my_draws - their_draws)))
        if figures := self.kept.get((key, other, seen)):
            return figures[metric]
        value, low, high = self.kept.get((other, key, seen), {}).get(metric, UNKNOWN)
        return -value, -high, -low


def check_place(folder: Path) -> None:
    """Raises InputError unless a folder is not there yet, is empty, or holds an unfinished study, which can go on."""
    if not folder.exists() or (folder / PROTOCOL).is_file():
        return
    text = "{folder} is not empty, and it holds no study; choose another folder."
    if not folder.is_dir():
        text = "{folder} is a file; name a folder for the study."
    elif (folder / RESULTS).is_file():
        text = "{folder} holds only the results of a study, which cannot go on without its trainings; choose another "
        text += "folder."
    elif not any(not path.name.startswith(".") for path in folder.iterdir()):
        return
    raise InputError("not_a_study", text, folder=folder)


def save_protocol(folder: Path, protocol: Protocol) -> None:
    atomic_write(folder / PROTOCOL, described({"format": FORMAT, **asdict(protocol)}, {}, PROTOCOL))


def save_entry(folder: Path, entry: Entry, ranks: Sequence[np.ndarray]) -> None:
    """Called after each training. Writes the ranks first, so that no result lacks them. ranks: (2, E) for each seed,
    with seen items left out, then with nothing removed."""
    file, npz = folder / f"{entry.key}.json", f"{entry.key}.npz"
    sums = described_in(file, KIND).sums if file.is_file() else {file.name: ""}
    if ranks:
        by_seen = zip(ENDINGS.values(), np.stack(ranks, 1).astype(np.float32), strict=True)
        arrays = {f"ranks{ending}": seed_ranks for ending, seed_ranks in by_seen}
        arrays |= {"seeds": np.array([result.seed for result in entry.seeds])}
        content = npz_bytes(arrays)
        if file.is_file():
            described_in(file, KIND).replace(npz, content)
        else:
            atomic_write(folder / npz, content)
        sums = {npz: digits_of(content)}
    CheckedFolder(folder, KIND, file.name, asdict(entry), sums).describe(sums)


def studies_in(folder: Path) -> list[Path]:
    """Returns the folders of studies: first MovieLens 100K, for which the paper has figures, then the rest by name."""
    paths = folder.iterdir() if folder.is_dir() else ()
    studies = [path for path in paths if (path / PROTOCOL).is_file() or (path / RESULTS).is_file()]
    return sorted(studies, key=lambda path: (path.name != FIRST, path.name))


def load_study(folder: Path) -> Study:
    """Reads a study. Raises InputError for a damaged file, which it names, or for a folder that is no study."""
    files = entry_files(folder)
    if (folder / PROTOCOL).is_file() and (files or not (folder / RESULTS).is_file()):
        protocol = read_protocol(folder)
        entries = [entry for file in files if (entry := load_entry(folder, file.stem)) is not None]
        both = {entry.key: seed_ranks for entry in entries if (seed_ranks := load_ranks(folder, entry)) is not None}
        users = {key: seed_ranks.shape[2] for key, seed_ranks in both.items()}
        for entry in entries:
            with read_errors(folder / f"{entry.key}.json", KIND):
                check_key(protocol, entry)
        for key, count in users.items():
            with read_errors(folder / f"{key}.npz", KIND):
                expect(count == next(iter(users.values())), "it has the ranks of other users")
        ranks = {
            (key, seen): by_seen
            for key, seed_ranks in both.items()
            for seen, by_seen in zip(ENDINGS, seed_ranks.swapaxes(0, 1), strict=True)
            if not np.isnan(by_seen).any()
        }
        return Study(protocol, tuple(entries), ranks)
    if not (folder / RESULTS).is_file():
        raise InputError("no_study", "There is no study at {folder}.", folder=folder)
    content = described_in(folder / RESULTS, KIND).description
    with read_errors(folder / RESULTS, KIND):
        protocol, entries = protocol_of(content["protocol"]), [entry_of(entry) for entry in content["entries"]]
        expect(len({entry.key for entry in entries}) == len(entries), "a line is there twice")
        for entry in entries:
            check_key(protocol, entry)
        return Study(protocol, tuple(entries), {}, figures_in(content))


def check_key(protocol: Protocol, entry: Entry) -> None:
    """Raises ValueError if the key of a line lacks its value in a study that varies one setting, as in "dim-100"."""
    is_key = protocol.kind not in VARIED or re.fullmatch(rf"{protocol.kind}-\d{{1,6}}(\.\d{{1,6}})?", entry.key)
    expect(bool(is_key), f"{shown(entry.key)} is no line of this study")


def read_protocol(folder: Path) -> Protocol:
    content = described_in(folder / PROTOCOL, KIND).description
    with read_errors(folder / PROTOCOL, KIND):
        return protocol_of(content)


def entry_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.json") if file.name not in (PROTOCOL, RESULTS))


def load_entry(folder: Path, key: str) -> Entry | None:
    """Reads an entry; None if nothing of it is done yet. Raises InputError."""
    file = folder / f"{key}.json"
    if not file.is_file():
        return None
    content = described_in(file, KIND).description
    with read_errors(file, KIND):
        entry = entry_of(content)
        expect(entry.key == key, f"it is the line {shown(entry.key)}")
        return entry


def load_ranks(folder: Path, entry: Entry) -> np.ndarray | None:
    """Reads ranks (seeds, 2, E) as in `save_entry`; None if they are not stored. The file may hold those of a seed that
    the entry does not have yet. An older file does not name its seeds, which are in the entry's order, and lacks the
    ranks with nothing removed, which are then NaN. Raises InputError."""
    name = f"{entry.key}.npz"
    if not entry.seeds or not (folder / name).is_file():
        return None
    with described_in(folder / f"{entry.key}.json", KIND).opened(name) as stream:
        stored = arrays_in(stream)
        columns = {name: column for name, column in RANKS.items() if name == "ranks" or name in stored}
        arrays = checked_columns(stored, columns)
        ranks, rows = arrays["ranks"], list(arrays.get("seeds", range(len(entry.seeds))))
        ranks_all = arrays.get("ranks_all", np.full_like(ranks, np.nan))
        valid = len(ranks) >= len(rows) and bool((ranks >= 1).all()) and not bool((ranks_all < ranks).any())
        expect(valid and all(result.seed in rows for result in entry.seeds), "its ranks are wrong")
        return np.stack([ranks, ranks_all], 1)[[rows.index(result.seed) for result in entry.seeds]]


def save_results(folder: Path) -> Study:
    """Writes results.json: all of a study in one file, with the figures that the tables show."""
    study = load_study(folder)
    done = [entry for entry in study.entries if entry.seeds]
    lines = []
    for entry in study.entries:
        later = [following.key for following in done[done.index(entry) + 1 :]] if entry in done else []
        lines.append(asdict(entry))
        for seen, ending in ENDINGS.items():
            values = {metric: entry.values(metric, seen) for metric in METRICS} if entry.seeds else {}
            lines[-1][f"summary{ending}"] = {
                metric: named(of_seeds.mean(), *study.interval(entry.key, metric, seen)) | {"sd": float(of_seeds.std())}
                for metric, of_seeds in values.items()
            }
            lines[-1][f"above{ending}"] = {
                key: {metric: named(*study.difference(entry.key, key, metric, seen)) for metric in METRICS}
                for key in later
            }
    results = {"format": FORMAT, "protocol": asdict(study.protocol), "entries": lines}
    atomic_write(folder / RESULTS, described(results, {}, RESULTS))
    return study


def entry_of(content: Any) -> Entry:
    """Returns an entry in parsed JSON. Raises ValueError for another type of a field, or an impossible value."""
    entry = record_of(Entry, content)
    expect(content.keys() >= {"trials", "seeds"}, "its trainings are missing")
    for result in entry.seeds:
        for metrics in (result.validation, result.test, result.test_all):
            expect(all(0 <= metrics[name] <= 1 for name in METRICS), "a figure is not a number from 0 to 1")
        expect(all(0 <= share <= 1 for share in (result.coverage, result.popularity)), "a share is not from 0 to 1")
    expect(len({result.seed for result in entry.seeds}) == len(entry.seeds), "a seed is there twice")
    return entry


def figures_in(content: Mapping[str, Any]) -> dict[tuple[str, ...], Figures]:
    """Returns the figures as in `Study.kept`. An older file says only how far each line is below a reference. Raises an
    error of BROKEN for any other content."""
    kept: dict[tuple[str, ...], Figures] = {}
    for entry in content["entries"]:
        key = entry["key"]
        for seen, ending in ENDINGS.items():
            if seen == "out" or f"summary{ending}" in entry:
                kept[key, seen] = figures_of(entry[f"summary{ending}"])
            if "reference" not in content and (seen == "out" or f"above{ending}" in entry):
                kept |= {(key, later, seen): figures_of(above) for later, above in entry[f"above{ending}"].items()}
        if "reference" in content:
            kept[content["reference"], key, "out"] = figures_of(entry["summary"], ("below", "below_low", "below_high"))
    return kept


def figures_of(
    stored: Mapping[str, Mapping[str, float | None]], names: Sequence[str] = ("mean", "low", "high")
) -> Figures:
    """Metric → mean, low, high; null stands for NaN. Raises ValueError for another value or a missing metric."""
    expect(not stored or stored.keys() >= set(METRICS), "its figures lack a metric")
    figures = {}
    for metric, figure in stored.items():
        for value in (values := [figure[name] for name in names]):
            expect(value is None or (type(value) in (int, float) and abs(value) <= 1), f"a figure is {shown(value)}")
        mean, low, high = (math.nan if value is None else float(value) for value in values)
        figures[metric] = (mean, low, high)
    return figures


def named(mean: float, low: float, high: float) -> dict[str, float | None]:
    """Returns a triple as in results.json; None for each number if the ranks are not stored."""
    numbers = {"mean": mean, "low": low, "high": high}
    return {name: None if math.isnan(number) else round(float(number), DIGITS) for name, number in numbers.items()}
