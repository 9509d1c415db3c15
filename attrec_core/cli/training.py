"""Training a run from data, and evaluating it: `train`, `estimate`, `maps`, `evaluate`."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from attrec_core import data
from attrec_core.cli.arguments import A_RUN, Commands, RunFolder, add_command, add_json, add_run
from attrec_core.cli.data import add_data, named, reading_options
from attrec_core.cli.output import flag, remark, show
from attrec_core.cli.predict import remark_on, remark_on_repeats
from attrec_core.cli.progress_bar import ProgressBar
from attrec_core.cli.settings import (
    CLASS_AGAIN,
    Configs,
    add_model,
    add_settings,
    chosen_settings,
    settings_help,
    take_class,
    typed_settings,
)
from attrec_core.config import ModelConfig
from attrec_core.data import importing, remarks
from attrec_core.data.causes import Causes, causes_beside
from attrec_core.data.interactions import Interactions
from attrec_core.data.windows import leave_one_out
from attrec_core.errors import InputError, count_of
from attrec_core.explain.maps import add_maps
from attrec_core.jobs.worker import JobProgress, running_job
from attrec_core.runs import run as runs_run
from attrec_core.runs.history import epochs_of
from attrec_core.runs.library.words import preset_of_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS
from attrec_core.runs.unfinished import discard_race, fingerprint_of, is_kept
from attrec_core.storage.atomic_folder import RUN, check_room, check_writable, heal
from attrec_core.storage.workspace import SAMPLE_DATA, home

if TYPE_CHECKING:
    from attrec_core.training.checkpoint import CheckpointStore
    from attrec_core.training.study.auto import Found


def add(subs: Commands) -> None:
    command = add_command(subs, "train", train, "train a model and save it as a run", add_data, **settings_help())
    command.add_argument("--out", type=Path, metavar="RUN", help="folder to write the run to")
    command.add_argument("--overwrite", action="store_true", help="replace an existing run")
    command.add_argument("--resume", action="store_true", help="continue an interrupted training of RUN")
    add_settings(command)
    command.add_argument("--job", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)  # of this training's job

    about = "estimate how long a training takes, from a few real steps"
    command = add_command(subs, "estimate", estimate, about, add_data, add_settings, **settings_help())
    command.set_defaults(resume=False)

    about = "compute the maps of a run that has none"
    command = add_command(subs, "maps", lay_out_maps, about, add_json)
    command.add_argument("run", action=RunFolder, metavar="RUN", help=A_RUN)
    command.add_argument("--overwrite", action="store_true", help="also if the run already has maps")

    command = add_command(subs, "evaluate", evaluate, "compute the metrics on the test items again", add_run)
    add_model(command, CLASS_AGAIN)


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
    from attrec_core.training.together import join_processes

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
    from attrec_core.training.start import start_from

    training = read(options, chosen_settings(options))
    data, configs = training.data, training.configs
    start = start_from(training.earlier, data, configs[0]) if training.earlier else nothing
    fit(leave_one_out(data), *configs, Callbacks(start=start))


def train_and_report(options: argparse.Namespace, on_start: Callable[[], object] = lambda: None) -> None:
    """on_start: called once all checks have passed."""
    with running_job(options.job, options.out, JobProgress) if options.job else ProgressBar() as progress:
        run = train_and_save(options, progress, on_start)
    remark_on_repeats(run)
    show({"run": str(options.out), "best_epoch": run.history["best_epoch"], **run.metrics}, options.json)


def train_and_save(
    options: argparse.Namespace, progress: JobProgress | ProgressBar, on_start: Callable[[], object]
) -> Run:
    """Trains a run, writes it to --out and returns it; a resumed one may be there already."""
    options.own, settings_for = take_class(options), chosen_settings(options)
    if not options.resume:
        check_writable(options.out, RUN, overwrite=options.overwrite)
    training = raced(read(options, settings_for), progress)
    if options.resume and not options.overwrite and (finished := finished_run(training)):
        remark(f"The training of {options.out} is already complete; there is nothing to resume.")
        discard_race(options.out)
        progress.wrote(finished)
        return finished
    if not (options.resume and is_kept(options.out)):  # a kept checkpoint has its room already
        check_room(options.out, room_for(training.data, training.configs[0]), "the training")
    progress.settings(training.configs[1], importing.counts_of(training.data))
    return trained(training, describe(training), progress, on_start)


def trained(
    training: Training, causes: Causes | None, progress: JobProgress | ProgressBar, on_start: Callable[[], object]
) -> Run:
    """Trains, or resumes, and writes the run in place of what is kept of the unfinished training."""
    # torch takes more than a second to import; bad input is found before that.
    from attrec_core.training.checkpoint import training_at
    from attrec_core.training.fit import Callbacks
    from attrec_core.training.train_run import train_run

    options, data, configs, earlier = training.options, training.data, training.configs, training.earlier
    if earlier is not None:
        remark_on_start(earlier, data)
    how = {"resume": options.resume, "overwrite": options.overwrite, "earlier": training.from_fingerprint}
    with training_at(options.out, data, configs, **how, on_trouble=progress.trouble) as store:
        on_start()
        callbacks = Callbacks(progress.epoch, progress.stage, progress.plan, store=store)
        try:
            run = train_run(data, *configs, callbacks, earlier=earlier, causes=causes, with_maps=not options.no_maps)
        except InputError as error:
            if error.code == "diverged":
                store.discard()  # a resumed training would diverge again
            raise
        progress.writing()
        origin = {"auto": training.race and training.race.as_dict(), "class": options.own}
        run = replace(run, history={**run.history, **{key: value for key, value in origin.items() if value}})
        save(run, options.out, store, progress)
        progress.wrote(run)
        store.discard()
        discard_race(options.out)
    remark(f"Wrote {options.out}.")
    return run


@dataclass(frozen=True, eq=False)
class Training:
    """What a training learns from, and how."""

    options: argparse.Namespace
    data: Interactions
    choices: tuple[str, ...]  # sentences about choices of reading that nobody made
    configs: Configs
    earlier: Run | None  # the run that it starts from
    race: Found | None = None  # which found the settings

    @property
    def from_fingerprint(self) -> str:
        return "" if self.earlier is None else self.earlier.fingerprint


def read(options: argparse.Namespace, settings_for: Callable[[Interactions], Configs]) -> Training:
    """Reads the data, and the run that the training starts from."""
    reading = reading_options(options)
    rows = importing.rows(options.data, reading)
    interactions, _ = importing.interactions_of(rows, reading)
    if options.data.resolve() != SAMPLE_DATA.resolve():  # a run of the sample is recognised by its description
        interactions = named(interactions, options.data)
    choices, configs = tuple(remarks.of_choices(rows, interactions, reading)), settings_for(interactions)
    earlier = None if options.from_run is None else load(options.from_run, whole=True)
    return Training(options, interactions, choices, configs, earlier)


def raced(training: Training, progress: JobProgress | ProgressBar) -> Training:
    """Returns the training with the settings that a race finds; unchanged without --auto, or when the run exists."""
    options, out = training.options, training.options.out
    is_there = options.resume and not options.overwrite and not is_kept(out) and (out / RUN.mark).is_file()
    if not options.auto or is_there:
        return training
    from attrec_core.training.study.auto import settings_found

    race = settings_found(
        training.data,
        out,
        typed_settings(options),
        goes_on=options.resume,
        with_maps=not options.no_maps,
        on_begin=lambda cost: progress.stage("", f"Looking for good settings: {cost}".rstrip(".")),
        on_progress=progress.race,
    )
    return replace(training, configs=race.configs, race=race)


def describe(training: Training) -> Causes | None:
    """Prints where the settings come from and what is odd in the data. Returns the true causes beside it, if any."""
    data, system = training.data, SYSTEMS[training.configs[0].model]
    source = f"{system.full_label}: {system.sentence}"
    if training.race is not None:
        source = f"{training.race.sentence}."
    elif training.configs[0].model == "attrec":
        source = preset_of_run(*training.configs, importing.counts_of(data)).sentence
    dropped = [f"{count_of(count, 'row')} dropped: {reason}." for reason, count in data.dropped.items()]
    for sentence in (source, *dropped, *training.choices):
        remark(sentence)
    causes = causes_beside(training.options.data, data)
    remark_on(causes)
    return causes


def room_for(interactions: Interactions, config: ModelConfig) -> int:
    """Returns roughly the bytes that a training needs on disk: two checkpoints of weights with their sums, the best
    weights, the run itself, and its interactions as text."""
    weights = 4 * config.dim * (interactions.n_users + 2 * interactions.n_items)
    return 6 * weights + 40 * interactions.n_interactions


def save(run: Run, out: Path, store: CheckpointStore, progress: JobProgress | ProgressBar) -> None:
    """Saves the run; without its maps if there is no room for them, since `maps` can compute them again."""
    overwrite = store.may_replace(run)
    try:
        runs_run.save(run, out, overwrite=overwrite)
    except InputError as error:
        if error.code != "cannot_write" or run.maps is None:
            raise
        runs_run.save(replace(run, maps=None), out, overwrite=overwrite)
        progress.trouble(f"The run is saved without its maps: {error.sentence(flag)}".rstrip("."))


def remark_on_start(earlier: Run, data: Interactions) -> None:
    """Prints how many items and users of the data the earlier run has, and whether it may know the validation items."""
    kinds = ("items", data.item_ids, earlier.item_index), ("users", data.user_ids, earlier.user_index)
    for kind, ids, index in kinds:
        shared = sum(name in index for name in ids)
        lacking = f"; the data lacks {len(index) - shared:,} of its {kind}" if shared < len(index) else ""
        remark(f"{shared:,} of {len(ids):,} {kind} start from {earlier.name}{lacking}.")
    if not earlier.trained_here or epochs_of(earlier.history, "refit"):
        remark(f"{earlier.name} may know the validation items of users without new rows; early stopping may come late.")


def finished_run(training: Training) -> Run | None:
    """Returns the run in --out if it is the result of this training, and no unfinished training with an epoch is kept
    there; else None."""
    out = training.options.out
    heal(out)
    if is_kept(out) or not (out / RUN.mark).is_file():
        return None
    run = load(out)
    made_by = run.model_config, run.train_config, run.history.get("from", {}).get("fingerprint", "")
    is_same = run.trained_here and made_by == (*training.configs, training.from_fingerprint)
    return run if is_same and fingerprint_of(run.interactions) == fingerprint_of(training.data) else None


def estimate(options: argparse.Namespace) -> None:
    take_class(options)
    interactions = data.read(options.data, reading_options(options))
    settings_for, split = chosen_settings(options), leave_one_out(interactions)
    from attrec_core.training.estimate import estimate as measured
    from attrec_core.training.study.auto import race_estimate, schedule_for

    with_maps = not options.no_maps
    if options.auto:
        answer = race_estimate(split, schedule_for(split, typed_settings(options)), with_maps=with_maps).as_dict()
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
    take_class(options)
    run = load(options.run)
    from attrec_core.training.train_run import evaluate_run

    remark_on_repeats(run)
    show(evaluate_run(run), options.json)
