"""Records of the library: runs and data sets as a list shows them, deleted ones, and settings side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attrec_core.data.report import Counts
from attrec_core.errors import InputError


@dataclass(frozen=True)
class Notes:
    """What people wrote about a run or a data set."""

    tags: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class LibraryEntry:
    """A folder of the library, as far as it is known without opening it completely. If the folder is damaged, or is no
    run (or no data set), only name, path, size and created are known, and `fault` says what is wrong."""

    name: str
    path: Path
    size: int  # bytes on disk
    created: float  # seconds since 1970: when it was trained, if it says so, else `of_files`
    of_files: bool = True  # created is the time of the file that marks its kind
    fault: InputError | None = None
    notes: Notes = field(default_factory=Notes)
    remark: InputError | None = None  # what is wrong with notes that cannot be read
    sizes: Counts | None = None  # of a data set, or of the data that a run was trained on
    source: str = ""  # the format that the data was read from, or the data set's name if it has one
    about: Mapping[str, Any] = field(default_factory=dict)  # what config.json (data.json) says about the data
    data_sums: tuple[str, ...] = ()  # of a run: checksums of its users, items and interactions; empty if not known
    metrics: Mapping[str, Any] = field(default_factory=dict)  # of a run: as in metrics.json
    settings: Mapping[str, Any] = field(default_factory=dict)  # of a run: both configurations, key → value
    epochs: int = 0  # of a run's search; 0 where another program trained it
    best_epoch: int = 0
    preset: str = ""  # of a run: the preset nearest to its settings, PAPER for the paper's; empty if not known
    race: Mapping[str, Any] = field(default_factory=dict)  # of a run whose settings a race found: its log
    opened: Mapping[str, Any] = field(default_factory=dict)  # of a run of another library's model: as in history.json
    began_from: str = ""  # the name of the run that its training continued from, if any
    ended: str = ""  # "patience" | "epochs" | "interrupted" | FOREIGN
    seconds: float = 0.0  # of all epochs
    has_maps: bool = False  # whether it has a file of maps


@dataclass(frozen=True)
class Trashed:
    """A deleted run or data set that can still be restored."""

    id: str  # the folder's name in the trash
    name: str  # its name before it was deleted
    path: Path
    size: int  # bytes on disk
    deleted: float  # seconds since 1970


@dataclass(frozen=True)
class SettingPair:
    """One setting of two runs side by side. None: the run does not have it."""

    key: str
    symbol: str  # the paper's, or ""
    a: Any
    b: Any
    note_a: str = ""  # how it differs from the paper
    note_b: str = ""

    @property
    def differs(self) -> bool:
        return self.a != self.b
