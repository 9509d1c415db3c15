"""`save_pretrained` and `from_pretrained`, as the ecosystem calls them: a model to a run's folder and back.

With `like`, what is written is a whole run, which the app opens. Without it nobody's interactions are known, and the
folder holds config.json and weights.safetensors alone. Either opens by `from_pretrained`.
"""

from __future__ import annotations

import dataclasses
import platform
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

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
from attrec_core.runs.weights import FILE, Weights, weights_in
from attrec_core.storage.atomic_folder import RUN, write_folder
from attrec_core.storage.checksums import json_bytes
from attrec_core.storage.read_errors import read_errors


class Pretrained(nn.Module, ABC):
    """A model that knows its settings and is made from them and its numbers of users and items."""

    config: ModelConfig

    @abstractmethod
    def ranker(self) -> Ranker:
        """Distances (B, N), lower is better, without dropout, of the weights as they are: what a ranking asks of any
        model."""

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> Self:
        """The model in a run's folder, in evaluation mode. Raises InputError naming the file and its fault."""
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError("no_folder", "There is no model at {folder}: it is not a folder.", folder=folder)
        checked = open_run(folder)
        with read_errors(folder / RUN.mark):
            config = ModelConfig(**checked.description["model"])
        return cls.of(config, weights_in(checked, config, whole=True)[0])

    @classmethod
    def of(cls, config: ModelConfig, arrays: Mapping[str, np.ndarray]) -> Self:
        """The model of a run's arrays, in evaluation mode."""
        model = cls(config, len(arrays["user_long"]), len(arrays["item_short"]))
        model.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
        return model.eval()

    def save_pretrained(self, folder: Path | str, like: Run | None = None, *, overwrite: bool = False) -> None:
        """Writes the model to a folder, in one step.

        like: the run that it came from, or one on the same users and items; then a whole run is written, with that
        one's interactions and settings of the training. Where the weights are not its own, the held-out items are
        ranked again, and maps and statistics, which would be another model's, are left out.
        Raises InputError when the folder is there already (unless `overwrite`), cannot be written, or `like` does not
        fit.
        """
        arrays = Weights({name: weight.numpy(force=True).copy() for name, weight in self.state_dict().items()})
        if like is not None:
            return runs_run.save(self._run_like(like, arrays), Path(folder), overwrite=overwrite)
        config = {
            "format": runs_run.FORMAT,
            "version": runs_run.VERSION,
            "model": dataclasses.asdict(self.config),
            "versions": versions(),
        }
        files = {RUN.mark: json_bytes(config), FILE: arrays.content()}
        return write_folder(Path(folder), files, RUN, overwrite=overwrite)

    def _run_like(self, run: Run, arrays: Weights) -> Run:
        for name in ("user_long", "item_short"):
            own, theirs = len(arrays[name]), len(run.arrays[name])
            if own != theirs:
                text = (
                    "The model has {own:,} rows of {table} and the run {run} has {theirs:,}: they are not about the "
                    "same users and items."
                )
                raise InputError("other_data", text, own=own, table=name, run=run.name, theirs=theirs)
        same = self.config == run.model_config
        if same and all(np.array_equal(arrays[name], table) for name, table in run.arrays.items()):
            return run
        tested = as_json(self.ranked(run, "test"), run.interactions)
        metrics = {**tested, "validation": self.ranked(run, "validation").metrics}
        changes: dict[str, Any] = {"maps": None, "at_large": None, "versions": versions(), "fingerprint": ""}
        return dataclasses.replace(run, model_config=self.config, arrays=arrays, metrics=metrics, **changes)

    def ranked(self, run: Run, part: str) -> Evaluation:
        """The held-out items of a run's users, ranked; part: "validation" or "test"."""
        return evaluate(self.ranker(), leave_one_out(run.interactions), self.config.window, part)


def versions() -> dict[str, str]:
    """Of what a model was made with."""
    return {
        "attrec": PROGRAM_VERSION,
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
    }
