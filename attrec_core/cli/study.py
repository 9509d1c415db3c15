"""`study KIND DATA --out FOLDER`: systems or settings compared on one's own data, with several seeds."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from attrec_core import data
from attrec_core.cli.arguments import Commands, add_command
from attrec_core.cli.data import add_data, reading_options
from attrec_core.cli.output import answer, remark
from attrec_core.config import PRESETS
from attrec_core.data import importing, paper
from attrec_core.data.options import Options
from attrec_core.data.windows import leave_one_out, temporal
from attrec_core.errors import InputError
from attrec_core.runs.studies import KINDS, RESULTS, Study
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.read_errors import json_object, read_errors
from attrec_core.views.does_it_hold.tables import as_html, markdown


def add(subs: Commands) -> None:
    about = "compare systems, or settings of AttRec, on your own data"
    command = add_command(subs, "study", study, about, add_kind, partial(add_data, may_lack=True))
    sentence = "instead of DATA: each of the paper's data sets that was downloaded, with its filter, a folder each"
    command.add_argument("--paper", action="store_true", help=sentence)
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder of the study; it goes on")
    command.add_argument("--seeds", type=int, default=5, metavar="N", help="trainings of each line (default: 5)")
    command.add_argument("--jobs", type=int, default=1, metavar="N", help="trainings at the same time (default: 1)")
    sentence = "settings from which each system is chosen (default: 8)"
    command.add_argument("--budget", type=int, default=8, metavar="N", help=sentence)
    sentence = "only these lines of the table, separated by commas"
    command.add_argument("--systems", default="", metavar="NAMES", help=sentence)
    command.add_argument(
        "--order", choices=("as-it-is", "shuffled"), default="as-it-is", help="shuffled: each history in random order"
    )
    sentence = "leave-one-out, or temporal: one moment parts training and test for everybody"
    command.add_argument("--split", choices=("leave-one-out", "temporal"), default="leave-one-out", help=sentence)
    sentence = "the paper's settings to start from (default: those that suit the data)"
    command.add_argument("--preset", choices=sorted(PRESETS), help=sentence)


def add_kind(command: argparse.ArgumentParser) -> None:
    sentence = (
        "table2: all systems; ablation, omega, window, dim: what the paper varies; auto: settings found beside the "
        "presets"
    )
    command.add_argument("kind", choices=KINDS, help=sentence)


def study(options: argparse.Namespace) -> None:
    for name in ("seeds", "jobs", "budget"):
        if getattr(options, name) < 1:
            value = getattr(options, name)
            raise InputError("below_one", "{name} must be 1 or more, not {value}.", setting=name, value=value)
    systems = [name.strip() for name in options.systems.split(",") if name.strip()]
    if options.paper == (options.data is not None):
        raise InputError("data_or_paper", "Name either DATA or {name}.", setting="paper")
    if not options.paper:
        result = studied(options, options.data, reading_options(options), options.out, systems)
        answer(options, {"study": str(options.out), **results_in(options.out)}, [markdown(result)])
        return
    there = paper.in_cache()
    if not there:
        text = "None of the paper's data sets has been downloaded; `download NAME` gets one of: {known}."
        raise InputError("none_in_cache", text, known=", ".join(paper.TWELVE))
    remark(f"{len(there)} of the paper's {len(paper.TWELVE)} data sets are here: {', '.join(there)}.")
    results = {
        name: studied(options, path, paper.options_of(name), options.out / name, systems, paper.row_of(name).name)
        for name, path in there.items()
    }
    facts = {"studies": {name: results_in(options.out / name) for name in results}}
    tables = [f"## {result.protocol.title}\n\n{markdown(result)}" for result in results.values()]
    answer(options, facts, tables)


def studied(
    options: argparse.Namespace, path: Path, chosen: Options, out: Path, systems: list[str], paper_set: str = ""
) -> Study:
    """One study with its tables, in a folder of its own. paper_set: which of the paper's data sets it is."""
    interactions = data.read(path, chosen)
    interactions = replace(interactions, name=interactions.name or path.absolute().name.partition(".")[0])
    counts = importing.counts_of(interactions)
    # torch takes more than a second to import; bad input is found before that.
    from attrec_core.training.study.beyond import shuffled
    from attrec_core.training.study.study import lines_of, protocol_for, run_study

    order = "shuffled" if options.order == "shuffled" else "as it is"
    if order == "shuffled":
        interactions = shuffled(interactions)
    split = temporal(interactions) if options.split == "temporal" else leave_one_out(interactions)
    lines = lines_of(options.kind, options.preset or importing.preset_of(counts), options.budget, systems)
    about = {"seeds": options.seeds, "budget": options.budget, "order": order, "split": options.split}
    protocol = protocol_for(interactions, options.kind, **about, paper_set=paper_set)
    remark(protocol.sentence)
    trainings = sum(line.trials + options.seeds for line in lines)
    remark(f"{len(lines)} lines, {trainings} trainings; interrupted, the same command goes on.")
    from tqdm import tqdm

    with tqdm(total=trainings, mininterval=0.1 if sys.stderr.isatty() else 10.0, desc="study") as bar:

        def progress(done: int, total: int, label: str) -> None:
            bar.set_description(label, refresh=False)
            bar.update(done - bar.n)

        result = run_study(split, lines, protocol, out, jobs=options.jobs, on_progress=progress)
    atomic_write(out / "table.md", markdown(result).encode())
    atomic_write(out / "table.html", as_html(result).encode())
    return result


def results_in(folder: Path) -> dict[str, Any]:
    with read_errors(folder / RESULTS, "study"):
        return json_object((folder / RESULTS).read_bytes())
