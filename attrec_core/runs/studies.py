"""A study on disk: which systems or settings were compared, how each was chosen, and what every seed found.

A folder: study.json (the protocol), one KEY.json an entry, rewritten after every training, and KEY.npz with the ranks
of every user's test item. results.json is all of it together, with the intervals that need the ranks: alone in a folder
it is a study to read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.errors import InputError
from attrec_core.runs.bootstrap import per_user, percentiles, resampled
from attrec_core.runs.history import METRICS, Metrics
from attrec_core.runs.protocol import Protocol, protocol_of
from attrec_core.storage.arrays import arrays_in, npz_bytes
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.read_errors import expect, json_object, read_errors

PROTOCOL, RESULTS = "study.json", "results.json"
FORMAT, KIND = "attrec-study", "study"
FIRST = "ml-100k"  # of the studies of a folder: the paper has figures for its data
# What the other lines are compared with: AttRec at its best, or as the paper has it; of these the first that is done.
REFERENCES = ("auto", "attrec", "mean", "omega-0.2", "window-5", "dim-100")

Triple = tuple[float, float, float]  # a value, and the ends of its interval
Figures = Mapping[str, Triple]  # by the metric
DIGITS = 7  # of a kept figure; a user is 1/21,000
UNKNOWN: Triple = (math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Trial:
    """One training in the choice of settings, without the validation items."""

    settings: Mapping[str, Any]  # what differs from where the system starts
    epochs: int  # it was given at most
    best_epoch: int
    validation: Metrics
    seconds: float


@dataclass(frozen=True)
class SeedResult:
    """One training with the chosen settings, and its test items ranked once."""

    seed: int
    best_epoch: int
    validation: Metrics
    test: Metrics  # seen items removed
    test_all: Metrics  # nothing removed
    coverage: float  # share of all items that stand in somebody's first ten
    popularity: float  # mean popularity of what stands in a first ten, as a share of the most popular item's
    seconds: float


@dataclass(frozen=True)
class Entry:
    """A line of the table: a system, or one variant of AttRec."""

    key: str
    label: str
    model: dict[str, Any]  # the settings that were chosen, of the model and of the training
    train: dict[str, Any]
    trials: tuple[Trial, ...] = ()
    seeds: tuple[SeedResult, ...] = ()

    def values(self, metric: str, seen: str = "out") -> np.ndarray:
        """(seeds,) of the test items. seen: whether items of the history are ranked too."""
        return np.array([(one.test if seen == "out" else one.test_all)[metric] for one in self.seeds])

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.trials) + sum(one.seconds for one in self.seeds)


@dataclass(frozen=True, eq=False)
class Study:
    """What was compared, and how it came out. A triple is a value and 95 % of it, by bootstrap over the users; NaN
    where neither ranks nor the triple itself are kept."""

    protocol: Protocol
    entries: tuple[Entry, ...]
    ranks: Mapping[str, np.ndarray]  # key → (seeds, E) of the test items, the same users in every entry; may be empty
    kept: Mapping[str, Figures] = field(default_factory=dict)  # of results.json, by key
    kept_above: Mapping[str, Mapping[str, Figures]] = field(
        default_factory=dict
    )  # key → a later key, which it is above
    _drawn: dict[tuple[str, str], tuple[float, np.ndarray]] = field(default_factory=dict, repr=False)

    @property
    def reference(self) -> str:
        """The entry that the paper's differences are from: the first of REFERENCES, else of all; empty where none is
        done."""
        done = [entry.key for entry in self.entries if entry.seeds]
        return next((key for key in REFERENCES if key in done), done[0] if done else "")

    def drawn(self, key: str, metric: str) -> tuple[float, np.ndarray]:
        """The mean over the users, and that of each resample of them."""
        if (key, metric) not in self._drawn:
            each = per_user(self.ranks[key], metric)
            self._drawn[key, metric] = float(each.mean()), resampled(each)
        return self._drawn[key, metric]

    def interval(self, key: str, metric: str) -> tuple[float, float]:
        """95 % of the mean over the seeds."""
        if key in self.ranks:
            return percentiles(self.drawn(key, metric)[1])
        return self.kept.get(key, {}).get(metric, UNKNOWN)[1:]

    def difference(self, key: str, other: str, metric: str) -> Triple:
        """How much the first is above the second, by paired bootstrap over the users."""
        if key in self.ranks and other in self.ranks:
            (mine, my_draws), (theirs, their_draws) = self.drawn(key, metric), self.drawn(other, metric)
            return (mine - theirs, *percentiles(my_draws - their_draws))
        if kept := self.kept_above.get(key, {}).get(other):
            return kept[metric]
        value, low, high = self.kept_above.get(other, {}).get(key, {}).get(metric, UNKNOWN)
        return -value, -high, -low


def save_protocol(folder: Path, protocol: Protocol) -> None:
    atomic_write(folder / PROTOCOL, json_bytes({"format": FORMAT, **asdict(protocol)}))


def save_entry(folder: Path, entry: Entry, ranks: Sequence[np.ndarray]) -> None:
    """After each training: the ranks first, so that no result stands without them. ranks: (E,) for each seed."""
    if ranks:
        seeds = np.array([one.seed for one in entry.seeds])
        atomic_write(
            folder / f"{entry.key}.npz", npz_bytes({"ranks": np.stack(ranks).astype(np.float32), "seeds": seeds})
        )
    atomic_write(folder / f"{entry.key}.json", json_bytes(asdict(entry)))


def studies_in(folder: Path) -> list[Path]:
    """Folders of studies, that of MovieLens 100K first, whose figures the paper has, and then by name."""
    found = folder.iterdir() if folder.is_dir() else ()
    some = [one for one in found if (one / PROTOCOL).is_file() or (one / RESULTS).is_file()]
    return sorted(some, key=lambda one: (one.name != FIRST, one.name))


def load_study(folder: Path) -> Study:
    """Raises InputError, naming the file, for what is damaged, or is no study."""
    files = sorted(file for file in folder.glob("*.json") if file.name not in (PROTOCOL, RESULTS))
    if (folder / PROTOCOL).is_file() and (files or not (folder / RESULTS).is_file()):
        protocol = read_protocol(folder)
        entries = [entry for file in files if (entry := load_entry(folder, file.stem)) is not None]
        ranks = {entry.key: kept for entry in entries if (kept := load_ranks(folder, entry)) is not None}
        users = {key: kept.shape[1] for key, kept in ranks.items()}
        for key, count in users.items():
            with read_errors(folder / f"{key}.npz", KIND):
                expect(count == next(iter(users.values())), "it has the ranks of other users")
        return Study(protocol, tuple(entries), ranks)
    if not (folder / RESULTS).is_file():
        raise InputError("no_study", "There is no study at {folder}.", folder=folder)
    with read_errors(folder / RESULTS, KIND):
        content = json_object((folder / RESULTS).read_bytes())
        entries = [entry_of(entry) for entry in content["entries"]]
        own = {entry["key"]: figures_of(entry["summary"]) for entry in content["entries"]}
        above = {
            entry["key"]: {other: figures_of(one) for other, one in entry["above"].items()}
            for entry in with_differences(content)
        }
        return Study(protocol_of(content["protocol"]), tuple(entries), {}, own, above)


def with_differences(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of a results.json. One of before has only how much each is below a reference."""
    entries: list[dict[str, Any]] = content["entries"]
    if "reference" not in content:
        return entries
    names = {"mean": "below", "low": "below_low", "high": "below_high"}
    below = {
        entry["key"]: {
            metric: {name: one[old] for name, old in names.items()} for metric, one in entry["summary"].items()
        }
        for entry in entries
    }
    return [{"key": content["reference"], "above": below}]


def figures_of(kept: Mapping[str, Mapping[str, float | None]]) -> Figures:
    """metric → mean, low, high as in results.json, where null is NaN."""

    def number(value: float | None) -> float:
        return math.nan if value is None else float(value)

    return {metric: (number(one["mean"]), number(one["low"]), number(one["high"])) for metric, one in kept.items()}


def read_protocol(folder: Path) -> Protocol:
    with read_errors(folder / PROTOCOL, KIND):
        return protocol_of(json_object((folder / PROTOCOL).read_bytes()))


def load_entry(folder: Path, key: str) -> Entry | None:
    """None where nothing of it is done yet. Raises InputError."""
    file = folder / f"{key}.json"
    if not file.is_file():
        return None
    with read_errors(file, KIND):
        return entry_of(json_object(file.read_bytes()))


def load_ranks(folder: Path, entry: Entry) -> np.ndarray | None:
    """(seeds, E); None where they are not kept. The file may hold those of a seed that the entry does not have yet. An
    older file does not say whose they are: they lie in order. Raises InputError."""
    file = folder / f"{entry.key}.npz"
    if not entry.seeds or not file.is_file():
        return None
    with read_errors(file, KIND):
        arrays = arrays_in(file)
        ranks, rows = arrays["ranks"], list(arrays.get("seeds", range(len(entry.seeds))))
        whole = ranks.ndim == 2 and len(ranks) >= len(rows) and bool((ranks >= 1).all())
        expect(whole and all(one.seed in rows for one in entry.seeds), "its ranks are wrong")
        return ranks[[rows.index(one.seed) for one in entry.seeds]]


def save_results(folder: Path) -> Study:
    """results.json: all of a study in one file, with what the tables show."""
    study = load_study(folder)
    done = [entry for entry in study.entries if entry.seeds]
    lines = []
    for entry in study.entries:
        later = [other.key for other in done[done.index(entry) + 1 :]] if entry in done else []
        above = {
            other: {metric: named(*study.difference(entry.key, other, metric)) for metric in METRICS} for other in later
        }
        lines.append({**asdict(entry), "summary": summary_of(study, entry), "above": above})
    atomic_write(folder / RESULTS, json_bytes({"format": FORMAT, "protocol": asdict(study.protocol), "entries": lines}))
    return study


def summary_of(study: Study, entry: Entry) -> dict[str, dict[str, float | None]]:
    """metric → mean and spread over the seeds, and the interval of the mean."""
    values = {metric: entry.values(metric) for metric in METRICS} if entry.seeds else {}
    return {
        metric: named(float(some.mean()), *study.interval(entry.key, metric)) | {"sd": float(some.std())}
        for metric, some in values.items()
    }


def named(mean: float, low: float, high: float) -> dict[str, float | None]:
    """A triple as in results.json; None where the ranks are not kept."""
    numbers = {"mean": mean, "low": low, "high": high}
    return {name: None if math.isnan(number) else round(number, DIGITS) for name, number in numbers.items()}


def entry_of(content: Mapping[str, Any]) -> Entry:
    names = Entry.__dataclass_fields__
    kept = {name: value for name, value in content.items() if name in names}
    trials = tuple(Trial(**trial) for trial in kept.pop("trials"))
    seeds = tuple(SeedResult(**seed) for seed in kept.pop("seeds"))
    for one in seeds:
        for metrics in (one.validation, one.test, one.test_all):
            expect(all(0 <= metrics[name] <= 1 for name in METRICS), "a figure is not a number from 0 to 1")
    return Entry(**kept, trials=trials, seeds=seeds)
