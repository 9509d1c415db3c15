"""An unfinished training run: its state between epochs, and its folder on disk (runs/unfinished.py names the files)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError, disk_errors
from attrec_core.runs import unfinished
from attrec_core.runs.history import Epoch
from attrec_core.runs.run import Run
from attrec_core.runs.unfinished import (
    STATE,
    TRAINING,
    description,
    differences,
    folder_of,
    read_description,
    training_errors,
)
from attrec_core.runs.weights import FILE
from attrec_core.storage.atomic_folder import RUN, check_writable, folders_made
from attrec_core.storage.atomic_write import atomic_write, remove
from attrec_core.storage.checksums import described, digits_of, own_sums
from attrec_core.storage.locks import Busy, hold_lock
from attrec_core.storage.read_errors import BROKEN, expect, json_object
from attrec_core.training.engine import Engine
from attrec_core.training.trainer import Snapshot

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

    def done(self, phase: str) -> int:
        """Returns how many epochs of a phase are done."""
        return sum(epoch.phase == phase for epoch in self.epochs)


class CheckpointStore:
    """The folder of one unfinished training run, locked by one process at a time; see `training_at`."""

    def __init__(self, out: Path, begun: Mapping[str, Any], on_trouble: Callable[[str], None]) -> None:
        self.out, self.folder = out.resolve(), folder_of(out)
        self.begun, self.overwrite = begun, bool(begun["overwrite"])
        self.on_trouble, self.reported = on_trouble, False
        self.sums: dict[str, str] = {}  # of the files that a state names

    @property
    def exists(self) -> bool:
        """Whether an epoch has been saved."""
        return (self.folder / STATE).is_file()

    @property
    def frames(self) -> Path:
        return self.folder / "frames"

    def go_on(self) -> None:
        """Keeps the stored training run to resume it. Raises InputError when it is another one."""
        earlier = read_description(self.folder)
        if differ := differences(earlier, self.begun):
            text = "The unfinished training of {out} cannot be resumed: {differences}."
            raise InputError("other_training", text, out=self.out, differences="; ".join(differ))
        self.overwrite |= earlier["overwrite"]

    def begin(self) -> None:
        """Clears the folder for a new training run. Raises InputError when that would lose a run."""
        check_writable(self.out, RUN, overwrite=self.overwrite)
        if self.exists and not self.overwrite:
            text = (
                "There is an unfinished training of {out}. "
                "Continue it with {name:resume}, or use {name:overwrite} to start again."
            )
            raise InputError("unfinished", text, setting="resume", out=self.out)
        # STATE first: it marks a training
        for file in sorted(self.folder.iterdir(), key=lambda file: file.name != STATE):
            remove(file)
        with disk_errors("cannot_write", "{folder} cannot be written: {why}.", folder=self.folder):
            self.write(TRAINING, described(self.begun, {}, TRAINING))

    def load(self) -> TrainingState:
        """Returns the saved state, or a new one. Raises InputError, naming the folder, when the state is damaged."""
        if not self.exists:
            return TrainingState()
        with training_errors(self.folder):
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
        expect(not sums or self.sums[name] == sums.get(name), f"the checksum of {name} is not the one in {STATE}")
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
                self.on_trouble(
                    f"the training cannot be saved in {self.folder}: {error.strerror}; it continues unsaved"
                )
            self.reported = True

    def write(self, name: str, content: bytes) -> None:
        atomic_write(self.folder / name, content)
        self.sums[name] = digits_of(content)

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
    begun = description(interactions, configs) | {"overwrite": overwrite, "from": earlier}
    store = CheckpointStore(out, begun, on_trouble)
    try:
        with folders_made(store.folder), hold_lock(store.folder, wait=0):
            try:
                if store.exists and resume:
                    store.go_on()
                else:
                    store.begin()
                yield store
            finally:
                if not store.exists:
                    store.discard()
    except Busy:
        text = "{out} is being trained by another process. Wait for it, or choose another folder."
        raise InputError("busy", text, out=out) from None
