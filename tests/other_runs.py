"""Runs of systems other than AttRec, trained on the random histories of `small_run`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from conftest import interactions_of, random_histories

from attrec_core.config import with_settings
from attrec_core.explain.maps import maps_of
from attrec_core.runs.run import Run, save
from attrec_core.runs.systems import SYSTEMS, start_of
from attrec_core.training.train_run import train_run

NAMES = ("popularity", "ease", "bprmf", "gru4rec", "sasrec")  # with and without users, windows, epochs, attention


def made(name: str, *, with_maps: bool = False, **changes: str) -> Run:
    """Trains a run without saving it, with the system's name. changes: settings that differ from the system's own."""
    settings = ({} if SYSTEMS[name].is_counted else {"dim": "4", "epochs": "2"}) | changes
    data = interactions_of(random_histories(1))
    return replace(train_run(data, *with_settings(*start_of(name), settings), with_maps=with_maps), called=name)


def untrained(run: Run) -> Run:
    """The run with made-up weights in place of those of its training, and PCA alone on its maps: training and UMAP give
    other numbers on another processor."""
    if run.model_config.model == "popularity":  # whose counts are the same everywhere
        return run
    random = np.random.default_rng(0)
    arrays = {name: random.integers(-128, 129, array.shape) / np.float32(128) for name, array in run.arrays.items()}
    run = replace(run, arrays={name: array.astype(np.float32) for name, array in arrays.items()})
    return run if run.maps is None else replace(run, maps=maps_of(run, with_umap=False))


def saved(name: str, folder: Path, **changes: str) -> Path:
    """Trains and saves a run. Returns its folder, which has the name of the system."""
    save(made(name, **changes), folder / name)
    return folder / name


def remembering(run: Run) -> Run:
    """The run with the taste from a person's own items in place of the users' vectors, and nothing else changed."""
    arrays = {name: array for name, array in run.arrays.items() if name != "user_long"}
    config = replace(run.model_config, taste="items", half_life=20.0)
    return replace(run, model_config=config, arrays=arrays, maps=None, across_users=None, replay=None, path=Path("own"))


def turned(run: Run) -> Run:
    """The run with other vectors, a shorter window and another ω, on the same data: to compare it with."""
    arrays = {name: np.ascontiguousarray(array[:, ::-1]) for name, array in run.arrays.items()}
    arrays["projection"] = run.arrays["projection"]
    config = replace(run.model_config, window=3, long_weight=0.6)
    return replace(run, model_config=config, arrays=arrays, maps=None, across_users=None, replay=None)
