"""A study on disk: which systems or settings were compared, how each was chosen, and what every seed found.

A folder: study.json (the protocol), one KEY.json an entry, rewritten after every training, and KEY.npz with the ranks
of every user's test item. results.json is all of it together, with the intervals that need the ranks: alone in a folder
it is a study to read.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.errors import InputError
from attrec_core.runs.bootstrap import per_user, percentiles, resampled
from attrec_core.runs.history import METRICS, Metrics
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.read_errors import expect, json_object, read_errors

PROTOCOL, RESULTS = "study.json", "results.json"
FORMAT, KIND = "attrec-study", "study"
KINDS = ("table2", "ablation", "omega", "window", "dim", "auto")
RACED = ("table2", "auto")  # whose lines are chosen from several settings; of the others each line is what it is
ORDERS, SPLITS, LOSSES = ("as it is", "shuffled"), ("leave-one-out", "temporal"), ("hinge", "softmax")
# What the other lines are compared with: AttRec at its best, or as the paper has it; of these the first that is done.
REFERENCES = ("auto", "attrec", "mean", "omega-0.2", "window-5", "dim-100")

Triple = tuple[float, float, float]  # a value, and the ends of its interval
BELOW = ("below", "below_low", "below_high")  # in results.json
UNKNOWN: Triple = (math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Protocol:
    """What all figures of a study have in common."""

    kind: str  # of KINDS
    data: str  # its name
    users: int
    items: int
    interactions: int
    tie_rule: str
    order: str  # of ORDERS
    seeds: int
    budget: int  # configurations a system is chosen from
    fingerprint: str  # of the data
    split: str = "leave-one-out"  # of SPLITS
    loss: str = "hinge"  # of LOSSES: what the variants of AttRec are trained by
    paper: str = ""  # which of the paper's data sets it is, if it is one
    versions: Mapping[str, str] = field(default_factory=dict)
    began: str = ""

    @property
    def title(self) -> str:
        """The data set, by the paper's name where it is one of the paper's."""
        return self.paper or self.data

    @property
    def sentence(self) -> str:
        return self.described()

    def described(self, seen: str = "out") -> str:
        """The protocol in one line. seen: "in" where seen items are ranked too, of which no interval is kept."""
        seeds = f"mean of {self.seeds} seeds" if self.seeds > 1 else "one seed"
        shuffled = ", each history in random order" if self.order == "shuffled" else ""
        by_time = "split at one moment for everybody" if self.split == "temporal" else "leave-one-out"
        chosen = "the paper's settings" if self.loss == "hinge" else "the softmax loss, not the paper's"
        if self.kind in RACED:
            chosen = f"settings chosen on the validation item among {self.budget} a system, then fitted with it"
        if self.kind in RACED and self.budget == 1:
            chosen = "each system's starting settings, fitted with the validation item too"
        ranked = "all items ranked" + (" but those a user had" if seen == "out" else ", seen ones too")
        intervals = "; 95 % intervals by bootstrap over the users" if seen == "out" else ""
        return (
            f"{self.data}: {self.users:,} users, {self.items:,} items, {self.interactions:,} interactions"
            f"{shuffled}; ties in time {self.tie_rule}; {by_time}, {ranked}; {chosen}; "
            f"{seeds}{intervals}."
        )


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
    kept: Mapping[str, Mapping[str, Triple]] = field(default_factory=dict)  # of results.json: key → metric → triple
    kept_below: Mapping[str, Mapping[str, Triple]] = field(default_factory=dict)  # how much it is below `reference`
    kept_reference: str = ""

    @property
    def reference(self) -> str:
        """The entry that the others are compared with: the first of REFERENCES, else of all; empty where none is
        done."""
        done = [entry.key for entry in self.entries if entry.seeds]
        own = next((key for key in REFERENCES if key in done), done[0] if done else "")
        return self.kept_reference or own

    def interval(self, key: str, metric: str) -> tuple[float, float]:
        """95 % of the mean over the seeds."""
        if key in self.ranks:
            return percentiles(resampled(per_user(self.ranks[key], metric)))
        return self.kept.get(key, {}).get(metric, UNKNOWN)[1:]

    def difference(self, key: str, other: str, metric: str) -> Triple:
        """How much the first is above the second, by paired bootstrap over the users."""
        if key in self.ranks and other in self.ranks:
            each = per_user(self.ranks[key], metric) - per_user(self.ranks[other], metric)
            return (float(each.mean()), *percentiles(resampled(each)))
        if key == self.reference:
            return self.kept_below.get(other, {}).get(metric, UNKNOWN)
        value, low, high = self.kept_below.get(key, {}).get(metric, UNKNOWN) if other == self.reference else UNKNOWN
        return -value, -high, -low


def save_protocol(folder: Path, protocol: Protocol) -> None:
    atomic_write(folder / PROTOCOL, json_bytes({"format": FORMAT, **asdict(protocol)}))


def save_entry(folder: Path, entry: Entry, ranks: Sequence[np.ndarray]) -> None:
    """After each training: the ranks first, so that no result stands without them."""
    if ranks:
        stream = io.BytesIO()
        np.savez_compressed(stream, ranks=np.stack(ranks).astype(np.float32))
        atomic_write(folder / f"{entry.key}.npz", stream.getvalue())
    atomic_write(folder / f"{entry.key}.json", json_bytes(asdict(entry)))


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
        summaries = {entry["key"]: entry["summary"] for entry in content["entries"]}
        return Study(
            protocol_of(content["protocol"]),
            tuple(entries),
            ranks={},
            kept={key: triples(summary, "mean", "low", "high") for key, summary in summaries.items()},
            kept_below={key: triples(summary, *BELOW) for key, summary in summaries.items()},
            kept_reference=str(content.get("reference") or reference_of_before(entries)),
        )


def reference_of_before(entries: Sequence[Entry]) -> str:
    """Of a results.json that does not name it."""
    done = [entry.key for entry in entries if entry.seeds]
    return next((key for key in REFERENCES[:3] if key in done), done[0] if done else "")


def triples(summary: Mapping[str, Mapping[str, float | None]], *names: str) -> dict[str, Triple]:
    """Of each metric of a summary in results.json, those of its numbers; null is NaN."""

    def number(value: float | None) -> float:
        return math.nan if value is None else float(value)

    value, low, high = names
    return {metric: (number(one[value]), number(one[low]), number(one[high])) for metric, one in summary.items()}


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
    """(seeds, E); None where they are not kept. Raises InputError."""
    file = folder / f"{entry.key}.npz"
    if not entry.seeds or not file.is_file():
        return None
    with read_errors(file, KIND), np.load(file, allow_pickle=False) as stored:
        ranks: np.ndarray = stored["ranks"]
        expect(ranks.ndim == 2 and len(ranks) >= len(entry.seeds) and bool((ranks >= 1).all()), "its ranks are wrong")
        return ranks[: len(entry.seeds)]


def save_results(folder: Path) -> Study:
    """results.json: all of a study in one file, with what the tables show."""
    study = load_study(folder)
    lines = [{**asdict(entry), "summary": summary_of(study, entry)} for entry in study.entries]
    content = {
        "format": FORMAT, "protocol": asdict(study.protocol), "reference": study.reference, "entries": lines,
    }  # fmt: skip
    atomic_write(folder / RESULTS, json_bytes(content))
    return study


def summary_of(study: Study, entry: Entry) -> dict[str, dict[str, float | None]]:
    """Metric → mean and spread over the seeds, its interval, and how much it is below the reference; None where the
    ranks are not kept."""
    summary = {}
    for metric in METRICS if entry.seeds else ():
        values = entry.values(metric)
        low, high = study.interval(entry.key, metric)
        numbers = {"mean": float(values.mean()), "sd": float(values.std()), "low": low, "high": high}
        numbers |= zip(BELOW, study.difference(study.reference, entry.key, metric), strict=True)
        summary[metric] = {name: None if math.isnan(number) else number for name, number in numbers.items()}
    return summary


def protocol_of(content: Mapping[str, Any]) -> Protocol:
    names = Protocol.__dataclass_fields__
    protocol = Protocol(**{name: value for name, value in content.items() if name in names})
    expect(protocol.kind in KINDS, "its kind is unknown")
    for name in ("users", "items", "interactions", "seeds", "budget"):
        expect(type(getattr(protocol, name)) is int, f"{name} is no whole number")
    return protocol


def entry_of(content: Mapping[str, Any]) -> Entry:
    names = Entry.__dataclass_fields__
    kept = {name: value for name, value in content.items() if name in names}
    trials = tuple(Trial(**trial) for trial in kept.pop("trials"))
    seeds = tuple(SeedResult(**seed) for seed in kept.pop("seeds"))
    for one in seeds:
        for metrics in (one.validation, one.test, one.test_all):
            expect(all(0 <= metrics[name] <= 1 for name in METRICS), "a figure is no number from 0 to 1")
    return Entry(**kept, trials=trials, seeds=seeds)
