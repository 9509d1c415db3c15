"""Saves a model to a run's folder and loads it again: `save_pretrained` and `from_pretrained`, as in other libraries.

With `like`, the folder holds a whole run, which the app opens. Without it the interactions are unknown, and the folder
holds only config.json and weights.safetensors. `from_pretrained` opens both.
"""

from __future__ import annotations

import dataclasses
import platform
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import torch
from torch import nn

from attrec_core.config import PROGRAM_VERSION, ModelConfig
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError
from attrec_core.explain.evaluate import Ranker, as_json, evaluate
from attrec_core.runs import run as runs_run
from attrec_core.runs.history import Evaluation
from attrec_core.runs.load import open_run
from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.weights import FILE, Arrays, arrays_of, weights_in
from attrec_core.storage.atomic_folder import RUN, write_folder
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.read_errors import read_errors


class Recommender(nn.Module, ABC):
    """A model that ranks items, trained or counted, with its settings."""

    config: ModelConfig

    @abstractmethod
    def ranker(self) -> Ranker:
        """Returns the function that every ranking calls. It computes distances (B, N), lower is better, with the
        current weights and without dropout."""

    def ranked(self, run: Run, part: str) -> Evaluation:
        """Ranks the held-out items of a run's users. part: "validation" or "test"."""
        return evaluate(self.ranker(), leave_one_out(run.interactions), self.config.window, part)


class Pretrained(Recommender):
    """A model that is created from its settings and its numbers of users and items, and then loads its weights."""

    @classmethod
    @abstractmethod
    def sizes(cls, arrays: Mapping[str, np.ndarray]) -> tuple[int, int]:
        """Returns the numbers of users and items of the model with these arrays."""

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> Self:
        """Returns the model in a run's folder, in evaluation mode. Raises InputError naming the file and its fault."""
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError("no_folder", "There is no model at {folder}: it is not a folder.", folder=folder)
        checked = open_run(folder)
        with read_errors(folder / RUN.mark):
            config = ModelConfig(**checked.description["model"])
        return cls.of(config, weights_in(checked, config, whole=True)[0])

    @classmethod
    def of(cls, config: ModelConfig, arrays: Mapping[str, np.ndarray]) -> Self:
        """Returns the model with a run's arrays, in evaluation mode."""
        return loaded(cls(config, *cls.sizes(arrays)), arrays)

    def save_pretrained(self, folder: Path | str, like: Run | None = None, *, overwrite: bool = False) -> None:
        """Writes the model to a folder, in one step.

        like: the run that the model came from, or a run with the same users and items. With it, a whole run is
        written, with the interactions and training settings of `like`. When the weights differ from those of `like`,
        the held-out items are ranked again, and maps and statistics are left out: they describe another model.
        Raises InputError when the folder exists (unless `overwrite`), cannot be written, or `like` does not fit.
        """
        weights = {name: weight.numpy(force=True).copy() for name, weight in self.state_dict().items()}
        arrays = arrays_of(self.config, weights)
        if like is not None:
            return runs_run.save(self._run_like(like, arrays), Path(folder), overwrite=overwrite)
        config = {
            "format": runs_run.FORMAT,
            "version": runs_run.VERSION,
            "model": SYSTEMS[self.config.model].used(self.config),
            "versions": versions(),
        }
        files = {RUN.mark: json_bytes(config), FILE: arrays.content()}
        return write_folder(Path(folder), files, RUN, overwrite=overwrite)

    def _run_like(self, run: Run, arrays: Arrays) -> Run:
        data = run.interactions
        for noun, own, theirs in zip(("users", "items"), self.sizes(arrays), (data.n_users, data.n_items), strict=True):
            if own not in (0, theirs):  # 0: a model without a user table fits any run
                text = (
                    "The model has {own:,} {what} and the run {run} has {theirs:,}: they are not about the "
                    "same users and items."
                )
                raise InputError("other_data", text, own=own, what=noun, run=run.name, theirs=theirs)
        same_config = self.config == run.model_config
        if same_config and all(np.array_equal(arrays[name], table) for name, table in run.arrays.items()):
            return run
        tested = as_json(self.ranked(run, "test"), run.interactions)
        metrics = {**tested, "validation": self.ranked(run, "validation").metrics}
        changes: dict[str, Any] = {"maps": None, "across_users": None, "versions": versions(), "fingerprint": ""}
        return dataclasses.replace(run, model_config=self.config, arrays=arrays, metrics=metrics, **changes)


Loaded = TypeVar("Loaded", bound=nn.Module)


def loaded(model: Loaded, arrays: Mapping[str, np.ndarray]) -> Loaded:
    """Loads the weights into the model and returns it in evaluation mode. Raises InputError when they do not fit."""
    try:
        model.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    except RuntimeError as error:
        why = " ".join(str(error).split())
        raise InputError("other_model", "The weights are not those of this model: {why}.", why=why) from None
    return model.eval()


def versions() -> dict[str, str]:
    """Returns the versions of the software that makes a model."""
    return {
        "attrec": PROGRAM_VERSION,
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
    }
