"""Choosing settings: all candidates train for a few epochs, the better half for twice as many, and so on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from attrec_core.data.interactions import Interactions
from attrec_core.runs.history import History
from attrec_core.runs.studies import Trial
from attrec_core.runs.systems import SYSTEMS
from attrec_core.training.fit import fit
from attrec_core.training.study.candidates import Configs, changes

FIRST, SHARE = 3, 8  # epochs of the first round: at least 3, and an eighth of what the settings allow

OnTrial = Callable[[Trial], None]


def race(
    interactions: Interactions, system: str, candidates: Sequence[Configs], done: Sequence[Trial], on_trial: OnTrial
) -> Configs:
    """The settings that rank the validation items best, by the figure that they select by; the first of equals.

    done: trials of an earlier call, which are not made again; on_trial: gets each new one. Each round trains from the
    start. What is counted has one round. Raises KeyboardInterrupt.
    """
    left = list(candidates)
    for share in rounds(len(left)):
        figures = []
        for configs in left:
            most = max(FIRST, round(configs[1].epochs * share))
            trial = found(done, system, configs, most) or tried(interactions, system, configs, most)
            on_trial(trial)
            figures.append(trial.validation[configs[1].select_by])
        order = sorted(range(len(left)), key=lambda place: -figures[place])
        is_last = SYSTEMS[left[0][0].model].is_counted or len(left) <= 2
        left = [left[place] for place in order[: 1 if is_last else -(-len(left) // 2)]]
        if is_last:
            break
    return left[0]


def rounds(count: int) -> list[float]:
    """The share of its epochs that a candidate gets in each round; none where there is nothing to choose."""
    shares: list[float] = []
    while count > 1:
        shares.append(min(1.0, 2 ** len(shares) / SHARE))
        count = 1 if count == 2 else -(-count // 2)
    return shares


def trainings(count: int, is_counted: bool) -> int:
    """How many trials the race of so many candidates has."""
    total = 0
    while count > 1:
        total += count
        count = 1 if count == 2 or is_counted else -(-count // 2)
    return total


def found(done: Sequence[Trial], system: str, configs: Configs, epochs: int) -> Trial | None:
    wanted = changes(configs, system)
    return next((trial for trial in done if trial.epochs == epochs and dict(trial.settings) == wanted), None)


def tried(interactions: Interactions, system: str, configs: Configs, epochs: int) -> Trial:
    began = time.perf_counter()
    _, history = fit(interactions, configs[0], replace(configs[1], epochs=epochs, refit=False))
    stop_if_interrupted(history)
    seconds = time.perf_counter() - began
    return Trial(changes(configs, system), epochs, history.best_epoch, history.best_validation(), seconds)


def stop_if_interrupted(history: History) -> None:
    """`fit` keeps the best so far; a study does not count it."""
    if history.ended == "interrupted":
        raise KeyboardInterrupt
