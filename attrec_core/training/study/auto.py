"""`train --auto`: finds AttRec's settings by a race on the validation items, and keeps the log of that race."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from attrec_core.config import AUTO, PRESETS, with_settings
from attrec_core.data.importing import counts_of, preset_of
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.runs import unfinished
from attrec_core.runs.library.words import drawn_settings_text, race_sentence
from attrec_core.runs.studies import Trial
from attrec_core.runs.time_left import RaceEstimate, RaceProgress
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.checksums import described, own_sums
from attrec_core.storage.read_errors import json_object
from attrec_core.training.estimate import epochs_of, estimate
from attrec_core.training.study.race import (
    MOST_TIMES,
    Configs,
    Schedule,
    affordable,
    candidates_of,
    changes,
    epoch_by_rule,
    fitted,
    is_compiled_anywhere,
    race,
)

CANDIDATES = 16
RACE = "race"  # the name of its checksum in the file, whatever the file is called


@dataclass(frozen=True)
class Found:
    """The settings that the race chose, and the race's log as stored in a run."""

    configs: Configs
    trials: tuple[Trial, ...]

    @property
    def sentence(self) -> str:
        """The chosen settings and the runner-up."""
        if not self.trials:
            return f"Nothing is left to choose: {drawn_settings_text(changes(self.configs, AUTO))}"
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
    """Runs the race for the settings of the run `out`. The typed settings override those of each candidate. A race that
    continues (`goes_on`) does not repeat earlier trials. on_begin: is called with the cost of the race before it
    starts. Raises InputError.
    """
    if goes_on and (begun := unfinished.settings_kept(out)) is not None:
        return found_before(out, with_settings(*begun, typed), on_progress)
    file = unfinished.race_of(out)
    split = leave_one_out(interactions)
    schedule = schedule_for(split, typed)
    race_settings = {"haste": schedule.haste, "candidates": [changes(configs, AUTO) for configs in schedule.candidates]}
    wanted = {"data": unfinished.fingerprint_of(interactions), "settings": dict(typed), "raced": race_settings}
    stored = kept_race(file, wanted) if goes_on else None
    if stored is None:
        unfinished.discard_race(out)
    if len(schedule.candidates) == 1:
        return Found(schedule.candidates[0], ())
    cost, done = stored or (race_estimate(split, schedule, with_maps=with_maps), [])
    on_begin(cost.sentence)
    on_progress(progress_of(schedule, cost, done))
    trials: list[Trial] = []
    file.parent.mkdir(parents=True, exist_ok=True)

    def keep(trial: Trial) -> None:
        trials.append(trial)
        if len(trials) > len(done):
            with contextlib.suppress(OSError):  # a full disk does not end the race: a resumed race repeats this trial
                content = {**wanted, "estimate": asdict(cost), "trials": list(map(asdict, trials))}
                atomic_write(file, described(content, {}, RACE))
            on_progress(progress_of(schedule, cost, trials))

    configs = race(split, AUTO, schedule.candidates, done, keep, schedule.haste)
    return Found(configs, tuple(trials))


def found_before(out: Path, configs: Configs, on_progress: Callable[[RaceProgress], None]) -> Found:
    """Returns the result of a finished race, whose chosen settings are being trained. configs: the chosen settings,
    overridden by the typed ones, so that settings other than the training began with are refused. Raises InputError
    for a damaged log."""
    file, metric = unfinished.race_of(out), configs[1].select_by
    if not file.is_file():
        return Found(configs, ())
    with unfinished.training_errors(file):
        trials = tuple(race_in(file)[1])
    best, done = max((trial.validation[metric] for trial in trials), default=None), different(trials)
    on_progress(RaceProgress(len(done), len(done), metric, best, sum(trial.seconds for trial in done), left=0.0))
    return Found(configs, trials)


def race_in(file: Path) -> tuple[dict[str, Any], Iterator[Trial]]:
    """Returns the content of a race's file, which is checked, and its trials; older files have no checksum."""
    content = json_object(file.read_bytes())
    own_sums(content, RACE)
    return content, (Trial(**trial) for trial in content.get("trials", ()))


def kept_race(file: Path, wanted: Mapping[str, Any]) -> tuple[RaceEstimate, list[Trial]] | None:
    """Returns the cost and the trials so far of a stored race with the same candidates on the same data. None without
    such a race, for example if another version began it. Raises InputError for a damaged file."""
    if not file.is_file():
        return None
    with unfinished.training_errors(file):
        content, trials = race_in(file)
        is_wanted = all(content.get(name) == value for name, value in wanted.items())
        return (RaceEstimate(**content["estimate"]), list(trials)) if is_wanted else None


def schedule_for(split: Split, typed: Mapping[str, str]) -> Schedule:
    """Returns the affordable race, with the typed settings applied to each candidate and to the paper's settings."""
    candidates = [with_settings(*fitted(configs, split), typed) for configs in candidates_of(AUTO, CANDIDATES)]
    paper = with_settings(*PRESETS[preset_of(counts_of(split.interactions))], typed)
    return affordable(split, list(dict.fromkeys(candidates)), paper)


def race_estimate(split: Split, schedule: Schedule, *, with_maps: bool) -> RaceEstimate:
    """Estimates the time of the race and of the training after it. A few steps of each kind of training are timed; the
    rule gives the other trainings of that kind. Raises InputError as `estimate` does."""
    paper = schedule.paper
    paper_estimate = estimate(split, *paper)
    slowdown = {kind_of(split, paper): paper_estimate.epoch / epoch_by_rule(split, paper)}  # measured / rule, by kind
    epoch = []
    for configs, by_rule in zip(schedule.candidates, schedule.by_rule, strict=True):
        if (kind := kind_of(split, configs)) not in slowdown:
            slowdown[kind] = estimate(split, *configs, with_maps=False).epoch / by_rule
        epoch.append(slowdown[kind] * by_rule)
    maps = paper_estimate.maps if with_maps else 0.0
    trainings = [
        replace(paper_estimate, epoch=seconds, epochs_least=fewest, epochs_most=most, maps=maps)
        for seconds, (fewest, most) in zip(epoch, (epochs_of(train) for _, train in schedule.candidates), strict=True)
    ]
    return RaceEstimate(
        settings=len(epoch),
        trainings=schedule.trainings,
        race=schedule.seconds(epoch),
        times=schedule.times,
        most_times=MOST_TIMES,
        training_least=min(training.least for training in trainings),
        training_most=max(training.most for training in trainings),
    )


def kind_of(split: Split, configs: Configs) -> str:
    """Returns the kind of a training. All trainings of a kind differ from the rule by about the same factor."""
    return f"{configs[1].loss}, compiled" if is_compiled_anywhere(split, configs) else configs[1].loss


def progress_of(schedule: Schedule, cost: RaceEstimate, done: Sequence[Trial]) -> RaceProgress:
    """Returns the progress of the race and its likely remaining seconds: by the rule, at the pace of the trainings so
    far, or at the estimated pace before the first training."""
    metric = schedule.candidates[0][1].select_by
    values = [trial.validation[metric] for trial in done]
    settings = [changes(configs, AUTO) for configs in schedule.candidates]
    trained = different(done)
    by_rule = sum(trial.epochs * schedule.by_rule[settings.index(dict(trial.settings))] for trial in trained)
    elapsed = sum(trial.seconds for trial in trained)
    slowdown = elapsed / by_rule if done else cost.race / schedule.seconds(schedule.by_rule)
    remaining = slowdown * schedule.seconds(schedule.by_rule, values)
    return RaceProgress(len(trained), schedule.trainings, metric, max(values, default=None), elapsed, remaining)


def different(trials: Sequence[Trial]) -> list[Trial]:
    """Returns the trials without repetition. The log of a race has a trial again in each round that did not train it
    anew."""
    return [trial for index, trial in enumerate(trials) if trial not in trials[:index]]
