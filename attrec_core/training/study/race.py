"""Chooses settings by a race: all candidates train for a few epochs, the better half for twice as many, and so on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from attrec_core.config import TrainConfig
from attrec_core.data.windows import Split
from attrec_core.runs.history import History
from attrec_core.runs.studies import Trial
from attrec_core.runs.systems import SYSTEMS
from attrec_core.training.fit import fit
from attrec_core.training.study.candidates import Configs, changes

FIRST, SHARE = 3, 8  # epochs of the first round: at least 3, and an eighth of what the settings allow

OnTrial = Callable[[Trial], None]


def race(
    split: Split,
    system: str,
    candidates: Sequence[Configs],
    done: Sequence[Trial],
    on_trial: OnTrial,
    haste: float = 1.0,
) -> Configs:
    """Returns the settings that rank the validation items best, by their metric `select_by`; the first of equals.

    done: trials of an earlier call, which are not repeated; on_trial: is called with each trial, new or from `done`.
    haste: divides the epochs of each round. Each round trains from the start. Counted systems have one round. Raises
    KeyboardInterrupt.
    """
    remaining, is_counted = list(candidates), SYSTEMS[candidates[0][0].model].is_counted
    trials_made = list(done)
    for count, share in rounds(len(remaining), is_counted):
        remaining = remaining[:count]
        trials = []
        for configs in remaining:
            epochs = epochs_in(configs[1], share / haste)
            trials.append(
                matching_trial(trials_made, system, configs, epochs) or run_trial(split, system, configs, epochs)
            )
            trials_made.append(trials[-1])
            on_trial(trials[-1])
        figures = [trial.validation[configs[1].select_by] for trial, configs in zip(trials, remaining, strict=True)]
        remaining = [remaining[index] for index in sorted(range(len(remaining)), key=lambda index: -figures[index])]
    return remaining[0]


def rounds(count: int, is_counted: bool = False) -> list[tuple[int, float]]:
    """Returns the number of candidates of each round and the share of their epochs to train; empty for a single one."""
    result: list[tuple[int, float]] = []
    while count > 1:
        result.append((count, min(1.0, 2 ** len(result) / SHARE)))
        count = 1 if count == 2 or is_counted else -(-count // 2)
    return result


def epochs_in(train: TrainConfig, share: float) -> int:
    return min(train.epochs, max(FIRST, round(train.epochs * share)))


def matching_trial(done: Sequence[Trial], system: str, configs: Configs, epochs: int) -> Trial | None:
    settings = changes(configs, system)
    return next((trial for trial in done if trial.epochs == epochs and dict(trial.settings) == settings), None)


def run_trial(split: Split, system: str, configs: Configs, epochs: int) -> Trial:
    began, train = time.perf_counter(), replace(configs[1], epochs=epochs, refit=False)
    _, history = fit(split, configs[0], train)
    stop_if_interrupted(history)
    seconds = time.perf_counter() - began
    return Trial(changes(configs, system), epochs, history.best_epoch, history.best_validation(), seconds)


def stop_if_interrupted(history: History) -> None:
    """Raises KeyboardInterrupt if training was interrupted: `fit` returns the best model so far, but a study does not
    count it."""
    if history.ended == "interrupted":
        raise KeyboardInterrupt
