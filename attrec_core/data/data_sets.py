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
from attrec_core.storage.atomic_folder import DATA_SET, check_writable, write_folder
from attrec_core.storage.read_errors import expect, fault, read_description, read_json

FORMAT, VERSION = "attrec-data", 1
REPORT = "report.json"
FILES = ("data.json", "items.csv", "users.csv", "interactions.npz", REPORT, "causes.csv")
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
    files = {"data.json": stored.json_bytes(about), **stored.files_of(interactions)}
    files[REPORT] = stored.json_bytes(report.as_dict())
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
    """Whether a folder says of itself that it is one; what is in it is not looked at."""
    return (path / DATA_SET.mark).is_file()


def load(path: Path | str) -> DataSet:
    """The data set in a folder. Raises InputError naming the file and its fault if it is damaged, foreign or newer."""
    path = Path(path)
    about = read_about(path)
    interactions = stored.interactions_in(path, about["data"], DATA_SET.mark, DATA_SET.name)
    return DataSet(path, about["name"], interactions, read_report(path), about)


def read_about(path: Path) -> dict[str, Any]:
    """data.json of a folder, checked: its name, source and counts, cheaply. Raises InputError."""
    if not path.is_dir():
        raise InputError(f"There is no data set at {path}: it is not a folder.")
    file = path / DATA_SET.mark
    about = read_description(file, DATA_SET.name, f"a {DATA_SET.name}", FORMAT, VERSION)
    with fault(file, DATA_SET.name):
        expect(isinstance(about["name"], str), "its name is no text")
        expect(isinstance(about["data"], dict) and isinstance(about["source"], dict), "it says too little of its data")
        counts_in(about["counts"])
    return about


def counts_in(found: Mapping[str, Any]) -> Counts:
    """Inside `fault`."""
    values = [found[name] for name in ("users", "items", "interactions")]
    expect(all(type(value) is int and value >= 0 for value in values), "a count is no whole number")
    return Counts(*values)


def read_report(path: Path) -> ImportReport:
    """report.json of a data set."""
    file = path / REPORT
    found = read_json(file, DATA_SET.name)
    with fault(file, DATA_SET.name):
        known = {name: found[name] for name in ImportReport.__dataclass_fields__}
        counts = counts_in(known.pop("counts"))
        numbers = [known[name] for name in ("read", "kept", "shortest", "longest")]
        expect(all(type(value) is int for value in numbers), "a count is no whole number")
        expect(
            known["read"] == known["kept"] + sum(known["dropped"].values()), "kept and dropped rows are not those read"
        )
        expect(isinstance(known["tied_last"], float) and np.isfinite(known["tied_last"]), "tied_last is no number")
        first = tuple(Understood(**row) for row in known.pop("first"))
        for name in ("recognised", "remarks", "span"):
            expect(all(isinstance(text, str) for text in known[name]), f"{name} is no list of texts")
            known[name] = tuple(known[name])
        return ImportReport(**known, counts=counts, first=first)
