"""`train --auto`: AttRec's settings found by a race on the validation items, and the log of that race."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from attrec_core.config import with_settings
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.runs.estimate import about
from attrec_core.runs.studies import Entry, Trial, load_entry, save_entry
from attrec_core.storage.atomic_write import remove
from attrec_core.training.estimate import estimate
from attrec_core.training.study.candidates import Configs, candidates_of
from attrec_core.training.study.race import epochs_in, race, rounds

CANDIDATES, AUTO = 16, "auto"


@dataclass(frozen=True)
class Found:
    """The settings that the race chose, and its log as a run keeps it."""

    configs: Configs
    trials: tuple[Trial, ...]
    folder: Path  # of the race

    @property
    def sentence(self) -> str:
        """The choice and the runner-up, by the last round."""
        figure = self.configs[1].select_by
        last = [trial for trial in self.trials if trial.epochs == self.trials[-1].epochs]
        first, *others = sorted(last, key=lambda trial: -trial.validation[figure])
        second = f"; next best {others[0].validation[figure]:.4f}: {described(others[0].settings)}" if others else ""
        count = len({tuple(sorted(trial.settings.items())) for trial in self.trials})
        best = f"{figure.upper()} {first.validation[figure]:.4f} on the validation items"
        return f"Of {count} settings the best, with {best}: {described(first.settings)}{second}"

    def as_dict(self) -> dict[str, Any]:
        return {"sentence": self.sentence, "trials": [asdict(trial) for trial in self.trials]}

    def discard(self) -> None:
        """Once the run is written, which has the log."""
        if self.folder.is_dir():
            remove(self.folder)


def described(settings: Mapping[str, Any]) -> str:
    text = ", ".join(f"{key}={str(value).lower()}" for key, value in settings.items()) or "the paper's for MovieLens"
    return f"{text} (softmax loss, not the paper's)" if settings.get("loss") == "softmax" else text


def folder_of_race(out: Path) -> Path:
    """Where the race of a run's settings is kept until the run is written."""
    return out.resolve().with_name(f".{out.name}.race")


def settings_found(
    interactions: Interactions,
    out: Path,
    typed: Mapping[str, str],
    *,
    goes_on: bool,
    on_trial: Callable[[int, int, Trial], None] = lambda done, total, trial: None,
    on_begin: Callable[[str], None] = lambda sentence: None,
) -> Found:
    """The race of CANDIDATES settings for the run `out`, each with the typed ones over it. What was tried before is not
    tried again where it goes on. on_begin: gets what the race costs, before it; on_trial: how many trainings are done,
    of how many.
    """
    folder = folder_of_race(out)
    if not goes_on and folder.is_dir():
        remove(folder)
    every = [with_settings(*configs, typed) for configs in candidates_of(AUTO, CANDIDATES)]
    candidates = list(dict.fromkeys(every))
    entry = load_entry(folder, AUTO) or Entry(AUTO, "AttRec, settings found", {}, {})
    trials: list[Trial] = []
    total = sum(count for count, _ in rounds(len(candidates)))
    if not entry.trials:
        on_begin(cost(interactions, candidates))

    def keep(trial: Trial) -> None:
        nonlocal entry
        trials.append(trial)
        if len(trials) > len(entry.trials):
            folder.mkdir(parents=True, exist_ok=True)
            entry = replace(entry, trials=tuple(trials))
            save_entry(folder, entry, [])
            on_trial(len(trials), total, trial)

    configs = race(leave_one_out(interactions), AUTO, candidates, entry.trials, keep)
    return Found(configs, tuple(trials), folder)


def cost(interactions: Interactions, candidates: Sequence[Configs]) -> str:
    """What the race takes, from a few steps with each of its losses."""
    seconds: dict[str, float] = {}
    for model, train in candidates:
        if train.loss not in seconds:
            measured = estimate(interactions, model, replace(train, refit=False), with_maps=False)
            seconds[train.loss] = measured.epoch
    each = sum(seconds[train.loss] for _, train in candidates) / len(candidates)
    shares = rounds(len(candidates))
    epochs = sum(count * epochs_in(candidates[0][1], share) for count, share in shares)
    trainings = sum(count for count, _ in shares)
    whole = about(epochs * each)
    return f"Looking for good settings: {len(candidates)} of them in {trainings} short trainings, {whole}"
