"""`from-weights DATA --weights FILE --items FILE --users FILE --out RUN`: a run from another trainer's weights."""

from __future__ import annotations

import argparse
from pathlib import Path

from attrec_core import data
from attrec_core.cli.arguments import Commands, add_command
from attrec_core.cli.data import add_data, reading_options
from attrec_core.cli.output import remark, show
from attrec_core.cli.predict import remark_on, remark_on_repeats
from attrec_core.cli.settings import typed_settings
from attrec_core.config import SETTINGS, ModelConfig, TrainConfig, with_settings
from attrec_core.data.causes import causes_beside
from attrec_core.errors import InputError
from attrec_core.runs import run as runs_run
from attrec_core.runs.foreign_weights import read_foreign_weights
from attrec_core.runs.library.words import ALSO_EXPLAIN
from attrec_core.storage.atomic_folder import RUN, check_writable
from attrec_core.views.runs.words import NOT_TRAINED_HERE

OF_THE_WEIGHTS = ("dim", "shared_projection")


def add(subs: Commands) -> None:
    about = "make a run of weights that another trainer learned"
    command = add_command(subs, "from-weights", from_weights, about, add_data)
    command.add_argument(
        "--weights", type=Path, required=True, metavar="FILE", help=".npz or .safetensors with X, V, U, W (and W_key)"
    )
    for kind, arrays in (("item", "X and V"), ("user", "U")):
        sentence = f"CSV with a column “{kind}”: the id of each row of {arrays}"
        command.add_argument(f"--{kind}s", type=Path, required=True, metavar="FILE", help=sentence)
    command.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder to write the run to")
    command.add_argument("--overwrite", action="store_true", help="replace an existing run")
    about = "a setting of the model, such as window=5 (`train --help` describes them), or regularisation or seed"
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=about)
    command.add_argument("--no-maps", action="store_true", help="do not compute the PCA and UMAP maps")


def from_weights(options: argparse.Namespace) -> None:
    typed = typed_settings(options)
    for key in typed:
        if key in OF_THE_WEIGHTS:
            raise InputError("of_the_weights", "{name} cannot be set: the arrays decide it.", setting=key)
        if key in SETTINGS and SETTINGS[key].part == "train" and key not in ALSO_EXPLAIN:
            raise InputError("trained_already", "{name} cannot be set: the weights are trained already.", setting=key)
    with_settings(ModelConfig(), TrainConfig(), typed)  # checked before any data is read
    check_writable(options.out, RUN, overwrite=options.overwrite)
    interactions = data.read(options.data, reading_options(options))
    arrays, unused = read_foreign_weights(options.weights, options.items, options.users, interactions)
    shape = ModelConfig(dim=arrays["user_long"].shape[1], shared_projection="key_projection" not in arrays)
    configs = with_settings(shape, TrainConfig(), typed)
    for kind, count in unused.items():
        if count:
            remark(f"{count:,} {kind}{'s' * (count > 1)} left out: the data has no interactions with them.")
    model = ", ".join(f"{key}={str(value).lower()}" for key, value in vars(configs[0]).items())
    remark(f"The model computes with {model}; --set changes that.")
    causes = causes_beside(options.data, interactions)
    remark_on(causes)
    from attrec_core.training.train_run import run_of_weights

    run = run_of_weights(
        arrays,
        interactions,
        *configs,
        lambda _, sentence: remark(f"{sentence[0].upper()}{sentence[1:]}."),
        with_maps=not options.no_maps,
        causes=causes,
    )
    runs_run.save(run, options.out, overwrite=options.overwrite)
    remark(f"Wrote {options.out}. {NOT_TRAINED_HERE}")
    remark_on_repeats(run)
    show({"run": str(options.out), **run.metrics}, options.json)
