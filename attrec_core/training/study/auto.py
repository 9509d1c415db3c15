"""`train --auto`: AttRec's settings found by a race on the validation items, and the log of that race."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from attrec_core.config import AUTO, PAPER, PRESETS, with_settings
from attrec_core.data.importing import counts_of, preset_for
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.runs.estimate import RaceEstimate
from attrec_core.runs.presets import race_sentence, raced
from attrec_core.runs.studies import Trial
from attrec_core.runs.time_left import RaceProgress
from attrec_core.runs.unfinished import (
    discard_race,
    fingerprint_of,
    race_of,
    settings_kept,
    training_errors,
)
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import json_bytes
from attrec_core.training.estimate import epochs_of, estimate
from attrec_core.training.study.budget import MOST_TIMES, Schedule, affordable, epoch_by_rule, is_compiled_anywhere
from attrec_core.training.study.candidates import Configs, candidates_of, changes, fitted
from attrec_core.training.study.race import race

CANDIDATES = 16


@dataclass(frozen=True)
class Found:
    """The settings that the race chose, and its log as a run keeps it."""

    configs: Configs
    trials: tuple[Trial, ...]

    @property
    def sentence(self) -> str:
        """The choice and the runner-up."""
        if not self.trials:
            return f"Nothing is left to choose: {raced(changes(self.configs, AUTO))}"
        return race_sentence(list(map(asdict, self.trials)), self.configs[1].select_by).rstrip(".")

    def as_dict(self) -> dict[str, Any]:
        return {"sentence": self.sentence, "trials": [asdict(trial) for trial in self.trials]}


def settings_found(
    interactions: Interactions,
    out: Path,
    typed: Mapping[str, str],
    *,
    goes_on: bool,
    with_maps: bool,
    on_begin: Callable[[str], None] = lambda sentence: None,
    on_progress: Callable[[RaceProgress], None] = lambda progress: None,
) -> Found:
    """The race for the settings of the run `out`, each candidate with the typed ones over it. What was tried before is
    not tried again where it continues. on_begin: gets what the race costs, before it. Raises InputError.
    """
    if goes_on and (begun := settings_kept(out)) is not None:
        return found_before(out, with_settings(*begun, typed), on_progress)
    split = leave_one_out(interactions)
    schedule = schedule_for(split, typed)
    raced = {"haste": schedule.haste, "candidates": [changes(configs, AUTO) for configs in schedule.candidates]}
    wanted = {"data": fingerprint_of(interactions), "settings": dict(typed), "raced": raced}
    file = race_of(out)
    kept = kept_race(file, wanted) if goes_on else None
    if kept is None:
        discard_race(out)
    if len(schedule.candidates) == 1:
        return Found(schedule.candidates[0], ())
    cost, done = kept or (race_estimate(interactions, typed, with_maps=with_maps), [])
    on_begin(cost.sentence)
    on_progress(progress_of(split, schedule, cost, done))
    trials: list[Trial] = []
    file.parent.mkdir(parents=True, exist_ok=True)

    def keep(trial: Trial) -> None:
        trials.append(trial)
        if len(trials) > len(done):
            with contextlib.suppress(OSError):  # a full disk is no reason to end it: this is tried again, if ever
                atomic_write(
                    file, json_bytes({**wanted, "estimate": asdict(cost), "trials": list(map(asdict, trials))})
                )
            on_progress(progress_of(split, schedule, cost, trials))

    configs = race(split, AUTO, schedule.candidates, done, keep, schedule.haste)
    return Found(configs, tuple(trials))


def found_before(out: Path, configs: Configs, on_progress: Callable[[RaceProgress], None]) -> Found:
    """The log of a race whose choice is being trained. configs: that choice with the typed settings over it, so that
    others than it was begun with are refused. Raises InputError for a damaged log."""
    file, figure = race_of(out), configs[1].select_by
    if not file.is_file():
        return Found(configs, ())
    with training_errors(file):
        trials = trials_of(json.loads(file.read_bytes()))
    best = max((trial.validation[figure] for trial in trials), default=None)
    taken = sum(trial.seconds for trial in trials)
    on_progress(RaceProgress(len(trials), len(trials), figure, best, taken, left=0.0))
    return Found(configs, trials)


def trials_of(content: Mapping[str, Any]) -> tuple[Trial, ...]:
    """Of the file of a race. Raises LookupError or TypeError."""
    return tuple(Trial(**trial) for trial in content["trials"])


def kept_race(file: Path, wanted: Mapping[str, Any]) -> tuple[RaceEstimate, list[Trial]] | None:
    """What a race of the same candidates on the same data costs, and its trainings so far; None without one, such as
    after another version began it. Raises InputError for a damaged one."""
    if not file.is_file():
        return None
    with training_errors(file):
        content = json.loads(file.read_bytes())
        if any(content.get(name) != value for name, value in wanted.items()):
            return None
        return RaceEstimate(**content["estimate"]), list(trials_of(content))


def schedule_for(split: Split, typed: Mapping[str, str]) -> Schedule:
    """The race that can be afforded, with the typed settings over each candidate."""
    every = [with_settings(*fitted(configs, split), typed) for configs in candidates_of(AUTO, CANDIDATES)]
    return affordable(split, list(dict.fromkeys(every)), paper_for(split, typed))


def paper_for(split: Split, typed: Mapping[str, str]) -> Configs:
    return with_settings(*PRESETS[preset_for(PAPER, counts_of(split.interactions))], typed)


def race_estimate(interactions: Interactions, typed: Mapping[str, str], *, with_maps: bool) -> RaceEstimate:
    """What the race takes, and the training after it: a few steps of each kind, timed, and by the rule from one to
    another of its kind. Raises InputError as `estimate` does."""
    split = leave_one_out(interactions)
    schedule, paper = schedule_for(split, typed), paper_for(split, typed)
    of_paper = estimate(interactions, *paper)
    slower = {kind_of(split, paper): of_paper.epoch / epoch_by_rule(split, paper)}  # than the rule says
    for configs in schedule.candidates:
        if (kind := kind_of(split, configs)) not in slower:
            slower[kind] = estimate(interactions, *configs, with_maps=False).epoch / epoch_by_rule(split, configs)
    epoch = [slower[kind_of(split, configs)] * epoch_by_rule(split, configs) for configs in schedule.candidates]
    maps = of_paper.maps if with_maps else 0.0
    after = [
        replace(of_paper, epoch=seconds, epochs_least=fewest, epochs_most=most, maps=maps)
        for seconds, (fewest, most) in zip(epoch, (epochs_of(train) for _, train in schedule.candidates), strict=True)
    ]
    return RaceEstimate(
        settings=len(epoch),
        trainings=schedule.trainings,
        race=schedule.seconds(epoch),
        times=schedule.times,
        most_times=MOST_TIMES,
        training_least=min(one.least for one in after),
        training_most=max(one.most for one in after),
    )


def kind_of(split: Split, configs: Configs) -> str:
    """Trainings of a kind are as much slower than the rule says as each other."""
    return "compiled" if is_compiled_anywhere(split, configs) else configs[1].loss


def progress_of(split: Split, schedule: Schedule, cost: RaceEstimate, done: Sequence[Trial]) -> RaceProgress:
    """How far the race is, and the seconds that it likely still takes: by the rule, at the pace of its trainings so
    far, or at the estimated one before there is any."""
    epoch = [epoch_by_rule(split, configs) for configs in schedule.candidates]
    figure = schedule.candidates[0][1].select_by
    figures = [trial.validation[figure] for trial in done]
    each = [(changes(configs, AUTO), seconds) for configs, seconds in zip(schedule.candidates, epoch, strict=True)]
    by_rule = sum(trial.epochs * next(one for own, one in each if own == trial.settings) for trial in done)
    taken = sum(trial.seconds for trial in done)
    slower = taken / by_rule if done else cost.race / schedule.seconds(epoch)
    left = slower * schedule.seconds(epoch, figures)
    return RaceProgress(len(done), schedule.trainings, figure, max(figures, default=None), taken, left)
