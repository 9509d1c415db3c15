"""`study KIND DATA --out FOLDER`: systems or settings compared on one's own data, with several seeds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from attrec_core import data
from attrec_core.cli.arguments import Commands, add_command
from attrec_core.cli.data import add_data, reading_options
from attrec_core.cli.output import remark
from attrec_core.config import PRESETS
from attrec_core.data import importing
from attrec_core.data.report import Counts
from attrec_core.data.windows import leave_one_out, temporal
from attrec_core.errors import InputError
from attrec_core.runs.studies import KINDS


def add(subs: Commands) -> None:
    about = "compare systems, or settings of AttRec, on your own data"
    command = add_command(subs, "study", study, about, add_kind, add_data)
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
    interactions = data.read(options.data, reading_options(options))
    counts = Counts(interactions.n_users, interactions.n_items, interactions.n_interactions)
    # torch takes more than a second to import; bad input is found before that.
    from attrec_core.training.study.beyond import shuffled
    from attrec_core.training.study.study import lines_of, protocol_for, run_study

    order = "shuffled" if options.order == "shuffled" else "as it is"
    if order == "shuffled":
        interactions = shuffled(interactions)
    split = temporal(interactions) if options.split == "temporal" else leave_one_out(interactions)
    lines = lines_of(options.kind, options.preset or importing.preset_of(counts), options.budget, systems)
    protocol = protocol_for(
        interactions, options.kind, seeds=options.seeds, budget=options.budget, order=order, split=options.split
    )
    remark(protocol.sentence)
    trainings = sum(line.trials + options.seeds for line in lines)
    remark(f"{len(lines)} lines, {trainings} trainings; interrupted, the same command goes on.")
    from tqdm import tqdm

    with tqdm(total=trainings, mininterval=0.1 if sys.stderr.isatty() else 10.0, desc="study") as bar:

        def progress(done: int, total: int, label: str) -> None:
            bar.set_description(label, refresh=False)
            bar.update(done - bar.n)

        result = run_study(split, lines, protocol, options.out, jobs=options.jobs, on_progress=progress)
    from attrec_core.views.does_it_hold.tables import markdown

    text = markdown(result)
    (options.out / "table.md").write_text(text, encoding="utf-8")
    print(text)
