"""Inspecting data, importing it as a data set, and downloading public data: `inspect`, `import`, `download`."""

from __future__ import annotations

import argparse
import json
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

from attrec_core.cli.arguments import Commands, add_command, add_json, data_folder
from attrec_core.cli.output import answer, remark, show, writing
from attrec_core.data import data_sets, importing, offers
from attrec_core.data.causes import FILE as CAUSES
from attrec_core.data.causes import causes_beside
from attrec_core.data.formats import FORMATS
from attrec_core.data.interactions import Interactions
from attrec_core.data.offers import OFFERS, bytes_so_far, offer_of
from attrec_core.data.options import COLUMNS, DELIMITERS, OPTIONS, Columns, Options
from attrec_core.data.report import ImportReport
from attrec_core.errors import InputError
from attrec_core.storage.atomic_folder import DATA_SET, check_writable
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.workspace import check_may_change, home
from attrec_core.views.data import tables

SIGNS = {name: sign for sign, name in DELIMITERS.items()} | {"\\t": "\t"}
FORMAT_NAMES = [name for file_format in FORMATS for name in file_format.names]
GROUPS = {
    "reading": "how to read it (default: detected; a column by its name or its number from 1)",
    "keeping": "which rows to keep",
}


def add(subs: Commands) -> None:
    add_command(subs, "inspect", inspect, "show what a data file or folder contains", add_data)

    about = "read and filter data, and save it as a data set with a report"
    command = add_command(subs, "import", import_data, about, add_data)
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder to write the data set to")
    command.add_argument("--name", metavar="TEXT", help="name of the data set (default: the folder’s name)")
    about = "also write the report to this file, .txt or .json"
    command.add_argument("--report", type=Path, metavar="FILE", help=about)
    command.add_argument("--overwrite", action="store_true", help="replace an existing data set")

    names = textwrap.fill(f"data sets: {', '.join(OFFERS)}", 79, break_on_hyphens=False)
    whole: dict[str, Any] = {"epilog": names, "formatter_class": argparse.RawDescriptionHelpFormatter}
    command = add_command(subs, "download", download, "download a public data set", add_json, **whole)
    about = "which data set; saved in $ATTREC_CACHE or the user’s cache folder"
    command.add_argument("name", metavar="NAME", help=about)
    command.add_argument("--base-url", metavar="URL", help="another server that has the same files")
    about = "also import it with the paper’s filter, and compare it with Table 1"
    command.add_argument("--paper", action="store_true", help=about)
    about = "with --paper: where to write the data set (default: the workspace)"
    command.add_argument("--out", type=Path, metavar="FOLDER", help=about)
    command.add_argument("--overwrite", action="store_true", help="with --paper: replace an existing data set")


def named(interactions: Interactions, path: Path) -> Interactions:
    """Returns the interactions with the name of their file or folder, unless they have a name."""
    return replace(interactions, name=interactions.name or path.absolute().name.partition(".")[0])


def add_data(command: argparse.ArgumentParser, *, may_lack: bool = False) -> None:
    """Adds DATA and all options for reading it; options that are not given are detected. may_lack: DATA may be left
    out."""
    sentence = "a file or folder (also .zip or .gz), or a data set: its folder, or its name in the workspace"
    command.add_argument("data", type=data_folder, nargs="?" if may_lack else None, metavar="DATA", help=sentence)
    groups = {stage: command.add_argument_group(title) for stage, title in GROUPS.items()}
    for option in OPTIONS:
        about: dict[str, Any] = {"dest": option.key, "default": option.default, "help": option.sentence}
        if option.kind is bool and option.default is None:
            about["action"] = argparse.BooleanOptionalAction
        elif option.kind is bool:
            about["action"] = "store_true"
        elif option.kind is tuple:
            about |= {"action": "append", "default": [], "metavar": option.metavar}
        else:
            kind = decimal if option.kind is float else option.kind
            about |= {"type": kind, "choices": option.choices or None, "metavar": option.metavar}
        if option.key == "format":
            about |= {"choices": FORMAT_NAMES, "help": ", ".join(FORMAT_NAMES)}
        if option.key == "delimiter":
            # Takes the sign itself, or its name.
            about |= {"type": lambda text: SIGNS.get(text, text), "help": option.sentence + ", ".join(SIGNS)}
        groups[option.stage].add_argument(option.flag, **about)
    add_json(command)


def decimal(text: str) -> float:
    """Reads a number. A comma is refused: 1,000 may mean 1 or 1000."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number; write decimals with a point, as 2.5") from None


def reading_options(options: argparse.Namespace) -> Options:
    """Returns the options for reading the data. Raises InputError for an impossible choice."""
    chosen = {option.key: getattr(options, option.key) for option in OPTIONS}
    columns = Columns(**{role: chosen.pop(f"{role}_column") for role in COLUMNS})
    return Options(**{**chosen, "columns": columns, "events": tuple(chosen["events"])})


def inspect(options: argparse.Namespace) -> None:
    _, report = importing.import_data(options.data, reading_options(options))
    answer(options, facts_of(report), [report.text])


def facts_of(report: ImportReport) -> dict[str, Any]:
    """Returns a report for JSON, with its counts under the names that they had before there were reports."""
    counts = {name: getattr(report.counts, name) for name in ("users", "items", "interactions")}
    return counts | report.as_dict()


def import_data(options: argparse.Namespace) -> None:
    """Writes a data set to --out, and its report to stdout, into the data set, and to the file of --report if given."""
    check_writable(options.out, DATA_SET, overwrite=options.overwrite)
    chosen = reading_options(options)
    interactions, report = importing.import_data(options.data, chosen)
    causes = causes_beside(options.data, interactions)  # checked now, not first by a training
    kept = None if causes is None else (options.data / CAUSES).read_bytes()
    name = options.name or options.out.name
    data_sets.save(interactions, report, options.out, name, options=chosen, causes=kept, overwrite=options.overwrite)
    if options.report is not None:
        as_json = options.report.suffix.lower() == ".json"
        text = json.dumps(report.as_dict(), indent=1, ensure_ascii=False) if as_json else report.text
        with writing(options.report):
            atomic_write(options.report, f"{text}\n".encode())
        remark(f"Wrote {options.report}.")
    remark(f"Wrote {options.out}.")
    answer(options, {"data_set": str(options.out), **facts_of(report)}, [report.text])


def download(options: argparse.Namespace) -> None:
    """Downloads the files into the cache, and with --paper makes a data set of them. Prints the terms of use before the
    first request to the network."""
    name = options.name
    offer, row = offer_of(name), offers.row_of(name) if options.paper else None
    if row is None and (options.out is not None or options.overwrite):
        raise InputError("without_import", "{name:out} and {name:overwrite} are for a data set: add {name:paper}.")
    if row is not None:
        if options.out is None:
            check_may_change("Nothing is imported")
        out = options.out or home().data / name
        check_writable(out, DATA_SET, overwrite=options.overwrite)
    remark(offer.terms)
    path = downloaded(options)
    facts: dict[str, Any] = {"name": name, "file": str(path), "bytes": bytes_so_far(name)}
    if row is None:
        remark(f"To train on it: python -m attrec_core train {path} --out RUN.")
        show(facts, options.json)
        return
    chosen = offers.options_of(name)
    interactions, report = importing.import_data(path, chosen)
    data_sets.save(interactions, report, out, options=chosen, overwrite=options.overwrite)
    remark(f"Wrote {out}. To train on it: python -m attrec_core train {out} --out RUN.")
    facts |= {"data_set": str(out), **report.as_dict(), **report.counts.as_dict()}
    facts |= {"paper": row.counts.as_dict(), "sentence": row.sentence}
    table = tables.beside_paper(report.counts, row).to_string(index=False)
    answer(options, facts, [report.text, "", f"Compared with Table 1 of the paper ({row.name}):", table, row.sentence])


def downloaded(options: argparse.Namespace) -> Path:
    """Downloads the data set into the cache and returns its path; a bar shows how much of each file has arrived."""
    from tqdm import tqdm

    from attrec_core.data.downloads import download as fetch

    with tqdm(unit="B", unit_scale=True, desc=options.name, dynamic_ncols=True, delay=1e-3) as bar:

        def on_progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            return fetch(options.name, base=options.base_url, on_progress=on_progress)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("the part that was downloaded is kept, and the same command resumes it") from None
