"""Making a run of weights that another program trained: `from-weights`."""

from __future__ import annotations

import argparse
from pathlib import Path

from attrec_core import data
from attrec_core.cli import settings
from attrec_core.cli.arguments import Commands, add_command
from attrec_core.cli.data import add_data, reading_options
from attrec_core.cli.facts import remark_on, remark_on_repeats
from attrec_core.cli.output import remark, show
from attrec_core.config import SETTINGS, ModelConfig, TrainConfig, with_settings
from attrec_core.data import importing
from attrec_core.data.causes import causes_beside
from attrec_core.errors import InputError, count_of
from attrec_core.runs import run as runs_run
from attrec_core.runs.foreign_sasrec import read_foreign_sasrec
from attrec_core.runs.foreign_weights import read_foreign_weights
from attrec_core.runs.library.words import ALSO_EXPLAIN, opened_sentence
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.atomic_folder import RUN, check_writable
from attrec_core.views.runs.words import NOT_TRAINED_HERE

OF_THE_WEIGHTS = ("model", "dim", "shared_projection")


def add(subs: Commands) -> None:
    about = "make a run of weights that another program trained: an AttRec, or a SASRec of RecBole or RecTools"
    command = add_command(subs, "from-weights", from_weights, about, add_data)
    about = "attrec, or sasrec: RecBole's .pth, RecTools's .ckpt, or arrays with --settings"
    command.add_argument("--model", dest="kind", choices=("attrec", "sasrec"), default="attrec", help=about)
    about = (
        "of AttRec: .npz or .safetensors with X, V, U, W (and W_key); without U for taste=items, with beta for "
        "taste=both"
    )
    command.add_argument("--weights", type=Path, required=True, metavar="FILE", help=about)
    about = "of a SASRec in arrays: JSON with its library, its heads and what differs from the library's equations"
    command.add_argument("--settings", type=Path, metavar="FILE", help=about)
    for kind, arrays in (("item", "X and V, or of the item table without padding"), ("user", "U")):
        sentence = f"CSV with a column “{kind}”: the id of each row of {arrays}"
        command.add_argument(f"--{kind}s", type=Path, metavar="FILE", help=sentence)
    command.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder to write the run to")
    command.add_argument("--overwrite", action="store_true", help="replace an existing run")
    about = "a setting of AttRec, such as window=5 (`train --help` describes them), or regularisation or seed"
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=about)
    command.add_argument("--no-maps", action="store_true", help="do not compute the PCA and UMAP maps")


def from_sasrec(options: argparse.Namespace) -> None:
    """Writes a run of a SASRec that another program trained."""
    for name in ("set", "users"):
        if getattr(options, name):
            raise InputError("clash", "{name} has no use: the file decides it.", setting=name)
    check_writable(options.out, RUN, overwrite=options.overwrite)
    foreign, chosen = read_foreign_sasrec(options.weights, options.settings, options.items), reading_options(options)
    rows = importing.rows(options.data, chosen)
    from attrec_core.training.train_run import run_of_sasrec

    run = run_of_sasrec(foreign, rows, chosen, on_stage, with_maps=not options.no_maps)
    runs_run.save(run, options.out, overwrite=options.overwrite)
    remark(f"Wrote {options.out}. {opened_sentence(run.history['opened'])}")
    remark_on_repeats(run)
    show({"run": str(options.out), **run.metrics}, options.json)


def on_stage(_: str, sentence: str) -> None:
    remark(f"{sentence[0].upper()}{sentence[1:]}.")


def from_weights(options: argparse.Namespace) -> None:
    if options.kind == "sasrec":
        from_sasrec(options)
    else:
        from_attrec(options)


def from_attrec(options: argparse.Namespace) -> None:
    typed = settings.typed_settings(options)
    for key in typed:
        if key in OF_THE_WEIGHTS:
            raise InputError("of_the_weights", "{name} cannot be set: the arrays decide it.", setting=key)
        if key in SETTINGS and SETTINGS[key].part == "train" and key not in ALSO_EXPLAIN:
            raise InputError("trained_already", "{name} cannot be set: the weights are trained already.", setting=key)
    taste = with_settings(ModelConfig(), TrainConfig(), typed)[0].taste  # checked before any data is read
    if taste == "items" and options.users is not None:
        raise InputError("clash", "{name} has no use: with taste=items, users have no weights.", setting="users")
    check_writable(options.out, RUN, overwrite=options.overwrite)
    interactions = data.read(options.data, reading_options(options))
    arrays, unused = read_foreign_weights(options.weights, options.items, options.users, interactions, taste)
    shape = ModelConfig(dim=arrays["item_long"].shape[1], shared_projection="key_projection" not in arrays)
    configs = with_settings(shape, TrainConfig(), typed)
    for kind, count in unused.items():
        if count:
            remark(f"{count_of(count, kind)} left out: the data has no interactions with them.")
    used = SYSTEMS[configs[0].model].uses.split()
    model = ", ".join(f"{key}={str(value).lower()}" for key, value in vars(configs[0]).items() if key in used)
    remark(f"The model computes with {model}; --set changes that.")
    causes = causes_beside(options.data, interactions)
    remark_on(causes)
    from attrec_core.training.train_run import run_of_weights

    run = run_of_weights(
        arrays,
        interactions,
        *configs,
        on_stage,
        with_maps=not options.no_maps,
        causes=causes,
    )
    runs_run.save(run, options.out, overwrite=options.overwrite)
    remark(f"Wrote {options.out}. {NOT_TRAINED_HERE}")
    remark_on_repeats(run)
    show({"run": str(options.out), **run.metrics}, options.json)
