"""A run on disk: a folder of plain files that can be copied, zipped and read; no pickle anywhere.

config.json      format, version, settings, where the data came from, versions of the libraries
weights.safetensors   item_short X, item_long V, user_long U, projection W (and key_projection)
items.csv, users.csv  ids, titles, genres, years, popularity
interactions.npz      items, times and starts: what it takes to browse and to evaluate
metrics.json, history.json
maps.npz, at_large.npz (either may be missing)
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import save as save_tensors

from attrec_core import at_large_file
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError
from attrec_core.results import AtLarge

FORMAT, VERSION = "attrec-run", 1


@dataclass(frozen=True, eq=False)
class Run:
    """A trained model with everything needed to look at it. arrays: float32 tables by their names in the model."""

    path: Path
    model_config: ModelConfig
    train_config: TrainConfig
    arrays: Mapping[str, np.ndarray]
    interactions: Interactions
    metrics: Mapping[str, Any]
    history: Mapping[str, Any]
    maps: Mapping[str, np.ndarray] | None
    versions: Mapping[str, str]
    fingerprint: str  # of the weights file, sha256, first 12 digits
    at_large: AtLarge | None = None  # statistics over all test users

    @property
    def name(self) -> str:
        """How people call it: the folder's name; a folder called `run` is named after the folder around it."""
        path = self.path.resolve()
        return path.parent.name if path.name == "run" else path.name

    @cached_property
    def user_index(self) -> dict[str, int]:
        return {user: index for index, user in enumerate(self.interactions.user_ids)}

    @cached_property
    def item_index(self) -> dict[str, int]:
        return {item: index for index, item in enumerate(self.interactions.item_ids)}

    @cached_property
    def popularity(self) -> np.ndarray:
        return self.interactions.popularity()


def save(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Writes the run beside `path` and renames it there; on any failure nothing half-written stays.

    Raises InputError when the folder exists (unless `overwrite`) or cannot be written.
    """
    path = path.resolve()  # a link to a run stays a link
    check_writable(path, overwrite=overwrite)
    partial, made = beside(path, "partial"), new_folders(path.parent)
    done = False
    try:
        partial.mkdir(parents=True)
        for name, content in files_of(run).items():
            (partial / name).write_bytes(content)
        replace_folder(partial, path)
        done = True
    except OSError as error:
        raise InputError(f"The run cannot be written to {path}: {error.strerror}.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if not done:
            remove_empty(made)


def beside(path: Path, suffix: str) -> Path:
    """A new name in the same folder, and so on the same disk: a rename within it is one step."""
    return path.with_name(f".{path.name[:200]}.{uuid.uuid4().hex[:8]}.{suffix}")


def new_folders(folder: Path) -> list[Path]:
    """What `mkdir -p folder` would make, innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def remove_empty(folders: list[Path]) -> None:
    """Takes back the folders that were made for a run that was not written."""
    for folder in folders:
        with contextlib.suppress(OSError):  # somebody else may have put something there
            folder.rmdir()


def check_writable(path: Path, *, overwrite: bool) -> None:
    """Raises InputError, before any work is done, when `save` could not put a run at `path`."""
    path = path.resolve()
    made: list[Path] = []
    try:
        if path.exists() and not overwrite:
            raise InputError(f"{path} exists already. Choose another folder, or say --overwrite to replace it.")
        if path.exists() and not (path / "config.json").is_file() and (path.is_file() or any(path.iterdir())):
            raise InputError(f"{path} is not a run and not an empty folder, so --overwrite will not replace it.")
        made = new_folders(path.parent)
        # Nothing says as surely that a folder can be made here as making it.
        trial = beside(path, "trial") if path.exists() else path
        trial.mkdir(parents=True)
        trial.rmdir()
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        remove_empty(made)


def replace_folder(new: Path, path: Path) -> None:
    """`new` takes the place of `path`; what was there is put back if that fails."""
    old = beside(path, "old")
    if path.exists():
        path.rename(old)
    try:
        new.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def files_of(run: Run) -> dict[str, bytes]:
    """The content of each file of a run, by name."""
    data = run.interactions
    config = {
        "format": FORMAT,
        "version": VERSION,
        "model": dataclasses.asdict(run.model_config),
        "train": dataclasses.asdict(run.train_config),
        "data": {
            "source": data.source,
            "tie_rule": data.tie_rule,
            "duplicates": data.duplicates,
            "dropped": dict(data.dropped),
            "about": data.about,
        },
        "versions": dict(run.versions),
    }
    items = pd.DataFrame(
        {
            "item": data.item_ids,
            "title": data.titles,
            "year": data.years,
            "genres": ["|".join(genres) for genres in data.genres],
            "popularity": run.popularity,
        }
    )
    users = pd.DataFrame({"user": data.user_ids, "interactions": np.diff(data.starts)})
    files = {
        "config.json": json_bytes(config),
        "weights.safetensors": save_tensors({name: np.ascontiguousarray(array) for name, array in run.arrays.items()}),
        "items.csv": items.to_csv(index=False, lineterminator="\n").encode(),
        "users.csv": users.to_csv(index=False, lineterminator="\n").encode(),
        "interactions.npz": npz_bytes({"items": data.items, "times": data.times, "starts": data.starts}),
        "metrics.json": json_bytes(run.metrics),
        "history.json": json_bytes(run.history),
    }
    if run.maps is not None:
        files["maps.npz"] = npz_bytes(run.maps)
    if run.at_large is not None:
        files["at_large.npz"] = npz_bytes(at_large_file.arrays_of(run.at_large))
    return files


def json_bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """A compressed .npz; numpy gives its members a fixed date, so equal arrays are equal bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
