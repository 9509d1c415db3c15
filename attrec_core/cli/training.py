"""From data to a run, and how good it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from attrec_core import data
from attrec_core.cli.data import reading_options
from attrec_core.cli.library import run_folder
from attrec_core.cli.output import remark, show
from attrec_core.cli.surveying import remark_on
from attrec_core.config import PRESETS, ModelConfig, TrainConfig, with_settings
from attrec_core.data.causes import causes_beside
from attrec_core.data.interactions import Interactions
from attrec_core.data.report import Counts
from attrec_core.errors import InputError, shown
from attrec_core.explain.add_maps import add_maps
from attrec_core.jobs.worker import JobProgress, running_job
from attrec_core.runs import run as runs_run
from attrec_core.runs.history import Epoch
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.runs.unfinished import fingerprint_of, is_kept, settings_kept
from attrec_core.storage.atomic_folder import RUN, heal


def train(options: argparse.Namespace) -> None:
    with running_job(options.job, options.out) if options.job else ProgressBar() as progress:
        run = trained(options, progress)
    show({"run": str(options.out), "best_epoch": run.history["best_epoch"], **run.metrics}, options.json)


def trained(options: argparse.Namespace, progress: JobProgress | ProgressBar) -> Run:
    """The run, written to --out."""
    check_settings(options)
    if not options.resume:
        runs_run.check_writable(options.out, overwrite=options.overwrite)
    interactions = read_data(options)
    configs = settings_of(options, interactions)
    if options.resume and not options.overwrite and (run := finished_run(options.out, interactions, configs)):
        remark(f"{options.out} is trained to its end already; there is nothing to resume.")
        progress.wrote(run)
        return run
    for reason, count in interactions.dropped.items():
        remark(f"{count} row{'s' * (count > 1)} dropped: {reason}.")
    causes = causes_beside(options.data, interactions)
    if causes is not None:
        remark_on(causes)
    # torch takes more than a second to import; bad input is found before that.
    from attrec_core.training.checkpoint import training_at
    from attrec_core.training.train_run import train_run
    from attrec_core.training.trainer import DivergedError

    how = {"resume": options.resume, "overwrite": options.overwrite, "on_trouble": progress.trouble}
    with training_at(options.out, interactions, configs, **how) as kept:
        try:
            run = train_run(
                interactions,
                *configs,
                progress.epoch,
                on_stage=progress.stage,
                with_maps=not options.no_maps,
                causes=causes,
                memory=kept,
            )
        except DivergedError:
            kept.discard()  # resumed, it would do so again
            raise
        progress.writing()
        runs_run.save(run, options.out, overwrite=kept.may_replace(run))
        progress.wrote(run)
        kept.discard()
    remark(f"Wrote {options.out}.")
    return run


def finished_run(out: Path, interactions: Interactions, configs: tuple[ModelConfig, TrainConfig]) -> Run | None:
    """The run in `out`, if it is what such a training of this data ends with, and no epoch of another one is kept."""
    heal(out)
    if is_kept(out) or not (out / RUN.mark).is_file():
        return None
    run = load(out)
    same = (run.model_config, run.train_config) == configs
    return run if same and fingerprint_of(run.interactions) == fingerprint_of(interactions) else None


def begun_with(options: argparse.Namespace) -> tuple[ModelConfig, TrainConfig] | None:
    """What the training that is resumed was begun with, where no preset is named: it may be finished already."""
    if not options.resume or options.preset is not None:
        return None
    kept = settings_kept(options.out)
    if kept is None and not options.overwrite and (options.out / RUN.mark).is_file():
        run = load(options.out)
        return run.model_config, run.train_config
    return kept


def said(options: argparse.Namespace) -> dict[str, str]:
    """The settings that were said on the command line."""
    settings = dict(setting(text) for text in options.set)
    return settings | {
        name: str(getattr(options, name)) for name in ("seed", "epochs") if getattr(options, name) is not None
    }


def check_settings(options: argparse.Namespace) -> None:
    """Raises InputError for a setting that cannot be, before any data is read."""
    start = begun_with(options)
    with_settings(*(start or PRESETS[options.preset or "sparse"]), said(options))


def settings_of(options: argparse.Namespace, interactions: Interactions) -> tuple[ModelConfig, TrainConfig]:
    """The preset with what was said over it; for a training that is resumed, what it was begun with under that. Where
    no preset is named, the one that suits the data."""
    start = begun_with(options)
    if start is None:
        counts = Counts(interactions.n_users, interactions.n_items, interactions.n_interactions)
        start = PRESETS[options.preset or data.preset_of(counts)]
    return with_settings(*start, said(options))


def estimate(options: argparse.Namespace) -> None:
    interactions = read_data(options)
    configs = settings_of(options, interactions)
    from attrec_core.training.estimate import estimate as measured

    show(measured(interactions, *configs, with_maps=not options.no_maps).as_dict(), options.json)


def lay_out_maps(options: argparse.Namespace) -> None:
    folder = run_folder(options.run)
    remark("Laying out the maps; UMAP compiles for some seconds first.")
    made = add_maps(folder, overwrite=options.overwrite)
    remark(f"Wrote {folder / 'maps.npz'}.")
    show({"run": str(folder), "maps": list(made)}, options.json)


def evaluate(options: argparse.Namespace) -> None:
    run = load(options.run)
    from attrec_core.training.train_run import evaluate_run

    show(evaluate_run(run), options.json)


def read_data(options: argparse.Namespace) -> Interactions:
    return data.read(options.data, reading_options(options))


def setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set {shown(text)} must be KEY=VALUE.")
    return key.strip(), value.strip()


class ProgressBar:
    """A bar on stderr: epochs of the search, then of the refit, with the latest figures."""

    def __init__(self) -> None:
        from tqdm import tqdm

        # Into a file or a pipe a line every 10 s is enough.
        pause = 0.1 if sys.stderr.isatty() else 10.0
        # Delayed: a training that is refused before its first epoch says one sentence and shows no bar.
        self.bar = tqdm(unit="epoch", desc="training", dynamic_ncols=True, mininterval=pause, delay=1e-3)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.close()

    def epoch(self, epoch: Epoch) -> None:
        if epoch.epoch == 1:
            self.bar.reset(total=epoch.of)
        if epoch.phase == "refit" and epoch.epoch == 1:
            self.bar.set_description("final fit, with the validation items")
        self.bar.update()
        if epoch.validation:
            found = epoch.validation
            self.bar.set_postfix_str(f"loss {epoch.loss:.3f} HR@50 {found['hr@50']:.3f} MRR {found['mrr']:.3f}")

    def trouble(self, sentence: str) -> None:
        self.stage(sentence)

    def writing(self) -> None:
        """Ctrl-C is still Ctrl-C."""

    def wrote(self, run: Run) -> None:
        """Nobody else need know."""

    def stage(self, stage: str) -> None:
        self.bar.write(f"attrec: {stage}.", file=sys.stderr)
