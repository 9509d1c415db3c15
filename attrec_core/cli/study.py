"""`study KIND DATA --out FOLDER`: compares systems or settings on your own data, with several seeds."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrec_core import data
from attrec_core.cli.arguments import Commands, add_command
from attrec_core.cli.data import add_data, named, reading_options
from attrec_core.cli.output import answer, flag, remark
from attrec_core.cli.settings import add_model, take_class
from attrec_core.config import PRESETS
from attrec_core.data import importing, offers
from attrec_core.data.options import Options, arguments_of
from attrec_core.data.windows import leave_one_out, repeated_targets, temporal
from attrec_core.errors import InputError, as_input_error, count_of
from attrec_core.runs.protocol import FITS, KINDS, LOSSES
from attrec_core.runs.studies import RESULTS, Study, check_place, entry_files
from attrec_core.runs.time_left import about
from attrec_core.runs.unfinished import trained_alone
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.read_errors import json_object, read_errors
from attrec_core.views.does_it_hold.tables import as_html, markdown, side_by_side

RESUMES = "If it is interrupted, the same command resumes it."


def add(subs: Commands) -> None:
    about = "compare systems, or settings of AttRec, on your own data"
    command = add_command(subs, "study", study, about, add_kind, partial(add_data, may_lack=True))
    sentence = "instead of DATA: each of the paper's data sets that was downloaded, with its filter; one table of all"
    command.add_argument("--paper", action="store_true", help=sentence)
    sentence = "folder of the study; an unfinished one is resumed"
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=sentence)
    command.add_argument("--seeds", type=int, default=5, metavar="N", help="trainings of each line (default: 5)")
    command.add_argument("--jobs", type=int, default=1, metavar="N", help="trainings at the same time (default: 1)")
    sentence = "settings from which each system is chosen (default: 8)"
    command.add_argument("--budget", type=int, default=8, metavar="N", help=sentence)
    sentence = "only these lines of the table, separated by commas"
    command.add_argument("--systems", default="", metavar="NAMES", help=sentence)
    add_model(command, "FILE.py:Class: a model of your own, which becomes a line of table2", metavar="FILE.py:Class")
    sentence = "shuffled: each history in random order"
    command.add_argument("--order", choices=("as-it-is", "shuffled"), default="as-it-is", help=sentence)
    sentence = "leave-one-out, or temporal: one point in time separates training and test for all users"
    command.add_argument("--split", choices=("leave-one-out", "temporal"), default="leave-one-out", help=sentence)
    sentence = "the preset to start from (default: the one of the paper's two that suits the data)"
    command.add_argument("--preset", choices=sorted(PRESETS), help=sentence)
    sentence = "loss for the studies that vary a part or a setting: hinge (the paper's) or softmax"
    command.add_argument("--loss", choices=LOSSES, default="hinge", help=sentence)
    sentence = "whether the model that is tested is fitted once more, with the validation items (default), or not"
    command.add_argument("--fit", choices=FITS, default=FITS[0], help=sentence)
    sentence = "print the number of trainings and their estimated time, and start none"
    command.add_argument("--estimate", action="store_true", help=sentence)


def add_kind(command: argparse.ArgumentParser) -> None:
    sentence = (
        "table2: all systems; ablation, omega, window, dim: what the paper varies; taste: the user's own vector or own "
        "items; auto: settings found beside the presets"
    )
    command.add_argument("kind", choices=KINDS, help=sentence)


def study(options: argparse.Namespace) -> int:
    """Returns the exit code."""
    for name in ("seeds", "jobs", "budget"):
        if (value := getattr(options, name)) < 1:
            raise InputError("below_one", "{name} must be 1 or more, not {value}.", setting=name, value=value)
    options.own = take_class(options)
    if options.model is not None and not options.own:
        text = "{name} takes FILE.py:Class, a model of your own; {name:systems} chooses other systems."
        raise InputError("clash", text, setting="own_model")
    if options.paper == (options.data is not None):
        raise InputError("data_or_paper", "Name either DATA or {name}.", setting="paper")
    reading = reading_options(options)
    if options.paper:
        if flags := arguments_of(reading):
            text = "{name} reads each data set as the paper does; leave out {flags}."
            raise InputError("clash", text, setting="paper", flags=" ".join(flags))
        return studies_of_paper(options)
    if options.estimate:
        cost = OneStudy(options, options.data, reading).estimate()
        answer(options, cost, [cost["sentence"]])
        return 0
    with StudyBar() as progress:
        check_place(options.out)
        result = OneStudy(options, options.data, reading).run(options.out, progress)
    answer(options, {"study": str(options.out), **results_in(options.out)}, [markdown(result)])
    return 0


def studies_of_paper(options: argparse.Namespace) -> int:
    """Runs or estimates a study of each of the paper's data sets that was downloaded. A data set that cannot be read is
    left out, and the exit code says so. The results of all are in one table, KIND.md. Raises InputError if none is
    left."""
    downloaded = offers.in_cache()
    if not downloaded:
        text = "None of the paper's data sets has been downloaded; `download NAME` gets one of: {known}."
        raise InputError("none_in_cache", text, known=", ".join(offers.TWELVE))
    remark(f"{len(downloaded)} of the paper's {len(offers.TWELVE)} data sets are here: {', '.join(downloaded)}.")
    facts: dict[str, Any] = {}
    texts, failed, done = [], {}, []
    if not options.estimate:
        for name in downloaded:  # a folder that is refused is refused before the first study, which may take hours
            check_place(options.out / name)
    for name, path in downloaded.items():
        try:
            one, out = OneStudy(options, path, offers.options_of(name)), options.out / name
            if options.estimate:
                facts[name] = one.estimate()
                texts.append(f"{name}: {facts[name]['sentence']}")
            else:
                done.append(one.run(out, StudyBar(), paper_set=offers.row_of(name).name))
                facts[name] = results_in(out)
                # Written after each data set, since all of them may take days.
                atomic_write(options.out / f"{options.kind}.md", side_by_side(done).encode())
                texts = [side_by_side(done)]
        except (InputError, OSError) as error:
            failed[name] = as_input_error(error)
            remark(f"{name} is left out: {failed[name].sentence(flag)}")
    if not facts:
        raise InputError("none_read", "None of these data sets can be read: {names}.", names=", ".join(failed))
    left_out = {"left_out": {name: error.sentence(flag) for name, error in failed.items()}} if failed else {}
    answer(options, {"studies": facts, **left_out}, texts)
    if failed:
        remark(f"Left out, since they cannot be read: {', '.join(failed)}.")
    return 2 if failed else 0


class StudyBar(contextlib.AbstractContextManager["StudyBar"]):
    """The progress bar of a study in a terminal; it appears with the first report."""

    def __init__(self) -> None:
        self.bar: Any = None

    def begins(self, costs: Sequence[float]) -> None:
        """Does nothing: the bar measures by itself."""

    def trained(self, done: int, total: int, label: str) -> None:
        from tqdm import tqdm

        if self.bar is None:
            self.bar = tqdm(total=total, initial=done, mininterval=0.1 if sys.stderr.isatty() else 10.0, desc="study")
        self.bar.set_description(label, refresh=False)
        self.bar.update(done - self.bar.n)

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()


class OneStudy:
    """A study of one data set: its data, its preset and its lines."""

    def __init__(self, options: argparse.Namespace, path: Path, reading: Options) -> None:
        """Reads the data, gives it a name, and puts each history in random order if --order asks for that."""
        interactions = named(data.read(path, reading), path)
        # torch takes more than a second to import; bad input is found before that.
        from attrec_core.training.study.lines import lines_of
        from attrec_core.training.study.study import shuffled

        self.options = options
        self.data = shuffled(interactions) if options.order == "shuffled" else interactions
        self.preset = options.preset or importing.preset_of(importing.counts_of(self.data))
        systems = [name.strip() for name in options.systems.split(",") if name.strip()]
        self.lines = lines_of(
            options.kind, self.preset, options.budget, systems, options.loss, options.fit, options.own
        )

    def estimate(self) -> dict[str, Any]:
        """Returns how many trainings the study has, and how long they take."""
        from attrec_core.training.study.lines import amount, line_costs

        costs = [seconds for line in self.lines for seconds in line_costs(self.data, line, self.options.seeds)]
        sentence = f"{amount(self.lines, len(costs))}: {about(sum(costs))}."
        return {"trainings": len(costs), "seconds": sum(costs), "sentence": sentence}

    def run(self, out: Path, progress: StudyBar, paper_set: str = "") -> Study:
        """Runs the study and writes its tables to the folder `out`. paper_set: the paper's name of the data set, if
        any."""
        from attrec_core.training.study.lines import amount, line_costs
        from attrec_core.training.study.study import joined, protocol_for, run_study, trainings_done

        options, lines = self.options, self.lines
        split = temporal(self.data) if options.split == "temporal" else leave_one_out(self.data)
        ways = {name: getattr(options, name) for name in ("seeds", "budget", "split", "loss", "fit")}
        ways |= {"preset": self.preset, "tested": len(split.evaluated), "paper_set": paper_set}
        tested = split.interactions
        ways["repeats"] = repeated_targets(tested.items, tested.starts, split.evaluated)
        ways["order"] = options.order.replace("as-it-is", "as it is")
        protocol = joined(protocol_for(self.data, options.kind, **ways), out)
        remark(protocol.sentence)
        done = trainings_done(out, lines, protocol.seeds)
        trainings = sum(line.trainings(protocol.seeds) for line in lines)
        already = f", of which {sum(done):,} {'is' if sum(done) == 1 else 'are'} done" if sum(done) else ""
        if others := len({file.stem for file in entry_files(out)} - {line.key for line in lines}):  # of earlier calls
            already += f"; the study has {count_of(others, 'other line')} already"
        remark(f"{amount(lines, trainings)}{already}.")
        try:
            if sum(done) < trainings:
                remark(f"{RESUMES} Estimating how long it takes …")
                costs = [line_costs(self.data, line, protocol.seeds) for line in lines]
                left = sum(sum(seconds[count:]) for seconds, count in zip(costs, done, strict=True))
                remark(f"It takes {about(left)}{', one training at a time' if options.jobs > 1 else ''}.")
                progress.begins([seconds for line in costs for seconds in line])
            how = {"jobs": options.jobs, "own": options.own, "on_progress": progress.trained}
            with trained_alone(out, out):
                result = run_study(split, lines, protocol, out, **how)
        except KeyboardInterrupt:
            text = "the trainings that were done are kept, and the same command resumes the study"
            raise KeyboardInterrupt(text) from None
        atomic_write(out / "table.md", markdown(result).encode())
        atomic_write(out / "table.html", as_html(result).encode())
        return result


def results_in(folder: Path) -> dict[str, Any]:
    with read_errors(folder / RESULTS, "study"):
        return json_object((folder / RESULTS).read_bytes())
