"""A training as it is kept from epoch to epoch, and taken up again; unfinished.py says in which files."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError
from attrec_core.runs import unfinished
from attrec_core.runs.history import Epoch
from attrec_core.runs.run import Run, check_writable
from attrec_core.runs.unfinished import STATE, description, differences, folder_of, read_description, training_errors
from attrec_core.storage.atomic_folder import missing_folders, remove_empty
from attrec_core.storage.atomic_write import atomic_write, remove
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.locks import Busy, held
from attrec_core.storage.read_errors import BROKEN
from attrec_core.training.fit import Standing
from attrec_core.training.trainer import TrainerState


class Checkpoint:
    """The memory of one training, held by one process at a time; see `training_at`."""

    def __init__(self, out: Path, begun: Mapping[str, Any], on_trouble: Callable[[str], None]) -> None:
        self.out, self.folder = out.resolve(), folder_of(out)
        self.begun, self.overwrite = begun, bool(begun["overwrite"])
        self.on_trouble, self.said = on_trouble, False

    @property
    def exists(self) -> bool:
        """Whether an epoch has been kept."""
        return (self.folder / STATE).is_file()

    @property
    def frames(self) -> Path:
        return self.folder / "frames"

    def standing(self) -> Standing:
        """Where it stopped, or the start. Raises InputError, naming the file, when that is damaged."""
        if not self.exists:
            return Standing()
        with training_errors(self.folder):
            state = json.loads((self.folder / STATE).read_bytes())
            tensors = load_tensors((self.folder / state["latest"]).read_bytes())
            best = load_tensors((self.folder / state["best_file"]).read_bytes())
            epochs = [Epoch(**epoch) for epoch in state["epochs"]]
            trainer = TrainerState(tensors, state["numpy_random"])
            return Standing(epochs, state["best"], state["best_figure"], best, state["ended"], trainer)

    def keep(self, standing: Standing) -> None:
        """A full disk is no reason to lose the training: it is said once, and the state before it stays."""
        latest = standing.epochs[-1]
        names = f"{latest.phase}-{latest.epoch:04}.safetensors", f"best-{standing.best:04}.safetensors"
        state = {
            "epochs": [epoch.as_dict() for epoch in standing.epochs],
            "best": standing.best,
            "best_figure": standing.best_figure,
            "ended": standing.ended,
            "numpy_random": standing.trainer.random,
            "latest": names[0],
            "best_file": names[1],
        }
        try:
            self.write(names[0], save_tensors(dict(standing.trainer.tensors)))
            if not (self.folder / names[1]).exists():
                self.write(names[1], save_tensors(standing.best_weights))
            self.write(STATE, json_bytes(state))
            for file in self.folder.glob("*-*.safetensors"):
                if file.name not in names:
                    file.unlink()
        except OSError as error:
            if not self.said:
                self.on_trouble(f"the training cannot be kept in {self.folder}: {error.strerror}; it goes on without")
            self.said = True

    def write(self, name: str, content: bytes) -> None:
        atomic_write(self.folder / name, content)

    def discard(self) -> None:
        """After the run is written, or when going on would fail again."""
        unfinished.discard(self.out)

    def may_replace(self, run: Run) -> bool:
        """Whether what is there was to be replaced, or is this very run, written before the process was killed."""
        if self.overwrite:
            return True
        file = self.out / "weights.safetensors"
        if not file.is_file():
            return False
        with contextlib.suppress(OSError, *BROKEN):
            found = load_tensors(file.read_bytes())
            return all(np.array_equal(found[name].numpy(), array) for name, array in run.arrays.items())
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
) -> Iterator[Checkpoint]:
    """The memory of the training of `out`, new or, with `resume`, as it was left.

    Raises InputError when another process trains it, when an unfinished training would be lost (unless `overwrite`),
    and when one that is resumed had other settings or other data. What holds no epoch at the end is removed.
    """
    folder = folder_of(out)
    begun = description(interactions, configs) | {"overwrite": overwrite}
    kept = Checkpoint(out, begun, on_trouble)
    made = missing_folders(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with held(folder, wait=0):
            try:
                prepare(kept, resume=resume, overwrite=overwrite)
                yield kept
            finally:
                if not kept.exists:
                    unfinished.discard(kept.out)
    except Busy:
        raise InputError(
            "busy", "{out} is being trained by another process. Wait for it, or choose another folder.", out=out
        ) from None
    finally:
        remove_empty(made)


def prepare(kept: Checkpoint, *, resume: bool, overwrite: bool) -> None:
    """The folder holds the training that is wanted, with or without epochs; or a refusal says why not."""
    if kept.exists and resume:
        found = read_description(kept.folder)
        differ = differences(found, kept.begun)
        if differ:
            raise InputError(
                "other_training",
                "The unfinished training of {out} cannot be resumed: {differences}.",
                out=kept.out,
                differences="; ".join(differ),
            )
        kept.overwrite |= found["overwrite"]
        return
    check_writable(kept.out, overwrite=overwrite)
    if kept.exists and not overwrite:
        raise InputError(
            "unfinished",
            "An unfinished training of {out} is kept beside it. "
            "Go on with it by {name:resume}, or say {name:overwrite} to begin again.",
            setting="resume",
            out=kept.out,
        )
    for file in sorted(kept.folder.iterdir(), key=lambda file: file.name != STATE):  # first what makes it one
        remove(file)
    try:
        kept.write("training.json", json_bytes(kept.begun))
    except OSError as error:
        raise InputError(
            "cannot_write", "{folder} cannot be written: {why}.", folder=kept.folder, why=error.strerror or str(error)
        ) from None
