"""A data set on disk: interactions as they were imported, and the report of how; a folder to copy, zip and read.

data.json      format, version, name, source, options, counts
items.csv, users.csv, interactions.npz    as in a run
report.json    what was read, kept and dropped
causes.csv     what truly set actions off, where the source knows it (may be missing)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.data import stored
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options
from attrec_core.data.report import Counts, ImportReport, Understood
from attrec_core.errors import InputError
from attrec_core.storage.atomic_folder import DATA_SET, check_writable, heal, write_folder
from attrec_core.storage.checksums import CheckedFolder, at_one_moment, json_bytes, open_folder
from attrec_core.storage.read_errors import expect, read_errors

FORMAT, VERSION = "attrec-data", 1
REPORT = "report.json"
FILES = ("data.json", *stored.FILES, REPORT, "causes.csv")
MAY_MISS = ("causes.csv",)


@dataclass(frozen=True, eq=False)
class DataSet:
    """A data set that was opened. about: the whole of data.json."""

    path: Path
    name: str
    interactions: Interactions
    report: ImportReport
    about: Mapping[str, Any]


def save(
    interactions: Interactions,
    report: ImportReport,
    path: Path,
    name: str | None = None,
    *,
    options: Options | None = None,
    causes: bytes | None = None,
    overwrite: bool = False,
) -> None:
    """Writes the folder beside `path` and renames it there. name: for people; else the folder's.

    Raises InputError when the folder exists (unless `overwrite`) or cannot be written.
    """
    check_writable(path, DATA_SET, overwrite=overwrite)
    about = {
        "format": FORMAT,
        "version": VERSION,
        "name": name or path.name,
        "source": {"name": report.source, "format": report.format},
        "options": options_of(options or Options()),
        "counts": report.counts.as_dict(),
        "data": stored.words_of(interactions),
    }
    files = {"data.json": json_bytes(about), **stored.files_of(interactions)}
    files[REPORT] = json_bytes(report.as_dict())
    if causes is not None:
        files["causes.csv"] = causes
    write_folder(path, files, DATA_SET, overwrite=overwrite)


def options_of(options: Options) -> dict[str, Any]:
    """What a person decided, for data.json; what was left open is left out."""
    plain = asdict(options)
    plain["columns"] = {role: name for role, name in plain["columns"].items() if name is not None}
    plain["metadata"] = options.metadata.name if options.metadata else None
    default = asdict(Options())
    return {key: value for key, value in plain.items() if value != default[key] and value not in (None, {}, ())}


def is_data_set(path: Path) -> bool:
    """Whether a folder says of itself that it is one; its files are not read."""
    heal(path)
    return (path / DATA_SET.mark).is_file()


def load(path: Path | str) -> DataSet:
    """The data set in a folder. Raises InputError naming the file and its fault if it is damaged, foreign or newer."""
    return at_one_moment(Path(path), read)


def read(path: Path) -> DataSet:
    """The data set, of a folder that stays as it is meanwhile."""
    folder = open_data_set(path)
    interactions, report = stored.interactions_in(folder), read_report(folder)
    for name in MAY_MISS:
        if name in folder.sums or (folder.path / name).is_file():
            with folder.opened(name):
                pass
    return DataSet(path, name_of(folder), interactions, report, folder.description)


def open_data_set(path: Path) -> CheckedFolder:
    """A folder with a data.json that is checked: its name, source and counts, cheaply. Raises InputError."""
    heal(path)
    if not path.is_dir():
        raise InputError("no_folder", "There is no data set at {path}: it is not a folder.", path=path)
    folder = open_folder(path, DATA_SET.name, DATA_SET.mark, FORMAT, VERSION)
    about = folder.description
    with read_errors(path / DATA_SET.mark, DATA_SET.name):
        expect(isinstance(about["name"], str), "its name is not text")
        expect(isinstance(about["data"], dict) and isinstance(about["source"], dict), "it says too little of its data")
        counts_in(about["counts"])
    return folder


def name_of(folder: CheckedFolder) -> str:
    """How people call a data set. One that is being renamed says both names; it has the new one once its folder has."""
    about = folder.description
    return about["renamed"] if about.get("renamed") == folder.path.resolve().name else about["name"]


def counts_in(content: Mapping[str, Any]) -> Counts:
    """Inside `read_errors`."""
    values = [content[name] for name in ("users", "items", "interactions")]
    expect(all(type(value) is int and value >= 0 for value in values), "a count is not a whole number")
    return Counts(*values)


def read_report(folder: CheckedFolder) -> ImportReport:
    """report.json of a data set."""
    content = folder.read_json(REPORT)
    with read_errors(folder.path / REPORT, folder.kind):
        known = {name: content[name] for name in ImportReport.__dataclass_fields__}
        counts = counts_in(known.pop("counts"))
        numbers = [known[name] for name in ("read", "kept", "shortest", "longest")]
        expect(all(type(value) is int for value in numbers), "a count is not a whole number")
        expect(
            known["read"] == known["kept"] + sum(known["dropped"].values()), "kept and dropped rows are not those read"
        )
        expect(isinstance(known["tied_last"], float) and np.isfinite(known["tied_last"]), "tied_last is not a number")
        first = tuple(Understood(**row) for row in known.pop("first"))
        for name in ("recognised", "remarks", "span"):
            expect(all(isinstance(text, str) for text in known[name]), f"{name} is not a list of texts")
            known[name] = tuple(known[name])
        return ImportReport(**known, counts=counts, first=first)
