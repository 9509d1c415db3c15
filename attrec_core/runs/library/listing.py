"""Lists the library, and searches a list. Only headers and small files are read, so a list of many runs is quick."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import functools
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from attrec_core.config import METRICS, SETTINGS, SWITCHES
from attrec_core.data import data_sets as stored_data
from attrec_core.data import stored
from attrec_core.data.report import Counts
from attrec_core.errors import InputError, disk_errors, shown
from attrec_core.runs.history import FOREIGN
from attrec_core.runs.library.names import library_folder
from attrec_core.runs.library.notes import read_notes
from attrec_core.runs.library.records import LibraryEntry
from attrec_core.runs.library.words import data_of, model_settings, preset_known, source_in_words, training_settings
from attrec_core.runs.library.zips import CONTENTS
from attrec_core.runs.load import open_run, read_history, read_metrics, settings_in, trained_at
from attrec_core.runs.weights import FILE, MAPPED, TABLE, is_mapped
from attrec_core.storage.arrays import arrays_in, mapped, tensors_in
from attrec_core.storage.atomic_folder import DATA_SET, RUN, Kind, heal_inside
from attrec_core.storage.locks import hold_lock
from attrec_core.storage.read_errors import expect, read_errors
from attrec_core.storage.workspace import Home

# What a list can be sorted by; if it is not text, the largest, or the latest, comes first.
ORDERS = ("name", "data", "created", "size", "users", "items", "interactions", "epochs", "seconds", *METRICS)


def list_runs(home: Home) -> list[LibraryEntry]:
    """Returns all runs, the latest first; a broken one with its fault. Raises InputError for a broken library."""
    return listed(home, RUN)


def list_data_sets(home: Home) -> list[LibraryEntry]:
    return listed(home, DATA_SET)


def listed(home: Home, kind: Kind) -> list[LibraryEntry]:
    """Lists a library while nobody can change names in it. Skips hidden folders, which are still being written."""
    library = library_folder(home, kind)
    heal_inside(library)
    with disk_errors("cannot_read", "The folder {folder} cannot be read: {why}.", folder=library):
        try:
            with hold_lock(library, shared=True):
                folders = [path for path in library.iterdir() if not path.name.startswith(".") and path.is_dir()]
                return sort_entries([entry_at(folder, kind) for folder in folders])
        except FileNotFoundError:
            return []


def entry_at(folder: Path, kind: Kind = RUN) -> LibraryEntry:
    """Returns the list entry of a run (or a data set) in any folder. For a damaged one, or for a folder that is none,
    the entry has a fault and little else."""
    entry = LibraryEntry(folder.name, folder, size_of(folder), created(folder / kind.mark))
    try:
        facts = facts_of_run(folder) if kind is RUN else facts_of_data_set(folder)
        for name in CONTENTS[kind].needed:
            with read_errors(folder / name, kind.name):
                (folder / name).stat()
    except InputError as error:
        return dataclasses.replace(entry, fault=error)
    try:
        facts["notes"] = read_notes(folder)
    except InputError as error:
        facts["remark"] = error
    return dataclasses.replace(entry, **facts)


def facts_of_run(folder: Path) -> dict[str, Any]:
    """Returns what the small files of a run say, by the fields of an entry. Raises InputError."""
    checked = open_run(folder)
    config, metrics, history = checked.description, read_metrics(checked), read_history(checked)
    model, train = settings_in(checked)
    with read_errors(folder / RUN.mark):
        about = config["data"]
        texts = [about[key] for key in ("source", "tie_rule", "duplicates")]
        expect(all(isinstance(text, str) for text in texts), "what it says of its data is not text")
    with read_errors(folder / "history.json"):
        seconds = sum(float(epoch["seconds"]) for epoch in history["epochs"])
    trained = trained_at(history)
    sizes = sizes_of(folder, model.model)
    preset = preset_known(model, train, sizes, history)
    return {
        **({} if trained is None else {"created": trained, "of_files": False}),
        "sizes": sizes,
        "preset": "" if preset is None else preset.name,
        "race": history.get("auto", {}),
        "source": str(about.get("name") or about["source"]),
        "about": about,
        "data_sums": tuple(checked.sums[name] for name in stored.FILES if name in checked.sums),
        "metrics": metrics,
        "settings": model_settings(model)
        | training_settings(model.model, train, trained_here=history["ended"] != FOREIGN),
        "epochs": sum(epoch["phase"] == "search" for epoch in history["epochs"]),
        "best_epoch": history["best_epoch"],
        "opened": history.get("opened", {}),
        "began_from": history["from"]["run"] if "from" in history else "",
        "ended": history["ended"],
        "seconds": seconds,
        "has_maps": (folder / "maps.npz").is_file(),
    }


def facts_of_data_set(folder: Path) -> dict[str, Any]:
    """Returns what data.json says, by the fields of an entry. Raises InputError."""
    about = stored_data.open_data_set(folder).description
    with read_errors(folder / DATA_SET.mark, DATA_SET.name):
        source = f"{about['source']['name']} ({source_in_words(about['source']['format'])})"
        return {"sizes": stored_data.counts_in(about["counts"]), "source": source, "about": about}


def sizes_of(folder: Path, system: str) -> Counts:
    """Reads the sizes, of large files from their headers alone."""
    if system == "attrec":
        file = folder / FILE
        with read_errors(file):
            tensors = tensors_in(mapped(file))
            items = tensors[TABLE if TABLE in tensors else "item_short"].rows
            has_users = "user_long" in tensors  # not with a taste from items
            users = tensors["user_long"].rows if has_users else rows_in(folder / "users.csv")
    else:  # its weights may have no rows for users or items
        users, items = (rows_in(folder / name) for name in ("users.csv", "items.csv"))
    file = folder / "interactions.npz"
    with read_errors(file), file.open("rb") as stream:
        return Counts(users, items, arrays_in(stream, "items")["items"].rows)


def rows_in(file: Path) -> int:
    with read_errors(file), file.open(newline="", encoding="utf-8") as table:
        return sum(1 for _ in csv.reader(table)) - 1


def size_of(folder: Path) -> int:
    """Returns the bytes of the files in a folder, without those that disappear meanwhile."""
    total = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                total += entry.stat(follow_symlinks=False).st_size if entry.is_file() else 0
    return total


def created(file: Path) -> float:
    """Returns when a file was written; 0 if there is none."""
    with contextlib.suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def sort_entries(entries: Sequence[LibraryEntry], by: str = "created", *, turned: bool = False) -> list[LibraryEntry]:
    """Sorts by one of ORDERS, in reverse order if `turned`; entries with a fault are always last."""
    if by not in ORDERS:
        text = "A list is sorted by {orders}, not by {by}."
        raise InputError("sort_key", text, orders=", ".join(ORDERS), by=shown(by))

    def order_key(entry: LibraryEntry) -> Any:
        if by in METRICS:
            return entry.metrics.get(by, -1.0)
        if by in ("users", "items", "interactions"):
            return getattr(entry.sizes, by)
        return {"name": entry.name.casefold(), "data": data_of(entry).casefold()}.get(by, getattr(entry, by, None))

    by_name = sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))
    sound = [entry for entry in by_name if entry.fault is None]
    sound.sort(key=order_key, reverse=(by not in ("name", "data")) != turned)
    return sound + [entry for entry in by_name if entry.fault is not None]


def weights_fingerprint(folder: Path) -> str:
    """Returns the fingerprint of a run's weights, as `load` does; cached until the file changes. Raises InputError."""
    file = folder / FILE
    with read_errors(file):
        stat = file.stat()
        return _fingerprint(file, stat.st_ino, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=1000)
def _fingerprint(file: Path, *version: int) -> str:
    if file.stat().st_size >= MAPPED and is_mapped(folder := open_run(file.parent)):
        return folder.sums[FILE][:12]
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:12]


SPELT = str.maketrans({"ω": "omega", "γ": "gamma", "λ": "lambda"})  # for keyboards without these letters


# Each name that a setting has in a search (d, dim, dimensions …, in lower case) → the setting's key.
KEYS = {
    name.casefold(): key
    for key, setting in SETTINGS.items()
    for name in (key, key.replace("_", " "), setting.name, setting.symbol, setting.symbol.translate(SPELT))
    if name
}
# The longest first, so that “λ of W” is not read as “W”.
CALLED = "|".join(re.escape(name).replace("\\ ", r"\s+") for name in sorted(KEYS, key=len, reverse=True))
SETTING = re.compile(rf"(?<!\S)({CALLED})\s*=\s*(\S+)")


def search_entries(entries: Iterable[LibraryEntry], text: str) -> list[LibraryEntry]:
    """Returns the entries that match all of the text: each setting (`dim=64`, `ω = .2`, `learning rate=0.1`) exactly,
    and each other word in name, tags, note or data, or as the value of a setting (`clip`)."""
    text = text.casefold()
    settings = [(KEYS[" ".join(name.split())], value) for name, value in SETTING.findall(text)]
    plain_words = re.sub(r"\s*=\s*", "=", SETTING.sub(" ", text)).split()
    return [
        entry
        for entry in entries
        if all(key in entry.settings and is_set_to(entry.settings[key], value) for key, value in settings)
        and all(mentions(entry, word) for word in plain_words)
    ]


def is_set_to(setting: Any, text: str) -> bool:
    """Compares numbers as numbers: .2 equals 0.20, and 6 does not match 64."""
    if isinstance(setting, bool):
        return SWITCHES.get(text) is setting
    if isinstance(setting, int | float):
        with contextlib.suppress(ValueError):
            return float(text) == float(setting)
        return False
    return str(setting).casefold() == text


def mentions(entry: LibraryEntry, word: str) -> bool:
    about = str(entry.about.get("about", ""))
    texts = (entry.name, *entry.notes.tags, entry.notes.note, entry.source, data_of(entry), about)
    values = (value for value in entry.settings.values() if isinstance(value, str))
    return word in "\n".join(texts).casefold() or any(word == value.casefold() for value in values)
