"""One panel of the app in a terminal: `show`; and the app in a browser: `app`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pandas.api.types import is_numeric_dtype

from attrec_core.cli import arguments, output
from attrec_core.cli.arguments import Commands
from attrec_core.cli.settings import CLASS_AGAIN, add_model, take_class_again
from attrec_core.errors import InputError
from attrec_core.errors import shown as shown_text
from attrec_core.explain.forward import check_window
from attrec_core.explain.other_systems import WORKER
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.storage.workspace import APP
from attrec_core.views.compare.sides import sides
from attrec_core.views.data.words import DataFacts, facts_of
from attrec_core.views.does_it_hold.shelf import folders, study_view
from attrec_core.views.drawing.table_format import as_csv, whole_numbers, writing
from attrec_core.views.notebook.picture import picture_of
from attrec_core.views.page_context import Scene, scene, set_by_hand
from attrec_core.views.panel import Panel, Shown, Subject
from attrec_core.views.replay.panels import ReplayScene, in_range
from attrec_core.views.view import READERS, View, from_query
from attrec_core.views.view_fit import fit_to_run

SAID = {"study": "a study", "data": "a data set"}
# Fields of an address that are no choice on a panel, or have a flag of their own.
NAMES = {
    *("run", "lesson", "progress", "scene", "user", "step", "window", "likes"),
    *("beside", "study", "data", "find", "order", "about"),
}
PERSON = ("user", "window", "step", "likes", "state")  # flags that say which person a panel is about
# Subject → the flags that say more about it. The others would be ignored, so they are refused.
TAKES: dict[Subject, tuple[str, ...]] = {
    "scene": (*PERSON, "set"),
    "users": (*PERSON, "set"),
    "sides": (*PERSON, "set", "beside", "model"),
    "replay": ("state", "set"),
    "runs": ("beside",),
    "run": ("set",),
    "study": ("set",),
    "data": (),
}


def add(subs: Commands) -> None:
    about = "a panel of the app: its sentence and its table; its figure as a file"
    command = arguments.add_command(subs, "show", show, about)
    command.add_argument("panel", nargs="?", metavar="PANEL", help="the key of a panel; without it, all are listed")
    hint = "what it is about: a run, a study or a data set (a folder, or a name in the workspace)"
    command.add_argument("run", nargs="?", metavar="RUN", help=f"{hint}; with --state, by default the run of the view")
    arguments.add_json(command)
    command.add_argument("--user", metavar="ID", help="the user (default: the one that the app shows first)")
    window_help = "recent items by id or title, oldest first (default: the actual ones)"
    command.add_argument("--window", metavar="ID,ID,…", help=window_help)
    arguments.add_step(command)
    arguments.add_likes(command, or_state=True)
    command.add_argument("--beside", action=arguments.RunFolder, metavar="RUN", help="the run to compare with")
    add_model(command, CLASS_AGAIN)
    about = "a choice as in the app's address, as in top=5"
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=about)
    command.add_argument("--csv", action=arguments.NewFile, metavar="FILE", help="write the table to a file")
    about = "write the figure: a drawing as .svg or .html, a chart as .html (.png, .pdf or .svg with kaleido)"
    command.add_argument("--out", action=arguments.NewFile, metavar="FILE", help=about)


def known() -> Mapping[str, Panel]:
    from attrec_core import views

    return {key: panel for key, panel in views.PANELS.items() if panel.subject != "page"}


def show(options: argparse.Namespace) -> None:
    if options.panel is None:
        names = {key: panel.name for key, panel in known().items()}
        output.answer(options, names, (f"{key:20}{name}" for key, name in names.items()))
        return
    panel = known().get(options.panel)
    if panel is None:
        alike = get_close_matches(options.panel, known()) or list(known())[:3]
        text = "There is no panel {panel}: name one before the run, such as {known}; `show` alone lists all."
        raise InputError("no_panel", text, panel=shown_text(options.panel), known=", ".join(alike))
    check_taken(panel, options)
    # A panel about a run has choices of its own; those of all others are in an address.
    extra = dict(choice.partition("=")[::2] for choice in options.set) if panel.subject == "run" else {}
    about = subject(panel, options)
    shown = panel.of(about, **extra)
    if options.out is not None:
        with output.writing(options.out):
            picture_of(shown).save(options.out)
    if options.csv is not None:
        with output.writing(options.csv):
            atomic_write(options.csv, as_csv(shown.whole()).encode())
    table = whole_numbers(shown.table())
    facts = {
        "panel": panel.key,
        "title": shown.title,
        "sentence": shown.sentence,
        "columns": list(table.columns),
        "rows": table.astype(object).where(table.notna(), None).values.tolist(),
    }
    sentence = (shown.sentence, "") if shown.sentence else ()
    lines = (shown.title, "", *sentence, table_text(shown))
    if panel.subject in ("scene", "sides"):
        arguments.answer_at(about if panel.subject == "scene" else about.a, options, facts, lines)
    else:
        output.answer(options, facts, lines)


def check_taken(panel: Panel, options: argparse.Namespace) -> None:
    """Raises InputError for a flag that says nothing about what the panel is about: it would be ignored."""
    for flag in (*PERSON, "beside", "set", "model"):
        if getattr(options, flag) not in (None, []) and flag not in TAKES[panel.subject]:
            text = "{panel} takes no {name}."
            if panel.subject == "replay":
                text += " Choose the user of the replay with {name:set} probe=N."
            setting = "own_model" if flag == "model" else flag
            raise InputError("not_taken", text, setting=setting, panel=panel.key)


def table_text(shown: Shown) -> str:
    """Returns the table with texts on the left of their columns and numbers on the right, written as on a page."""
    table, formats = shown.table().copy(), dict[str, Callable[[Any], str]]()
    for name in table.columns:
        if is_numeric_dtype(table[name]):
            table[name] = table[name].astype(float)
            formats[name] = writing(table[name].to_numpy())
        else:
            formats[name] = f"{{!s:<{max(map(len, [name, *map(str, table[name])]))}}}".format
    return table.to_string(index=False, na_rep="–", formatters=formats)


def subject(panel: Panel, options: argparse.Namespace) -> Any:
    """Returns what the panel is about, from the arguments."""
    if panel.subject in SAID:
        if options.run is None:
            text = "{panel} is about {what}: name it."
            raise InputError("no_run", text, panel=panel.key, what=SAID[panel.subject])
        if panel.subject == "study":  # a folder, or a name in the workspace or among the shipped ones
            return study_view(folders().get(options.run, Path(options.run)), choices(options))
        return data_set(arguments.data_folder(options.run))
    options.run = None if options.run is None else arguments.run_folder(options.run)
    run = arguments.run_of(options)
    if panel.subject == "run":
        return run
    if panel.subject == "replay":
        fit = in_range(asked_view(run, options), run)
        return ReplayScene(run, arguments.noted(fit, **source_of(options)))
    if panel.subject == "users":
        return asked_scene(run, options)
    if panel.subject == "scene":
        return set_by_hand(asked_scene(run, options))
    if options.beside is None:
        text = "{panel} compares two runs; name the other one with {name} RUN."
        raise InputError("no_run", text, panel=panel.key, setting="beside")
    other = load(options.beside)
    take_class_again(options, run, other)
    return (run, other) if panel.subject == "runs" else sides(run, other, asked_scene(run, options).view)


def data_set(path: Path) -> DataFacts:
    if not path.exists():
        raise InputError("no_entry", "There is no data set and no file {path}.", path=path)
    try:
        return facts_of(path)
    except InputError as error:
        if "{choose" not in error.text and "{Choose" not in error.text:
            raise
        advised = error.with_facts()
        advised.text += " `show` takes no such flag: `import` takes it, and makes a data set to name here."
        raise advised from None


def asked_scene(run: Run, options: argparse.Namespace) -> Scene:
    asked = scene(run, asked_view(run, options))
    check_window(asked.window, run.model_config)
    return asked


def asked_view(run: Run, options: argparse.Namespace) -> View:
    """Returns the view of the arguments, as far as it fits the run; --set changes the view of --state, too. Without an
    argument, it is of the user that the app shows first."""
    if options.state is not None:
        view = arguments.state_view(run, options)
    elif (options.user, options.window, options.step, options.likes) == (None, None, None, None):
        view = View()
    else:
        view = arguments.view_of(run, options)
    chosen = {name: value for name, value in vars(choices(options)).items() if value is not None}
    return arguments.noted(fit_to_run(replace(view, **chosen), run), **source_of(options))


def source_of(options: argparse.Namespace) -> dict[str, str]:
    """Returns the facts of a remark that say where a part of the view comes from."""
    return {"source": "--set"} if options.state is None else {}


def choices(options: argparse.Namespace) -> View:
    """Returns the choices of --set, and nothing else."""
    given = dict(choice.partition("=")[::2] for choice in options.set)
    known_names = [name for name in READERS if name not in NAMES]
    for name in given:
        if name not in known_names:
            text = "{name} {given} is no choice of the app; there are: {known}."
            raise InputError("unknown_choice", text, setting="set", given=name, known=", ".join(known_names))
    return arguments.noted(from_query({name: [value] for name, value in given.items()}), source="--set")


def add_app(subs: Commands) -> None:
    command = arguments.add_command(
        subs, "app", app, "open the app in a browser, with the bundled sample or the given runs"
    )
    about = f"a run to open: {arguments.A_RUN}; repeatable"
    command.add_argument("--run", action="append", default=[], metavar="RUN", help=about)
    add_model(command, CLASS_AGAIN)
    command.add_argument("--port", type=int, default=8501, metavar="N", help="port to listen on (8501)")
    about = "address to listen on (localhost: this machine only)"
    command.add_argument("--address", default="localhost", metavar="HOST", help=about)
    command.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def app(options: argparse.Namespace) -> None:
    """Replaces this process by the server, so that Ctrl-C and signals reach it. Raises InputError when a run cannot be
    opened, or the class of --model cannot be used."""
    given = ["--model", WORKER.own] if take_class_again(options) else []
    runs = [arguments.run_folder(run) for run in options.run]
    for run in runs:
        load(run)
    command = ["run", str(APP / "app.py"), f"--server.port={options.port}", f"--server.address={options.address}"]
    command += ["--server.headless=true"] if options.no_browser else []
    given += [part for run in runs for part in ("--run", str(run.absolute()))]
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", *command, *(["--", *given] if given else [])])
