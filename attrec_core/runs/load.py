"""Opens a run: checks every file, and reports each fault in one sentence that names the file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from attrec_core.config import METRICS, ModelConfig, TrainConfig, config_of
from attrec_core.data import stored
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError
from attrec_core.runs import across_users, replay
from attrec_core.runs.across_users import ranks_in
from attrec_core.runs.columns import Column, Stored, checked_columns
from attrec_core.runs.run import FORMAT, VERSION, Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.weights import is_mapped, weights_in
from attrec_core.storage.arrays import StoredArray, arrays_in
from attrec_core.storage.atomic_folder import RUN, heal
from attrec_core.storage.checksums import CheckedFolder, at_one_moment, open_folder
from attrec_core.storage.read_errors import expect, read_errors

SHAPES = (
    "dim shared_projection taste layers filters projected place_weights"  # settings that change the shape of weights
)
Record = TypeVar("Record")


def load(path: Path | str, *, whole: bool = False) -> Run:
    """Loads the run in a folder. Raises InputError naming the file and its fault if it is damaged, foreign or newer. An
    optional file that is damaged is left out, and named in `damaged`. whole: large weights are compared with their
    checksum too; otherwise they are mapped, and the run is not `verified`."""
    path = Path(path)
    heal(path)
    if not path.is_dir():
        raise InputError("no_folder", "There is no run at {path}: it is not a folder.", path=path)
    return at_one_moment(path, functools.partial(read, whole=whole))


def load_whole(path: Path | str) -> Run:
    """Loads a run that is to be passed on: raises InputError for any damage."""
    run = load(path, whole=True)
    for error in run.damaged.values():
        raise error
    return run


def read(path: Path, *, whole: bool) -> Run:
    """Reads the run; its folder must not change meanwhile."""
    folder = open_run(path)
    config = folder.description
    model_config, train_config = settings_in(folder)
    with read_errors(path / RUN.mark):
        expect(isinstance(config.get("versions", {}), dict), "the versions are wrong")
    data = stored.interactions_in(folder)
    weights, fingerprint = weights_in(folder, model_config, data.n_users, data.n_items, whole=whole)
    damaged: dict[str, InputError] = {}

    def part(name: str, record_of: Callable[[Mapping[str, StoredArray]], Record]) -> Record | None:
        """Returns the record of the arrays in a file; None if the file is missing or damaged."""
        if not (path / name).exists():
            return None
        try:
            with folder.opened(name) as stream:
                return record_of(arrays_in(stream))
        except InputError as error:
            damaged[name] = error
            return None

    return Run(
        path=path,
        model_config=model_config,
        train_config=train_config,
        arrays=weights,
        interactions=data,
        metrics=read_metrics(folder),
        history=read_history(folder),
        maps=part("maps.npz", lambda arrays: checked_maps(arrays, data, model_config.model, weights)),
        versions=config.get("versions", {}),
        fingerprint=fingerprint,
        across_users=part("at_large.npz", lambda arrays: across_users.record_of(arrays, data, model_config.window)),
        replay=part("replay.npz", lambda arrays: replay.record_of(arrays, data, model_config.window)),
        ranks=part("ranks.npz", lambda arrays: ranks_in(arrays, data)),
        damaged=damaged,
        verified=bool(folder.sums) and (whole or not is_mapped(folder)),
    )


def open_run(path: Path) -> CheckedFolder:
    """Opens a run's folder and checks its config.json. Raises InputError."""
    return open_folder(path, RUN.name, RUN.mark, FORMAT, VERSION)


def settings_in(folder: CheckedFolder) -> tuple[ModelConfig, TrainConfig]:
    """Returns the settings of model and training. Raises InputError for invalid settings or a model saved alone."""
    config = folder.description
    with read_errors(folder.path / RUN.mark):
        model_config = config_of(ModelConfig, config["model"])
        if "train" not in config:
            text = "it is only a model, saved without interactions; AttRec.from_pretrained opens it."
            raise InputError("model_alone", text)
        return model_config, config_of(TrainConfig, config["train"])


def check_shape(run: str, before: ModelConfig, config: ModelConfig) -> None:
    """Raises InputError if a model clearly has another shape than the run it starts from (the start compares shapes),
    and for a run of a system that is not trained."""
    if SYSTEMS[before.model].is_counted:
        text = "No training can start from {run}: {model} is counted anew from all the data."
        raise InputError("other_model", text, setting="from_run", run=run, model=SYSTEMS[before.model].label)
    if before.equations != config.equations:
        text = "No training can start from {run}: another program trained it, with equations of its own."
        raise InputError("other_model", text, setting="from_run", run=run)
    for name in ("model", *(name for name in SHAPES.split() if name in SYSTEMS[before.model].uses.split())):
        if getattr(config, name) != getattr(before, name):
            text = "{name} cannot change in a training that starts from a run: {run} has {value}."
            value = str(getattr(before, name)).lower()
            raise InputError("other_model", text, setting=name, run=run, value=value)


def read_metrics(folder: CheckedFolder) -> dict[str, Any]:
    content = folder.read_json("metrics.json")
    with read_errors(folder.path / "metrics.json"):
        for metrics in (content, content["all"], content["validation"]):
            for name in METRICS:
                expect(type(metrics[name]) is float and 0 <= metrics[name] <= 1, f"{name} is not a number from 0 to 1")
        expect(type(content["n_users"]) is int and isinstance(content["tie_rule"], str), "n_users or tie_rule is wrong")
    return content


def read_history(folder: CheckedFolder) -> dict[str, Any]:
    content = folder.read_json("history.json")
    with read_errors(folder.path / "history.json"):
        expect(type(content["best_epoch"]) is int and isinstance(content["ended"], str), "best_epoch or ended is wrong")
        for epoch in content["epochs"]:
            expect(type(epoch["epoch"]) is int and epoch["phase"] in ("search", "refit"), "an epoch is wrong")
            expect(isinstance(epoch["loss"], int | float), "a loss is not a number")
        trained_at(content)
        if "auto" in content:
            expect(type(content["auto"]["sentence"]) is str, "the sentence of its race is not text")
            for trial in content["auto"]["trials"]:
                expect(isinstance(trial["settings"], dict), "a trial of its race has no settings")
                are_counts = type(trial["epochs"]) is int and type(trial["best_epoch"]) is int
                expect(are_counts, "the epochs of a trial are wrong")
                figures = (trial["seconds"], *(trial["validation"][name] for name in METRICS))
                are_numbers = all(isinstance(figure, int | float) for figure in figures)
                expect(are_numbers, "a figure of a trial is not a number")
        opened = content.get("opened", {"library": ""})
        expect(type(opened["library"]) is str, "the library of its model is not text")
        if "metric" in opened:
            expect(type(opened["metric"]) is str and type(opened["digits"]) is int, "the metric of its file is wrong")
            are_numbers = all(isinstance(opened[name], float) for name in ("says", "here", "popular"))
            expect(are_numbers and type(opened["agrees"]) is bool, "the score of its file is wrong")
        start = content.get("from", {"run": "", "fingerprint": ""})
        are_texts = type(start["run"]) is type(start["fingerprint"]) is str
        expect(are_texts, "the name of the run it started from is wrong")
    return content


def trained_at(history: Mapping[str, Any]) -> float | None:
    """Seconds since 1970; None for an older run, which lacks it. Raises ValueError or TypeError for another value."""
    text = history.get("trained")
    return None if text is None else datetime.fromisoformat(text).timestamp()


def checked_maps(
    stored: Stored, data: Interactions, model: str, weights: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The coordinates in each space of the model, UMAP's if any. Raises KeyError or ValueError for another array."""
    maps = checked_columns(stored, {"users": Column(np.integer, "U", of="M", ascending=True)}, M=data.n_users)
    users = maps["users"]
    for name, space in SYSTEMS[model].spaces.items():
        points = "B" if space.users else "N"
        shapes = {"pca": f"{points}2", "mean": "d", "axes": "2d", "share": "2", "umap": f"{points}2"}
        columns = {f"{name}_{part}": Column(np.float32, axes) for part, axes in shapes.items()}
        needed = {key: column for key, column in columns.items() if key in stored or not key.endswith("umap")}
        dim = sum(weights[array].shape[1] for array in space.items.split())
        maps |= checked_columns(stored, needed, N=data.n_items, B=len(users) + data.n_items, d=dim)
    return maps
