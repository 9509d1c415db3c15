"""Fits a model: a search with early stopping on the validation items, then a final fit. Both can be resumed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import Split
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate
from attrec_core.models.model import Model
from attrec_core.models.pretrained import Recommender
from attrec_core.models.registry import COUNTED, model_of
from attrec_core.runs.history import Epoch, History
from attrec_core.runs.time_left import Plan
from attrec_core.training.checkpoint import CheckpointStore, TrainingState
from attrec_core.training.engine import engine_of, is_compiled, one_torch
from attrec_core.training.together import of_first, rank_and_count
from attrec_core.training.trainer import Trainer

OnEpoch = Callable[[Epoch], None]
Start = Callable[[Model], None]  # changes a new model in place


def nothing(*_: object) -> None:
    """Does nothing."""


@dataclass(frozen=True, eq=False)
class Callbacks:
    """What a training calls while it runs. It changes nothing in the weights, but for `start`."""

    epoch: OnEpoch = nothing  # with each epoch; a resumed training first gives the earlier ones
    stage: Callable[[str, str], None] = nothing  # with a phase that begins, or "", and a sentence
    plan: Callable[[Plan], None] | None = None  # before the first epoch, with the seconds that the parts take
    model: Callable[[str, int, Model], None] = nothing  # with the phase, its epochs so far, and the model after them
    start: Start = nothing  # with the new model of each phase: changes its random weights
    store: CheckpointStore | None = None  # saves the state after each epoch; training continues from its state


SILENT = Callbacks()


def fit(
    split: Split, model_config: ModelConfig, train_config: TrainConfig, callbacks: Callbacks = SILENT
) -> tuple[Recommender, History]:
    """Trains a model. Returns it in evaluation mode, on the processor, together with its history.

    The search finds the best number of epochs on the validation items. With `refit`, the final fit then trains from the
    start for that number of epochs, with the validation items in the training data. Ctrl-C ends training early and
    returns the best model of the search. A counted model has no epochs: it is counted without the validation items,
    ranks them, and is counted with them.
    Repeatable bit for bit for a seed on one thread, one engine and one device, also when training continues from the
    state that the store holds of an earlier, interrupted call. Raises InputError when the data is too small, training
    diverges, or the GPU that the settings ask for is missing.
    """
    n_users, n_items = split.interactions.n_users, split.interactions.n_items
    if model_config.model in COUNTED:
        counted = COUNTED[model_config.model](model_config, n_users, n_items)
        counted.learn(split)
        metrics = validation(counted, split, model_config.window)
        if train_config.refit:
            counted.learn(split.with_validation())
        return counted.eval(), History((), 0, "counted", "numpy", metrics)
    training = Fit(model_config, train_config, callbacks)
    state, model = training.state, None
    training.begin(split)
    with one_torch(train_config, state.engine):
        try:
            if not state.ended:
                training.train(split, "search", train_config.epochs)
            if train_config.refit:
                model = training.train(split.with_validation(), "refit", state.best)
            ended = state.ended
        except KeyboardInterrupt:
            if state.best_weights is None:
                raise
            ended = "interrupted"
        if model is None:
            assert state.best_weights is not None  # set by the first epoch
            model = model_of(model_config, n_users, n_items)
            model.load_state_dict(state.best_weights)
    return model.cpu().eval(), History(tuple(state.epochs), state.best, ended, state.engine)


def validation(model: Recommender, split: Split, window: int) -> dict[str, float]:
    return evaluate(model.ranker(), split, window, "validation").metrics


class Fit:
    """An unfinished training: settings, state, and what it calls. Both phases (search and final fit) share it."""

    def __init__(self, model_config: ModelConfig, config: TrainConfig, callbacks: Callbacks) -> None:
        self.model_config, self.config, self.callbacks = model_config, config, callbacks
        self.state = of_first(TrainingState if callbacks.store is None else callbacks.store.load)

    def begin(self, split: Split) -> None:
        """Reports the epochs of earlier processes and chooses the engine; a resumed training keeps its engine."""
        state, config = self.state, self.config
        for epoch in state.epochs:
            self.callbacks.epoch(epoch)
        together = rank_and_count()[1] > 1
        if not state.epochs:
            compiles = together and config.engine == "auto" and config.device != "cuda"
            engine_config = replace(config, engine="compiled") if compiles else config
            state.engine = engine_of(self.model_config, engine_config, split.windows)
        elif state.engine == "cuda" and not torch.cuda.is_available():
            text = (
                "This training began on a GPU, and torch finds none here. Resume it where there is one, or start again "
                "with {name:overwrite} and {name:device=cpu}."
            )
            raise InputError("no_gpu", text, setting="device")
        if together and state.engine != "compiled":
            text = (
                "Training in several processes needs the compiled loop, and so {name:engine=compiled}, "
                "{name:device=cpu}, {name:dropout=0} and {name:aggregation=mean} or sum."
            )
            raise InputError("needs_compiled", text, setting="engine")

    def train(self, split: Split, phase: str, most: int) -> Model:
        """Trains up to `most` epochs of a phase, from its start or from the state where it stopped. Returns the model
        after them. The search ends when the validation metric stops improving; `state` then holds the best epoch."""
        state, trainer = self.state, self.trainer(split, phase)
        for number in range(state.done(phase) + 1, most + 1):
            began = time.perf_counter()
            loss = trainer.epoch()
            trained_at = time.perf_counter()
            epoch = Epoch(number, phase, most, loss, trained_at - began, None)
            if phase == "search":
                metrics = of_first(lambda: validation(trainer.model, split, self.model_config.window))
                epoch = replace(epoch, validation=metrics, validation_seconds=time.perf_counter() - trained_at)
            state.epochs.append(epoch)
            if phase == "search":
                self.judge(number, metrics[self.config.select_by], trainer.model)
            # The epoch is saved, then reported, so that no reported epoch is ever lost.
            self.callbacks.model(phase, number, trainer.model)
            state.trainer = trainer.snapshot()
            if self.callbacks.store is not None:
                self.callbacks.store.save(state)
            self.callbacks.epoch(epoch)
            if phase == "search" and state.ended:
                break
        return trainer.model

    def trainer(self, split: Split, phase: str) -> Trainer:
        """Returns a trainer at the start of the phase, or in the state where the phase stopped."""
        compiles = self.state.engine == "compiled" and not is_compiled()
        if compiles:
            self.callbacks.stage("compile", "compiling the training steps, once on this machine")
        trainer = Trainer(split, self.model_config, self.config, self.state.engine)
        if compiles:
            self.callbacks.stage("search", "the training steps are compiled")
        if self.state.done(phase):
            assert self.state.trainer is not None  # saved with the finished epochs
            trainer.restore(self.state.trainer)
        else:
            self.callbacks.start(trainer.model)
            self.callbacks.model(phase, 0, trainer.model)
        return trainer

    def judge(self, number: int, figure: float, model: Model) -> None:
        """Keeps the weights of the best epoch of the search, and says when the search has ended."""
        state, config = self.state, self.config
        if figure > state.best_figure:
            # Copy the weights first: Ctrl-C in between must not leave older weights under a newer epoch number.
            state.best_weights = {name: weight.to("cpu", copy=True) for name, weight in model.state_dict().items()}
            state.best, state.best_figure = number, figure
        out_of_patience = bool(config.patience) and number - state.best >= config.patience
        state.ended = "patience" if out_of_patience else "epochs" if number == config.epochs else ""
