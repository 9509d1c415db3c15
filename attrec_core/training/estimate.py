"""Estimates how long a training run will take, by timing a few of its steps on its data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from statistics import median

import numpy as np

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import MOST, evaluate
from attrec_core.explain.maps import FEWEST_POINTS, drawn_users
from attrec_core.explain.maps import is_compiled as maps_are_compiled
from attrec_core.models.model import Model
from attrec_core.models.registry import COUNTED, model_of
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.time_left import Estimate, Plan
from attrec_core.training.engine import COMPILING, FASTER, Engine, engine_of, is_compiled, one_torch
from attrec_core.training.trainer import Trainer

FOR_STEPS, FOR_RANKING = 1.0, 0.4  # seconds of measuring; at least one step and one block of users each
WARM_UP = 2  # first steps, whose times are ignored
METRICS = 2.0  # ranking the test items and explaining every test user take this many validation rankings
# Seconds of UMAP, as measured: UMAP to load it; UMAP_ONCE to compile it the first time on a machine; UMAP_MORE to
# compile the neighbour search in parts, each time, from MANY_POINTS points on (twice as long the first time); and
# A_POINT for each point.
UMAP, UMAP_ONCE, UMAP_MORE, MANY_POINTS, A_POINT = 2.5, 8.0, 10.0, 4096, 0.003

Clock = Callable[[], float]


def estimate(
    split: Split,
    model_config: ModelConfig,
    train_config: TrainConfig,
    *,
    with_maps: bool = True,
    clock: Clock = time.perf_counter,
    for_steps: float = FOR_STEPS,
) -> Estimate:
    """Measures for a second or two, for_steps seconds of them for the steps. Raises InputError for a counted model and,
    as `fit` would, when the data is too small."""
    if model_config.model in COUNTED:
        text = "{label} is counted in one pass over the data; there are no epochs to estimate."
        raise InputError("counted", text, label=SYSTEMS[model_config.model].label)
    began = clock()
    engine = engine_of(model_config, train_config, split.windows)
    to_compile = compiling(engine, train_config)
    engine = "torch" if to_compile else engine  # compiling would take longer than all measuring here
    with one_torch(train_config, engine):
        trainer = Trainer(split, model_config, train_config, engine)
        count = len(trainer.users)
        # The time per window is used, because the last step is smaller.
        epoch = steps_seconds(trainer, clock, for_steps) * count / min(train_config.batch_size, count)
        epoch /= FASTER[train_config.loss] if to_compile else 1.0
        ranking = ranking_seconds(trainer.model, split, model_config.history, clock)
    once = not maps_are_compiled()
    maps = maps_seconds(split.interactions, model_config, train_config.seed, once=once) if with_maps else 0.0
    return Estimate(
        count,
        -(-count // train_config.batch_size),
        epoch + ranking,
        *epochs_of(train_config),
        train_config.refit,
        maps=maps,
        measured=clock() - began,
        metrics=METRICS * ranking,
        compiling=to_compile,
    )


def epochs_of(train: TrainConfig) -> tuple[int, int]:
    """Returns the least and the greatest number of epochs of both phases together."""
    least = min(1 + train.patience, train.epochs) if train.patience else train.epochs
    refit_epochs = (1, train.epochs) if train.refit else (0, 0)
    return least + refit_epochs[0], train.epochs + refit_epochs[1]


def plan(split: Split, model_config: ModelConfig, train_config: TrainConfig, *, with_maps: bool) -> Plan:
    """Estimates the time before and after the epochs, and of the ranking in each epoch, measured on an untrained
    model."""
    data, engine = split.interactions, engine_of(model_config, train_config, split.windows)
    with one_torch(train_config, engine):
        model = model_of(model_config, data.n_users, data.n_items).to("cuda" if engine == "cuda" else "cpu")
        ranking = ranking_seconds(model, split, model_config.history, time.process_time)
    maps = maps_seconds(data, model_config, train_config.seed, once=not maps_are_compiled()) if with_maps else 0.0
    return Plan(ranking, METRICS * ranking, maps, compiling(engine, train_config))


def compile_steps(
    split: Split,
    candidates: Sequence[tuple[ModelConfig, TrainConfig]],
    on_stage: Callable[[str, str], None],
) -> None:
    """Compiles the steps of all trainings to come that are worth it, and keeps them on the disk."""
    some = split.some(1 / len(split.evaluated))
    for model, train in candidates:
        if engine_of(model, train, split.windows) == "compiled" and not is_compiled(train):
            on_stage("compile", "compiling the training steps, once on this machine")
            with one_torch(train, "compiled"), suppress(InputError):  # one user alone may have nothing to train on
                trainer = Trainer(some, model, train, "compiled")
                trainer.step(np.arange(len(trainer.users)))
            on_stage("search", "the training steps are compiled")


def compiling(engine: Engine, train_config: TrainConfig) -> float:
    """Returns the seconds that compiling the steps will take; 0 when they are not to be compiled."""
    return COMPILING if engine == "compiled" and not is_compiled(train_config) else 0.0


def steps_seconds(trainer: Trainer, clock: Clock, for_steps: float) -> float:
    """Measures the seconds of one step over a whole batch."""
    trainer.model.train()
    order, size = trainer.random.permutation(len(trainer.users)), trainer.config.batch_size
    starts = cycle(range(0, max(1, len(order) - size + 1), size))  # without the smaller last batch
    seconds: list[float] = []
    until = clock() + for_steps
    while len(seconds) <= WARM_UP or clock() < until:
        start, began = next(starts), clock()
        trainer.step(order[start : start + size])
        seconds.append(clock() - began)
    return median(seconds[WARM_UP:])


def ranking_seconds(model: Model, split: Split, window: int, clock: Clock) -> float:
    """Measures the seconds of ranking all validation items, on a part of the users."""
    users, seconds, done = split.evaluated, 0.0, 0
    while done < len(users) and seconds < FOR_RANKING:
        part = Split(split.interactions, split.lengths, users[done : done + MOST])
        began = clock()
        evaluate(model.ranker(), part, window, "validation")
        seconds += clock() - began
        done += len(part.evaluated)
    return seconds * len(users) / done


def maps_seconds(data: Interactions, config: ModelConfig, seed: int, *, once: bool = True) -> float:
    """Estimates the seconds of UMAP for each space, with the items and users drawn in it. once: UMAP compiles first."""
    users, items = len(drawn_users(data.n_users, data.n_items, seed)), data.n_items
    counts = np.array([items + users * bool(space.users) for space in SYSTEMS[config.model].spaces.values()])
    counts = counts[counts >= FEWEST_POINTS]
    if len(counts) == 0:
        return 0.0
    for_many = UMAP_MORE * (1 + once) * bool(counts.max() >= MANY_POINTS)
    return UMAP + UMAP_ONCE * once + for_many + A_POINT * float(counts.sum())
