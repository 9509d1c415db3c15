"""An unfinished training on disk, beside the run that it will become: what `train --resume` continues from.

training.json         format, version, settings, a fingerprint of the data: they identify the training
state.json            all epochs so far, the best one, numpy's random state, names and checksums of the two files below
search-0007.safetensors    weights, temperature (for loss softmax), the optimiser's sums, the average of the weights (if
                      epochs are averaged) and torch's random state after that epoch (refit-… in the final fit)
best-0005.safetensors      weights of the search's best epoch
frames/               the moments recorded for the replay

If a race finds the settings of a run, another folder beside the run holds that race until the run is written:

race.json             the data, the settings that are raced, and the trainings so far
00/, 01/, …           the state of each of these settings that is still in the race, as above; 00-part/ on a part of the
                      users

The training process holds a lock on the folder. Every file is written under another name and then renamed, and a state
is valid only when state.json names its files: a kill at any moment leaves the previous state. The JSON files hold their
own checksums, and the recorded moments theirs; files of older versions have none and are not compared.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.config import ModelConfig, TrainConfig, config_of
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError, shown
from attrec_core.runs.history import Epoch
from attrec_core.storage.atomic_folder import folders_made
from attrec_core.storage.atomic_write import remove, remove_leftovers
from attrec_core.storage.checksums import own_sums
from attrec_core.storage.locks import Busy, hold_lock
from attrec_core.storage.read_errors import BROKEN, expect, json_object, reason

FORMAT, VERSION = "attrec-training", 1
TRAINING = "training.json"
RACE = "race.json"
STATE = "state.json"  # a folder with this file is an unfinished training
LONGEST = 200  # bytes of a run's name, of the 255 that a folder's name may have


def folder_of(out: Path) -> Path:
    """Returns the folder of a run's unfinished training: beside the run, and so on the same disk."""
    return hidden_beside(out, "training")


def race_of(out: Path) -> Path:
    """Returns the folder that holds the race for a run's settings until the run is written."""
    return hidden_beside(out, "race")


def hidden_beside(out: Path, what: str) -> Path:
    out = out.resolve()
    name = out.name
    if len(name.encode()) > LONGEST:
        name = f"{name[:50]}.{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return out.with_name(f".{name}.{what}")


def state_size(configs: tuple[ModelConfig, TrainConfig], data: Interactions) -> int:
    """Returns roughly the bytes of a state without the best weights: weights, the optimiser's sums, the average."""
    train = configs[1]
    return weights_size(configs[0], data) * (1 + (2 if train.optimiser == "adam" else 1) + (train.average > 1))


def weights_size(model: ModelConfig, data: Interactions) -> int:
    return 4 * model.dim * (data.n_users + 2 * data.n_items)


def training_size(configs: tuple[ModelConfig, TrainConfig], data: Interactions) -> int:
    """Returns roughly the bytes that a training needs until its run is written: two states, as the new one is written
    beside the old one, the best weights, the run, and its interactions as text."""
    return 2 * state_size(configs, data) + 2 * weights_size(configs[0], data) + 40 * data.n_interactions


def is_kept(out: Path) -> bool:
    """Whether there is an unfinished training of that run, with an epoch or more."""
    return (folder_of(out) / STATE).is_file()


def is_begun(out: Path) -> bool:
    """Whether there is an unfinished training of that run, or a race for its settings."""
    return is_kept(out) or (race_of(out) / RACE).is_file()


def would_be_lost(out: Path) -> InputError:
    text = "There is an unfinished training of {out}. Continue it with {name:resume}, or use {name:overwrite} to start "
    return InputError("unfinished", text + "again.", setting="resume", out=out)


def discard_race(out: Path) -> None:
    """Removes the race for the settings of a run, once its log is on the disk."""
    with contextlib.suppress(OSError):
        remove(race_of(out))


def discard(out: Path) -> None:
    """Removes a run's unfinished training, once the run is on the disk, and the leftovers of interrupted writes."""
    out = out.resolve()
    with contextlib.suppress(OSError):
        remove(folder_of(out))
    remove_leftovers(out.parent, of=out.name)


@contextlib.contextmanager
def training_errors(folder: Path) -> Iterator[None]:
    """Turns any error in reading an unfinished training into one sentence that names the training."""
    try:
        yield
    except (OSError, *BROKEN) as error:
        text = "The unfinished training in {folder} is damaged ({why}). Use {name:overwrite} to start again."
        raise InputError("damaged", text, setting="overwrite", folder=folder, why=reason(error)) from None


@contextlib.contextmanager
def trained_alone(folder: Path, out: Path) -> Iterator[None]:
    """Makes a folder if need be, and locks it inside the block. Raises InputError when another process trains in it.
    out: what is trained."""
    with folders_made(folder), contextlib.ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(folder, wait=0))
        except Busy:
            text = "{out} is being trained by another process. Wait for it, or choose another folder."
            raise InputError("busy", text, out=out) from None
        yield


def description(interactions: Interactions, configs: tuple[ModelConfig, TrainConfig]) -> dict[str, Any]:
    """Returns what identifies a training: trainings with the same description end with the same weights."""
    model, train = (dataclasses.asdict(config) for config in configs)
    return {"format": FORMAT, "version": VERSION, "model": model, "train": train, "data": fingerprint_of(interactions)}


def fingerprint_of(data: Interactions) -> str:
    """Returns a fingerprint of the interactions, their times, the ids and their order: sha256, first 16 digits."""
    digest = hashlib.sha256()
    for array in (data.starts, data.items, data.times):
        digest.update(np.ascontiguousarray(array, "<i8").data)
    for ids in (data.user_ids, data.item_ids):
        digest.update(json.dumps(list(ids), ensure_ascii=True).encode())
    return digest.hexdigest()[:16]


def read_description(folder: Path) -> dict[str, Any]:
    with training_errors(folder):
        content = json_object((folder / TRAINING).read_bytes())
        own_sums(content, TRAINING)
        is_known = content["format"] == FORMAT and content["version"] == VERSION
        expect(is_known, f"its format is {shown(content['format'])}, version {content['version']}")
        for name, kind in {"model": dict, "train": dict, "data": str, "overwrite": bool}.items():
            expect(type(content[name]) is kind, f"{name} is {shown(content[name])}")
        return content


def epochs_kept(folder: Path) -> list[Epoch]:
    """Returns the epochs of the training whose state is in a folder; none if nothing of it can be read."""
    with contextlib.suppress(OSError, *BROKEN):
        return [Epoch(**epoch) for epoch in json_object((folder / STATE).read_bytes())["epochs"]]
    return []


def settings_kept(out: Path) -> tuple[ModelConfig, TrainConfig] | None:
    """The settings of the unfinished training of `out`; None without one."""
    if not is_kept(out):
        return None
    training = read_description(folder_of(out))
    with training_errors(folder_of(out)):
        return config_of(ModelConfig, training["model"]), config_of(TrainConfig, training["train"])


def differences(begun: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """How a kept training differs from the requested one, as text. Settings that it does not know have defaults."""
    defaults = {"model": dataclasses.asdict(ModelConfig()), "train": dataclasses.asdict(TrainConfig())}
    texts = [
        f"it was begun with {name}={earlier[name]}, not {value}"
        for part, earlier in ((part, defaults[part] | begun[part]) for part in defaults)
        for name, value in wanted[part].items()
        if earlier[name] != value
    ]
    if begun["data"] != wanted["data"]:
        texts.append("the data, or the way it is read, has changed since")
    if begun.get("from", "") != wanted["from"]:  # no key: an older training, from no run
        texts.append("it did not start from that run" if wanted["from"] else "it started from a run: name it again")
    return texts
