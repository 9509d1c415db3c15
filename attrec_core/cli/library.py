"""Runs and data sets in the workspace: `runs`, `rename`, `delete`, `restore`, `empty-trash`, `pack`, `unpack`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from attrec_core.cli.arguments import A_RUN, Commands, NewFile, add_command, add_json, run_folder
from attrec_core.cli.output import answer, remark
from attrec_core.config import PAPER
from attrec_core.errors import InputError, count_of, in_bytes, shown
from attrec_core.jobs.queue import Queue
from attrec_core.runs.history import leading
from attrec_core.runs.library import rename_and_trash
from attrec_core.runs.library.listing import (
    ORDERS,
    list_data_sets,
    list_runs,
    search_entries,
    sort_entries,
    weights_fingerprint,
)
from attrec_core.runs.library.names import library_folder
from attrec_core.runs.library.records import LibraryEntry, Trashed
from attrec_core.runs.library.rename_and_trash import list_trash
from attrec_core.runs.library.words import data_of
from attrec_core.runs.library.zips import pack_to, unpack_zip
from attrec_core.runs.systems import not_the_papers
from attrec_core.storage.atomic_folder import DATA_SET, RUN, Kind
from attrec_core.storage.workspace import home
from attrec_core.views.runs.words import back_sentence


def add(subs: Commands) -> None:
    command = add_command(subs, "runs", runs, "list the runs in the workspace, with their metrics", add_kind)
    command.add_argument("--search", default="", metavar="TEXT", help="words, and settings such as d=64")
    command.add_argument("--sort", choices=ORDERS, default="created", metavar="BY", help=", ".join(ORDERS))
    command.add_argument("--trash", action="store_true", help="list what was deleted")

    command = add_command(subs, "rename", rename, "rename a run", add_kind)
    command.add_argument("name", metavar="NAME")
    command.add_argument("new", metavar="NEW")
    command = add_command(subs, "delete", delete, "move a run to the trash", add_kind)
    command.add_argument("name", metavar="NAME")
    command = add_command(subs, "restore", restore, "restore a run from the trash", add_kind)
    command.add_argument("name", metavar="NAME", help="its name, or its id in `runs --trash`")
    command.add_argument("--name", dest="called", metavar="NEW", help="its new name")
    command = add_command(subs, "empty-trash", empty_trash, "permanently delete everything in the trash", add_kind)
    command.add_argument("--yes", action="store_true", help="do not ask (required where there is no terminal)")

    command = add_command(subs, "pack", pack, "write a run as one .zip", add_kind)
    command.add_argument("run", metavar="RUN", help=A_RUN)
    command.add_argument("--out", action=NewFile, required=True, metavar="FILE.zip")
    command = add_command(subs, "unpack", unpack, "check a run in a .zip and import it into the workspace", add_kind)
    command.add_argument("file", type=Path, metavar="FILE.zip")
    command.add_argument("--name", dest="called", metavar="NEW", help="its new name")


def add_kind(command: argparse.ArgumentParser) -> None:
    """Adds --data, which chooses the kind, and --json."""
    about = "a data set instead of a run"
    command.add_argument("--data", dest="kind", action="store_const", const=DATA_SET, default=RUN, help=about)
    add_json(command)


def runs(options: argparse.Namespace) -> None:
    """Lists the runs (or data sets) in the workspace, or in the trash."""
    kind, matches = options.kind, ""
    if options.trash and (options.search or options.sort != "created"):
        text = "{name} lists everything in the trash; leave out {name:search} and {name:sort}."
        raise InputError("clash", text, setting="trash")
    if options.trash:
        location, trashed = "in the trash", list_trash(home(), kind)
        rows = [trashed_row(entry) for entry in trashed]
        lines = [f"{date(each.deleted)}  {in_bytes(each.size):>10}  {each.name}  ({each.id})" for each in trashed]
    else:
        location = f"in {library_folder(home(), kind)}"
        entries = list_runs(home()) if kind is RUN else list_data_sets(home())
        matches = f" that matches {shown(options.search)}" if entries and options.search else ""
        entries = sort_entries(search_entries(entries, options.search), options.sort)
        for entry in entries:
            if trouble := entry.fault or entry.remark:
                remark(trouble)
        rows, lines = [row(entry, kind) for entry in entries], [line(entry) for entry in entries if not entry.fault]
    facts = {"home": str(home().path), "trash" if options.trash else "found": rows}
    answer(options, facts, lines or [f"There is no {kind.name} {location}{matches}."])


def rename(options: argparse.Namespace) -> None:
    with while_unused(options, "renamed"):
        path = rename_and_trash.rename(home(), options.name, options.new, options.kind)
    answer(options, {"folder": str(path)}, [f"Renamed {options.name} to {path.name}."])


def delete(options: argparse.Namespace) -> None:
    with while_unused(options, "deleted"):
        trashed = rename_and_trash.delete(home(), options.name, options.kind)
    answer(options, trashed_row(trashed), [f"Moved {trashed.name} to the trash; `restore` brings it back."])


def while_unused(options: argparse.Namespace, deed: str) -> AbstractContextManager[None]:
    """Returns a context for a change of a data set, which raises InputError while a training needs the data set. A run
    needs no such protection. deed: what is done to it, such as "renamed"."""
    if options.kind is RUN:
        return contextlib.nullcontext()
    return Queue(home()).lock_unless_needed(home().data / options.name, deed)


def restore(options: argparse.Namespace) -> None:
    before = [entry.name for entry in list_trash(home(), options.kind) if options.name in (entry.id, entry.name)]
    path = rename_and_trash.restore(home(), options.name, options.called, options.kind)
    sentence = back_sentence(path.name, before[0] if before and options.called is None else None)
    answer(options, {"folder": str(path)}, [sentence])


def empty_trash(options: argparse.Namespace) -> None:
    """Permanently deletes the runs (or data sets) in the trash. Asks first, since they cannot be restored. Raises
    InputError when there is no terminal to ask on, or when the answer is no."""
    trashed = list_trash(home(), options.kind)
    if trashed and not options.yes:
        count = count_of(len(trashed), options.kind.name)
        if not sys.stdin.isatty():
            text = "{count} would be deleted permanently; {choose} to empty the trash."
            raise InputError("not_confirmed", text, setting="yes", count=count)
        question = f"{count} will be deleted permanently. Empty the trash? [y/N] "
        print(question, end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
            raise InputError("not_confirmed", "Nothing was deleted.")
    removed = rename_and_trash.empty_trash(home(), None, options.kind)
    answer(options, {"removed": removed}, [f"{removed} deleted permanently."])


def pack(options: argparse.Namespace) -> None:
    folder = run_folder(options.run, options.kind)
    pack_to(folder, options.out, options.kind)
    size = options.out.stat().st_size
    answer(options, {"file": str(options.out), "size": size}, [f"Wrote {options.out} ({in_bytes(size)})."])


def unpack(options: argparse.Namespace) -> None:
    path = unpack_zip(options.file, home(), options.called, options.kind)
    answer(options, {"folder": str(path), "name": path.name}, [f"Imported {path.name} into the workspace: {path}"])


def row(entry: LibraryEntry, kind: Kind) -> dict[str, Any]:
    """Returns all facts about an entry, for JSON."""
    facts = dataclasses.asdict(entry)
    facts["path"] = str(entry.path)
    facts |= {"fault": None if entry.fault is None else str(entry.fault), "remark": str(entry.remark or "")}
    if kind is RUN and entry.fault is None:
        facts["fingerprint"] = weights_fingerprint(entry.path)
    return facts


def line(entry: LibraryEntry) -> str:
    sizes = f"{count_of(entry.sizes.users, 'user')} × {count_of(entry.sizes.items, 'item')}" if entry.sizes else ""
    values = [f"{key.upper()} {entry.metrics[key]:.4f}  " for key in leading(entry.sizes)] if entry.metrics else []
    tags = "".join(f"  #{tag}" for tag in entry.notes.tags)
    preset = "" if entry.preset in ("", PAPER) else f"preset “{entry.preset}”, not the paper's for this data"
    note = "".join(f"  ({words})" for words in (preset, not_the_papers(entry.settings)) if words)
    about = f"{''.join(values)}{sizes}  {data_of(entry)}  {entry.name}{note}{tags}"
    return f"{date(entry.created)}  {in_bytes(entry.size):>10}  {about}"


def trashed_row(entry: Trashed) -> dict[str, Any]:
    return dataclasses.asdict(entry) | {"path": str(entry.path)}


def date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
