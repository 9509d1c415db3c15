"""The settings of a training on the command line: flags, help, and the resulting configuration."""

from __future__ import annotations

import argparse
import math
import os
import textwrap
from collections.abc import Callable
from typing import Any

from attrec_core.cli.arguments import RunFolder
from attrec_core.config import OWN, PAPER, PRESETS, SETTINGS, ModelConfig, TrainConfig, names_class, with_settings
from attrec_core.data import importing
from attrec_core.data.interactions import Interactions
from attrec_core.errors import InputError, shown
from attrec_core.runs.load import load, open_run, settings_in
from attrec_core.runs.run import Run
from attrec_core.runs.systems import SYSTEMS, start_of
from attrec_core.runs.unfinished import is_kept, settings_kept
from attrec_core.storage.atomic_folder import RUN, heal

Configs = tuple[ModelConfig, TrainConfig]
RULE = "movielens or sparse, by the density of the data and the interactions per user"
CLASS_AGAIN = "FILE.py:Class, for a run of your own model"


def add_settings(command: argparse.ArgumentParser) -> None:
    sentence = "start from this run: its settings and its weights; new users and items begin with random ones"
    command.add_argument("--from", dest="from_run", action=RunFolder, metavar="RUN", help=sentence)
    names = ", ".join(name for name in SYSTEMS if name != "own")
    add_model(command, f"the system that is trained (default: attrec): {names}; or FILE.py:Class, a model of your own")
    sentence = f"settings to start from (default: {PAPER}, which is {RULE})"
    command.add_argument("--preset", choices=sorted((PAPER, *PRESETS)), help=sentence)
    sentence = "find settings by a race on the validation items, with the softmax loss, not the paper's, among them"
    command.add_argument("--auto", action="store_true", help=sentence)
    sentence = "with --auto: how long race and training may take together; the settings then depend on the machine"
    command.add_argument("--minutes", metavar="N", help=sentence)
    sentence = "change one setting, listed below; repeatable"
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=sentence)
    command.add_argument("--seed", metavar="N", help="the same as --set seed=N")
    command.add_argument("--epochs", metavar="N", help="the same as --set epochs=N")
    command.add_argument("--device", metavar="auto|cpu|cuda", help="the same as --set device=…")
    command.add_argument("--no-maps", action="store_true", help="do not compute the PCA and UMAP maps")


def add_model(command: argparse.ArgumentParser, sentence: str, metavar: str = "NAME") -> None:
    command.add_argument("--model", metavar=metavar, help=sentence)


def take_class(options: argparse.Namespace) -> str:
    """Executes the file of a custom model if --model names one, as FILE.py:Class, and returns that text; else returns
    "". Raises InputError."""
    given: str = options.model or ""
    if not names_class(given):
        return ""
    from attrec_core.explain.other_systems import WORKER
    from attrec_core.models.registry import use

    use(given)
    WORKER.use(given)
    options.model = OWN
    return given


def take_class_again(options: argparse.Namespace, *runs: Run) -> str:
    """As `take_class`, where --model is CLASS_AGAIN. runs: those that are asked, if they are known. Raises InputError,
    also for the name of a system, and if none of the runs is of a custom model."""
    if options.model is not None and not names_class(options.model):
        text = "{name} takes FILE.py:Class here, a model of your own, and not {given}."
        raise InputError("no_class", text, setting="own_model", given=shown(options.model))
    if options.model is not None and runs and all(run.model_config.model != OWN for run in runs):
        text = "{run} is a run of {label}; leave out {name}, which is for runs of a model of your own."
        raise InputError("needs_no_class", text, setting="own_model", run=runs[0].name, label=runs[0].system.label)
    return take_class(options)


def settings_help() -> dict[str, Any]:
    """Returns arguments of argparse that list every setting below a command's help: symbol, range and default."""
    lines = ["settings for --set KEY=VALUE (defaults are those of the preset movielens):"]
    for setting in SETTINGS.values():
        symbol = f" ({setting.symbol})" if setting.symbol else ""
        text = f"{setting.sentence} It is {setting.may_be} ({str(setting.default).lower()})."
        lines += [f"  {setting.key}{symbol}", textwrap.indent(textwrap.fill(text, 94), "      ")]
    return {"epilog": "\n".join(lines), "formatter_class": argparse.RawDescriptionHelpFormatter}


def typed_settings(options: argparse.Namespace) -> dict[str, str]:
    """Returns the settings on the command line, key → text."""
    settings = {}
    for text in options.set:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError("not_a_setting", "{name} {value} must be KEY=VALUE.", setting="set", value=shown(text))
        settings[key.strip()] = value.strip()
    shortcuts = {name: getattr(options, name, None) for name in ("model", "seed", "epochs", "device")}
    return settings | {name: value for name, value in shortcuts.items() if value is not None}


def minutes_of(options: argparse.Namespace) -> float | None:
    """Returns --minutes as a number; None without it. Raises InputError."""
    if options.minutes is None:
        return None
    if not options.auto:
        raise InputError("clash", "{name} is the time of a race for settings; add {name:auto}.", setting="minutes")
    try:
        minutes = float(options.minutes)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < math.inf:
        text = "{name} {value} must be a number of minutes, more than 0."
        raise InputError("not_minutes", text, setting="minutes", value=shown(options.minutes))
    return minutes


def chosen_settings(options: argparse.Namespace) -> tuple[Callable[[Interactions], Configs], Run | None]:
    """Returns a function from the data to the settings of a training: those of the preset, or of the run that it starts
    from, changed by the typed settings, which are checked now. A resumed training starts from its own settings. Without
    a named preset, the paper's preset for the data is used. Also returns the run that --resume finds, if no unfinished
    training with an epoch is beside it."""
    typed = typed_settings(options)
    system = typed.get("model", "attrec")
    options.minutes = minutes_of(options)
    if options.auto:
        other = None if system == "attrec" else system
        for name, value in {"preset": options.preset, "from_run": options.from_run, "model": other}.items():
            if value is not None:
                raise InputError("clash", "{name:auto} finds settings of AttRec; leave out {name}.", setting=name)
        if "WORLD_SIZE" in os.environ:
            raise InputError("clash", "{name} needs one process; run it without torchrun.", setting="auto")
    start = PRESETS.get(options.preset or PAPER)
    if system in SYSTEMS and system != "attrec":
        if options.preset is not None:
            text = "{name} has settings of AttRec; leave it out for {model}."
            raise InputError("clash", text, setting="preset", model=system)
        start = start_of(system)
    if options.from_run is not None:
        if options.preset is not None:
            text = "{name:from_run} has the settings of its run; leave out {name}."
            raise InputError("clash", text, setting="preset")
        start = settings_in(open_run(options.from_run))
    there = None
    if options.resume:
        heal(options.out)
        if not options.overwrite and not is_kept(options.out) and (options.out / RUN.mark).is_file():
            there = load(options.out)
        if options.preset is None:
            kept = settings_kept(options.out) if there is None else (there.model_config, there.train_config)
            start = kept or start
    if start is not None:
        configs = with_settings(*start, typed)
        return lambda data: configs, there
    with_settings(*PRESETS["sparse"], typed)
    return lambda data: with_settings(*PRESETS[importing.preset_of(importing.counts_of(data))], typed), there
