"""A data set on disk: imported interactions and the import report, in a folder that can be copied, zipped and read.

data.json      format, version, name, source, options, counts
items.csv, users.csv, interactions.npz    as in a run
report.json    what was read, kept and dropped
causes.csv     the true causes of interactions, if the source has them (optional)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from attrec_core.data import stored
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options
from attrec_core.data.report import Counts, ImportReport
from attrec_core.errors import InputError
from attrec_core.storage.atomic_folder import DATA_SET, check_writable, heal, write_folder
from attrec_core.storage.checksums import CheckedFolder, at_one_moment, json_bytes, open_folder
from attrec_core.storage.read_errors import expect, read_errors, record_of

FORMAT, VERSION = "attrec-data", 1
REPORT, CAUSES = "report.json", "causes.csv"
FILES = ("data.json", *stored.FILES, REPORT)
MAY_MISS = (CAUSES,)


@dataclass(frozen=True, eq=False)
class DataSet:
    """A data set that was loaded. about: the whole content of data.json."""

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
    """Writes the folder beside `path`, then renames it to `path`. name: for people; default: the folder's name. Raises
    InputError when the folder exists (unless `overwrite`) or cannot be written."""
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
    files = {"data.json": json_bytes(about), **stored.files_of(interactions), REPORT: json_bytes(report.as_dict())}
    if causes is not None:
        files[CAUSES] = causes
    write_folder(path, files, DATA_SET, overwrite=overwrite)


def options_of(options: Options) -> dict[str, Any]:
    """The options that a person set, for data.json; options at their defaults are left out."""
    chosen = asdict(options)
    chosen["columns"] = {role: name for role, name in chosen["columns"].items() if name is not None}
    chosen["metadata"] = options.metadata.name if options.metadata else None
    default = asdict(Options())
    return {key: value for key, value in chosen.items() if value != default[key] and value not in (None, {}, ())}


def is_data_set(path: Path) -> bool:
    """Whether the folder has the file that marks a data set; no file is read."""
    heal(path)
    return (path / DATA_SET.mark).is_file()


def load(path: Path | str) -> DataSet:
    """The data set in a folder. Raises InputError naming the file and its fault if it is damaged, foreign or newer."""
    return at_one_moment(Path(path), read)


def read(path: Path) -> DataSet:
    """The data set in a folder that does not change during the call."""
    folder = open_data_set(path)
    interactions, report = stored.interactions_in(folder), read_report(folder)
    if CAUSES in folder.sums or (path / CAUSES).is_file():
        with folder.opened(CAUSES):
            pass
    return DataSet(path, name_of(folder), interactions, report, folder.description)


def open_data_set(path: Path) -> CheckedFolder:
    """Opens a folder and checks name, source and counts in data.json, which is cheap. Raises InputError."""
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
    """The data set's name for people. During a renaming data.json has both names; the new one counts once the folder
    has it."""
    about = folder.description
    return about["renamed"] if about.get("renamed") == folder.path.resolve().name else about["name"]


def counts_in(content: Mapping[str, Any]) -> Counts:
    """The counts in parsed JSON. Call it inside `read_errors`."""
    values = [content[name] for name in ("users", "items", "interactions")]
    expect(all(type(value) is int and value >= 0 for value in values), "a count is not a whole number")
    return Counts(*values)


def read_report(folder: CheckedFolder) -> ImportReport:
    content = folder.read_json(REPORT)
    with read_errors(folder.path / REPORT, folder.kind):
        # Older reports have no items, and of ties only the latest rows.
        may_tie = content["time_unit"] != "order" or content["tied_last"] > 0
        content = {"first_items": [], "may_tie": may_tie, **content}
        report = record_of(ImportReport, {name: content[name] for name in ImportReport.__dataclass_fields__})
        counts_in(content["counts"])
        expect(report.read == report.kept + sum(report.dropped.values()), "kept and dropped rows are not those read")
        return report
