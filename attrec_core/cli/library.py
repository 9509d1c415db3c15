"""Runs and data sets on the shelf: `runs`, `rename`, `delete`, `restore`, `empty-trash`, `pack`, `unpack`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from attrec_core.cli.arguments import Commands, add_json
from attrec_core.cli.output import remark, show
from attrec_core.errors import InputError, in_bytes
from attrec_core.jobs.queue import Queue
from attrec_core.runs.library import rename_and_trash
from attrec_core.runs.library.data_words import data_of
from attrec_core.runs.library.listing import ORDERS, list_data_sets, list_runs, sort_entries, weights_fingerprint
from attrec_core.runs.library.names import entry_folder, library_folder
from attrec_core.runs.library.pack import pack_to
from attrec_core.runs.library.records import LibraryEntry, Trashed
from attrec_core.runs.library.rename_and_trash import list_trash, tidy
from attrec_core.runs.library.search import search_entries
from attrec_core.runs.library.unpack import unpack_zip
from attrec_core.storage.atomic_folder import DATA_SET, RUN, Kind, heal
from attrec_core.storage.workspace import home
from attrec_core.views.runs.words import back_sentence


def add(subs: Commands) -> None:
    command = add_command(subs, "runs", runs, "list the runs on the shelf, with their figures")
    command.add_argument("--search", default="", metavar="TEXT", help="words, and settings such as d=64")
    command.add_argument("--sort", choices=ORDERS, default="created", metavar="BY", help=", ".join(ORDERS))
    command.add_argument("--trash", action="store_true", help="list what was deleted instead")

    command = add_command(subs, "rename", rename, "give a run on the shelf another name")
    command.add_argument("name", metavar="NAME")
    command.add_argument("new", metavar="NEW")
    command = add_command(subs, "delete", delete, "put a run into the trash")
    command.add_argument("name", metavar="NAME")
    command = add_command(subs, "restore", restore, "take a run out of the trash")
    command.add_argument("name", metavar="NAME", help="what it was called, or its id in `runs --trash`")
    command.add_argument("--name", dest="called", metavar="NEW", help="what it is to be called")
    command = add_command(subs, "empty-trash", empty_trash, "remove for good what is in the trash")
    command.add_argument("--yes", action="store_true", help="without asking, which only a terminal can be")

    command = add_command(subs, "pack", pack, "write a run as one .zip")
    command.add_argument("run", type=Path, metavar="RUN", help="a folder, or a name on the shelf")
    command.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    command = add_command(subs, "unpack", unpack, "check a run in a .zip and put it on the shelf")
    command.add_argument("file", type=Path, metavar="FILE.zip")
    command.add_argument("--name", dest="called", metavar="NEW", help="what it is to be called")


def add_command(
    subs: Commands, name: str, answer: Callable[[argparse.Namespace], None], help_text: str
) -> argparse.ArgumentParser:
    command = subs.add_parser(name, help=help_text)
    command.add_argument("--data", action="store_true", help="a data set instead of a run")
    add_json(command)
    command.set_defaults(answer=answer)
    return command


def runs(options: argparse.Namespace) -> None:
    """What stands on the shelf, or lies in the trash."""
    kind = kind_of(options)
    if options.trash:
        gone = list_trash(home(), kind)
        return listing(options, kind, [trashed_row(one) for one in gone], [trashed_line(one) for one in gone])
    entries = list_runs(home()) if kind is RUN else list_data_sets(home())
    found = sort_entries(search_entries(entries, options.search), options.sort)
    for one in found:
        if one.fault or one.remark:
            remark(one.fault or one.remark)
    return listing(options, kind, [row(one, kind) for one in found], [line(one) for one in found if not one.fault])


def rename(options: argparse.Namespace) -> None:
    with spared(options, "renamed"):
        path = rename_and_trash.rename(home(), options.name, options.new, kind_of(options))
    answer(options, f"{options.name} is called {path.name} now.", {"folder": str(path)})


def delete(options: argparse.Namespace) -> None:
    with spared(options, "deleted"):
        gone = rename_and_trash.delete(home(), options.name, kind_of(options))
    said = f"{gone.name} is in the trash; `restore` takes it back."
    answer(options, said, trashed_row(gone))


def spared(options: argparse.Namespace, deed: str) -> AbstractContextManager[None]:
    """A data set stays as it is while a training needs it; raises InputError then."""
    return Queue(home()).sparing(home().data / options.name, deed) if options.data else contextlib.nullcontext()


def restore(options: argparse.Namespace) -> None:
    found = next((one for one in list_trash(home(), kind_of(options)) if options.name in (one.id, one.name)), None)
    path = rename_and_trash.restore(home(), options.name, options.called, kind_of(options))
    said = back_sentence(path.name, found.name if found and options.called is None else None)
    answer(options, said, {"folder": str(path)})


def empty_trash(options: argparse.Namespace) -> None:
    """Asks first: nothing brings back what is gone. Raises InputError where nobody can be asked, or who was asked says
    no."""
    gone = list_trash(home(), kind_of(options))
    if gone and not options.yes:
        count = f"{len(gone)} {kind_of(options).name}{'s' * (len(gone) > 1)}"
        if not sys.stdin.isatty():
            text = "{count} would be gone for good; {choose} to remove what is in the trash."
            raise InputError("not_confirmed", text, setting="yes", count=count)
        print(
            f"{count} will be gone for good. Remove what is in the trash? [y/N] ", end="", file=sys.stderr, flush=True
        )
        if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
            raise InputError("not_confirmed", "Nothing was removed.")
    count = rename_and_trash.empty_trash(home(), None, kind_of(options))
    tidy(home())
    answer(options, f"{count} removed for good.", {"removed": count})


def pack(options: argparse.Namespace) -> None:
    folder = run_folder(options.run, kind_of(options))
    pack_to(folder, options.out, kind_of(options))
    size = options.out.stat().st_size
    answer(options, f"Wrote {options.out} ({in_bytes(size)}).", {"file": str(options.out), "size": size})


def unpack(options: argparse.Namespace) -> None:
    path = unpack_zip(options.file, home(), options.called, kind_of(options))
    answer(options, f"{path.name} stands on the shelf: {path}", {"folder": str(path), "name": path.name})


def run_folder(named: Path, kind: Kind = RUN) -> Path:
    """A run as it is named: a folder, or the name of one on the shelf. Raises InputError where there is neither."""
    heal(named)
    if (named / kind.mark).is_file():
        return named
    with contextlib.suppress(InputError):
        return entry_folder(home(), str(named), kind)
    if named.is_dir():
        return named  # and what is wrong with it is said when it is opened
    text = "There is no {kind} at {path}, and none of that name in {folder}."
    raise InputError("no_entry", text, kind=kind.name, path=named, folder=library_folder(home(), kind))


def kind_of(options: argparse.Namespace) -> Kind:
    return DATA_SET if options.data else RUN


def answer(options: argparse.Namespace, said: str, facts: dict[str, Any]) -> None:
    if options.json:
        show(facts, True)
    else:
        print(said)


def listing(options: argparse.Namespace, kind: Kind, rows: list[dict[str, Any]], lines: list[str]) -> None:
    if options.json:
        return show({"home": str(home().path), "trash" if options.trash else "found": rows}, True)
    where = "in the trash" if options.trash else f"in {library_folder(home(), kind)}"
    return print("\n".join(lines) or f"There is no {kind.name} {where}.")


def row(one: LibraryEntry, kind: Kind) -> dict[str, Any]:
    """All that is known, for JSON."""
    facts = dataclasses.asdict(one)
    facts["path"] = str(one.path)
    facts |= {"fault": None if one.fault is None else str(one.fault), "remark": str(one.remark or "")}
    if kind is RUN and one.fault is None:
        facts["fingerprint"] = weights_fingerprint(one.path)
    return facts


def line(one: LibraryEntry) -> str:
    sizes = f"{one.sizes.users:,} users × {one.sizes.items:,} items" if one.sizes else ""
    figures = f"HR@50 {one.metrics['hr@50']:.4f}  MRR {one.metrics['mrr']:.4f}  " if one.metrics else ""
    tags = "".join(f"  #{tag}" for tag in one.notes.tags)
    return f"{date(one.created)}  {in_bytes(one.size):>10}  {figures}{sizes}  {data_of(one)}  {one.name}{tags}"


def trashed_row(one: Trashed) -> dict[str, Any]:
    return dataclasses.asdict(one) | {"path": str(one.path)}


def trashed_line(one: Trashed) -> str:
    return f"{date(one.deleted)}  {in_bytes(one.size):>10}  {one.name}  ({one.id})"


def date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
