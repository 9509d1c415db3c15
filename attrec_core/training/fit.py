"""Fits a model: a search with early stopping on the validation items, then a final fit. Both can be resumed.

An unfinished training run has a state between epochs, and a folder on disk (runs/unfinished.py names the files).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import Split
from attrec_core.errors import InputError, disk_errors
from attrec_core.explain.evaluate import evaluate
from attrec_core.models.model import Model, Recommender
from attrec_core.models.registry import COUNTED, model_of
from attrec_core.runs import unfinished
from attrec_core.runs.history import Epoch, History
from attrec_core.runs.run import Run
from attrec_core.runs.time_left import Plan
from attrec_core.runs.unfinished import STATE, TRAINING
from attrec_core.runs.weights import FILE
from attrec_core.storage.atomic_folder import RUN, check_writable
from attrec_core.storage.atomic_write import atomic_write, remove
from attrec_core.storage.checksums import described, digits_of, own_sums
from attrec_core.storage.read_errors import BROKEN, expect, json_object
from attrec_core.training.engine import Engine, engine_of, is_compiled, of_first, one_torch, rank_and_count
from attrec_core.training.trainer import Snapshot, Trainer

OnEpoch = Callable[[Epoch], None]
Start = Callable[[Model], None]  # changes a new model in place


def nothing(*_: object) -> None:
    """Does nothing."""


AS_IT_IS = ("best", "best_figure", "ended")  # fields of a state that its file holds under the same names


@dataclass(eq=False)
class TrainingState:
    """A training run between two epochs. With this state and the same data, it continues as if it had never stopped."""

    epochs: list[Epoch] = field(default_factory=list)  # of both phases
    best: int = 0  # the best epoch of the search, from 1
    best_figure: float = -1.0
    best_weights: dict[str, Tensor] | None = None
    ended: str = ""  # how the search ended; empty while it continues
    trainer: Snapshot | None = None  # after the latest epoch
    engine: Engine = "torch"

    @property
    def history(self) -> History:
        return History(tuple(self.epochs), self.best, self.ended, self.engine)

    def done(self, phase: str) -> int:
        """Returns how many epochs of a phase are done."""
        return sum(epoch.phase == phase for epoch in self.epochs)


@dataclass(frozen=True, eq=False)
class Callbacks:
    """What a training calls while it runs. It changes nothing in the weights, but for `start`."""

    epoch: OnEpoch = nothing  # with each epoch; a resumed training first gives the earlier ones
    stage: Callable[[str, str], None] = nothing  # with a phase that begins, or "", and a sentence
    plan: Callable[[Plan], None] | None = None  # before the first epoch, with the seconds that the parts take
    model: Callable[[str, int, Model], None] = nothing  # with the phase, its epochs so far, and the model after them
    start: Start = nothing  # with the new model of each phase: changes its random weights
    store: States | None = None  # saves the state after each epoch; training continues from its state


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
        metrics = validation(counted, split, model_config.history)
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
                state.ended = state.ended or "epochs"  # a race may leave no epoch of the search
            if train_config.refit:
                model = training.train(split.with_validation(), "refit", state.best)
            history = state.history
        except KeyboardInterrupt:
            if state.best_weights is None:
                raise
            history = replace(state.history, ended="interrupted")
        if model is None:
            assert state.best_weights is not None  # set by the first epoch
            model = model_of(model_config, n_users, n_items)
            model.load_state_dict(state.best_weights)
    return model.cpu().eval(), history


def search(
    split: Split,
    model_config: ModelConfig,
    train_config: TrainConfig,
    until: int,
    store: States,
) -> TrainingState:
    """Trains up to `until` epochs of the search, from the state that the store holds, and returns the state after them,
    which the store then holds. A call with more epochs goes on from there, bit for bit as if there had been one call.
    Raises InputError as `fit` does."""
    training = Fit(model_config, train_config, Callbacks(store=store))
    state = training.state
    training.begin(split)
    if not state.ended and state.done("search") < until:
        with one_torch(train_config, state.engine):
            training.train(split, "search", until)
    return state


def validation(model: Recommender, split: Split, length: int) -> dict[str, float]:
    return evaluate(model.ranker(), split, length, "validation").metrics


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
        after them. The search ends when the validation metric stops improving, or with the last epoch that the settings
        allow; `state` then holds the best epoch."""
        state, trainer = self.state, self.trainer(split, phase)
        for number in range(state.done(phase) + 1, most + 1):
            began = time.perf_counter()
            loss = trainer.epoch()
            trained_at = time.perf_counter()
            of = self.config.epochs if phase == "search" else most
            epoch = Epoch(number, phase, of, loss, trained_at - began, None)
            if phase == "search":
                metrics = of_first(lambda: validation(trainer.average, split, self.model_config.history))
                epoch = replace(epoch, validation=metrics, validation_seconds=time.perf_counter() - trained_at)
            state.epochs.append(epoch)
            if phase == "search":
                figure, patience = metrics[self.config.select_by], self.config.patience
                if figure > state.best_figure:
                    # Copy the weights first: Ctrl-C in between must not leave older weights under a newer number.
                    weights = trainer.average.state_dict().items()
                    state.best_weights = {name: weight.to("cpu", copy=True) for name, weight in weights}
                    state.best, state.best_figure = number, figure
                out_of_patience = bool(patience) and number - state.best >= patience
                state.ended = "patience" if out_of_patience else "epochs" if number == self.config.epochs else ""
            # The epoch is saved, then reported, so that no reported epoch is ever lost.
            self.callbacks.model(phase, number, trainer.average)
            state.trainer = trainer.snapshot()
            if self.callbacks.store is not None:
                self.callbacks.store.save(state)
            self.callbacks.epoch(epoch)
            if phase == "search" and state.ended:
                break
        return trainer.average

    def trainer(self, split: Split, phase: str) -> Trainer:
        """Returns a trainer at the start of the phase, or in the state where the phase stopped."""
        compiles = self.state.engine == "compiled" and not is_compiled(self.config)
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


class States:
    """A folder that holds the state of one unfinished training."""

    def __init__(self, folder: Path, on_trouble: Callable[[str], None] = nothing) -> None:
        """on_trouble: is called once, with a sentence, if a state cannot be saved."""
        self.folder, self.on_trouble, self.reported = folder, on_trouble, False
        self.sums: dict[str, str] = {}  # of the files that a state names

    @property
    def exists(self) -> bool:
        """Whether an epoch has been saved."""
        return (self.folder / STATE).is_file()

    @property
    def frames(self) -> Path:
        return self.folder / "frames"

    def load(self) -> TrainingState:
        """Returns the saved state, or a new one. Raises InputError, naming the folder, when the state is damaged."""
        if not self.exists:
            return TrainingState()
        with unfinished.training_errors(self.folder):
            state = json_object((self.folder / STATE).read_bytes())
            sums = own_sums(state, STATE)
            return TrainingState(
                trainer=Snapshot(self.tensors(state["latest"], sums), state["numpy_random"]),
                best_weights=self.tensors(state["best_file"], sums),
                epochs=[Epoch(**epoch) for epoch in state["epochs"]],
                engine=state.get("engine", "torch"),  # older states do not name the engine
                **{name: state[name] for name in AS_IT_IS},
            )

    def tensors(self, name: str, sums: Mapping[str, str]) -> dict[str, Tensor]:
        """Reads a file that a state names. sums: those in the state; empty in an older one. Raises as safetensors does,
        or ValueError for a file that was changed."""
        content = (self.folder / name).read_bytes()
        self.sums[name] = digits_of(content)
        is_same = not sums or self.sums[name] == sums.get(name)
        expect(is_same, f"the checksum of {name} is not the one in {STATE}")
        return load_tensors(content)

    def save(self, state: TrainingState) -> None:
        """Saves the state. A full disk does not end the training: it is reported once, and the earlier state stays."""
        assert state.trainer is not None and state.best_weights is not None  # set by the first epoch
        latest = state.epochs[-1]
        names = f"{latest.phase}-{latest.epoch:04}.safetensors", f"best-{state.best:04}.safetensors"
        record = {
            "epochs": [epoch.as_dict() for epoch in state.epochs],
            **{name: getattr(state, name) for name in (*AS_IT_IS, "engine")},
            "numpy_random": state.trainer.random,
            "latest": names[0],
            "best_file": names[1],
        }
        try:
            self.write(names[0], save_tensors(dict(state.trainer.tensors)))
            if names[1] not in self.sums:
                self.write(names[1], save_tensors(state.best_weights))
            self.write(STATE, described(record, {name: self.sums[name] for name in names}, STATE))
            for file in self.folder.glob("*-*.safetensors"):
                if file.name not in names:
                    file.unlink()
        except OSError as error:
            if not self.reported:
                fault = f"the training cannot be saved in {self.folder}: {error.strerror}"
                self.on_trouble(f"{fault}; it continues unsaved")
            self.reported = True

    def write(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        atomic_write(self.folder / name, content)
        self.sums[name] = digits_of(content)


class CheckpointStore(States):
    """The folder of the unfinished training of a run, locked by one process at a time; see `training_at`."""

    def __init__(self, out: Path, begun: Mapping[str, Any], on_trouble: Callable[[str], None]) -> None:
        super().__init__(unfinished.folder_of(out), on_trouble)
        self.out, self.begun, self.overwrite = out.resolve(), begun, bool(begun["overwrite"])

    def go_on(self) -> None:
        """Keeps the stored training run to resume it. Raises InputError when it is another one."""
        earlier = unfinished.read_description(self.folder)
        if differ := unfinished.differences(earlier, self.begun):
            text = "The unfinished training of {out} cannot be resumed: {differences}."
            raise InputError("other_training", text, out=self.out, differences="; ".join(differ))
        self.overwrite |= earlier["overwrite"]

    def begin(self) -> None:
        """Clears the folder for a new training run. Raises InputError when that would lose a run."""
        check_writable(self.out, RUN, overwrite=self.overwrite)
        if self.exists and not self.overwrite:
            raise unfinished.would_be_lost(self.out)
        # STATE first: it marks a training
        for file in sorted(self.folder.iterdir(), key=lambda file: file.name != STATE):
            remove(file)
        with disk_errors("cannot_write", "{folder} cannot be written: {why}.", folder=self.folder):
            self.write(TRAINING, described(self.begun, {}, TRAINING))

    def adopt(self, folder: Path) -> None:
        """Begins with the state of another folder, if it holds one. Raises InputError if that is damaged."""
        state = States(folder).load()
        if state.epochs:
            self.save(state)

    def discard(self) -> None:
        """Removes the folder: after the run is written, or when another attempt would fail again."""
        unfinished.discard(self.out)

    def may_replace(self, run: Run) -> bool:
        """Whether the run at `out` may be replaced: with `overwrite`, or when it is this same run, written before the
        process was killed."""
        if self.overwrite:
            return True
        file = self.out / FILE
        if not file.is_file():
            return False
        with contextlib.suppress(OSError, *BROKEN):
            stored = load_tensors(file.read_bytes())
            return all(np.array_equal(stored[name].numpy(), array) for name, array in run.arrays.stored.items())
        return False


@contextlib.contextmanager
def training_at(
    out: Path,
    interactions: Interactions,
    configs: tuple[ModelConfig, TrainConfig],
    *,
    resume: bool,
    overwrite: bool,
    on_trouble: Callable[[str], None] = lambda sentence: None,
    earlier: str = "",
) -> Iterator[CheckpointStore]:
    """Yields the store of the training run of `out`: a new one or, with `resume`, the stored one.

    Raises InputError when another process trains it, when an unfinished training run would be lost (unless
    `overwrite`), and when a resumed one had other settings, other data or another starting run. earlier: the
    fingerprint of the starting run's weights, if any. A store without an epoch is removed at the end.
    """
    begun = unfinished.description(interactions, configs) | {"overwrite": overwrite, "from": earlier}
    store = CheckpointStore(out, begun, on_trouble)
    with unfinished.trained_alone(store.folder, out):
        try:
            if store.exists and resume:
                store.go_on()
            else:
                store.begin()
            yield store
        finally:
            if not store.exists:
                store.discard()
