"""`train --auto`: finds AttRec's settings by a race on the validation items, and keeps the log of that race."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from attrec_core.config import AUTO, PRESETS, SETTINGS, ModelConfig, TrainConfig, with_settings
from attrec_core.data.importing import counts_of, preset_of
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.errors import InputError
from attrec_core.runs import unfinished
from attrec_core.runs.candidates import CANDIDATES, TIMED_CANDIDATES, Configs, candidates_of
from attrec_core.runs.library.words import drawn_settings_text, race_sentence
from attrec_core.runs.studies import Trial
from attrec_core.runs.time_left import RaceEstimate, RaceProgress, about, likely_best
from attrec_core.runs.unfinished import training_size
from attrec_core.storage.atomic_write import atomic_write, remove
from attrec_core.storage.checksums import described, own_sums
from attrec_core.storage.read_errors import json_object
from attrec_core.training.engine import engine_of
from attrec_core.training.estimate import compile_steps, estimate
from attrec_core.training.fit import nothing
from attrec_core.training.side_by_side import MOST, processors, side_by_side
from attrec_core.training.study.race import (
    FIRST,
    MOST_TIMES,
    Schedule,
    Standing,
    affordable,
    changes,
    epoch_by_rule,
    fitted,
    is_compiled_anywhere,
    part_of,
    race,
    state_of,
)
from attrec_core.training.trainer import nothing_to_train

LATE = 1.15  # times its time, after which a race begins no further round
FOR_STEPS = 0.3  # seconds of measuring each kind of training
WORTH = 20.0  # seconds from which a race is run in several processes, which take some seconds to start
RACE = "race"  # the name of its checksum in the file


@dataclass(frozen=True)
class Found:
    """The settings that the race chose, the race's log as stored in a run, and where the race left their training."""

    configs: Configs
    trials: tuple[Trial, ...]
    state: Path | None = None

    @property
    def sentence(self) -> str:
        """The chosen settings and the runner-up."""
        if not self.trials:
            return f"No other settings were tried: {drawn_settings_text(changes(self.configs, AUTO))}"
        return race_sentence(list(map(asdict, self.trials)), self.configs[1].select_by).rstrip(".")

    def as_dict(self) -> dict[str, Any]:
        return {"sentence": self.sentence, "trials": [asdict(trial) for trial in self.trials]}


@dataclass(frozen=True)
class Costs:
    """Seconds on this machine, from a few steps of each kind of training."""

    epoch: tuple[float, ...]  # of an epoch of each candidate, with the ranking of the validation items
    compile: float  # of the steps, before the first epoch
    metrics: float  # after the epochs
    maps: float
    processes: int  # that train side by side


def settings_found(
    interactions: Interactions,
    out: Path,
    typed: Mapping[str, str],
    *,
    among: str = AUTO,
    goes_on: bool,
    with_maps: bool,
    minutes: float | None = None,
    alone: bool = False,
    on_stage: Callable[[str, str], None] = nothing,
    on_progress: Callable[[RaceProgress], None] = nothing,
) -> Found:
    """Runs the race for the settings of the run `out`. The typed settings override those of each candidate. A race that
    continues (`goes_on`) does not repeat earlier epochs. among: AUTO; or PAPER for the paper's two presets. minutes:
    the time for the race and the training after it; without it, the work is counted, and every machine tries the same
    settings. alone: starts no other processes. on_stage: is called with a phase that begins, or "", and a sentence.
    Raises InputError.
    """
    if goes_on and (begun := unfinished.settings_kept(out)) is not None:
        # The time has chosen the epochs, at most those that were typed.
        kept = {key: value for key, value in typed.items() if minutes is None or key != "epochs"}
        return found_before(out, with_settings(*begun, kept), on_progress)
    folder, split = unfinished.race_of(out), leave_one_out(interactions)
    if folder.is_file():  # of an older version
        unfinished.discard_race(out)
    with unfinished.trained_alone(folder, out):
        return Racing(split, folder, among, dict(typed), minutes, with_maps, alone, on_stage, on_progress).run(goes_on)


@dataclass(frozen=True)
class Racing:
    """One race, in its folder, which this process alone uses."""

    split: Split
    folder: Path
    among: str
    typed: dict[str, str]
    minutes: float | None
    with_maps: bool
    alone: bool
    on_stage: Callable[[str, str], None]
    on_progress: Callable[[RaceProgress], None]

    def run(self, goes_on: bool) -> Found:
        began, split = time.monotonic(), self.split
        before, trials = race_kept(self.folder, self.wanted) if goes_on else ({}, [])
        # Compiled first, so that no estimate is made of steps that are not.
        compile_steps(split, schedule_for(split, self.typed, self.among).candidates, self.on_stage)
        if self.minutes is not None and before:  # measured again, other settings might fit the time
            schedule = again(before)
            costs = costs_of(split, schedule, with_maps=self.with_maps)
        else:
            schedule, costs = planned(split, self.typed, self.minutes, self.among, with_maps=self.with_maps)
        if before != raced(schedule):  # another version began it
            trials = []
            for path in self.folder.iterdir():
                remove(path)
        if len(schedule.candidates) == 1:
            (model, train), epochs = schedule.candidates[0], schedule.epochs[0]
            return Found((model, replace(train, epochs=epochs)), ())
        self.on_stage("", f"Looking for good settings: {race_estimate(schedule, costs).sentence}".rstrip("."))
        standing = Standing(schedule, costs.epoch, costs.processes)
        return self.found(standing, costs, trials, began)

    @property
    def wanted(self) -> dict[str, Any]:
        """What identifies the race, but for its schedule."""
        data = unfinished.fingerprint_of(self.split.interactions)
        return {"data": data, "among": self.among, "settings": self.typed, "minutes": self.minutes}

    def found(self, standing: Standing, costs: Costs, done: list[Trial], began: float) -> Found:
        schedule, stored = standing.schedule, len(done)
        most = None
        if self.minutes is not None:
            most = LATE * half_of(60 * self.minutes, costs) - (time.monotonic() - began)

        def look(standing: Standing) -> None:
            nonlocal stored
            if len(standing.done) > stored:
                self.keep(schedule, standing.done)
                stored = len(standing.done)
            self.on_progress(progress_of(standing))

        with contextlib.ExitStack() as stack:
            pool = None
            if costs.processes > 1 and not self.alone:
                pool = stack.enter_context(side_by_side(costs.processes, self.split))
            after = max(training_size(configs, self.split.interactions) for configs in schedule.candidates)
            best, trials = race(
                self.split,
                AUTO,
                standing,
                self.folder,
                done=done,
                on_progress=look,
                pool=pool,
                most=most,
                after=after,
            )
        self.keep(schedule, trials)
        configs, state = schedule.candidates[best], state_of(self.folder, best)
        if self.minutes is not None:
            spent = max(time.monotonic() - began, standing.taken)  # also in earlier processes
            left = 60 * self.minutes - spent - costs.metrics - costs.maps
            epochs = len(unfinished.epochs_kept(state))
            configs = in_time(configs, epochs, left / (standing.slowness * costs.epoch[best]))
        # No bar stands still: the race is over.
        self.on_progress(replace(progress_of(standing), of=len(standing.done), left=0.0))
        return Found(configs, tuple(trials), state)

    def keep(self, schedule: Schedule, trials: Sequence[Trial]) -> None:
        content = {**self.wanted, "raced": raced(schedule), "trials": list(map(asdict, trials))}
        with contextlib.suppress(OSError):  # a full disk does not end the race: a resumed race repeats this trial
            atomic_write(self.folder / unfinished.RACE, described(content, {}, RACE))


def found_before(out: Path, configs: Configs, on_progress: Callable[[RaceProgress], None]) -> Found:
    """Returns the result of a finished race, whose chosen settings are being trained. configs: the chosen settings,
    overridden by the typed ones, so that settings other than the training began with are refused. Raises InputError
    for a damaged log."""
    file, metric = unfinished.race_of(out) / unfinished.RACE, configs[1].select_by
    if not file.is_file():
        return Found(configs, ())
    with unfinished.training_errors(file):
        trials = tuple(race_in(file)[1])
    best, done = max((trial.validation[metric] for trial in trials), default=None), set(map(repr, trials))
    on_progress(RaceProgress(len(done), len(done), metric, best, sum(trial.seconds for trial in trials), left=0.0))
    return Found(configs, trials)


def race_in(file: Path) -> tuple[dict[str, Any], Iterator[Trial]]:
    """Returns the content of a race's file, which is checked, and its trials."""
    content = json_object(file.read_bytes())
    own_sums(content, RACE)
    return content, (Trial(**trial) for trial in content.get("trials", ()))


def race_kept(folder: Path, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], list[Trial]]:
    """Returns the stored race of the same settings and data: its schedule, as `raced` stores it, and its trials so far;
    both empty without such a race. Raises InputError for a damaged file."""
    file = folder / unfinished.RACE
    if not file.is_file():
        return {}, []
    with unfinished.training_errors(file):
        content, trials = race_in(file)
        is_wanted = all(content.get(name) == value for name, value in wanted.items())
        return (content["raced"], list(trials)) if is_wanted else ({}, [])


def schedule_for(split: Split, typed: Mapping[str, str], among: str = AUTO, *, timed: bool = False) -> Schedule:
    """Returns the affordable race, with the typed settings applied to each candidate and to the paper's settings. A
    timed race has all candidates; `within` chooses among them. Raises InputError if there is nothing to train on."""
    if not split.windows:
        raise nothing_to_train()
    count = TIMED_CANDIDATES if timed else CANDIDATES
    candidates = [with_settings(*fitted(configs, split), typed) for configs in candidates_of(among, count)]
    candidates = list(dict.fromkeys(candidates))
    paper = with_settings(*PRESETS[preset_of(counts_of(split.interactions))], typed)
    return Schedule(tuple(candidates), part=part_of(split)) if timed else affordable(split, candidates, paper)


def planned(
    split: Split, typed: Mapping[str, str], minutes: float | None, among: str = AUTO, *, with_maps: bool
) -> tuple[Schedule, Costs]:
    """Returns the race for some data, and what its trainings take on this machine. Raises InputError if `minutes` are
    too few for any."""
    schedule = schedule_for(split, typed, among, timed=minutes is not None)
    costs = costs_of(split, schedule, with_maps=with_maps)
    if minutes is not None:
        schedule = within(schedule, costs, 60 * minutes)
        costs = costs_of(split, schedule, with_maps=with_maps)
    return schedule, costs


def estimate_race(split: Split, typed: Mapping[str, str], minutes: float | None, *, with_maps: bool) -> RaceEstimate:
    """Estimates the time of a race and of the training after it. Raises InputError as `planned` does."""
    return race_estimate(*planned(split, typed, minutes, with_maps=with_maps))


def raced(schedule: Schedule) -> dict[str, Any]:
    """Returns what identifies a schedule, as stored."""
    candidates = [changes(configs, AUTO) for configs in schedule.candidates]
    return {"part": schedule.part, "most": list(schedule.most), "candidates": candidates}


def again(stored: Mapping[str, Any]) -> Schedule:
    """Returns the schedule that `raced` stored."""
    candidates = []
    for changed in stored["candidates"]:
        model, train = (
            {key: value for key, value in changed.items() if SETTINGS[key].part == part} for part in ("model", "train")
        )
        candidates.append((replace(ModelConfig(), **model), replace(TrainConfig(), **train)))
    return Schedule(tuple(candidates), stored["part"], most=tuple(stored.get("most", ())))


def costs_of(split: Split, schedule: Schedule, *, with_maps: bool) -> Costs:
    """Times a few steps of each kind of training; the rule gives the other trainings of that kind. Raises InputError as
    `estimate` does."""
    measured, epoch, compiling = {}, [], {}
    for configs in schedule.candidates:
        by_rule = epoch_by_rule(split, configs)
        if (kind := kind_of(split, configs)) not in measured:
            estimated = estimate(split, *configs, with_maps=with_maps, for_steps=FOR_STEPS)
            measured[kind] = replace(estimated, epoch=estimated.epoch / by_rule)  # as a multiple of the rule's
            compiling[configs[1].loss] = estimated.compiling
        epoch.append(measured[kind].epoch * by_rule)
    first = next(iter(measured.values()))
    is_on_gpu = any(engine_of(*configs, split.windows) == "cuda" for configs in schedule.candidates)
    processes = min(processors(), MOST, len(schedule.candidates))
    if is_on_gpu or schedule.seconds(epoch) < WORTH:
        processes = 1
    return Costs(tuple(epoch), sum(compiling.values()), first.metrics, first.maps, processes)


def kind_of(split: Split, configs: Configs) -> str:
    """Returns the kind of a training. All trainings of a kind differ from the rule by about the same factor."""
    model, train = configs
    of_items = " with a taste from items" if model.remembers else ""
    return f"{train.loss}{' compiled' if is_compiled_anywhere(split, configs) else ''}{of_items}"


def half_of(seconds: float, costs: Costs) -> float:
    """Returns the half of a time, without what follows the epochs: the race takes one half, the training the other."""
    return (seconds - costs.compile - costs.metrics - costs.maps) / 2


def within(schedule: Schedule, costs: Costs, seconds: float) -> Schedule:
    """Returns the race with the most settings that, with the training after it, takes about so many seconds. No setting
    trains for more epochs than the final fit has time for. Raises InputError if there is time for none."""
    half = half_of(seconds, costs)
    rows = [
        (configs, int(half / epoch), epoch)
        for configs, epoch in zip(schedule.candidates, costs.epoch, strict=True)
        if half / epoch >= min(FIRST, configs[1].epochs)
    ]
    if not rows:
        least = min(FIRST * epoch for epoch in costs.epoch) * 2 + seconds - 2 * half
        text = "{name} {minutes:g} is too little time: the shortest training takes {least} on this machine."
        raise InputError("too_little_time", text, setting="minutes", minutes=seconds / 60, least=about(least))
    for count in range(len(rows), 0, -1):
        candidates, most, epoch = zip(*rows[:count], strict=True)
        fitting = replace(schedule, candidates=candidates, most=most)
        if fitting.seconds(epoch, costs.processes) <= half:
            break
    return fitting


def in_time(configs: Configs, done: int, epochs: float) -> Configs:
    """Returns the settings with as many epochs as there is time for. done: of the search; epochs: how many more there
    is time for, of the search and the final fit together."""
    model, train = configs
    most = (done + epochs) / 2 if train.refit else done + epochs
    return model, replace(train, epochs=min(train.epochs, max(done, int(most), 1)))


def race_estimate(schedule: Schedule, costs: Costs) -> RaceEstimate:
    """Estimates the time of the race and of the rest of the training with the best settings."""
    likely, most = [], []
    until = schedule.rounds[-1].until if schedule.rounds else [0] * len(schedule.candidates)
    after_race = zip(schedule.candidates, schedule.epochs, until, costs.epoch, strict=True)
    for (_, train), epochs, done, seconds in after_race:
        best = likely_best(0, 0, replace(train, epochs=epochs))
        last = min(epochs, best + train.patience) if train.patience else epochs
        likely.append((max(0.0, last - done) + best * train.refit) * seconds)
        most.append((epochs - done + epochs * train.refit) * seconds)
    after = costs.metrics + costs.maps
    return RaceEstimate(
        settings=len(costs.epoch),
        trainings=schedule.trainings,
        race=costs.compile + schedule.seconds(costs.epoch, costs.processes),
        processes=costs.processes,
        times=schedule.times,
        most_times=MOST_TIMES,
        training_likely=after + median(likely),
        training_most=after + max(most),
    )


def progress_of(standing: Standing) -> RaceProgress:
    metric, done = standing.schedule.candidates[0][1].select_by, standing.done
    best = max((trial.validation[metric] for trial in done), default=None)
    return RaceProgress(len(done), standing.schedule.trainings, metric, best, standing.taken, standing.left)
