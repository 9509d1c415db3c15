"""Training a run from data, and evaluating it: `train`, `estimate`, `maps`, `evaluate`."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from attrec_core import data
from attrec_core.cli import settings
from attrec_core.cli.arguments import A_RUN, Commands, RunFolder, add_command, add_json, add_run
from attrec_core.cli.data import add_data, named, reading_options
from attrec_core.cli.facts import remark_on, remark_on_repeats
from attrec_core.cli.output import flag, remark, show
from attrec_core.cli.progress_bar import ProgressBar
from attrec_core.config import AUTO, PAPER
from attrec_core.data import importing, remarks
from attrec_core.data.causes import Causes, causes_beside
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError, count_of
from attrec_core.explain.maps import add_maps
from attrec_core.jobs.worker import JobProgress, running_job
from attrec_core.runs import run as runs_run
from attrec_core.runs.candidates import may_change
from attrec_core.runs.history import epochs_of
from attrec_core.runs.library.words import origin_of
from attrec_core.runs.load import check_shape, load
from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.unfinished import (
    RACE,
    discard_race,
    fingerprint_of,
    is_begun,
    is_kept,
    race_of,
    training_errors,
    training_size,
    would_be_lost,
)
from attrec_core.storage.atomic_folder import RUN, check_room, check_writable
from attrec_core.storage.workspace import SAMPLE_DATA, home

if TYPE_CHECKING:
    from attrec_core.training.fit import CheckpointStore
    from attrec_core.training.study.auto import Found

Progress = JobProgress | ProgressBar
CHANGED = 1e-3  # a larger difference of the MRR is not due to rounding on another machine


def add(subs: Commands) -> None:
    about, epilog = "train a model and save it as a run", settings.settings_help()
    command = add_command(subs, "train", train, about, add_data, **epilog)
    command.add_argument("--out", type=Path, metavar="RUN", help="folder to write the run to")
    command.add_argument("--overwrite", action="store_true", help="replace an existing run")
    command.add_argument("--resume", action="store_true", help="continue an interrupted training of RUN")
    settings.add_settings(command)
    command.add_argument("--job", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)  # of this training's job

    about = "estimate how long a training takes, from a few real steps"
    command = add_command(subs, "estimate", estimate, about, add_data, settings.add_settings, **epilog)
    command.set_defaults(resume=False)

    about = "compute the maps of a run that has none"
    command = add_command(subs, "maps", lay_out_maps, about, add_json)
    command.add_argument("run", action=RunFolder, metavar="RUN", help=A_RUN)
    command.add_argument("--overwrite", action="store_true", help="also if the run already has maps")

    command = add_command(subs, "evaluate", evaluate, "compute the metrics on the test items again", add_run)
    settings.add_model(command, settings.CLASS_AGAIN)


def train(options: argparse.Namespace) -> None:
    if options.out is None:
        text = "Name the folder of the run, for example: python -m attrec_core train {data} --out {out}"
        out = home().runs / options.data.absolute().name.partition(".")[0]
        out = out.relative_to(Path.cwd()) if out.is_relative_to(Path.cwd()) else out
        given = shlex.quote(str(options.data))
        raise InputError("no_out", text, setting="out", data=given, out=shlex.quote(str(out)))
    if "WORLD_SIZE" not in os.environ:
        train_and_report(options)
        return
    from attrec_core.training.engine import join_processes

    with join_processes() as together:
        is_first = together.is_first
        if is_first:
            train_and_report(options, together.begins)
        elif together.begins():
            train_along(options)
    if not is_first:
        # This process keeps nothing. A usual exit sometimes aborts in torch's threads, and torchrun then fails.
        os._exit(0)


def train_along(options: argparse.Namespace) -> None:
    """Trains with the first of several processes, which alone reports and writes."""
    from attrec_core.training.fit import Callbacks, fit, nothing
    from attrec_core.training.train_run import start_from

    training = Training(options, keeps=False)
    start = start_from(training.earlier, training.data, training.configs[0]) if training.earlier else nothing
    fit(leave_one_out(training.data), *training.configs, Callbacks(start=start))


def train_and_report(options: argparse.Namespace, on_start: Callable[[], object] = lambda: None) -> None:
    """Trains a run and writes it to --out; a resumed one may be there already. on_start: called once all checks have
    passed."""
    with running_job(options.job, options.out) if options.job else ProgressBar() as progress:
        settings.take_class(options)
        training = Training(options)
        if training.there is None and (among := training.among):
            training.race_for_settings(progress, among)
        if training.there is not None and training.made(training.there):
            run = training.there
            remark(f"The training of {options.out} is already complete; there is nothing to resume.")
            progress.wrote(run)
        else:
            run = training.train(progress, on_start)
        discard_race(options.out)
    remark_on_repeats(run)
    facts = {"best_epoch": run.history["best_epoch"], "engine": run.history.get("engine", "torch")}
    show({"run": str(options.out), **facts, **run.metrics}, options.json)


class Training:
    """An unfinished run: what it learns from, and how."""

    def __init__(self, options: argparse.Namespace, *, keeps: bool = True) -> None:
        """Checks the settings, reads the data, and the run that the training starts from. keeps: whether this process
        writes the run."""
        self.options, self.out, reading = options, options.out, reading_options(options)
        settings_for, self.there = settings.chosen_settings(options)  # there: the run that a resumed training finds
        if keeps and not options.resume:
            check_writable(options.out, RUN, overwrite=options.overwrite)
            if is_begun(options.out) and not options.overwrite:
                raise would_be_lost(options.out.resolve())
        rows = importing.rows(options.data, reading)
        data, _ = importing.interactions_of(rows, reading)
        if options.data.resolve() != SAMPLE_DATA.resolve():  # a run of the sample is recognised by its description
            data = named(data, options.data)
        # Sentences about choices of reading that nobody made.
        self.data, self.choices = data, tuple(remarks.of_choices(rows, data, reading))
        self.configs = settings_for(data)
        self.race: Found | None = None  # which found the settings
        self.earlier = None if options.from_run is None else load(options.from_run, whole=True)  # it starts from this
        self.started_from = "" if self.earlier is None else self.earlier.fingerprint

    @property
    def is_unsure(self) -> bool:
        """Whether the paper's preset is chosen for the data, by a rule that may choose the worse one."""
        options = self.options
        is_ours = options.model in (None, "attrec") and options.from_run is None and "WORLD_SIZE" not in os.environ
        return is_ours and options.preset in (None, PAPER) and importing.is_unsure(importing.counts_of(self.data))

    @property
    def among(self) -> str:
        """What a race chooses from: AUTO, PAPER for its two presets, or "" without a race. Only --auto continues
        a race among all settings (else: InputError); once it is over, its log alone is read."""
        if self.options.resume and not self.options.auto and (file := race_of(self.out) / RACE).is_file():
            from attrec_core.training.study.auto import race_in

            with training_errors(file):
                among = str(race_in(file)[0]["among"])
            if among == AUTO and not is_kept(self.out):
                text = "The race for the settings of {out} is not over: add {name:auto}."
                raise InputError("clash", text, setting="auto", out=self.out)
            return among
        return AUTO if self.options.auto else PAPER if self.is_unsure else ""

    def race_for_settings(self, progress: Progress, among: str) -> None:
        """Finds the settings by a race. among: AUTO; or PAPER for the paper's two presets."""
        options = self.options
        self.check_room()
        if among == AUTO:
            remark(may_change(settings.typed_settings(options), timed=options.minutes is not None))
        from attrec_core.training.study.auto import settings_found

        try:
            self.race = settings_found(
                self.data,
                self.out,
                settings.typed_settings(options),
                among=among,
                goes_on=options.resume,
                with_maps=not options.no_maps,
                minutes=options.minutes,
                on_stage=progress.stage,
                on_progress=progress.race,
            )
        except KeyboardInterrupt:
            if not is_begun(self.out):
                raise
            raise KeyboardInterrupt("what was compared is kept, and --resume continues it") from None
        self.configs = self.race.configs

    def check_room(self) -> None:
        """Raises InputError when the disk has no room for the training. A race asks for more when it begins."""
        if not (self.options.resume and is_kept(self.out)):  # a kept checkpoint has its room already
            check_room(self.out, training_size(self.configs, self.data), "the training")

    def made(self, run: Run) -> bool:
        """Whether a run is the result of this training."""
        (model, train), used = self.configs, run.system.used
        made_by = run.train_config, run.history.get("from", {}).get("fingerprint", "")
        is_same = run.trained_here and made_by == (train, self.started_from) and used(run.model_config) == used(model)
        return is_same and fingerprint_of(run.interactions) == fingerprint_of(self.data)

    def train(self, progress: Progress, on_start: Callable[[], object]) -> Run:
        """Trains, or resumes, and writes the run in place of what is kept of the unfinished training."""
        options, out, (model, train) = self.options, self.out, self.configs
        self.check_room()
        progress.settings(train, importing.counts_of(self.data))
        causes = self.describe()
        # torch takes more than a second to import; bad input is found before that.
        from attrec_core.training.fit import Callbacks, training_at
        from attrec_core.training.train_run import train_run

        how = {"resume": options.resume, "overwrite": options.overwrite, "earlier": self.started_from}
        with training_at(out, self.data, self.configs, **how, on_trouble=progress.trouble) as store:
            on_start()
            if self.race is not None and self.race.state is not None and not store.exists:
                store.adopt(self.race.state)
            told = Callbacks(progress.epoch, progress.stage, progress.plan, store=store)
            with_maps = not options.no_maps
            try:
                run = train_run(self.data, model, train, told, self.earlier, causes, with_maps=with_maps)
            except InputError as error:
                if error.code == "diverged":
                    store.discard()  # a resumed training would diverge again
                raise
            progress.writing()
            if self.race is not None:
                run = replace(run, history={**run.history, "auto": self.race.as_dict()})
            save(run, out, store, progress)
            progress.wrote(run)
            store.discard()
        remark(f"Wrote {out}.")
        return run

    def describe(self) -> Causes | None:
        """Prints where the settings come from, what is odd in the data, how many of its items and users an earlier run
        has, and whether that may know the validation items. Returns the true causes beside the data, if any."""
        data, earlier, system = self.data, self.earlier, SYSTEMS[self.configs[0].model]
        history = {"ended": "", **({} if self.race is None else {"auto": self.race.as_dict()})}
        if earlier is not None:
            check_shape(earlier.name, earlier.model_config, self.configs[0])  # before it is said what starts from it
        source = origin_of(*self.configs, importing.counts_of(data), history)
        source = source or f"{system.full_label}: {system.sentence}"
        dropped = [f"{count_of(count, 'row')} dropped: {reason}." for reason, count in data.dropped.items()]
        for sentence in (source, *dropped, *self.choices):
            remark(sentence)
        known = {"model", *system.uses.split(), *system.trained_with(self.configs[1])}
        for key in settings.typed_settings(self.options):
            if key not in known:
                remark(f"{key} has no effect on {system.label}.")
        causes = causes_beside(self.options.data, data)
        remark_on(causes)
        if earlier is None:
            return causes
        kinds = [("items", data.item_ids, earlier.item_index)]
        if {"user", "user_long"} & earlier.arrays.keys():
            kinds.append(("users", data.user_ids, earlier.user_index))
        for kind, ids, index in kinds:
            shared = sum(name in index for name in ids)
            lacking = f"; the data lacks {len(index) - shared:,} of its {kind}" if shared < len(index) else ""
            remark(f"{shared:,} of {len(ids):,} {kind} start from {earlier.name}{lacking}.")
        if not earlier.trained_here or epochs_of(earlier.history, "refit"):
            text = "may know the validation items of users without new rows; early stopping may come late."
            remark(f"{earlier.name} {text}")
        return causes


def save(run: Run, out: Path, store: CheckpointStore, progress: Progress) -> None:
    """Saves the run; without its maps if there is no room for them, since `maps` can compute them again."""
    overwrite = store.may_replace(run)
    try:
        runs_run.save(run, out, overwrite=overwrite)
    except InputError as error:
        if error.code != "cannot_write" or run.maps is None:
            raise
        runs_run.save(replace(run, maps=None), out, overwrite=overwrite)
        progress.trouble(f"The run is saved without its maps: {error.sentence(flag)}".rstrip("."))


def estimate(options: argparse.Namespace) -> None:
    settings.take_class(options)
    interactions = data.read(options.data, reading_options(options))
    (settings_for, _), split = settings.chosen_settings(options), leave_one_out(interactions)
    from attrec_core.training.estimate import estimate as measured
    from attrec_core.training.study.auto import estimate_race

    with_maps = not options.no_maps
    if options.auto:
        typed, minutes = settings.typed_settings(options), options.minutes
        remark(may_change(typed, timed=minutes is not None))
        answer = estimate_race(split, typed, minutes, with_maps=with_maps).as_dict()
    else:
        answer = measured(split, *settings_for(interactions), with_maps=with_maps).as_dict()
    show(answer, options.json)


def lay_out_maps(options: argparse.Namespace) -> None:
    folder = options.run
    remark("Computing the maps; UMAP compiles for some seconds first.")
    made = add_maps(folder, overwrite=options.overwrite)
    remark(f"Wrote {folder / 'maps.npz'}.")
    show({"run": str(folder), "maps": list(made)}, options.json)


def evaluate(options: argparse.Namespace) -> None:
    run = load(options.run)
    settings.take_class_again(options, run)
    from attrec_core.training.train_run import evaluate_run

    remark_on_repeats(run)
    metrics = evaluate_run(run)
    if abs(metrics["mrr"] - run.metrics["mrr"]) > CHANGED:
        stated = f"The run states MRR {run.metrics['mrr']:.4f}, not {metrics['mrr']:.4f}"
        remark(f"{stated}: its model ranks differently than after its training.")
    show(metrics, options.json)
