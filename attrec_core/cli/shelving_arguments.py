"""What the commands about the shelf are told; `__main__.py` holds those of all others."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from attrec_core.cli import compare_runs
from attrec_core.cli import library as cli_library
from attrec_core.runs.library.listing import ORDERS


def add_shelf(subs: Any) -> None:
    """The commands, added to the subparsers of the command line."""
    runs = named(subs, "runs", cli_library.runs, "list the runs on the shelf, with their figures")
    runs.add_argument("--search", default="", metavar="TEXT", help="words, and settings such as d=64")
    runs.add_argument("--sort", choices=ORDERS, default="created", metavar="BY", help=", ".join(ORDERS))
    runs.add_argument("--trash", action="store_true", help="list what was deleted instead")

    rename = named(subs, "rename", cli_library.rename, "give a run on the shelf another name")
    rename.add_argument("name", metavar="NAME")
    rename.add_argument("new", metavar="NEW")
    delete = named(subs, "delete", cli_library.delete, "put a run into the trash")
    delete.add_argument("name", metavar="NAME")
    restore = named(subs, "restore", cli_library.restore, "take a run out of the trash")
    restore.add_argument("name", metavar="NAME", help="what it was called, or its id in `runs --trash`")
    restore.add_argument("--name", dest="called", metavar="NEW", help="what it is to be called")
    empty = named(subs, "empty-trash", cli_library.empty_trash, "remove for good what is in the trash")
    empty.add_argument("--yes", action="store_true", help="without asking, which only a terminal can be")

    pack = named(subs, "pack", cli_library.pack, "write a run as one .zip")
    pack.add_argument("run", type=Path, metavar="RUN", help="a folder, or a name on the shelf")
    pack.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    unpack = named(subs, "unpack", cli_library.unpack, "check a run in a .zip and put it on the shelf")
    unpack.add_argument("file", type=Path, metavar="FILE.zip")
    unpack.add_argument("--name", dest="called", metavar="NEW", help="what it is to be called")


def named(subs: Any, name: str, answer: Any, help_text: str) -> argparse.ArgumentParser:
    command = subs.add_parser(name, help=help_text)
    command.add_argument("--data", action="store_true", help="a data set instead of a run")
    command.add_argument("--json", action="store_true", help="answer as JSON")
    command.set_defaults(answer=answer)
    return command


def add_compare_runs(subs: Any) -> argparse.ArgumentParser:
    """Two runs side by side; the person and the window are added as for other commands."""
    command = subs.add_parser("compare-runs", help="two runs: settings, figures, and what each says of the same window")
    for letter in "ab":
        command.add_argument(f"run_{letter}", type=Path, metavar="RUN", help="a folder, or a name on the shelf")
    command.add_argument("--json", action="store_true", help="answer as JSON")
    command.set_defaults(answer=compare_runs.compare_runs)
    return command
