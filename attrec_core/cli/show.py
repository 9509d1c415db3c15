"""One panel of the app in a terminal: `show`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pandas.api.types import is_numeric_dtype

from attrec_core.cli import arguments, output
from attrec_core.cli.arguments import Commands
from attrec_core.errors import InputError
from attrec_core.errors import shown as shown_text
from attrec_core.explain.forward import check_window
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.views.compare.sides import sides
from attrec_core.views.data.words import facts_of
from attrec_core.views.does_it_hold.shelf import StudyView, folders, study_view
from attrec_core.views.drawing.table_format import as_csv, writing
from attrec_core.views.notebook.picture import picture_of
from attrec_core.views.page_context import Scene, scene, set_by_hand
from attrec_core.views.panel import Panel, Shown
from attrec_core.views.replay.frames import ReplayScene, in_range
from attrec_core.views.saved_view import fitted
from attrec_core.views.view import READERS, Fitted, View, from_query
from attrec_core.views.view_fit import Known, fit_to_run

SAID = {"study": "a study", "data": "a data set"}
NAMES = ("run", "lesson", "progress", "scene")  # fields of an address that are no choice on a panel


def add(subs: Commands) -> None:
    about = "a panel of the app: its sentence and its table; its figure as a file"
    command = arguments.add_command(subs, "show", show, about)
    command.add_argument("panel", nargs="?", metavar="PANEL", help="the key of a panel; without it, all are listed")
    hint = "what it is about: a run, a study or a data set (a folder, or a name in the workspace)"
    command.add_argument("run", nargs="?", metavar="RUN", help=f"{hint}; with --state, by default the run of the view")
    arguments.add_json(command)
    arguments.add_view(command)
    arguments.add_likes(command)
    command.add_argument("--state", type=Path, metavar="FILE", help="a view saved by the app, instead of these options")
    command.add_argument("--beside", action=arguments.RunFolder, metavar="RUN", help="the run to compare with")
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a choice as in the app's address, as in top=5"
    )
    command.add_argument("--csv", type=Path, metavar="FILE", help="write the table to a file")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="write the figure: a drawing as .svg or .html, a chart as .html"
    )


def known() -> Mapping[str, Panel]:
    from attrec_core import views

    return views.PANELS


def show(options: argparse.Namespace) -> None:
    if options.panel is None:
        names = {key: panel.name for key, panel in known().items()}
        output.answer(options, names, (f"{key:18}{name}" for key, name in names.items()))
        return
    panel = known().get(options.panel)
    if panel is None:
        text = "There is no panel {panel}; there are: {known}."
        raise InputError("no_panel", text, panel=shown_text(options.panel), known=", ".join(known()))
    shown = panel.of(subject(panel, options))
    if options.out is not None:
        picture_of(shown).save(options.out)
    if options.csv is not None:
        atomic_write(options.csv, as_csv(shown.whole()).encode())
    table = shown.table()
    facts = {
        "panel": panel.key,
        "title": shown.title,
        "sentence": shown.sentence,
        "columns": list(table.columns),
        "rows": table.astype(object).where(table.notna(), None).values.tolist(),
    }
    output.answer(options, facts, (shown.title, "", shown.sentence, "", table_text(shown)))


def table_text(shown: Shown) -> str:
    """Returns the table with texts on the left of their columns and numbers on the right, written as on a page."""
    table, formats = shown.table(), dict[str, Callable[[Any], str]]()
    for name in table.columns:
        if is_numeric_dtype(table[name]):
            formats[name] = writing(table[name].to_numpy(float))
        else:
            formats[name] = f"{{!s:<{max(map(len, [name, *map(str, table[name])]))}}}".format
    return table.to_string(index=False, na_rep="–", formatters=formats)


def subject(panel: Panel, options: argparse.Namespace) -> Any:
    """Returns what the panel is about, from the arguments."""
    if panel.subject == "page":
        text = "{panel} is about what only its page in the app has; it is shown there."
        raise InputError("only_on_page", text, panel=panel.key)
    if panel.subject in ("study", "data"):
        if options.run is None:
            text = "{panel} is about {what}: name it."
            raise InputError("no_run", text, panel=panel.key, what=SAID[panel.subject])
        return study(options) if panel.subject == "study" else facts_of(arguments.data_folder(options.run))
    options.run = None if options.run is None else arguments.run_folder(options.run)
    run = arguments.run_of(options)
    if panel.subject == "run":
        return run
    if panel.subject == "replay":
        return ReplayScene(run, kept(in_range(asked_view(run, options), run)))
    if panel.subject == "users":
        return asked_scene(run, options)
    if panel.subject == "scene":
        return set_by_hand(asked_scene(run, options))
    if options.beside is None:
        text = "{panel} compares two runs; name the other one with {name} RUN."
        raise InputError("no_run", text, panel=panel.key, setting="beside")
    other = load(options.beside)
    return (run, other) if panel.subject == "runs" else sides(run, other, asked_scene(run, options).view)


def asked_scene(run: Run, options: argparse.Namespace) -> Scene:
    asked = scene(run, asked_view(run, options))
    check_window(asked.window, run.model_config)
    return asked


def asked_view(run: Run, options: argparse.Namespace) -> View:
    """Returns the view of the arguments, as far as it fits the run."""
    if options.state is not None:
        return kept(fitted(arguments.saved_state(options.state), run, options.state.name))
    return kept(fit_to_run(view_of(run, options), Known(run)))


def kept(fit: Fitted) -> View:
    """Returns the view that is left, with a remark for each part that does not fit."""
    for remark in fit.remarks:
        output.remark(remark)
    return fit.view


def view_of(run: Run, options: argparse.Namespace) -> View:
    if options.likes is not None:
        view = arguments.new_person(run, options).view
    elif options.user is None and options.window is None:
        view = View()  # the user that the app shows first
    else:
        user, window = arguments.user_and_window(run, options)
        ids = None if options.window is None else tuple(arguments.names(run, window))
        view = View(user=None if user is None else run.interactions.user_ids[user], step=options.step, window=ids)
    given = {name: value for name, value in vars(choices(options)).items() if value is not None}
    return View(**{**vars(view), **given})


def choices(options: argparse.Namespace) -> View:
    """Returns the choices of --set, and nothing else."""
    given = dict(choice.partition("=")[::2] for choice in options.set)
    known_names = [name for name in READERS if name not in NAMES]
    for name in given:
        if name not in known_names:
            text = "{name} {given} is no choice of the app; there are: {known}."
            raise InputError("unknown_choice", text, setting="set", given=name, known=", ".join(known_names))
    chosen, remarks = from_query({name: [value] for name, value in given.items()})
    for remark in remarks:
        output.remark(remark.with_facts(source="--set"))
    return chosen


def study(options: argparse.Namespace) -> StudyView:
    """Returns the study that is named: a folder, or a name in the workspace or among the shipped ones."""
    return study_view(folders().get(options.run, Path(options.run)), choices(options))
