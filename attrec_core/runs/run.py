"""A run on disk: a folder of plain files that can be copied, zipped and read; no pickle anywhere.

config.json      format, version, settings, where the data came from, versions of the libraries, checksums of all files
weights.safetensors   the weights; of AttRec: items [V, X, ‖V‖², ‖X‖²], user_long U, projection W, as configured
                      also key_projection and own_share, and no user_long for a taste from items
items.csv, users.csv  ids, titles, genres, years, popularity
interactions.npz      items, times and starts: all that browsing and evaluation need
metrics.json, history.json    its metrics; how it was trained, epoch by epoch, and when
maps.npz, at_large.npz, replay.npz, ranks.npz (each may be missing)
notes.json       tags and a note, if somebody wrote them; it has no checksum
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.config import OWN, ModelConfig, TrainConfig
from attrec_core.data import stored
from attrec_core.data.interactions import Interactions
from attrec_core.data.texts import places_of
from attrec_core.errors import InputError
from attrec_core.runs import across_users, weights
from attrec_core.runs import replay as runs_replay
from attrec_core.runs.across_users import AcrossUsers, Ranks
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.replay import Replay
from attrec_core.runs.systems import Measure, Space, System, system_in
from attrec_core.runs.weights import Arrays, Weights, arrays_of
from attrec_core.storage.arrays import npz_bytes
from attrec_core.storage.atomic_folder import NOTES, RUN, write_folder
from attrec_core.storage.checksums import json_bytes

# In version 1, item_short X and item_long V were two arrays; before version 3, each user had a row in user_long.
FORMAT, VERSION = "attrec-run", 3
FILES = ("config.json", weights.FILE, *stored.FILES, "metrics.json", "history.json")
NOT_ATTREC = (
    "{run} is {kind}. Only AttRec can be explained here{but}. What it computes: “{what}”. Recommendations, metrics and "
    "the comparison with other runs work for every system."
)
MAY_MISS = ("maps.npz", "at_large.npz", "replay.npz", "ranks.npz", NOTES)


@dataclass(frozen=True, eq=False)
class Run:
    """A trained model with everything needed to explore it. arrays: a plain mapping is converted by `arrays_of`."""

    path: Path
    model_config: ModelConfig
    train_config: TrainConfig
    arrays: Arrays
    interactions: Interactions
    metrics: Mapping[str, Any]
    history: Mapping[str, Any]
    maps: Mapping[str, np.ndarray] | None
    versions: Mapping[str, str]
    fingerprint: str  # of the weights file, sha256, first 12 digits
    across_users: AcrossUsers | None = None  # statistics over all test users
    replay: Replay | None = None  # the recorded moments of its training
    ranks: Ranks | None = None  # of the test items; not saved if `across_users` holds them
    damaged: Mapping[str, InputError] = field(default_factory=dict)  # damaged optional files → what is wrong with them
    called: str = ""  # its name in a list with other runs of the same name; empty: the name of its folder
    verified: bool = False  # whether its files were compared with their checksums; older runs have none

    def __post_init__(self) -> None:
        if not isinstance(self.arrays, Arrays):
            object.__setattr__(self, "arrays", arrays_of(self.model_config, self.arrays))

    @property
    def weights(self) -> Weights:
        """The arrays of AttRec, which every explanation reads. Raises InputError for a run of another system."""
        if not isinstance(self.arrays, Weights):
            raise refusal(self)
        return self.arrays

    @property
    def table(self) -> np.ndarray:
        """(N, 2d + 2) [V, X, ‖V‖², ‖X‖²], of AttRec."""
        return self.weights.table

    @property
    def explains(self) -> bool:
        """Whether its system is AttRec, whose calculation is shown; for any other system, its ranking is shown."""
        return self.model_config.model == "attrec"

    @property
    def system(self) -> System:
        return system_in(self.model_config.model, self.history)

    @property
    def attends(self) -> bool:
        """Whether it has an attention matrix."""
        return self.system.attends

    @property
    def measure(self) -> Measure:
        """The measure that its lists are ranked by."""
        return self.system.measure

    @property
    def spaces(self) -> Mapping[str, Space]:
        """The spaces of its items and users; empty if they have no vectors."""
        return self.system.spaces

    @property
    def name(self) -> str:
        """The name that people see."""
        return self.called or folder_name(self.path)

    @property
    def trained_here(self) -> bool:
        """Whether this program trained it; otherwise another program trained its weights, and it has no epochs."""
        return bool(self.history["ended"] != FOREIGN)

    @cached_property
    def user_index(self) -> Mapping[str, int]:
        return places_of(self.interactions.user_ids)

    @cached_property
    def item_index(self) -> Mapping[str, int]:
        return places_of(self.interactions.item_ids)

    @cached_property
    def popularity(self) -> np.ndarray:
        """(N,) int64: number of interactions of each item; a user who repeats an item counts each time."""
        return self.interactions.popularity()


def folder_name(folder: Path) -> str:
    """Returns the name of the folder; for a folder called `run`, the name of the folder around it."""
    path = folder.resolve()
    return path.parent.name if path.name == "run" else path.name


def refusal(run: Run) -> InputError:
    """Returns the error for a question that only AttRec can answer."""
    pages, what = "; Attention, Step by step and Attention across users", run.system.sentence[:-1]
    but = f"{pages} explain the attention of this run" if run.attends else ""
    return InputError("not_attrec", NOT_ATTREC, run=run.name, but=but, kind=run.system.kind, what=what)


def without_attention(run: Run) -> InputError:
    """Returns the error for a question that needs attention; it says what this system reads instead."""
    text, reads = "{run} is {kind}, which has no attention to show. {reads}", run.system.reading(run.model_config)
    return InputError("no_attention", text, run=run.name, kind=run.system.kind, reads=reads)


def without_steps(run: Run) -> InputError:
    """Returns the error for the stages of a calculation that are not drawn."""
    if not run.attends:
        return without_attention(run)
    text = (
        "{run} has other equations than the SASRec that this program trains, and their stages are not drawn. Attention "
        "shows its matrix, of every layer and head."
    )
    return InputError("other_equations", text, run=run.name)


def without_vectors(run: Run) -> InputError:
    """Returns the error for a question that needs item vectors."""
    text = "{run} is {kind}, which has no item vectors that the app could map. What it computes: “{what}”."
    if run.model_config.model == OWN:
        text = "{run} is {kind}. The app does not know which of its tables hold item vectors, so it draws no map."
    return InputError("no_vectors", text, run=run.name, kind=run.system.kind, what=run.system.sentence[:-1])


def save(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Writes the run beside `path` and renames it there; on any failure nothing half-written stays. Raises InputError
    when the folder exists (unless `overwrite`) or cannot be written."""
    write_folder(path, files_of(run), RUN, overwrite=overwrite)


def files_of(run: Run) -> dict[str, bytes]:
    """Returns the content of each file of a run, by name."""
    data = run.interactions
    config = {
        "format": FORMAT,
        "version": VERSION,
        "model": run.system.used(run.model_config),
        "train": dataclasses.asdict(run.train_config),
        "data": {**stored.words_of(data), **({"name": data.name} if data.name else {})},
        "versions": dict(run.versions),
    }
    files = {
        "config.json": json_bytes(config),
        weights.FILE: run.arrays.content(),
        **stored.files_of(data),
        "metrics.json": json_bytes(run.metrics),
        "history.json": json_bytes(run.history),
    }
    arrays = {
        "maps.npz": run.maps,
        "at_large.npz": None if run.across_users is None else across_users.arrays_of(run.across_users),
        "replay.npz": None if run.replay is None else runs_replay.arrays_of(run.replay),
        "ranks.npz": None if run.ranks is None or run.across_users is not None else vars(run.ranks),
    }
    return files | {name: npz_bytes(content) for name, content in arrays.items() if content is not None}
