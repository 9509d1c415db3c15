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
from attrec_core.cli.arguments import A_RUN, Commands, RunFolder, add_command, add_json, add_run
from attrec_core.cli.data import add_data, named, reading_options
from attrec_core.cli.output import flag, remark, show
from attrec_core.cli.predict import remark_on, remark_on_repeats
from attrec_core.cli.progress_bar import ProgressBar
from attrec_core.cli.settings import (
    CLASS_AGAIN,
    add_model,
    add_settings,
    settings_help,
    settings_of,
    take_class,
    typed_settings,
)
from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.data import importing, remarks
from attrec_core.data.causes import causes_beside
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError, count_of
from attrec_core.explain.maps import add_maps
from attrec_core.jobs.worker import JobProgress, running_job
from attrec_core.runs import run as runs_run
from attrec_core.runs.history import epochs_of
from attrec_core.runs.load import load
from attrec_core.runs.presets import preset_of_run
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
        train_and_report(options, lambda: None)
        return
    from attrec_core.data.windows import leave_one_out
    from attrec_core.training.fit import Callbacks, fit, nothing
    from attrec_core.training.start import start_from
    from attrec_core.training.together import join_processes

    with join_processes() as together:
        is_first = together.is_first
        if is_first:
            train_and_report(options, together.begins)
        elif together.begins():
            interactions = data.read(options.data, reading_options(options))
            configs, earlier = settings_of(options, interactions), earlier_run(options)
            start = nothing if earlier is None else start_from(earlier, interactions, configs[0])
            fit(leave_one_out(interactions), *configs, Callbacks(start=start))
    if not is_first:
        # This process keeps nothing. A usual exit sometimes aborts in torch's threads, and torchrun then fails.
        os._exit(0)


def train_and_report(options: argparse.Namespace, on_start: Callable[[], object]) -> None:
    with running_job(options.job, options.out, JobProgress) if options.job else ProgressBar() as progress:
        run = train_and_save(options, progress, on_start)
    remark_on_repeats(run)
    show({"run": str(options.out), "best_epoch": run.history["best_epoch"], **run.metrics}, options.json)


def train_and_save(
    options: argparse.Namespace, progress: JobProgress | ProgressBar, on_start: Callable[[], object] = lambda: None
) -> Run:
    """Trains a run, writes it to --out and returns it. on_start: called once all checks have passed."""
    own_class = take_class(options)
    settings_of(options, None)
    if not options.resume:
        check_writable(options.out, RUN, overwrite=options.overwrite)
    interactions, choices = interactions_and_remarks(options)
    configs, earlier = settings_of(options, interactions), earlier_run(options)
    race = settings_from_race(options, interactions, progress)
    configs = configs if race is None else race.configs
    before = "" if earlier is None else earlier.fingerprint
    may_be_finished = options.resume and not options.overwrite
    if may_be_finished and (finished := finished_run(options.out, interactions, configs, before)):
        remark(f"The training of {options.out} is already complete; there is nothing to resume.")
        discard_race(options.out)
        progress.wrote(finished)
        return finished
    if not (options.resume and is_kept(options.out)):  # a kept checkpoint has its room already
        check_room(options.out, room_for(interactions, configs[0]), "the training")
    progress.settings(configs[1], importing.counts_of(interactions))
    system = SYSTEMS[configs[0].model]
    if race is not None:
        remark(f"{race.sentence}.")
    elif configs[0].model == "attrec":
        remark(preset_of_run(*configs, importing.counts_of(interactions)).sentence)
    else:
        remark(f"{system.full_label}: {system.sentence}")
    for reason, count in interactions.dropped.items():
        remark(f"{count_of(count, 'row')} dropped: {reason}.")
    for sentence in choices:
        remark(sentence)
    causes = causes_beside(options.data, interactions)
    if causes is not None:
        remark_on(causes)
    # torch takes more than a second to import; bad input is found before that.
    from attrec_core.training.checkpoint import training_at
    from attrec_core.training.fit import Callbacks
    from attrec_core.training.train_run import train_run

    if earlier is not None:
        remark_on_start(earlier, interactions)
    store_options = {"resume": options.resume, "overwrite": options.overwrite, "on_trouble": progress.trouble}
    with training_at(options.out, interactions, configs, **store_options, earlier=before) as store:
        on_start()
        try:
            run = train_run(
                interactions,
                *configs,
                Callbacks(progress.epoch, progress.stage, progress.plan, store=store),
                earlier=earlier,
                causes=causes,
                with_maps=not options.no_maps,
            )
        except InputError as error:
            if error.code == "diverged":
                store.discard()  # a resumed training would diverge again
            raise
        progress.writing()
        origin = ({} if race is None else {"auto": race.as_dict()}) | ({"class": own_class} if own_class else {})
        run = replace(run, history={**run.history, **origin})
        save(run, options.out, store, progress)
        progress.wrote(run)
        store.discard()
        discard_race(options.out)
    remark(f"Wrote {options.out}.")
    return run


def interactions_and_remarks(options: argparse.Namespace) -> tuple[Interactions, tuple[str, ...]]:
    """Returns the data to train on, and sentences about choices of reading that nobody made."""
    chosen = reading_options(options)
    rows = importing.rows(options.data, chosen)
    interactions, _ = importing.interactions_of(rows, chosen)
    if options.data.resolve() != SAMPLE_DATA.resolve():  # a run of the sample is recognised by its description
        interactions = named(interactions, options.data)
    return interactions, tuple(remarks.of_choices(rows, interactions, chosen))


def settings_from_race(
    options: argparse.Namespace, interactions: Interactions, progress: JobProgress | ProgressBar
) -> Found | None:
    """Returns the settings that a race finds; None without --auto, or when the run exists already."""
    is_there = (
        options.resume and not options.overwrite and not is_kept(options.out) and (options.out / RUN.mark).is_file()
    )
    if not options.auto or is_there:
        return None
    from attrec_core.training.study.auto import settings_found

    return settings_found(
        interactions,
        options.out,
        typed_settings(options),
        goes_on=options.resume,
        with_maps=not options.no_maps,
        on_begin=lambda cost: progress.stage("", f"Looking for good settings: {cost}".rstrip(".")),
        on_progress=progress.race,
    )


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


def earlier_run(options: argparse.Namespace) -> Run | None:
    """Returns the run that the training starts from, or None."""
    return None if options.from_run is None else load(options.from_run, whole=True)


def remark_on_start(earlier: Run, data: Interactions) -> None:
    """Prints how many items and users of the data the earlier run has, and whether it may know the validation items."""
    kinds = ("items", data.item_ids, earlier.item_index), ("users", data.user_ids, earlier.user_index)
    for kind, ids, index in kinds:
        shared = sum(name in index for name in ids)
        lacking = f"; the data lacks {len(index) - shared:,} of its {kind}" if shared < len(index) else ""
        remark(f"{shared:,} of {len(ids):,} {kind} start from {earlier.name}{lacking}.")
    if not earlier.trained_here or epochs_of(earlier.history, "refit"):
        remark(f"{earlier.name} may know the validation items of users without new rows; early stopping may come late.")


def finished_run(
    out: Path, interactions: Interactions, configs: tuple[ModelConfig, TrainConfig], earlier: str
) -> Run | None:
    """Returns the run in `out` if it is the result of this training on this data, and no unfinished training with an
    epoch is kept there; else None. earlier: the fingerprint of the run that the training starts from, if any."""
    heal(out)
    if is_kept(out) or not (out / RUN.mark).is_file():
        return None
    run = load(out)
    start = run.history.get("from", {}).get("fingerprint", "")
    is_same = run.trained_here and (run.model_config, run.train_config, start) == (*configs, earlier)
    return run if is_same and fingerprint_of(run.interactions) == fingerprint_of(interactions) else None


def estimate(options: argparse.Namespace) -> None:
    take_class(options)
    interactions = data.read(options.data, reading_options(options))
    configs, with_maps = settings_of(options, interactions), not options.no_maps
    if options.auto:
        from attrec_core.training.study.auto import race_estimate

        show(race_estimate(interactions, typed_settings(options), with_maps=with_maps).as_dict(), options.json)
        return
    from attrec_core.training.estimate import estimate as measured

    show(measured(interactions, *configs, with_maps=with_maps).as_dict(), options.json)


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
