"""The arguments of the commands that train, or say how long that would take."""

from __future__ import annotations

import argparse
from pathlib import Path

from attrec_core.cli.data import add_data
from attrec_core.cli.training import estimate, train
from attrec_core.config import PRESETS


def add_training(subs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = subs.add_parser("train", help="train a model and write it as a run")
    add_data(command)
    command.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder to write the run to")
    command.add_argument("--overwrite", action="store_true", help="replace the run that is there")
    command.add_argument("--resume", action="store_true", help="go on with a training of RUN that was broken off")
    add_settings(command)
    command.add_argument("--job", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)  # the job that this training is
    command.set_defaults(answer=train)

    command = subs.add_parser("estimate", help="say how long a training would take, from a few steps of it")
    add_data(command)
    add_settings(command)
    command.set_defaults(answer=estimate, resume=False)


def add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--preset", choices=sorted(PRESETS), help="settings to start from (else: what suits the data)")
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting; repeatable"
    )
    command.add_argument("--seed", metavar="N", help="the same as --set seed=N")
    command.add_argument("--epochs", metavar="N", help="the same as --set epochs=N")
    command.add_argument("--no-maps", action="store_true", help="do not compute the PCA and UMAP maps")
