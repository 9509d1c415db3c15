"""From data to a run, and how good it is."""

from __future__ import annotations

import argparse
import sys

from attrec_core import data, runs
from attrec_core.commands.answers import remark, show
from attrec_core.commands.surveying import remark_on
from attrec_core.config import PRESETS, with_settings
from attrec_core.data.causes import causes_beside
from attrec_core.data.interactions import Interactions
from attrec_core.data.table import Columns
from attrec_core.errors import InputError, shown
from attrec_core.results import Epoch
from attrec_core.run_reader import load


def inspect(options: argparse.Namespace) -> None:
    found = read_data(options)
    answer = {
        "format": found.source,
        "users": found.n_users,
        "items": found.n_items,
        "interactions": found.n_interactions,
        "dropped": dict(found.dropped),
        "tied_last": found.tied_last(),
        "tie_rule": found.tie_rule,
    }
    show(answer, options.json)


def train(options: argparse.Namespace) -> None:
    runs.check_writable(options.out, overwrite=options.overwrite)
    preset = options.preset or data.format_of(options.data).preset
    settings = dict(setting(text) for text in options.set)
    settings |= {name: str(getattr(options, name)) for name in ("seed", "epochs") if getattr(options, name) is not None}
    model_config, train_config = with_settings(*PRESETS[preset], settings)
    interactions = read_data(options)
    for reason, count in interactions.dropped.items():
        remark(f"{count} row{'s' * (count > 1)} dropped: {reason}.")
    causes = causes_beside(options.data, interactions)
    if causes is not None:
        remark_on(causes)
    # torch takes more than a second to import; bad input is found before that.
    from attrec_core.pipeline import train_run

    with Progress() as progress:
        run = train_run(
            interactions,
            model_config,
            train_config,
            progress.epoch,
            on_stage=progress.stage,
            with_maps=not options.no_maps,
            causes=causes,
        )
    runs.save(run, options.out, overwrite=options.overwrite)
    remark(f"Wrote {options.out}.")
    show({"run": str(options.out), "best_epoch": run.history["best_epoch"], **run.metrics}, options.json)


def evaluate(options: argparse.Namespace) -> None:
    run = load(options.run)
    from attrec_core.pipeline import evaluate_run

    show(evaluate_run(run), options.json)


def read_data(options: argparse.Namespace) -> Interactions:
    columns = Columns(options.user_column, options.item_column, options.time_column)
    return data.read(options.data, data.Options(options.tie_rule, options.duplicates, columns))


def setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set {shown(text)} must be KEY=VALUE.")
    return key.strip(), value.strip()


class Progress:
    """A bar on stderr: epochs of the search, then of the refit, with the latest figures."""

    def __init__(self) -> None:
        from tqdm import tqdm

        # Into a file or a pipe a line every 10 s is enough.
        pause = 0.1 if sys.stderr.isatty() else 10.0
        # Delayed: a training that is refused before its first epoch says one sentence and shows no bar.
        self.bar = tqdm(unit="epoch", desc="training", dynamic_ncols=True, mininterval=pause, delay=1e-3)

    def __enter__(self) -> Progress:
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

    def stage(self, stage: str) -> None:
        self.bar.write(f"attrec: {stage}.", file=sys.stderr)
