"""Opening a run: every file checked, and each fault one sentence that names the file."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from attrec_core import at_large_file
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError, shown
from attrec_core.results import AtLarge
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
        metrics=read_metrics(path / "metrics.json"),
        history=read_history(path / "history.json"),
        maps=read_maps(path / "maps.npz", data, model_config.dim),
        versions=config.get("versions", {}),
        fingerprint=fingerprint,
        at_large=read_at_large(path / "at_large.npz", data, model_config.window),
    )


# What reading a file that is not what it should be can raise, in one library or another.
BROKEN = (
    SafetensorError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    RecursionError,
    BadZipFile,
    zlib.error,
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
    except BROKEN as error:
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
    if type(version) is not int or version < 1:
        raise InputError(f"{file} is damaged: its run format has the version {shown(version)}.")
    if version > VERSION:
        raise InputError(
            f"{file.parent} was written by a newer version of this program (run format {version}; "
            f"this one reads up to {VERSION}). Update the program to open it."
        )
    return config


def expect(holds: bool, fault_in_words: str) -> None:
    """Inside `fault`: a check of what the file holds."""
    if not holds:
        raise ValueError(fault_in_words)


def read_metrics(file: Path) -> dict[str, Any]:
    found = read_json(file)
    with fault(file):
        for metrics in (found, found["all"], found["validation"]):
            for name in ("hr@10", "hr@50", "ndcg@10", "mrr"):
                expect(type(metrics[name]) is float and 0 <= metrics[name] <= 1, f"{name} is no number from 0 to 1")
        expect(type(found["n_users"]) is int and isinstance(found["tie_rule"], str), "n_users or tie_rule is wrong")
    return found


def read_history(file: Path) -> dict[str, Any]:
    found = read_json(file)
    with fault(file):
        expect(type(found["best_epoch"]) is int and isinstance(found["ended"], str), "best_epoch or ended is wrong")
        for epoch in found["epochs"]:
            expect(type(epoch["epoch"]) is int and epoch["phase"] in ("search", "refit"), "an epoch is wrong")
            expect(isinstance(epoch["loss"], int | float), "a loss is no number")
    return found


def read_text_table(file: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    with fault(file):
        frame = pd.read_csv(file, dtype=str, keep_default_na=False, index_col=False)
        missing = [name for name in columns if name not in frame.columns]
        expect(not missing, f"the column {missing[:1]} is missing")
        return frame


def read_interactions(path: Path, config: dict[str, Any]) -> Interactions:
    """The interactions of a run, checked against its items and users."""
    items = read_text_table(path / "items.csv", ("item", "title", "year", "genres"))
    users = read_text_table(path / "users.csv", ("user",))
    with fault(path / "config.json"):
        about = config["data"]
        texts = (about["source"], about["tie_rule"], about["duplicates"], about["about"])
        expect(all(isinstance(text, str) for text in texts), "a word about the data is no text")
        expect(all(type(count) is int for count in dict(about["dropped"]).values()), "a count of dropped rows is wrong")
        expect(isinstance(config.get("versions", {}), dict), "the versions are wrong")
    with fault(path / "interactions.npz"):
        stored = np.load(path / "interactions.npz", allow_pickle=False)
        starts, rows, times = (np.asarray(stored[name]) for name in ("starts", "items", "times"))
        expect(len(starts) == len(users) + 1 and np.all(np.diff(starts) >= 0), "its users do not fit users.csv")
        return Interactions(
            user_ids=tuple(users["user"]),
            item_ids=tuple(items["item"]),
            users=np.repeat(np.arange(len(users), dtype=np.int32), np.diff(starts)),
            items=rows,
            times=times,
            starts=starts,
            titles=tuple(items["title"]),
            genres=tuple(tuple(text.split("|")) if text else () for text in items["genres"]),
            years=tuple(items["year"]),
            **about,
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


def read_maps(file: Path, data: Interactions, dim: int) -> dict[str, np.ndarray] | None:
    """The stored coordinates; None when the run was trained without maps."""
    if not file.exists():
        return None
    with fault(file):
        stored = np.load(file, allow_pickle=False)
        maps = {name: np.asarray(stored[name]) for name in stored.files}
        users = maps["users"]
        expect(users.ndim == 1 and np.issubdtype(users.dtype, np.integer), "its users are no whole numbers")
        in_order = len(users) == 0 or (users[0] >= 0 and users[-1] < data.n_users and np.all(np.diff(users) > 0))
        expect(in_order, "it places a user that users.csv does not have")
        for name, shape in map_shapes(len(users), data.n_items, dim, maps).items():
            array = maps[name]
            expect(array.dtype == np.float32 and array.shape == shape, f"{name} is not float32 {shape}")
            expect(bool(np.isfinite(array).all()), f"{name} holds a value that is not a number")
        return maps


def map_shapes(users: int, items: int, dim: int, maps: dict[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    """The arrays that must be there, and UMAP's where it was stored, with their shapes."""
    shapes: dict[str, tuple[int, ...]] = {}
    for space, count in (("long", users + items), ("short", items)):
        shapes |= {
            f"{space}_pca": (count, 2),
            f"{space}_mean": (dim,),
            f"{space}_axes": (2, dim),
            f"{space}_share": (2,),
        }
        if f"{space}_umap" in maps:
            shapes[f"{space}_umap"] = (count, 2)
    return shapes


def read_at_large(file: Path, data: Interactions, window: int) -> AtLarge | None:
    """The stored statistics over all test users; None for a run without them."""
    if not file.exists():
        return None
    with fault(file):
        stored = np.load(file, allow_pickle=False)
        known = [name for name in at_large_file.MEMBERS if name in stored.files]
        return at_large_file.record_of({name: np.asarray(stored[name]) for name in known}, data, window)
