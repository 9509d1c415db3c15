"""Fits a model: a search with early stopping on the validation items, then a final fit. Both can be resumed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import torch

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.windows import Split
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import evaluate
from attrec_core.models.model import Model, Recommender
from attrec_core.models.registry import COUNTED, model_of
from attrec_core.runs.history import Epoch, History
from attrec_core.runs.time_left import Plan
from attrec_core.training.checkpoint import CheckpointStore, TrainingState
from attrec_core.training.engine import Engine, engine_of, is_compiled
from attrec_core.training.memory import give_back, keep_freed
from attrec_core.training.start import Start
from attrec_core.training.together import of_first, rank_and_count
from attrec_core.training.trainer import Trainer

OnEpoch = Callable[[Epoch], None]
COMPILE = "compile", "compiling the training steps, once on this machine"
COMPILED = "search", "the training steps are compiled"


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


@dataclass(frozen=True, eq=False)
class Fit:
    """What both phases (search and final fit) share."""

    model_config: ModelConfig
    config: TrainConfig
    callbacks: Callbacks
    state: TrainingState

    def trainer(self, split: Split, phase: str) -> Trainer:
        """Returns a trainer at the start of the phase, or in the state where the phase stopped."""
        compiles = self.state.engine == "compiled" and not is_compiled()
        if compiles:
            self.callbacks.stage(*COMPILE)
        trainer = Trainer(split, self.model_config, self.config, self.state.engine)
        if compiles:
            self.callbacks.stage(*COMPILED)
        if self.state.done(phase):
            assert self.state.trainer is not None  # saved with the finished epochs
            trainer.restore(self.state.trainer)
        else:
            self.callbacks.start(trainer.model)
            self.callbacks.model(phase, 0, trainer.model)
        return trainer

    def finish_epoch(self, epoch: Epoch, trainer: Trainer) -> None:
        """Saves the epoch, then reports it, so that no reported epoch is ever lost."""
        self.callbacks.model(epoch.phase, epoch.epoch, trainer.model)
        self.state.trainer = trainer.snapshot()
        if self.callbacks.store is not None:
            self.callbacks.store.save(self.state)
        self.callbacks.epoch(epoch)


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
    if model_config.model in COUNTED:
        return count(split, model_config, refit=train_config.refit)
    state = of_first(TrainingState if callbacks.store is None else callbacks.store.load)
    for epoch in state.epochs:
        callbacks.epoch(epoch)
    together = rank_and_count()[1] > 1
    if not state.epochs:  # a resumed training keeps its engine
        compiles = together and train_config.engine == "auto" and train_config.device != "cuda"
        engine_config = replace(train_config, engine="compiled") if compiles else train_config
        state.engine = engine_of(model_config, engine_config, split.windows)
    elif state.engine == "cuda" and not torch.cuda.is_available():
        text = (
            "This training began on a GPU, and torch finds none here. Resume it where there is one, or start again "
            "with {name:overwrite} and {name:device=cpu}."
        )
        raise InputError("no_gpu", text, setting="device")
    if together and state.engine != "compiled":
        text = (
            "Training in several processes needs the compiled loop, and so {name:engine=compiled}, {name:device=cpu}, "
            "{name:dropout=0} and {name:aggregation=mean} or sum."
        )
        raise InputError("needs_compiled", text, setting="engine")
    with one_torch(train_config, state.engine):
        parts = Fit(model_config, train_config, callbacks, state)
        if not state.ended:
            search(split, parts)
        ended, model = state.ended, None
        if train_config.refit and ended != "interrupted":
            try:
                model = refit(split.with_validation(), parts)
            except KeyboardInterrupt:
                ended = "interrupted"
        if model is None:
            assert state.best_weights is not None  # set by the first epoch
            model = model_of(model_config, split.interactions.n_users, split.interactions.n_items)
            model.load_state_dict(state.best_weights)
    return model.cpu().eval(), History(tuple(state.epochs), state.best, ended, state.engine)


def count(split: Split, config: ModelConfig, *, refit: bool) -> tuple[Recommender, History]:
    """Counts a model. Its history holds the validation metrics from before it counts the validation items."""
    model = COUNTED[config.model](config, split.interactions.n_users, split.interactions.n_items)
    model.learn(split)
    metrics = validation(model, split, config.window)
    if refit:
        model.learn(split.with_validation())
    return model.eval(), History((), 0, "counted", "numpy", metrics)


@contextmanager
def one_torch(config: TrainConfig, engine: Engine) -> Iterator[None]:
    """Sets torch's threads, memory, random state and, on a GPU, repeatable algorithms; restores them afterwards."""
    threads, strictness = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    torch.set_num_threads(config.threads)
    keep_freed()
    devices = []
    if engine == "cuda":
        devices = [torch.cuda.current_device()]
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it, cuBLAS is not repeatable
        torch.use_deterministic_algorithms(True)
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        give_back()
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode(strictness)


def validation(model: Recommender, split: Split, window: int) -> dict[str, float]:
    return evaluate(model.ranker(), split, window, "validation").metrics


def search(split: Split, parts: Fit) -> None:
    """Trains until the validation metric stops improving. `parts.state` then holds the best epoch, and how the search
    ended."""
    state, config = parts.state, parts.config
    try:
        trainer = parts.trainer(split, "search")
        for number in range(state.done("search") + 1, config.epochs + 1):
            began = time.perf_counter()
            loss = trainer.epoch()
            trained_at = time.perf_counter()
            metrics = of_first(partial(validation, trainer.model, split, parts.model_config.window))
            seconds = trained_at - began, time.perf_counter() - trained_at
            epoch = Epoch(
                number, "search", config.epochs, loss, seconds[0], validation=metrics, validation_seconds=seconds[1]
            )
            state.epochs.append(epoch)
            if metrics[config.select_by] > state.best_figure:
                # Copy the weights first: Ctrl-C in between must not leave older weights under a newer epoch number.
                weights = trainer.model.state_dict().items()
                state.best_weights = {name: weight.to("cpu", copy=True) for name, weight in weights}
                state.best, state.best_figure = number, metrics[config.select_by]
            out_of_patience = bool(config.patience) and number - state.best >= config.patience
            state.ended = "patience" if out_of_patience else "epochs" if number == config.epochs else ""
            parts.finish_epoch(epoch, trainer)
            if state.ended:
                break
    except KeyboardInterrupt:
        if state.best_weights is None:
            raise
        state.ended = "interrupted"


def refit(split: Split, parts: Fit) -> Model:
    """Trains a new model on `split` for the best number of epochs of the search."""
    state, trainer = parts.state, parts.trainer(split, "refit")
    for number in range(state.done("refit") + 1, state.best + 1):
        began = time.perf_counter()
        loss = trainer.epoch()
        epoch = Epoch(number, "refit", state.best, loss, time.perf_counter() - began, None)
        state.epochs.append(epoch)
        parts.finish_epoch(epoch, trainer)
    return trainer.model
