"""Opening a run: every file checked, and each fault one sentence that names the file."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError, shown
from attrec_core.runs import FORMAT, VERSION, Run


def load(path: Path | str) -> Run:
    """The run in a folder. Raises InputError naming the file and its fault if it is damaged, foreign or newer."""
    path = Path(path)
    if not path.is_dir():
        raise InputError(f"There is no run at {path}: it is not a folder.")
    config = read_config(path / "config.json")
    with fault(path / "config.json"):
        model_config = ModelConfig(**config["model"])
        train_config = TrainConfig(**config["train"])
    data = read_interactions(path, config)
    arrays, fingerprint = read_weights(path / "weights.safetensors", model_config, data)
    return Run(
        path=path,
        model_config=model_config,
        train_config=train_config,
        arrays=arrays,
        interactions=data,
        metrics=read_json(path / "metrics.json"),
        history=read_json(path / "history.json"),
        maps=read_maps(path / "maps.npz", data),
        versions=config.get("versions", {}),
        fingerprint=fingerprint,
    )


@contextlib.contextmanager
def fault(file: Path) -> Iterator[None]:
    """Whatever goes wrong while reading `file` becomes one sentence that names it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    except FileNotFoundError:
        raise InputError(f"{file.parent} is not a whole run: {file.name} is missing.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from None
    except (SafetensorError, ValueError, KeyError, TypeError, EOFError, AttributeError, BadZipFile) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error).strip().rstrip(".")
        raise InputError(f"{file} is damaged or not part of a run: {reason[:200] or type(error).__name__}.") from None


def read_json(file: Path) -> dict[str, Any]:
    with fault(file):
        content = json.loads(file.read_bytes())
        if not isinstance(content, dict):
            raise ValueError("it holds no JSON object")
        return content


def read_config(file: Path) -> dict[str, Any]:
    config = read_json(file)
    if config.get("format") != FORMAT:
        raise InputError(f"{file} does not describe an AttRec run: its format is {shown(config.get('format'))}.")
    version = config.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise InputError(
            f"{file.parent} was written by a newer version of this program (run format {shown(version)}; "
            f"this one reads up to {VERSION}). Update the program to open it."
        )
    return config


def read_text_table(file: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    with fault(file):
        frame = pd.read_csv(file, dtype=str, keep_default_na=False)
        missing = [name for name in columns if name not in frame.columns]
        if missing:
            raise ValueError(f"the column {missing[0]!r} is missing")
        return frame


def read_interactions(path: Path, config: dict[str, Any]) -> Interactions:
    """The interactions of a run, checked against its items and users."""
    items = read_text_table(path / "items.csv", ("item", "title", "year", "genres"))
    users = read_text_table(path / "users.csv", ("user",))
    with fault(path / "interactions.npz"):
        stored = np.load(path / "interactions.npz", allow_pickle=False)
        starts, rows, times = (np.asarray(stored[name]) for name in ("starts", "items", "times"))
        whole = all(np.issubdtype(array.dtype, np.integer) for array in (starts, rows, times))
        if not whole or len(starts) != len(users) + 1 or starts[0] != 0 or starts[-1] != len(rows):
            raise ValueError("its users do not fit users.csv")
        if (np.diff(starts) < 0).any() or len(times) != len(rows):
            raise ValueError("its histories are out of order")
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(items):
            raise ValueError("it names an item that items.csv does not have")
    with fault(path / "config.json"):
        about = config["data"]
        return Interactions(
            user_ids=tuple(users["user"]),
            item_ids=tuple(items["item"]),
            users=np.repeat(np.arange(len(users), dtype=np.int32), np.diff(starts)),
            items=rows.astype(np.int32),
            times=times.astype(np.int64),
            starts=starts.astype(np.int64),
            titles=tuple(items["title"]),
            genres=tuple(tuple(text.split("|")) if text else () for text in items["genres"]),
            years=tuple(items["year"]),
            source=about["source"],
            tie_rule=about["tie_rule"],
            duplicates=about["duplicates"],
            dropped=about["dropped"],
            about=about["about"],
        )


def read_weights(file: Path, config: ModelConfig, data: Interactions) -> tuple[dict[str, np.ndarray], str]:
    """The tables, with the shapes that the settings and the data ask for, and the fingerprint of the file."""
    d = config.dim
    shapes = {
        "item_short": (data.n_items, d),
        "item_long": (data.n_items, d),
        "user_long": (data.n_users, d),
        "projection": (d, d),
    }
    if not config.shared_projection:
        shapes["key_projection"] = (d, d)
    with fault(file):
        content = file.read_bytes()
        arrays = load_tensors(content)
        for name, shape in shapes.items():
            array = arrays[name]
            if array.shape != shape or array.dtype != np.float32:
                raise ValueError(f"{name} is {array.dtype} {array.shape} where float32 {shape} is expected")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} holds a value that is not a number")
        return {name: arrays[name] for name in shapes}, hashlib.sha256(content).hexdigest()[:12]


def read_maps(file: Path, data: Interactions) -> dict[str, np.ndarray] | None:
    """The stored coordinates; None when the run was trained without maps."""
    if not file.exists():
        return None
    with fault(file):
        stored = np.load(file, allow_pickle=False)
        maps = {name: np.asarray(stored[name]) for name in stored.files}
        users = maps["users"]
        if len(users) and not 0 <= users.min() <= users.max() < data.n_users:
            raise ValueError("it places a user that users.csv does not have")
        for space, count in (("long", len(users) + data.n_items), ("short", data.n_items)):
            for kind in ("pca", "umap"):
                name = f"{space}_{kind}"
                if name in maps and maps[name].shape != (count, 2):
                    raise ValueError(f"{name} has the shape {maps[name].shape} where {(count, 2)} is expected")
        return maps
