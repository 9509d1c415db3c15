"""Fitting AttRec: a search, stopped early by the validation items, then a final fit; both can be taken up again."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split, leave_one_out
from attrec_core.explain.evaluate import evaluate
from attrec_core.models.attrec import AttRec
from attrec_core.runs.history import Epoch, History
from attrec_core.training.trainer import Trainer, TrainerState

OnEpoch = Callable[[Epoch], None]
OnModel = Callable[[str, int, AttRec], None]  # the phase, how many epochs of it the model has had, and the model


@dataclass(eq=False)
class Standing:
    """Where a training stands between two epochs: with it and the same data it goes on as if it had never stopped."""

    epochs: list[Epoch] = field(default_factory=list)  # of both phases
    best: int = 0  # which epoch of the search was best, from 1
    best_figure: float = -1.0
    best_weights: dict[str, Tensor] | None = None
    ended: str = ""  # how the search ended; nothing while it goes on
    trainer: TrainerState | None = None  # of the latest epoch

    def done(self, phase: str) -> int:
        return sum(epoch.phase == phase for epoch in self.epochs)


class Memory(Protocol):
    """What a training is kept in from epoch to epoch."""

    def standing(self) -> Standing: ...

    def keep(self, standing: Standing) -> None: ...


class NoMemory:
    """Begins from the start and keeps nothing."""

    def standing(self) -> Standing:
        return Standing()

    def keep(self, standing: Standing) -> None:
        pass


@dataclass(frozen=True, eq=False)
class Fit:
    """What the two phases share."""

    model_config: ModelConfig
    config: TrainConfig
    standing: Standing
    memory: Memory
    on_epoch: OnEpoch
    on_model: OnModel

    def trainer(self, split: Split, phase: str) -> Trainer:
        """At the start of the phase, or where it stopped."""
        trainer = Trainer(split, self.model_config, self.config)
        if self.standing.done(phase):
            trainer.restore(self.standing.trainer)
        else:
            self.on_model(phase, 0, trainer.model)
        return trainer

    def ended_epoch(self, epoch: Epoch, trainer: Trainer) -> None:
        """Everybody hears of it; it is kept first, so that whatever has been heard of is not lost."""
        self.on_model(epoch.phase, epoch.epoch, trainer.model)
        self.standing.trainer = trainer.state()
        self.memory.keep(self.standing)
        self.on_epoch(epoch)


def fit(
    interactions: Interactions,
    model_config: ModelConfig,
    train_config: TrainConfig,
    on_epoch: OnEpoch = lambda epoch: None,
    *,
    memory: Memory | None = None,
    on_model: OnModel = lambda phase, number, model: None,
) -> tuple[AttRec, History]:
    """The trained model in evaluation mode, and its history.

    Searches for the best number of epochs on the validation items, then, with `refit`, fits again from the start for
    that many with the validation items in the training data. Ctrl-C ends the search early and returns the best so far.
    Repeatable bit for bit for a seed on one thread, also when it goes on from what `memory` has kept of an earlier,
    broken-off call; `on_epoch` then hears of the earlier epochs first. Raises InputError when the data is too small or
    training diverges.
    """
    split, memory = leave_one_out(interactions), memory or NoMemory()
    standing = memory.standing()
    for epoch in standing.epochs:
        on_epoch(epoch)
    with one_torch(train_config):
        parts = Fit(model_config, train_config, standing, memory, on_epoch, on_model)
        if not standing.ended:
            search(split, parts)
        ended, model = standing.ended, None
        if train_config.refit and ended != "interrupted":
            try:
                model = refit(split.with_validation(), parts)
            except KeyboardInterrupt:
                ended = "interrupted"
        if model is None:
            model = AttRec(model_config, interactions.n_users, interactions.n_items)
            model.load_state_dict(standing.best_weights)
    return model.eval(), History(tuple(standing.epochs), standing.best, ended)


@contextmanager
def one_torch(config: TrainConfig) -> Iterator[None]:
    """Threads and random state as the config says, and as they were afterwards."""
    threads = torch.get_num_threads()
    torch.set_num_threads(config.threads)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)


def search(split: Split, parts: Fit) -> None:
    """Epochs until the validation figure grows no more; `parts.standing` says which was best, and how it ended."""
    standing, config = parts.standing, parts.config
    try:
        trainer = parts.trainer(split, "search")
        for number in range(standing.done("search") + 1, config.epochs + 1):
            began = time.perf_counter()
            loss = trainer.epoch()
            found = evaluate(trainer.model.distances, split, parts.model_config.window, "validation").metrics
            epoch = Epoch(number, "search", config.epochs, loss, time.perf_counter() - began, found.as_dict())
            standing.epochs.append(epoch)
            if found[config.select_by] > standing.best_figure:
                # The copy first: Ctrl-C between the two must not leave older weights under a newer number.
                standing.best_weights = copy.deepcopy(trainer.model.state_dict())
                standing.best, standing.best_figure = number, found[config.select_by]
            stopped = bool(config.patience) and number - standing.best >= config.patience
            standing.ended = "patience" if stopped else "epochs" if number == config.epochs else ""
            parts.ended_epoch(epoch, trainer)
            if standing.ended:
                break
    except KeyboardInterrupt:
        if standing.best_weights is None:
            raise
        standing.ended = "interrupted"


def refit(split: Split, parts: Fit) -> AttRec:
    """A new model fitted on `split` for as many epochs as were best in the search."""
    standing, trainer = parts.standing, parts.trainer(split, "refit")
    for number in range(standing.done("refit") + 1, standing.best + 1):
        began = time.perf_counter()
        loss = trainer.epoch()
        epoch = Epoch(number, "refit", standing.best, loss, time.perf_counter() - began, None)
        standing.epochs.append(epoch)
        parts.ended_epoch(epoch, trainer)
    return trainer.model
