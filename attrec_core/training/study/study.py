"""Runs a study: chooses and trains each line of its table separately, and saves the line after every training.

Beyond accuracy, it measures how much of the catalogue is recommended to any user, and how popular these items are.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.config import PAPER, PAPER_PRESETS, ModelConfig, TrainConfig, config_of
from attrec_core.data.interactions import Interactions
from attrec_core.data.offers import TABLE_1
from attrec_core.data.windows import Split, last_windows, seen_before
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import FLOATS, MOST, Ranker, evaluate
from attrec_core.models.model import versions
from attrec_core.runs import studies
from attrec_core.runs.protocol import Protocol
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.unfinished import fingerprint_of
from attrec_core.storage.atomic_write import remove
from attrec_core.storage.read_errors import read_errors
from attrec_core.training.fit import fit
from attrec_core.training.side_by_side import side_by_side
from attrec_core.training.study.lines import Line
from attrec_core.training.study.race import Configs, Schedule, Standing, fitted, race

# What all trainings of a study have in common, and its name in messages.
SAME = {
    "kind": "kind",
    "order": "order",
    "split": "split",
    "loss": "loss",
    "fit": "final fit",
    "preset": "preset",
    "tie_rule": "tie rule",
    "budget": "budget",
    "fingerprint": "data fingerprint",
}

FIRST = 10  # recommendations whose coverage and popularity are measured
Trained = tuple[studies.SeedResult, np.ndarray]  # one seed, and the ranks of the test items (2, E)


def run_study(
    split: Split,
    lines: Sequence[Line],
    protocol: Protocol,
    folder: Path,
    *,
    jobs: int = 1,
    own: str = "",
    on_progress: Callable[[int, int, str], None] = lambda done, total, label: None,
) -> studies.Study:
    """Runs all lines and returns the study; trainings that an earlier call has finished are not repeated. jobs: the
    number of trainings at a time, one process each; the trainings of a line's race run one after another. own:
    FILE.py:Class of a custom model among the lines, which each process executes.

    on_progress: is called with the number of finished trainings, the number of all trainings, and the label of the
    first line that is not finished; at the end, of the last line. Raises InputError when the folder holds another
    study; KeyboardInterrupt keeps the finished trainings.
    """
    protocol = joined(protocol, folder)
    for line in lines:
        check_settings(split, line, folder)
    folder.mkdir(parents=True, exist_ok=True)
    studies.save_protocol(folder, protocol)
    total = sum(line.trainings(protocol.seeds) for line in lines)

    def report() -> None:
        done = trainings_done(folder, lines, protocol.seeds)
        at_work = (line for line, count in zip(lines, done, strict=True) if count < line.trainings(protocol.seeds))
        on_progress(sum(done), total, next(at_work, lines[-1]).label)

    report()
    if jobs == 1:
        for line in lines:
            configs = line_settings(split, line, folder, report)
            for seed in left_of(folder, line, protocol):
                keep_seed(folder, line, seed_result(split, configs, seed))
                report()
    else:
        with side_by_side(jobs, own=own) as pool:
            run_in(pool, jobs, split, lines, protocol, folder, report)
    report()
    return studies.save_results(folder)


def run_in(
    pool: Executor,
    jobs: int,
    split: Split,
    lines: Sequence[Line],
    protocol: Protocol,
    folder: Path,
    report: Callable[[], None],
) -> None:
    """Runs the races in the order of the lines, and the seeds of a line before the race of a later one, so that a study
    that is interrupted has finished lines. Only this process saves seeds."""
    unraced, untrained = list(lines), list[tuple[Line, Configs, int]]()
    races: dict[Future[Configs], Line] = {}
    trainings: dict[Future[Trained], Line] = {}
    while True:
        while len(races) + len(trainings) < jobs and (unraced or untrained):
            if untrained:
                line, configs, seed = untrained.pop(0)
                trainings[pool.submit(seed_result, split, configs, seed)] = line
            else:
                line = unraced.pop(0)
                races[pool.submit(line_settings, split, line, folder)] = line
        at_work: list[Future[Any]] = [*races, *trainings]
        if not at_work:
            return
        done, _ = wait(at_work, timeout=5, return_when=FIRST_COMPLETED)  # then the progress of races
        for race_done in done & races.keys():
            line, configs = races.pop(race_done), race_done.result()
            untrained += [(line, configs, seed) for seed in left_of(folder, line, protocol)]
        for trained in done & trainings.keys():
            keep_seed(folder, trainings.pop(trained), trained.result())
        report()


def joined(protocol: Protocol, folder: Path) -> Protocol:
    """Returns the protocol of a study that goes on in a folder: with the seeds of the stored study if it has more.
    Raises InputError if the folder holds another study, or anything else."""
    studies.check_place(folder)
    if not (folder / studies.PROTOCOL).is_file():
        return protocol
    before = studies.read_protocol(folder)
    # What an older version did not store.
    before = replace(before, preset=before.preset or protocol.preset)
    now = {name: getattr(protocol, name) for name in ("repeats", "tested", "dropped", "may_tie")}
    for name, label in SAME.items():
        old, new = getattr(before, name), getattr(protocol, name)
        if old != new:
            text = "{folder} holds a study with another {what} ({old}, not {new}); choose another folder."
            raise InputError("other_study", text, folder=folder, what=label, old=old, new=new)
    return replace(before, seeds=max(before.seeds, protocol.seeds), **now)


def trainings_done(folder: Path, lines: Sequence[Line], seeds: int) -> list[int]:
    """Returns how many trainings of each line are done, of the race and of the seeds."""
    entries = [studies.load_entry(folder, line.key) for line in lines]
    return [
        min(len(entry.trials) + len(entry.seeds), line.trainings(seeds)) if entry else 0
        for line, entry in zip(lines, entries, strict=True)
    ]


def check_settings(split: Split, line: Line, folder: Path) -> None:
    """Raises InputError when the seeds of a line without a race were trained with settings other than its current ones:
    from another preset, or by an earlier version."""
    entry = studies.load_entry(folder, line.key)
    if entry is None or not entry.seeds or len(line.candidates) > 1:
        return
    model, train = fitted(line.candidates[0], split)
    system = SYSTEMS[model.model]
    before = system.used(ModelConfig()) | entry.model, used(TrainConfig()) | entry.train
    if before != (system.used(model), used(train)):
        text = "{folder} holds {line} with other settings; choose another folder."
        raise InputError("other_settings", text, folder=folder, line=line.label)


def line_settings(split: Split, line: Line, folder: Path, report: Callable[[], None] = lambda: None) -> Configs:
    """Returns the settings of a line: those of its seeds, otherwise those that its race finds. The race is saved after
    each training."""
    entry = studies.load_entry(folder, line.key) or studies.Entry(line.key, line.label, {}, {})

    def keep(standing: Standing) -> None:
        nonlocal entry
        if new := tuple(trial for trial in standing.done if trial not in entry.trials):
            entry = replace(entry, trials=(*entry.trials, *new))
            studies.save_entry(folder, entry, [])
            report()

    if entry.seeds and len(line.candidates) > 1:
        with read_errors(folder / f"{line.key}.json", studies.KIND):
            return config_of(ModelConfig, entry.model), config_of(TrainConfig, entry.train)
    candidates = tuple(fitted(candidate, split) for candidate in line.candidates)
    # A later version may race other settings, whose states have the same names.
    raced = hashlib.sha256(repr(candidates).encode()).hexdigest()[:8]
    states = folder / ".race" / f"{line.key}-{raced}"
    standing = Standing(Schedule(candidates), [0.0] * len(candidates))
    best, trials = race(split, line.system, standing, states, done=entry.trials, on_progress=keep)
    model, train = candidates[best]
    done = replace(entry, model=SYSTEMS[model.model].used(model), train=used(train), trials=tuple(trials))
    if done != entry:
        studies.save_entry(folder, done, [])
    for path in (states, states.parent):
        with contextlib.suppress(OSError):
            remove(path) if path == states else path.rmdir()  # other lines may still race
    return model, train


def kept_of(folder: Path, line: Line) -> tuple[studies.Entry, list[Trained]]:
    """Returns the entry of a line whose settings are chosen, and its trained seeds; seeds whose ranks are lost are
    trained again."""
    entry = studies.load_entry(folder, line.key)
    assert entry is not None
    ranks = studies.load_ranks(folder, entry)
    return entry, [] if ranks is None else list(zip(entry.seeds, ranks, strict=True))


def left_of(folder: Path, line: Line, protocol: Protocol) -> list[int]:
    """Returns the seeds that are not trained yet."""
    _, trained = kept_of(folder, line)
    return sorted(set(line.seeds(protocol.seeds)) - {result.seed for result, _ in trained})


def keep_seed(folder: Path, line: Line, trained: Trained) -> None:
    """Saves a seed with the other seeds of its line, in order of the seeds."""
    entry, stored = kept_of(folder, line)
    seeds, ranks = zip(*sorted([*stored, trained], key=lambda pair: pair[0].seed), strict=True)
    studies.save_entry(folder, replace(entry, seeds=seeds), ranks)


def used(train: TrainConfig) -> dict[str, Any]:
    return {name: value for name, value in vars(train).items() if name not in ("seed", "threads", "engine")}


def seed_result(split: Split, configs: Configs, seed: int) -> Trained:
    """Trains one seed with its final fit and ranks the test items once. Returns the result and the ranks (2, E)."""
    began = time.perf_counter()
    model, history = fit(split, configs[0], replace(configs[1], seed=seed))
    if history.ended == "interrupted":
        raise KeyboardInterrupt  # `fit` returns the best model so far, but a study does not count it
    tested = evaluate(model.ranker(), split, configs[0].history, "test")
    coverage, popularity = coverage_and_popularity(model.ranker(), split, configs[0].history)
    result = studies.SeedResult(
        seed=seed,
        best_epoch=history.best_epoch,
        validation=history.best_validation(),
        test=tested.metrics,
        test_all=tested.metrics_all,
        coverage=coverage,
        popularity=popularity,
        seconds=time.perf_counter() - began,
        engine=history.engine,
    )
    return result, np.stack([tested.ranks, tested.ranks_all])


def protocol_for(
    interactions: Interactions,
    kind: str,
    *,
    order: str = "as it is",
    preset: str = PAPER,
    paper_set: str = "",
    **chosen: Any,
) -> Protocol:
    """Returns the protocol that all results of a study share. preset: a key of config.PRESETS; chosen: more fields of
    Protocol, such as seeds, budget and repeats; paper_set: the name of the paper's data set, if known; otherwise the
    paper's data set with the same numbers of users and items is named, if there is one."""
    counts = interactions.n_users, interactions.n_items
    matches = (row.name for row in TABLE_1 if (row.counts.users, row.counts.items) == counts)
    return Protocol(
        kind=kind,
        data=interactions.name or "unnamed data",
        users=interactions.n_users,
        items=interactions.n_items,
        interactions=interactions.n_interactions,
        tie_rule=interactions.tie_rule,
        may_tie=interactions.may_tie,
        order=order,
        preset=PAPER if preset in PAPER_PRESETS else preset,
        dropped=dict(interactions.dropped),
        fingerprint=fingerprint_of(interactions),
        paper=paper_set or next(matches, ""),
        versions=versions(),
        began=datetime.now(UTC).isoformat(timespec="seconds"),
        **chosen,
    )


def coverage_and_popularity(ranker: Ranker, split: Split, length: int) -> tuple[float, float]:
    """Returns the share of all items that are in the top ten at some user's test moment, and the mean popularity of the
    items in the top ten, as a share of the most popular item's. Seen items are removed."""
    data, (positions, _) = split.interactions, split.held_out("test")
    counts, popularity = np.zeros(data.n_items, np.int64), data.popularity()
    size = max(1, min(MOST, FLOATS // data.n_items))
    for start in range(0, len(positions), size):
        users, ends = split.evaluated[start : start + size], positions[start : start + size]
        distances = np.array(ranker(users, last_windows(data, users, ends, length)))
        distances[seen_before(data, users, ends)] = np.inf
        count = min(FIRST, data.n_items)
        top = np.argpartition(distances, count - 1, axis=1)[:, :count]
        unseen = np.isfinite(np.take_along_axis(distances, top, axis=1))  # fewer than ten, if most items are seen
        counts += np.bincount(top[unseen], minlength=data.n_items)
    mean = float((counts * popularity).sum() / max(counts.sum(), 1) / max(popularity.max(), 1))
    return float((counts > 0).mean()), mean


def shuffled(interactions: Interactions, seed: int = 0) -> Interactions:
    """Returns the interactions with the items of each history in random order, which no model can learn from."""
    random = np.random.default_rng(seed)
    keys = random.random(interactions.n_interactions)
    order = np.lexsort((keys, interactions.users))
    return replace(interactions, items=interactions.items[order])
