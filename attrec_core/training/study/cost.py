"""Estimates the cost of a study before it starts, by timing a few steps of each line."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import count_of
from attrec_core.runs.time_left import about
from attrec_core.training.estimate import estimate
from attrec_core.training.fit import fit
from attrec_core.training.study.candidates import fitted
from attrec_core.training.study.lines import Line
from attrec_core.training.study.race import epochs_in, rounds

FOR_STEPS = 0.2  # seconds of measuring a line
RISES = 0.5  # the likely share of the epochs between the fewest and the most that a training can have


def costs_of(interactions: Interactions, lines: Sequence[Line], seeds: int) -> list[float]:
    """Returns the estimated seconds of each training, in training order. Raises InputError as `fit` would."""
    return [seconds for line in lines for seconds in line_costs(interactions, line, seeds)]


def line_costs(interactions: Interactions, line: Line, seeds: int) -> list[float]:
    """Returns the seconds of the race's trainings, then of the seeds; all are estimated from the first candidate."""
    split = leave_one_out(interactions)
    model, train = fitted(line.candidates[0], split)
    if line.is_counted:
        began = time.perf_counter()
        fit(split, model, train)
        return [time.perf_counter() - began] * line.trainings(seeds)
    training = estimate(split, model, train, with_maps=False, for_steps=FOR_STEPS)
    likely = training.epochs_least + RISES * (training.epochs_most - training.epochs_least)
    raced = [
        epochs_in(replace(train, refit=False), share) * training.epoch
        for count, share in rounds(len(line.candidates))
        for _ in range(count)
    ]
    return [*raced, *[likely * training.epoch + training.metrics] * seeds]


def cost_sentence(lines: Sequence[Line], costs: Sequence[float]) -> str:
    """Returns a sentence with the numbers of lines and trainings, and how long they take."""
    return f"{amount(lines, len(costs))}: {about(sum(costs))}."


def amount(lines: Sequence[Line], trainings: int) -> str:
    return f"{count_of(len(lines), 'line')}, {count_of(trainings, 'training')}"
